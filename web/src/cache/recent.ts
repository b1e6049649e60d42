// The changes of status that the stream told lately. The server writes history in batches, so a list that was just
// loaded may lack what has just happened.

import type { EventItem } from "../api/types";
import { millisOf } from "../format/times";
import type { StatusChange, StreamEvent } from "../stream/events";

const CHANGES_MAX = 500;

export class RecentChanges {
  private changes: readonly StatusChange[] = [];
  private readonly listeners = new Set<() => void>();

  /** Newest first. */
  readonly get = () => this.changes;

  readonly listen = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  take(events: StreamEvent[]) {
    const changes = events.filter((event) => event.type === "status_change");
    if (changes.length === 0) return;
    this.changes = [...changes.toReversed(), ...this.changes].slice(0, CHANGES_MAX);
    for (const listener of this.listeners) listener();
  }
}

/** A list, newest first, with what the stream told beside it; `environment` is empty for all. */
export function withRecent(listed: EventItem[], recent: readonly StatusChange[], environment: string): EventItem[] {
  const known = new Set(listed.map((event) => keyOf(event, millisOf(event.timestamp) ?? 0)));
  const added: EventItem[] = [];
  for (const change of recent) {
    if (environment !== "" && change.environmentId !== environment) continue;
    const { nodeId, fromStatus, toStatus, reason, timestamp } = change;
    const event = { nodeId, pipelineId: change.pipelineId ?? null, fromStatus, toStatus, reason };
    const key = keyOf(event, timestamp);
    // A stream that comes back tells some changes again.
    if (known.has(key)) continue;
    known.add(key);
    added.push({ ...event, id: key, timestamp: new Date(timestamp).toISOString() });
  }
  if (added.length === 0) return listed;
  return [...added, ...listed].sort((one, other) => (millisOf(other.timestamp) ?? 0) - (millisOf(one.timestamp) ?? 0));
}

const keyOf = ({ nodeId, pipelineId, toStatus }: Pick<EventItem, "nodeId" | "pipelineId" | "toStatus">, at: number) =>
  [nodeId, pipelineId, toStatus, at].join(" ");
