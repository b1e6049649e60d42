// Live numbers of one pipeline's components, of one node or summed over all of them. Of each component on each node
// the newest sample is kept, of each sum the last sixty. A node that is silent, or runs it no more, keeps no numbers,
// and a sample that is older than half a minute is none.

import type { Sample, StreamEvent } from "../stream/events";

export const SUMS_MAX = 60;
export const SUM_MILLIS = 5_000;
const SAMPLE_MILLIS_MAX = 30_000;

export type ComponentSum = {
  receivedEvents: number;
  sentEvents: number;
  receivedBytes: number;
  sentBytes: number;
  errors: number;
  discarded: number;
  /** Weighed by what each node takes in; null: no node tells one. */
  latencyMs: number | null;
  nodes: number;
};

export type ComponentPast = { at: number; sum: ComponentSum | null };

/** `sum` is null when no node reports the component now. `past` has a place for every step, null where nothing was. */
export type ComponentLive = { sum: ComponentSum | null; past: readonly ComponentPast[] };

/** A series as `GET /pipelines/{id}/samples` tells it. */
export type SampleSeries = { nodeId: string; componentId: string; samples: Sample[] };

export class ComponentValues {
  private readonly newest = new Map<string, Map<string, Sample>>();
  private readonly past = new Map<string, Map<number, ComponentSum>>();
  private readonly listeners = new Set<() => void>();
  private shown: ReadonlyMap<string, ComponentLive> = new Map();
  private heard = 0;

  /** `nodeId` is empty for all nodes. */
  constructor(
    private readonly pipelineId: string,
    private readonly nodeId: string,
  ) {}

  readonly get = (componentId: string): ComponentLive | undefined => this.shown.get(componentId);

  /** Ids of what has been heard of. */
  readonly ids = (): string[] => [...this.shown.keys()].sort();

  /** Nodes that report a component now. */
  readonly nodesHeard = (): number => this.heard;

  /** The newest sample of the component on each node that reports it. */
  nodesOf(componentId: string): { nodeId: string; sample: Sample }[] {
    return [...(this.newest.get(componentId) ?? [])].map(([nodeId, sample]) => ({ nodeId, sample }));
  }

  readonly listen = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** What was before this is looked at. It leaves sums alone that were seen. */
  seed(series: SampleSeries[], now: number) {
    const last = stepOf(now);
    for (const componentId of new Set(series.map((one) => one.componentId))) {
      const nodes = series.filter((one) => one.componentId === componentId);
      for (const { nodeId, samples } of nodes) for (const sample of samples) this.note(componentId, nodeId, sample);
      const past = this.pastOf(componentId);
      for (let at = last - (SUMS_MAX - 1) * SUM_MILLIS; at < last; at += SUM_MILLIS) {
        if (past.has(at)) continue;
        const sum = sumOf(nodes.flatMap(({ samples }) => newestWithin(samples, at + SUM_MILLIS) ?? []));
        if (sum) past.set(at, sum);
      }
    }
    this.publish(now);
  }

  apply(events: StreamEvent[]) {
    for (const event of events) this.applyOne(event);
  }

  /**
   * Sums up what is known, and tells whoever listens. Called once a second: more often nobody can read. While the stream
   * is away (`isHeard` is false) samples grow old one by one, which would look like a fall, so no sum is kept.
   */
  publish(now: number, isHeard = true) {
    const last = stepOf(now);
    const shown = new Map<string, ComponentLive>();
    const heard = new Set<string>();
    for (const [componentId, nodes] of this.newest) {
      for (const [nodeId, { timestamp }] of nodes) {
        if (now - timestamp > SAMPLE_MILLIS_MAX) nodes.delete(nodeId);
        else heard.add(nodeId);
      }
      const sum = sumOf([...nodes.values()]);
      const past = this.pastOf(componentId);
      if (sum && isHeard) past.set(last, sum);
      for (const at of past.keys()) if (at <= last - SUMS_MAX * SUM_MILLIS) past.delete(at);
      if (past.size === 0) continue;
      const steps = Array.from({ length: SUMS_MAX }, (_, index) => last - (SUMS_MAX - 1 - index) * SUM_MILLIS);
      shown.set(componentId, { sum, past: steps.map((at) => ({ at, sum: past.get(at) ?? null })) });
    }
    this.shown = shown;
    this.heard = heard.size;
    for (const listener of this.listeners) listener();
  }

