import { expect, it } from "vitest";
import type { EventItem } from "../api/types";
import type { StatusChange } from "../stream/events";
import { RecentChanges, withRecent } from "./recent";

/** `seconds node status`, in the environment e. */
const streamed = (row: string, environmentId = "e"): StatusChange => {
  const [seconds, nodeId = "", toStatus = ""] = row.split(" ");
  const timestamp = Number(seconds) * 1_000;
  return { type: "status_change", nodeId, fromStatus: null, toStatus, reason: "", environmentId, timestamp };
};

const listed = (row: string): EventItem => {
  const { nodeId, fromStatus, toStatus, reason, timestamp } = streamed(row);
  return {
    id: row,
    nodeId,
    pipelineId: null,
    fromStatus,
    toStatus,
    reason,
    timestamp: new Date(timestamp).toISOString(),
  };
};

it.each<[string, string[], string[], string[]]>([
  ["a list alone", ["9 a X"], [], ["9 a X"]],
  ["what came since", ["9 a X"], ["10 b X"], ["10 b X", "9 a X"]],
  ["what was written meanwhile", ["10 b X", "9 a X"], ["10 b X"], ["10 b X", "9 a X"]],
  ["what was not written yet though older", ["9 a X"], ["8 b X"], ["9 a X", "8 b X"]],
  ["told twice", [], ["10 b X", "10 b X"], ["10 b X"]],
])("%s", (_, list, stream, expected) => {
  const merged = withRecent(
    list.map(listed),
    stream.map((row) => streamed(row)),
    "e",
  );
  expect(
    merged.map(({ nodeId, toStatus, timestamp }) => `${Date.parse(timestamp) / 1_000} ${nodeId} ${toStatus}`),
  ).toEqual(expected);
});

it("leaves other environments, unless all are looked at", () => {
  const recent = [streamed("9 a X", "f")];
  expect([withRecent([], recent, "e").length, withRecent([], recent, "").length]).toEqual([0, 1]);
});

it("keeps the newest, and tells who listens", () => {
  const recent = new RecentChanges();
  let told = 0;
  recent.listen(() => told++);
  recent.take([streamed("1 a X"), streamed("2 b X")]);
  recent.take([{ type: "lagged", skipped: 1 }]);
  expect([told, ...recent.get().map(({ nodeId }) => nodeId)]).toEqual([1, "b", "a"]);
});
