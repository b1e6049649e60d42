import { expect, it } from "vitest";
import type { EventItem } from "../../api/types";
import { changesOf } from "./changes";

const start = Date.UTC(2026, 0, 1);

/** `seconds node status pipeline`, newest first. */
function events(...rows: string[]): EventItem[] {
  return rows.map((row, index) => {
    const [seconds, nodeId, toStatus, pipelineId] = row.split(" ");
    const timestamp = new Date(start + Number(seconds) * 1_000).toISOString();
    return {
      id: String(index),
      nodeId: nodeId ?? null,
      pipelineId: pipelineId ?? null,
      fromStatus: null,
      toStatus: toStatus ?? "",
      reason: "",
      timestamp,
    };
  });
}

const shown = (items: EventItem[], rowsMax = 9) =>
  changesOf(items, rowsMax).map(({ toStatus, pipelineId, nodeIds }) =>
    [toStatus, pipelineId, ...nodeIds].filter(Boolean).join(" "),
  );

it.each([
  ["one stays one", ["9 a HEALTHY"], ["HEALTHY a"]],
  ["nodes that go the same way", ["9 a HEALTHY", "8 b HEALTHY"], ["HEALTHY a b"]],
  ["but not after a minute", ["90 a HEALTHY", "8 b HEALTHY"], ["HEALTHY a", "HEALTHY b"]],
  ["nor another way", ["9 a HEALTHY", "8 b DEGRADED"], ["HEALTHY a", "DEGRADED b"]],
  ["one pipeline on many nodes", ["9 a CRASHED p", "8 b CRASHED p"], ["CRASHED p a b"]],
  ["two pipelines", ["9 a CRASHED p", "8 a CRASHED q"], ["CRASHED p a", "CRASHED q a"]],
  ["others in between do not matter", ["9 a HEALTHY", "8 b DEGRADED", "7 c HEALTHY"], ["HEALTHY a c", "DEGRADED b"]],
  ["a node that does it twice counts once", ["9 a HEALTHY", "8 a HEALTHY"], ["HEALTHY a"]],
])("%s", (_, rows, expected) => {
  expect(shown(events(...rows))).toEqual(expected);
});

it("shows at most so many rows", () => {
  expect(shown(events("9 a X", "8 a Y", "7 a Z"), 2)).toEqual(["X a", "Y a"]);
});
