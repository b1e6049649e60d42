import { expect, it, vi } from "vitest";
import type { StreamEvent } from "../stream/events";
import { LiveValues, ratesOf } from "./live";

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
  const rates = ratesOf(live.get("n1"), running, now);
  expect(rates ? `${rates.eventsIn} ${rates.eventsOut}` : "none").toBe(expected);
});

it("hears a node no earlier than before, and a silent one not at all", () => {
  const live = values();
  live.apply([heard("HEALTHY", 5_000), heard("HEALTHY", 4_000), heard("UNREACHABLE", 9_000)]);
  expect(live.get("n1")).toMatchObject({ status: "UNREACHABLE", heardAt: 5_000 });
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
  expect(ratesOf(live.get("n1"), 1, 1_000)?.eventsIn).toBe(4);
});
