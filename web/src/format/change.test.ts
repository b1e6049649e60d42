import { expect, it } from "vitest";
import { changeOf, pointsOf } from "./change";

it.each([
  [null, 5, "— none"],
  [5, null, "— none"],
  [5, 0, "none before none"],
  [0, 0, "no change same"],
  [100, 100, "no change same"],
  [1_002, 1_000, "no change same"],
  [112, 100, "+12 % up"],
  [50, 100, "−50 % down"],
  [0, 100, "−100 % down"],
  [999, 100, "+899 % up"],
  [120_000, 100, "× 1,200 up"],
])("%s after %s is %s", (now, before, expected) => {
  const { text, direction } = changeOf(now, before);
  expect(`${text} ${direction}`).toBe(expected);
});

it.each([
  [null, 5, "—"],
  [5.92, 5.9, "no change"],
  [5.9, 5, "+0.9 points"],
  [40, 52.06, "−12.1 points"],
])("%s percent after %s percent is %s", (now, before, expected) => {
  expect(pointsOf(now, before).text).toBe(expected);
});
