import { describe, expect, it } from "vitest";
import { FILTER_IDS_MAX, filterOf, isSameFilter, nothing, type Wants } from "./wants";

const nodes = (nodeIds: string[] | null): Wants => ({ topics: ["metric_update"], nodeIds, pipelineIds: null });
const pipeline = (id: string): Wants => ({ topics: ["metric_update"], nodeIds: null, pipelineIds: [id] });
const logs: Wants = { topics: ["log_entry"], nodeIds: null, pipelineIds: null };

describe("one filter of many tabs", () => {
  it.each<[string, Wants[], Wants]>([
    ["no tab", [], nothing],
    ["a hidden tab beside one that shows", [nothing, nodes(["a"])], nodes(["a"])],
    ["an empty list beside one with rows", [nodes([]), nodes(["a"])], nodes(["a"])],
    ["one tab, sorted", [nodes(["b", "a"])], nodes(["a", "b"])],
    ["two tabs, once each", [nodes(["a", "c"]), nodes(["b", "a"])], nodes(["a", "b", "c"])],
    ["one wants every node", [nodes(["a"]), nodes(null)], nodes(null)],
    ["nodes and a pipeline: neither list may narrow", [nodes(["a"]), pipeline("p")], nodes(null)],
    [
      "logs and a pipeline",
      [logs, pipeline("p")],
      { topics: ["log_entry", "metric_update"], nodeIds: null, pipelineIds: null },
    ],
  ])("%s", (_, tabs, expected) => {
    expect(filterOf(tabs)).toEqual(expected);
  });

  it("keeps the newest tab's nodes at the server's bound", () => {
    const old = Array.from({ length: FILTER_IDS_MAX }, (_, index) => `old${index}`);
    const { nodeIds } = filterOf([nodes(["new"]), nodes(old)]);
    expect(nodeIds).toHaveLength(FILTER_IDS_MAX);
    expect(nodeIds).toContain("new");
  });

  it.each<[Wants, Wants, boolean]>([
    [nodes(["a"]), nodes(["a"]), true],
    [nodes(["a"]), nodes(["b"]), false],
    [nodes(["a"]), nodes(["a", "b"]), false],
    [nodes(null), nodes(null), true],
    [nodes(null), nothing, false],
    [nodes(null), pipeline("p"), false],
    [nodes(null), { ...nodes(null), topics: ["log_entry"] }, false],
  ])("%j and %j", (one, other, expected) => {
    expect(isSameFilter(one, other)).toBe(expected);
  });
});
