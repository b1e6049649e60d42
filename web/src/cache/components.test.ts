import { expect, it, vi } from "vitest";
import type { Sample, StreamEvent } from "../stream/events";
import { ComponentValues, SUM_MILLIS, SUMS_MAX } from "./components";

const NOW = 1_000_000;

const sample = (received: number, timestamp = NOW, more: Partial<Sample> = {}): Sample => ({
  timestamp,
  receivedEventsRate: received,
  sentEventsRate: received,
  receivedBytesRate: received * 10,
  sentBytesRate: 0,
  errorsRate: 1,
  discardedRate: 0,
  latencyMeanMs: null,
  ...more,
});

const measured = (nodeId: string, received: number, timestamp = NOW, more: Partial<Sample> = {}): StreamEvent => ({
  type: "metric_update",
  nodeId,
  pipelineId: "p1",
  componentId: "in",
  sample: sample(received, timestamp, more),
});
const heard = (nodeId: string, status: string): StreamEvent => ({
  type: "fleet_status",
  nodeId,
  status,
  timestamp: NOW,
});
const changed = (nodeId: string, toStatus: string, pipelineId?: string): StreamEvent => ({
  type: "status_change",
  nodeId,
  fromStatus: null,
  toStatus,
  reason: "",
  environmentId: "e",
  timestamp: NOW,
  ...(pipelineId && { pipelineId }),
});

const two = [measured("n1", 10), measured("n2", 5)];

it.each<[string, StreamEvent[], string, number, string]>([
  ["all nodes are summed", two, "", NOW, "15 of 2"],
  ["of one node, only its own", two, "n2", NOW, "5 of 1"],
  ["a newer sample replaces an older one", [...two, measured("n1", 20, NOW + 1)], "", NOW + 1, "25 of 2"],
  ["an older one does not replace a newer one", [...two, measured("n1", 20, NOW - 1)], "", NOW, "15 of 2"],
  ["samples grow old", [...two, measured("n1", 20, NOW + 31_000)], "", NOW + 31_000, "20 of 1"],
  ["a node heard silent keeps none", [...two, heard("n1", "UNREACHABLE")], "", NOW, "5 of 1"],
  ["a node told silent keeps none", [...two, changed("n1", "UNREACHABLE")], "", NOW, "5 of 1"],
  ["a degraded node keeps its numbers", [...two, heard("n1", "DEGRADED")], "", NOW, "15 of 2"],
  ["a crashed instance keeps none", [...two, changed("n1", "CRASHED", "p1")], "", NOW, "5 of 1"],
  ["another pipeline's crash is not ours", [...two, changed("n1", "CRASHED", "p2")], "", NOW, "15 of 2"],
  [
    "another pipeline's samples are not ours",
    [...two, { ...measured("n3", 9), pipelineId: "p2" } as StreamEvent],
    "",
    NOW,
    "15 of 2",
  ],
  ["nothing left is no sum", [...two, heard("n1", "UNREACHABLE"), heard("n2", "UNREACHABLE")], "", NOW, "none"],
])("%s", (_, events, nodeId, now, expected) => {
  const values = new ComponentValues("p1", nodeId);
  values.apply(events);
  values.publish(now);
  const sum = values.get("in")?.sum;
  expect(sum ? `${sum.receivedEvents} of ${sum.nodes}` : "none").toBe(expected);
  expect(values.nodesHeard()).toBe(sum?.nodes ?? 0);
});

it.each<[string, [number, number | null][], number | null]>([
  ["nobody tells", [[5, null]], null],
  [
    "one tells",
    [
      [5, null],
      [1, 3],
    ],
    3,
  ],
  [
    "weighed by events",
    [
      [30, 1],
      [10, 5],
    ],
    2,
  ],
  [
    "alike where nothing flows",
    [
      [0, 1],
      [0, 5],
    ],
    3,
  ],
])("latency: %s", (_, nodes, expected) => {
  const values = new ComponentValues("p1", "");
  values.apply(nodes.map(([received, latencyMeanMs], node) => measured(`n${node}`, received, NOW, { latencyMeanMs })));
  values.publish(NOW);
  expect(values.get("in")?.sum?.latencyMs ?? null).toBe(expected);
});

it("keeps sixty sums, and a gap where nothing was heard", () => {
  const values = new ComponentValues("p1", "");
  for (let step = 0; step < 100; step += 1) {
    const at = NOW + step * SUM_MILLIS;
    if (step < 80 || step > 90) values.apply([measured("n1", step, at)]);
    values.publish(at);
  }
  const past = values.get("in")?.past ?? [];
  expect(past.length).toBe(SUMS_MAX);
  const known = past.map(({ sum }) => sum?.receivedEvents ?? null);
  expect(known[0]).toBe(40);
  expect(known.at(-1)).toBe(99);
  // Half a minute after the last sample its number is old.
  expect(known.slice(45, 53)).toEqual([79, null, null, null, null, null, 91, 92]);
});

it("keeps no sums while the stream is away", () => {
  const values = new ComponentValues("p1", "");
  values.apply([measured("n1", 10), measured("n2", 5, NOW + 10_000)]);
  values.publish(NOW + 10_000);
  values.publish(NOW + 35_000, false);
  const { sum, past } = values.get("in") ?? {};
  expect(sum?.receivedEvents).toBe(5);
  expect(past?.slice(-6).map((step) => step.sum?.receivedEvents ?? null)).toEqual([15, null, null, null, null, null]);
});

it("begins with what was before, and lets what was seen stand", () => {
  const values = new ComponentValues("p1", "");
  const series = (nodeId: string, rate: number) => ({
    nodeId,
    componentId: "in",
    samples: Array.from({ length: 12 }, (_, index) => sample(rate, NOW - 60_000 + index * SUM_MILLIS + 1)),
  });
  values.apply([measured("n1", 100, NOW - 10_000)]);
  values.publish(NOW - 10_000);
  values.seed([series("n1", 10), series("n2", 5)], NOW);
  const past = (values.get("in")?.past ?? []).map(({ sum }) => sum?.receivedEvents ?? null);
  expect(past.slice(-14)).toEqual([null, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 100, 15, 15]);
});

it("forgets components that nobody reports any more", () => {
  const values = new ComponentValues("p1", "");
  values.apply(two);
  values.publish(NOW);
  values.publish(NOW + SUMS_MAX * SUM_MILLIS);
  expect(values.ids()).toEqual([]);
});

it("tells once for all, and nobody who left", () => {
  const values = new ComponentValues("p1", "");
  const stays = vi.fn();
  const leaves = vi.fn();
  values.listen(stays);
  values.listen(leaves)();
  values.apply(two);
  expect(stays).not.toHaveBeenCalled();
  values.publish(NOW);
  expect(stays).toHaveBeenCalledTimes(1);
  expect(leaves).not.toHaveBeenCalled();
});

it("takes samples of a snapshot, and nothing of nodes it calls silent", () => {
  const values = new ComponentValues("p1", "");
  const one = { pipelineId: "p1", componentId: "in", kind: "source" };
  values.apply([
    ...two,
    {
      type: "snapshot",
      reason: "lagged",
      last: true,
      nodes: [{ nodeId: "n2", status: "UNREACHABLE", statusSince: null, lastHeartbeatAt: null }],
      samples: [{ ...one, nodeId: "n3", sample: sample(2) }],
    },
  ]);
  values.publish(NOW);
  expect(values.get("in")?.sum?.receivedEvents).toBe(12);
  expect(values.nodesOf("in").map(({ nodeId }) => nodeId)).toEqual(["n1", "n3"]);
});
