import { expect, it } from "vitest";
import type { StreamEvent } from "../stream/events";
import { pipelineOf, staleKeys } from "./stale";

const change = {
  type: "status_change",
  nodeId: "n",
  fromStatus: null,
  toStatus: "X",
  reason: "",
  environmentId: "e",
  timestamp: 1,
} as const;
const sample = {
  timestamp: 1,
  receivedEventsRate: 0,
  sentEventsRate: 0,
  receivedBytesRate: 0,
  sentBytesRate: 0,
  errorsRate: 0,
  discardedRate: 0,
  latencyMeanMs: null,
};

it.each<[string, StreamEvent, string]>([
  [
    "a node changes",
    { ...change, fromStatus: "HEALTHY" },
    "summary nodes node events node-timeline node-uptime status-history pipelines pipeline instances deployment",
  ],
  [
    "a node is new",
    change,
    "summary nodes node events node-timeline node-uptime status-history wall pipelines pipeline instances deployment",
  ],
  [
    "an instance changes",
    { ...change, pipelineId: "p" },
    "summary nodes node events pipelines pipeline instances deployment",
  ],
  [
    "a deploy is over",
    { ...change, nodeId: null },
    "summary nodes node events pipelines pipeline instances deployment",
  ],
  ["values come", { type: "metric_update", nodeId: "n", pipelineId: "p", componentId: "c", sample }, "node-metrics"],
  ["a node is heard", { type: "fleet_status", nodeId: "n", status: "HEALTHY", timestamp: 1 }, ""],
  ["a line comes", { type: "log_entry", nodeId: "n", pipelineId: "p", lines: [], levels: [], timestamp: 1 }, ""],
  ["the stream falls behind", { type: "lagged", skipped: 3 }, ""],
  ["a part of a snapshot", { type: "snapshot", reason: "epoch", last: false, nodes: [], samples: [] }, ""],
  [
    "the end of a snapshot",
    { type: "snapshot", reason: "epoch", last: true, nodes: [], samples: [] },
    "summary nodes node events changes node-timeline node-uptime node-metrics status-history wall logs pipelines pipeline instances deployment samples",
  ],
])("%s", (_, event, expected) => {
  expect(staleKeys(event).join(" ")).toBe(expected);
});

it.each<[string, Parameters<typeof pipelineOf>, string | null]>([
  ["a deploy that is looked at", ["deployment", { ...change, pipelineId: "p" }], "p"],
  ["every deploy when a node changes", ["deployment", change], null],
  ["lists of all pipelines", ["nodes", { ...change, pipelineId: "p" }], null],
])("makes old: %s", (_, [key, event], expected) => {
  expect(pipelineOf(key, event)).toBe(expected);
});
