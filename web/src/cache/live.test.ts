import { afterEach, expect, it, vi } from "vitest";
import type { StreamEvent } from "../stream/events";
import { isFresh, LiveValues, ratesOf, statusOf } from "./live";

const heard = (status: string, timestamp: number): StreamEvent => ({
  type: "fleet_status",
  nodeId: "n1",
  status,
  timestamp,
});
const measured = (
  componentId: string,
  received: number,
  sent: number,
  timestamp = 1_000,
  pipelineId = "p1",
): StreamEvent => ({
  type: "metric_update",
  nodeId: "n1",
  pipelineId,
  componentId,
  sample: {
    timestamp,
    receivedEventsRate: received,
    sentEventsRate: sent,
    receivedBytesRate: 0,
    sentBytesRate: 0,
    errorsRate: 1,
    discardedRate: 0,
    latencyMeanMs: null,
  },
});
const moved = (toStatus: string, pipelineId?: string): StreamEvent => ({
  type: "status_change",
  nodeId: "n1",
  fromStatus: null,
  toStatus,
  reason: "",
  environmentId: "e",
  timestamp: 2_000,
  ...(pipelineId && { pipelineId }),
});

function values() {
  const live = new LiveValues(() => undefined);
  for (const pipelineId of ["p1", "p2"]) {
    live.noteKinds(pipelineId, [
      { componentId: "in", kind: "source" },
      { componentId: "step", kind: "transform" },
      { componentId: "out", kind: "sink" },
    ]);
  }
  return live;
}

const whole = [measured("in", 10, 10), measured("step", 10, 8), measured("out", 8, 7)];

it.each<[string, StreamEvent[], number, number, string]>([
  ["sources in, sinks out, transforms in neither", whole, 1, 1_000, "10 7"],
  ["a source that only counts what it sends", [measured("in", 0, 9)], 1, 1_000, "9 0"],
  ["two pipelines are summed", [...whole, measured("in", 5, 5, 1_000, "p2")], 2, 1_000, "15 7"],
  ["newer values replace older ones", [...whole, measured("in", 20, 20, 2_000)], 1, 2_000, "20 7"],
  ["not all running pipelines were heard", whole, 2, 1_000, "none"],
  ["old values are none", whole, 1, 60_000, "none"],
  ["a silent node has none", [...whole, heard("UNREACHABLE", 2_000)], 1, 2_000, "none"],
  ["a node told silent has none", [...whole, moved("UNREACHABLE")], 1, 2_000, "none"],
  ["a crashed pipeline has none", [...whole, moved("CRASHED", "p1")], 0, 2_000, "none"],
  ["a component that is gone falls out", [...whole, measured("in", 3, 3, 40_000)], 1, 40_000, "3 0"],
  ["parts of unknown kind make no sum", [...whole, measured("new", 1, 1)], 1, 1_000, "none"],
])("%s", (_, events, running, now, expected) => {
  const live = values();
  live.apply(events);
  const rates = ratesOf(live.get("n1"), running);
  expect(rates && isFresh(rates, now) ? `${rates.eventsIn} ${rates.eventsOut}` : "none").toBe(expected);
});

it("hears a node no earlier than before, and a silent one not at all", () => {
  const live = values();
  live.apply([heard("HEALTHY", 5_000), heard("HEALTHY", 4_000), heard("UNREACHABLE", 9_000)]);
  expect(live.get("n1")).toMatchObject({ status: "UNREACHABLE", heardAt: 5_000 });
});

afterEach(() => vi.useRealTimers());

const snapshot = (...statuses: string[]): StreamEvent => ({
  type: "snapshot",
  reason: "epoch",
  last: true,
  nodes: statuses.map((status) => ({ nodeId: "n1", status, statusSince: null, lastHeartbeatAt: null })),
  samples: [],
});

it.each<[string, [number, StreamEvent][], number, string]>([
  ["a list alone", [], 5, "LISTED"],
  ["a change after the list", [[7, moved("DEGRADED")]], 5, "DEGRADED"],
  ["a list after the change, as without a stream", [[3, moved("DEGRADED")]], 5, "LISTED"],
  ["a heartbeat after the list", [[7, heard("HEALTHY", 1)]], 5, "HEALTHY"],
  [
    "a sample after the list says nothing of the status",
    [
      [3, heard("HEALTHY", 1)],
      [7, measured("in", 1, 1)],
    ],
    5,
    "LISTED",
  ],
  [
    "a change of an instance neither",
    [
      [3, heard("HEALTHY", 1)],
      [7, moved("STOPPED", "p1")],
    ],
    5,
    "LISTED",
  ],
  [
    "a snapshot after the list",
    [
      [3, moved("DEGRADED")],
      [7, snapshot("HEALTHY")],
    ],
    5,
    "HEALTHY",
  ],
  [
    "a list after a snapshot without the node",
    [
      [3, moved("DEGRADED")],
      [4, snapshot()],
    ],
    5,
    "LISTED",
  ],
  [
    "a list that is older than both",
    [
      [7, moved("DEGRADED")],
      [8, snapshot()],
    ],
    5,
    "DEGRADED",
  ],
])("the status is of what came last: %s", (_, told, listedAt, expected) => {
  vi.useFakeTimers();
  const live = values();
  for (const [at, event] of told) {
    vi.setSystemTime(at);
    live.apply([event]);
  }
  expect(statusOf(live.get("n1"), "LISTED", listedAt)).toBe(expected);
});

it("tells a node once for many events, and nobody who left", () => {
  const live = values();
  const stays = vi.fn();
  const leaves = vi.fn();
  live.listen("n1", stays);
  live.listen("n1", leaves)();
  live.apply(whole);
  expect(stays).toHaveBeenCalledTimes(1);
  expect(leaves).not.toHaveBeenCalled();
});

it("asks for kinds it does not know, and sums when they are told", () => {
  const asked = vi.fn();
  const live = new LiveValues(asked);
  live.apply([measured("in", 4, 4)]);
  expect(asked).toHaveBeenCalledWith("p1", "n1");
  live.noteKinds("p1", [{ componentId: "in", kind: "source" }]);
  expect(ratesOf(live.get("n1"), 1)?.eventsIn).toBe(4);
});
