import { expect, it } from "vitest";
import { structureOf } from "./structure";

it.each([
  ['{"a":1,"b":{"c":"<b>"}}', '{"a":1,"b":{"c":"<b>"}}'],
  ['2026-01-01T00:00:00Z INFO {"a":1}', '{"a":1}'],
  ["[1,2]", "[1,2]"],
  ["{}", null],
  ["{broken", null],
  ["[sink] flushed", null],
  ["words", null],
])("the JSON of %j", (raw, expected) => {
  const { json } = structureOf(raw);
  expect(json && JSON.stringify(JSON.parse(json))).toBe(expected);
});

it.each([
  ['WARN sink: retrying. error=timeout attempts=3 host="a \\"b\\" c"', 'error:timeout attempts:3 host:a "b" c'],
  ["a == b and x= nothing", ""],
  ["url=http://x/?a=b", "url:http://x/?a=b"],
  ["words alone", ""],
])("the fields of %j", (raw, expected) => {
  expect(
    structureOf(raw)
      .fields.map((pair) => pair.join(":"))
      .join(" "),
  ).toBe(expected);
});
