import { expect, it } from "vitest";
import { withGaps } from "./gaps";

it.each([
  ["nothing", [], ""],
  ["one", [1], "1"],
  ["neighbours", [1, 2, 3], "1 2 3"],
  ["one is missing", [1, 2, 4], "1 2 - 4"],
  ["many are missing", [1, 9], "1 - 9"],
  ["a little late is no gap", [1, 2.4, 3], "1 2.4 3"],
])("%s", (_, times, expected) => {
  const rows = withGaps(
    times.map((at) => ({ at, text: String(at) })),
    1,
    (at) => ({ at, text: "-" }),
  );
  expect(rows.map(({ text }) => text).join(" ")).toBe(expected);
});
