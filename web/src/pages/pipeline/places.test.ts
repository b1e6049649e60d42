import { expect, it } from "vitest";
import { endOf, offsetOf } from "./places";

it.each([
  ["inputs: [inn]", 1, "inputs"],
  ["inputs: [inn]", 10, "inn"],
  ["inputs: ['a b']", 10, "'a b'"],
  ['inputs = ["open', 11, '"open'],
  ["inputs: [in.dropped]", 10, "in.dropped"],
  ["path: $DIR/x", 7, "$DIR/x"],
  ["😀: x", 4, "x"],
  ["a: [", 4, "["],
  ["short", 40, ""],
  ["", 1, ""],
])("%j at column %i is %j", (line, column, expected) => {
  const from = offsetOf(line, column);
  expect(line.slice(from, endOf(line, from))).toBe(expected);
});
