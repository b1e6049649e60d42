// The newest values of nodes, as the stream tells them. A node that went silent keeps no numbers, and a value that is
// older than half a minute is none.

import type { Sample, StreamEvent } from "../stream/events";

const SAMPLE_MILLIS_MAX = 30_000;

export type Kind = "source" | "transform" | "sink";

export type LiveRates = { eventsIn: number; eventsOut: number; errors: number };

/** Rates with when they were measured, by the server's clock. */
export type TimedRates = LiveRates & { timestamp: number };

export type LiveNode = {
  status: string | null;
  /** When the status came, by the browser's clock. */
  statusAt: number;
  heardAt: number | null;
  pipelines: ReadonlyMap<string, TimedRates>;
};

type Component = { pipelineId: string; sample: Sample };

export class LiveValues {
  private readonly nodes = new Map<string, { node: LiveNode; components: Map<string, Component> }>();
  private readonly kinds = new Map<string, Kind>();
  private readonly listeners = new Map<string, Set<() => void>>();
  private appliedAt = 0;

  /** `learnKinds` is called at each sample of a component whose kind is not known; it asks as often as it likes. */
  constructor(private readonly learnKinds: (pipelineId: string, nodeId: string) => void) {}

  get(nodeId: string): LiveNode | undefined {
    return this.nodes.get(nodeId)?.node;
  }

  listen(nodeId: string, listener: () => void): () => void {
    const listeners = this.listeners.get(nodeId) ?? new Set();
    this.listeners.set(nodeId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(nodeId) === listeners) this.listeners.delete(nodeId);
    };
  }

  /** Applies events in their order, and tells each node that changed once. */
  apply(events: StreamEvent[]) {
    const changed = new Set<string>();
    this.appliedAt = Date.now();
    for (const event of events) this.applyOne(event, changed);
    for (const nodeId of changed) {
      this.sum(nodeId);
      for (const listener of this.listeners.get(nodeId) ?? []) listener();
    }
  }

  noteKinds(pipelineId: string, kinds: { componentId: string; kind: string }[]) {
    for (const { componentId, kind } of kinds) if (isKind(kind)) this.kinds.set(`${pipelineId} ${componentId}`, kind);
    const affected = [...this.nodes].filter(([, { components }]) =>
      [...components.values()].some((one) => one.pipelineId === pipelineId),
    );
    for (const [nodeId] of affected) {
      this.sum(nodeId);
      for (const listener of this.listeners.get(nodeId) ?? []) listener();
    }
  }

  private applyOne(event: StreamEvent, changed: Set<string>) {
    switch (event.type) {
      case "fleet_status":
        return this.noteStatus(event.nodeId, event.status, event.timestamp, changed);
      case "status_change":
        if (event.nodeId === null) return;
        if (event.pipelineId) return this.forgetPipeline(event.nodeId, event.pipelineId, event.toStatus, changed);
        return this.noteStatus(event.nodeId, event.toStatus, null, changed);
      case "metric_update":
        return this.noteSample(event, changed);
      case "snapshot":
        for (const node of event.nodes) this.noteStatus(node.nodeId, node.status, node.lastHeartbeatAt, changed);
        for (const one of event.samples) {
          this.noteKinds(one.pipelineId, [one]);
          this.noteSample(one, changed);
        }
        return;
      case "log_entry":
      case "lagged":
      case "hello":
        return;
    }
  }

  private entry(nodeId: string) {
    const known = this.nodes.get(nodeId);
    if (known) return known;
    const made = {
      node: { status: null, statusAt: 0, heardAt: null, pipelines: new Map() },
      components: new Map<string, Component>(),
    };
    this.nodes.set(nodeId, made);
    return made;
  }

  private noteStatus(nodeId: string, status: string, heardAt: number | null, changed: Set<string>) {
    const entry = this.entry(nodeId);
    const isHeard = status === "HEALTHY" || status === "DEGRADED";
    if (status === "UNREACHABLE") entry.components.clear();
    const newest = isHeard && heardAt !== null ? Math.max(entry.node.heardAt ?? 0, heardAt) : entry.node.heardAt;
    entry.node = { ...entry.node, status, statusAt: this.appliedAt, heardAt: newest };
    changed.add(nodeId);
  }

  private forgetPipeline(nodeId: string, pipelineId: string, toStatus: string, changed: Set<string>) {
    if (toStatus !== "STOPPED" && toStatus !== "CRASHED" && toStatus !== "CRASH_LOOP") return;
    const { components } = this.entry(nodeId);
    for (const [key, one] of components) if (one.pipelineId === pipelineId) components.delete(key);
    changed.add(nodeId);
  }

  private noteSample(
    {
      nodeId,
      pipelineId,
      componentId,
      sample,
    }: { nodeId: string; pipelineId: string; componentId: string; sample: Sample },
    changed: Set<string>,
  ) {
    const key = `${pipelineId} ${componentId}`;
    if (!this.kinds.has(key)) this.learnKinds(pipelineId, nodeId);
    this.entry(nodeId).components.set(key, { pipelineId, sample });
    changed.add(nodeId);
  }

  /** Rates of each pipeline: what its sources take in and its sinks give out. One with unknown parts has no sum. */
  private sum(nodeId: string) {
    const entry = this.entry(nodeId);
    const pipelines = new Map<string, TimedRates>();
    const unknown = new Set<string>();
    const newest = Math.max(0, ...[...entry.components.values()].map(({ sample }) => sample.timestamp));
    for (const [key, { pipelineId, sample }] of entry.components) {
      if (!isFresh(sample, newest)) {
        entry.components.delete(key);
        continue;
      }
      const kind = this.kinds.get(key);
      if (kind === undefined) unknown.add(pipelineId);
      const sum = pipelines.get(pipelineId) ?? { eventsIn: 0, eventsOut: 0, errors: 0, timestamp: 0 };
      if (kind === "source") sum.eventsIn += sample.receivedEventsRate || sample.sentEventsRate;
      if (kind === "sink") sum.eventsOut += sample.sentEventsRate || sample.receivedEventsRate;
      sum.errors += sample.errorsRate;
      sum.timestamp = Math.max(sum.timestamp, sample.timestamp);
      pipelines.set(pipelineId, sum);
    }
    for (const pipelineId of unknown) pipelines.delete(pipelineId);
    entry.node = { ...entry.node, pipelines };
  }
}

const isKind = (text: string): text is Kind => text === "source" || text === "transform" || text === "sink";

/**
 * The status that was told last, by the stream or by a list that was answered at `listedAt`: without a stream lists go
 * on, and a stream that comes back tells nothing again of what was not looked at.
 */
export const statusOf = (live: LiveNode | undefined, listed: string, listedAt: number): string =>
  live && live.status !== null && live.statusAt > listedAt ? live.status : listed;

/** Whether a value is new enough to be shown as what is now. */
export const isFresh = ({ timestamp }: { timestamp: number }, now: number) => now - timestamp <= SAMPLE_MILLIS_MAX;

/** The rates of a whole node, as old as its oldest pipeline; null while fewer pipelines were heard than run. */
export function ratesOf(live: LiveNode | undefined, running: number): TimedRates | null {
  if (!live || live.pipelines.size === 0 || live.pipelines.size < running) return null;
  const sum = { eventsIn: 0, eventsOut: 0, errors: 0, timestamp: Number.POSITIVE_INFINITY };
  for (const one of live.pipelines.values()) {
    sum.eventsIn += one.eventsIn;
    sum.eventsOut += one.eventsOut;
    sum.errors += one.errors;
    sum.timestamp = Math.min(sum.timestamp, one.timestamp);
  }
  return sum;
}