  private applyOne(event: StreamEvent) {
    switch (event.type) {
      case "metric_update":
        return this.noteOurs(event);
      case "fleet_status":
        if (event.status === "UNREACHABLE") this.forget(event.nodeId);
        return;
      case "status_change":
        if (event.nodeId === null) return;
        if (event.pipelineId ? this.isEnd(event.pipelineId, event.toStatus) : event.toStatus === "UNREACHABLE") {
          this.forget(event.nodeId);
        }
        return;
      case "snapshot":
        for (const { nodeId, status } of event.nodes) if (status === "UNREACHABLE") this.forget(nodeId);
        for (const one of event.samples) this.noteOurs(one);
        return;
      case "log_entry":
      case "lagged":
      case "hello":
        return;
    }
  }

  private isEnd(pipelineId: string, status: string): boolean {
    return pipelineId === this.pipelineId && ["STOPPED", "CRASHED", "CRASH_LOOP"].includes(status);
  }

  private noteOurs(one: { nodeId: string; pipelineId: string; componentId: string; sample: Sample }) {
    if (one.pipelineId !== this.pipelineId) return;
    this.note(one.componentId, one.nodeId, one.sample);
  }

  private note(componentId: string, nodeId: string, sample: Sample) {
    if (this.nodeId !== "" && this.nodeId !== nodeId) return;
    const nodes = this.newest.get(componentId) ?? new Map<string, Sample>();
    this.newest.set(componentId, nodes);
    const known = nodes.get(nodeId);
    if (!known || known.timestamp <= sample.timestamp) nodes.set(nodeId, sample);
  }

  private forget(nodeId: string) {
    for (const nodes of this.newest.values()) nodes.delete(nodeId);
  }

  private pastOf(componentId: string) {
    const known = this.past.get(componentId) ?? new Map<number, ComponentSum>();
    this.past.set(componentId, known);
    return known;
  }
}

const stepOf = (millis: number) => Math.floor(millis / SUM_MILLIS) * SUM_MILLIS;

/** The newest sample before a time, unless it was old by then. Samples are in the order of their times. */
function newestWithin(samples: Sample[], before: number): Sample | undefined {
  const found = samples.findLast(({ timestamp }) => timestamp < before);
  return found && before - found.timestamp <= SAMPLE_MILLIS_MAX ? found : undefined;
}

function sumOf(samples: Sample[]): ComponentSum | null {
  if (samples.length === 0) return null;
  const of = (pick: (sample: Sample) => number) => samples.reduce((sum, sample) => sum + pick(sample), 0);
  return {
    receivedEvents: of(({ receivedEventsRate }) => receivedEventsRate),
    sentEvents: of(({ sentEventsRate }) => sentEventsRate),
    receivedBytes: of(({ receivedBytesRate }) => receivedBytesRate),
    sentBytes: of(({ sentBytesRate }) => sentBytesRate),
    errors: of(({ errorsRate }) => errorsRate),
    discarded: of(({ discardedRate }) => discardedRate),
    latencyMs: meanLatency(samples),
    nodes: samples.length,
  };
}

function meanLatency(samples: Sample[]): number | null {
  const told = samples.flatMap(({ latencyMeanMs, receivedEventsRate }) =>
    latencyMeanMs === null ? [] : [{ millis: latencyMeanMs, weight: receivedEventsRate }],
  );
  if (told.length === 0) return null;
  const weights = told.reduce((sum, { weight }) => sum + weight, 0);
  // Where nothing flows, each node counts alike.
  const weigh = weights > 0 ? (weight: number) => weight / weights : () => 1 / told.length;
  return told.reduce((sum, { millis, weight }) => sum + millis * weigh(weight), 0);
}
