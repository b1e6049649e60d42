import { describe, expect, it } from "vitest";
import { FILTER_IDS_MAX, filterOf, isSameFilter } from "./wants";

describe("one filter of many tabs", () => {
  it.each([
    ["no tab wants anything", [], []],
    ["one tab", [["b", "a"]], ["a", "b"]],
    [
      "two tabs, sorted and once each",
      [
        ["a", "c"],
        ["b", "a"],
      ],
      ["a", "b", "c"],
    ],
    ["one wants everything", [["a"], null], null],
  ])("%s", (_, tabs, nodeIds) => {
    expect(filterOf(tabs.map((ids) => ({ nodeIds: ids })))).toEqual({ nodeIds });
  });

  it("keeps the newest tab's nodes at the server's bound", () => {
    const old = Array.from({ length: FILTER_IDS_MAX }, (_, index) => `old${index}`);
    const { nodeIds } = filterOf([{ nodeIds: ["new"] }, { nodeIds: old }]);
    expect(nodeIds).toHaveLength(FILTER_IDS_MAX);
    expect(nodeIds).toContain("new");
  });

  it.each([
    [["a"], ["a"], true],
    [["a"], ["b"], false],
    [["a"], ["a", "b"], false],
    [null, null, true],
    [null, [], false],
  ])("%j and %j", (one, other, expected) => {
    expect(isSameFilter({ nodeIds: one }, { nodeIds: other })).toBe(expected);
  });
});
