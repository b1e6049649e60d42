// What a card and an edge say of the sums of a component.

import type { ComponentKind, GraphEdge } from "../../api/types";
import type { ComponentSum } from "../../cache/components";

export type Figures = {
  events: number | null;
  bytes: number | null;
  errors: number | null;
  latencyMs: number | null;
};

const unknown: Figures = { events: null, bytes: null, errors: null, latencyMs: null };

/** A source counts what it takes in, or what it sends where it takes from nothing that counts; a transform what it
 * sends; a sink what reaches it. */
export function eventsOf(kind: ComponentKind, sum: Pick<ComponentSum, "receivedEvents" | "sentEvents">): number {
  if (kind === "source") return sum.receivedEvents || sum.sentEvents;
  return kind === "transform" ? sum.sentEvents : sum.receivedEvents || sum.sentEvents;
}

export function figuresOf(kind: ComponentKind, sum: ComponentSum | null): Figures {
  if (!sum) return unknown;
  const bytes = kind === "sink" ? sum.sentBytes || sum.receivedBytes : sum.receivedBytes || sum.sentBytes;
  return {
    events: eventsOf(kind, sum),
    bytes: bytesOf(bytes, sum.receivedEvents + sum.sentEvents),
    errors: sum.errors,
    latencyMs: sum.latencyMs,
  };
}

/** Events have bytes, so none of them beside events means that they are not counted there. */
export const bytesOf = (bytes: number, events: number): number | null => (bytes === 0 && events > 0 ? null : bytes);

/** Events per second along an edge; null where that cannot be told. Every reader of an output gets all of it. */
export function rateOf(
  edge: GraphEdge,
  edges: readonly GraphEdge[],
  sumOf: (componentId: string) => ComponentSum | null,
): number | null {
  const inputs = edges.filter(({ to }) => to === edge.to).length;
  const reader = sumOf(edge.to);
  if (inputs === 1 && reader) return reader.receivedEvents;
  const writer = sumOf(edge.from);
  // What goes out by several outputs is told as one number.
  const outputs = new Set(edges.filter(({ from }) => from === edge.from).map(({ output }) => output));
  return writer && outputs.size === 1 ? writer.sentEvents : null;
}

/** The width of an edge in pixels: thicker by each power of ten. */
export function widthOf(rate: number | null): number {
  return rate === null || rate <= 0 ? 1.5 : Math.min(8, 2 + Math.log10(1 + rate));
}

const PACES: [number, number][] = [
  [10_000, 0.6],
  [1_000, 0.9],
  [100, 1.3],
  [10, 1.9],
  [1, 2.8],
  [0, 4],
];

/** Seconds that a dash takes for its own length, in few steps so that it seldom jumps; null: it stands still. */
export function paceOf(rate: number | null): number | null {
  if (rate === null || rate <= 0) return null;
  return PACES.find(([least]) => rate > least)?.[1] ?? null;
}
