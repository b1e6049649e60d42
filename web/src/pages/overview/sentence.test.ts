import { expect, it } from "vitest";
import { sentenceOf } from "./sentence";

/** Healthy, degraded, unreachable, unknown. */
it.each<[number, number, number, number, string]>([
  [60, 0, 0, 0, "All 60 nodes are well"],
  [1, 0, 0, 0, "The one node is well"],
  [1_201, 1, 2, 0, "3 of 1,204 nodes need attention"],
  [1, 0, 1, 0, "1 of 2 nodes needs attention"],
  [0, 0, 1, 0, "The one node needs attention"],
  [2, 0, 1, 7, "1 of 10 nodes needs attention"],
  [57, 0, 0, 3, "57 of 60 nodes are well, 3 were not heard yet"],
  [59, 0, 0, 1, "59 of 60 nodes are well, 1 was not heard yet"],
  [0, 0, 0, 3, "None of 3 nodes was heard yet"],
  [0, 0, 0, 1, "The one node was not heard yet"],
])("%s healthy, %s degraded, %s unreachable, %s unknown", (healthy, degraded, unreachable, unknown, expected) => {
  const total = healthy + degraded + unreachable + unknown;
  expect(sentenceOf({ total, healthy, degraded, unreachable, unknown })).toBe(expected);
});
