// What changed lately, in as few rows as tell it: neighbours of the same kind become one with a count.

import type { EventItem } from "../../api/types";
import { millisOf } from "../../format/times";

export type Change = {
  key: string;
  toStatus: string;
  fromStatus: string | null;
  pipelineId: string | null;
  nodeIds: string[];
  reason: string;
  at: number;
};

const TOGETHER_MILLIS = 60_000;

/** Groups events, newest first, that took the same step within a minute of the newest of them. */
export function changesOf(events: EventItem[], rowsMax: number): Change[] {
  const changes: Change[] = [];
  const open = new Map<string, Change>();
  for (const event of events) {
    const at = millisOf(event.timestamp);
    if (at === null) continue;
    const { pipelineId, fromStatus, toStatus, reason } = event;
    // Steps of one pipeline on many nodes belong together; so do nodes that go the same way.
    const kind = [pipelineId ?? "", fromStatus ?? "", toStatus].join(" ");
    const known = open.get(kind);
    if (known && known.at - at <= TOGETHER_MILLIS) {
      if (event.nodeId && !known.nodeIds.includes(event.nodeId)) known.nodeIds.push(event.nodeId);
      continue;
    }
    if (changes.length === rowsMax) break;
    const change = {
      key: event.id,
      toStatus,
      fromStatus,
      pipelineId,
      nodeIds: event.nodeId ? [event.nodeId] : [],
      reason,
      at,
    };
    open.set(kind, change);
    changes.push(change);
  }
  return changes;
}
