import { expect, it } from "vitest";
import { lookOf, versionsOf } from "./version-look";

it.each<[string | undefined, number, string]>([
  [undefined, 4, "3..4"],
  [undefined, 1, "1"],
  ["2", 4, "2"],
  ["draft", 4, "draft"],
  ["1..4", 4, "1..4"],
  ["4..1", 4, "4..1"],
  ["3..draft", 4, "3..draft"],
])("%s of %i is %s", (versions, newest, expected) => {
  expect(versionsOf(lookOf(versions, newest))).toBe(expected);
});
