import { expect, it } from "vitest";
import { type WallAnswer, WallCells } from "./cells";

const answer: WallAnswer = {
  groups: [
    { value: "a", nodes: { ids: ["n1", "n2", "n3"], names: ["one", "two", "three"], statuses: "HDU" } },
    { value: "b", nodes: { ids: [], names: [], statuses: "" } },
    { value: null, nodes: { ids: ["n4", "n5"], names: ["four", "five"], statuses: "N?" } },
  ],
  labelKeys: ["zone"],
};

it("reads a letter a node, and what it does not know is unknown", () => {
  const cells = WallCells.of(answer);
  expect([0, 1, 2, 3, 4].map((index) => cells.statusOf(index))).toEqual([
    "HEALTHY",
    "DEGRADED",
    "UNREACHABLE",
    "UNKNOWN",
    "UNKNOWN",
  ]);
  expect(cells.groups).toEqual([
    { value: "a", first: 0, count: 3 },
    { value: null, first: 3, count: 2 },
  ]);
  expect(cells.groupOf(4)?.value).toBe(null);
});

it("writes a change in place, and tells whether something changed", () => {
  const cells = WallCells.of(answer);
  expect(cells.set("n1", "UNREACHABLE", 7)).toBe(true);
  expect(cells.set("n1", "UNREACHABLE", 8)).toBe(false);
  expect(cells.set("n9", "UNREACHABLE", 8)).toBe(false);
  expect(cells.set("n2", "RUNNING", 8)).toBe(false);
  expect(cells.statusOf(0)).toBe("UNREACHABLE");
  expect(cells.changedAt.get(0)).toBe(7);
  expect(cells.groups.map((group) => cells.countsOf(group))).toEqual([
    [0, 0, 1, 2],
    [0, 2, 0, 0],
  ]);
});

it.each([
  ["n2", "DEGRADED", false],
  ["n2", "HEALTHY", true],
  ["n9", "DEGRADED", true],
  ["n9", "HEALTHY", false],
])("a wall of degraded nodes is another when %s gets %s: %s", (nodeId, toStatus, expected) => {
  expect(WallCells.of(answer).isMovedBy(nodeId, toStatus, "DEGRADED")).toBe(expected);
});
