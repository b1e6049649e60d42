// Which lists an event makes old. Live values are patched in place by `live.ts`, so that a heartbeat alone makes no
// request; what an event only hints at is asked for again.

import type { StreamEvent } from "../stream/events";

/** Beginnings of query keys. */
export type StaleKey =
  | "summary"
  | "nodes"
  | "node"
  | "events"
  /** Of the overview, which shows what the stream tells beside them. */
  | "changes"
  | "node-timeline"
  | "node-uptime"
  | "node-metrics"
  | "status-history"
  | "wall"
  | "logs"
  | "pipelines"
  | "pipeline"
  | "instances"
  | "deployment"
  | "samples";

const ofInstances: StaleKey[] = ["pipelines", "pipeline", "instances", "deployment"];

/** Those whose query key goes on with the id of a pipeline. */
const ofOnePipeline: StaleKey[] = ["pipeline", "instances", "deployment"];

export function staleKeys(event: StreamEvent): StaleKey[] {
  switch (event.type) {
    case "status_change":
      if (event.nodeId === null || event.pipelineId) return ["summary", "nodes", "node", "events", ...ofInstances];
      // The wall is patched in place, but a node that is new has no place yet.
      if (event.fromStatus === null)
        return [
          "summary",
          "nodes",
          "node",
          "events",
          "node-timeline",
          "node-uptime",
          "status-history",
          "wall",
          ...ofInstances,
        ];
      return ["summary", "nodes", "node", "events", "node-timeline", "node-uptime", "status-history", ...ofInstances];
    case "snapshot":
      return event.last ? allKeys : [];
    case "metric_update":
      // Rates of the whole fleet are polled for: there are values all the time.
      return ["node-metrics"];
    case "fleet_status":
    case "log_entry":
    case "lagged":
    case "hello":
      return [];
  }
}

/** The one pipeline that a list has to be about to get old by the event; null: any. */
export function pipelineOf(key: StaleKey, event: StreamEvent): string | null {
  return ofOnePipeline.includes(key) && event.type === "status_change" ? (event.pipelineId ?? null) : null;
}

/** A pause before lists are asked for again, and the longest they wait while events go on. */
export const STALE_QUIET_MILLIS = 500;
export const STALE_LONGEST_MILLIS: Record<StaleKey, number> = {
  summary: 2_000,
  nodes: 3_000,
  node: 2_000,
  events: 2_000,
  changes: 2_000,
  "node-timeline": 5_000,
  "node-uptime": 5_000,
  "node-metrics": 20_000,
  "status-history": 10_000,
  wall: 5_000,
  logs: 2_000,
  pipelines: 3_000,
  pipeline: 2_000,
  instances: 3_000,
  deployment: 3_000,
  samples: 2_000,
};

const allKeys = Object.keys(STALE_LONGEST_MILLIS) as StaleKey[];

/** Whether events tell when lists of this key are old. */
export const isStaleKey = (key: unknown) => allKeys.some((one) => one === key);
