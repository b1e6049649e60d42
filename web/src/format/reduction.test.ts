import { expect, it } from "vitest";
import { reductionOf } from "./reduction";

it.each([
  [200, 50, 75],
  [200, 300, 0],
  [0, 10, null],
  [null, 10, null],
  [10, null, null],
])("of %s in and %s out the reduction is %s", (came, went, expected) => {
  expect(reductionOf(came, went)).toBe(expected);
});
