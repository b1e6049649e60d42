import { expect, it } from "vitest";
import { parseExact, writtenExact } from "./exact";

it.each([
  ["an id of 64 bits", '{"id":9223372036854775807}', '{\n  "id": 9223372036854775807\n}'],
  ["a whole number with a point", "[1.0,-0,1e3,2E-7]", "[\n  1.0,\n  -0,\n  1e3,\n  2E-7\n]"],
  ["numbers that need nothing", "[1,-2.5,0]", "[\n  1,\n  -2.5,\n  0\n]"],
  ["numbers in texts", '["12345678901234567890","a\\"1.0\\"b","\\\\"]', null],
  ["a text that begins like a number", '"1.0 of 2"', '"1.0 of 2"'],
  ["other values", '[true,null,{"1.0":"x"}]', null],
])("%s", (_, text, expected) => {
  expect(writtenExact(parseExact(text))).toBe(expected ?? JSON.stringify(JSON.parse(text), null, 2));
});

it("refuses what is no JSON", () => {
  expect(() => parseExact("{1.0}")).toThrow();
});
