// Nodes that enrolled lately, by the events that tell of it: from the list, which is written now and then, and from
// the stream, which is there at once. Both may tell the same.

import { millisOf } from "../format/times";
import type { StreamEvent } from "../stream/events";

export type NodeStep = { nodeId: string; fromStatus: string | null; toStatus: string; at: number };

/** `isHeard`: its first heartbeat has come. */
export type Arrival = { nodeId: string; at: number; isHeard: boolean };

type ListedStep = {
  nodeId: string | null;
  pipelineId: string | null;
  fromStatus: string | null;
  toStatus: string;
  timestamp: string;
};

/** Steps of nodes themselves, in any order. */
export function listedSteps(events: ListedStep[]): NodeStep[] {
  return events.flatMap(({ nodeId, pipelineId, fromStatus, toStatus, timestamp }) => {
    const at = millisOf(timestamp);
    return nodeId === null || pipelineId !== null || at === null ? [] : [{ nodeId, fromStatus, toStatus, at }];
  });
}

export function streamedSteps(events: StreamEvent[], isOurs: (environmentId: string) => boolean): NodeStep[] {
  return events.flatMap((event) => {
    if (event.type !== "status_change" || event.nodeId === null || event.pipelineId) return [];
    const { nodeId, fromStatus, toStatus, timestamp, environmentId } = event;
    return isOurs(environmentId) ? [{ nodeId, fromStatus, toStatus, at: timestamp }] : [];
  });
}

/** Those that enrolled at `since` or later, newest first. */
export function arrivalsOf(steps: NodeStep[], since: number): Arrival[] {
  const arrivals = new Map<string, Arrival>();
  for (const { nodeId, fromStatus, at } of steps) {
    if (fromStatus === null && at >= since) arrivals.set(nodeId, { nodeId, at, isHeard: false });
  }
  for (const { nodeId, toStatus } of steps) {
    const arrival = arrivals.get(nodeId);
    if (arrival && (toStatus === "HEALTHY" || toStatus === "DEGRADED")) arrival.isHeard = true;
  }
  return [...arrivals.values()].sort((one, other) => other.at - one.at || (one.nodeId < other.nodeId ? -1 : 1));
}
