// What the server sends on a stream, by its names. What is not of the right shape is not an event.

export type Sample = {
  timestamp: number;
  receivedEventsRate: number;
  sentEventsRate: number;
  receivedBytesRate: number;
  sentBytesRate: number;
  errorsRate: number;
  discardedRate: number;
  latencyMeanMs: number | null;
};

export type StatusChange = {
  type: "status_change";
  nodeId: string | null;
  fromStatus: string | null;
  toStatus: string;
  reason: string;
  environmentId: string;
  timestamp: number;
  pipelineId?: string | null;
  pipelineName?: string | null;
};

export type StreamEvent =
  | { type: "hello"; streamId: string; position: string }
  | { type: "fleet_status"; nodeId: string; status: string; timestamp: number }
  | StatusChange
  | { type: "metric_update"; nodeId: string; pipelineId: string; componentId: string; sample: Sample }
  | { type: "log_entry"; nodeId: string; pipelineId: string; lines: string[]; levels: string[]; timestamp: number }
  | {
      type: "snapshot";
      reason: string;
      last: boolean;
      nodes: { nodeId: string; status: string; statusSince: number | null; lastHeartbeatAt: number | null }[];
      samples: { nodeId: string; pipelineId: string; componentId: string; kind: string; sample: Sample }[];
    }
  | { type: "lagged"; skipped: number };

export type EventName = StreamEvent["type"];

const required: Record<EventName, string[]> = {
  hello: ["streamId", "position"],
  fleet_status: ["nodeId", "status", "timestamp"],
  status_change: ["toStatus", "environmentId", "timestamp"],
  metric_update: ["nodeId", "pipelineId", "componentId", "sample"],
  log_entry: ["nodeId", "pipelineId", "lines", "levels", "timestamp"],
  snapshot: ["reason", "last", "nodes", "samples"],
  lagged: ["skipped"],
};

/** The event in a block; null for a name or a shape that is not known here. */
export function decodeEvent(name: string, data: string): StreamEvent | null {
  if (!Object.hasOwn(required, name)) return null;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const isWhole = required[name as EventName].every((field) => field in value);
  return isWhole ? ({ ...value, type: name } as StreamEvent) : null;
}
