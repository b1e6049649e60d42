import { describe, expect, it } from "vitest";
import { reductionOf, shareOf, volumePoints } from "./analytics-series";

/** `minute bytesIn bytesOut`, and `partial` if it is. */
const seriesOf = (...rows: string[]) =>
  rows.map((row) => {
    const [minute, bytesIn, bytesOut, partial] = row.split(" ");
    return {
      timestamp: new Date(Number(minute) * 60_000).toISOString(),
      bytesIn: Number(bytesIn),
      bytesOut: Number(bytesOut),
      eventsIn: null,
      eventsOut: null,
      errorsTotal: null,
      eventsDiscarded: null,
      ...(partial && { partial: true }),
    };
  });

const shown = (...rows: string[]) =>
  volumePoints({ series: seriesOf(...rows), bucketSeconds: 60 }).map(
    ({ at, bytesIn, byteReductionPercent }) => `${at / 60_000} ${bytesIn ?? "-"} ${byteReductionPercent ?? "-"}`,
  );

describe("points of a volume", () => {
  it.each([
    ["none", [], []],
    ["neighbours", ["1 100 75", "2 100 50"], ["1 100 25", "2 100 50"]],
    ["a gap", ["1 100 100", "4 100 100"], ["1 100 0", "2 - -", "4 100 0"]],
    ["the running one is left", ["1 100 100", "2 3 3 partial"], ["1 100 0"]],
    ["nothing came in", ["1 0 5"], ["1 0 -"]],
  ])("%s", (_, rows, expected) => {
    expect(shown(...rows)).toEqual(expected);
  });
});

it.each([
  [200, 50, 75],
  [200, 300, 0],
  [0, 10, null],
  [null, 10, null],
  [10, null, null],
])("of %s in and %s out the reduction is %s", (came, went, expected) => {
  expect(reductionOf(came, went)).toBe(expected);
});

it.each([
  [5, 10, 0.5],
  [15, 10, 1],
  [5, 0, 0],
  [null, 10, 0],
])("%s of %s is a share of %s", (part, whole, expected) => {
  expect(shareOf(part, whole)).toBe(expected);
});
