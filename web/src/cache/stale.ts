// Which lists an event makes old. Live values are patched in place by `live.ts`, so that a heartbeat alone makes no
// request; what an event only hints at is asked for again.

import type { StreamEvent } from "../stream/events";

/** Beginnings of query keys. */
export type StaleKey =
  | "summary"
  | "nodes"
  | "node"
  | "events"
  | "node-timeline"
  | "node-metrics"
  | "status-history"
  | "pipelines";

export function staleKeys(event: StreamEvent): StaleKey[] {
  switch (event.type) {
    case "status_change":
      return event.nodeId === null || event.pipelineId
        ? ["summary", "nodes", "node", "events", "pipelines"]
        : ["summary", "nodes", "node", "events", "node-timeline", "status-history", "pipelines"];
    case "snapshot":
      return event.last ? allKeys : [];
    case "metric_update":
      return ["summary", "node-metrics"];
    case "fleet_status":
    case "log_entry":
    case "lagged":
    case "hello":
      return [];
  }
}

/** A pause before lists are asked for again, and the longest they wait while events go on. */
export const STALE_QUIET_MILLIS = 500;
export const STALE_LONGEST_MILLIS: Record<StaleKey, number> = {
  summary: 2_000,
  nodes: 3_000,
  node: 2_000,
  events: 2_000,
  "node-timeline": 5_000,
  "node-metrics": 20_000,
  "status-history": 10_000,
  pipelines: 3_000,
};

const allKeys = Object.keys(STALE_LONGEST_MILLIS) as StaleKey[];
