import { expect, it } from "vitest";
import type { ComponentKind, GraphEdge } from "../../api/types";
import type { ComponentSum } from "../../cache/components";
import { figuresOf, paceOf, rateOf, widthOf } from "./flow";

const sum = (part: Partial<ComponentSum>): ComponentSum => ({
  receivedEvents: 0,
  sentEvents: 0,
  receivedBytes: 0,
  sentBytes: 0,
  errors: 0,
  discarded: 0,
  latencyMs: null,
  nodes: 1,
  ...part,
});

it.each<[string, ComponentKind, ComponentSum | null, number | null, number | null]>([
  ["no node", "source", null, null, null],
  ["a source", "source", sum({ receivedEvents: 9, sentEvents: 8, receivedBytes: 90 }), 9, 90],
  ["a source that only sends", "source", sum({ sentEvents: 8, sentBytes: 80 }), 8, 80],
  ["a transform", "transform", sum({ receivedEvents: 9, sentEvents: 3, receivedBytes: 90 }), 3, 90],
  ["a transform whose bytes are not counted", "transform", sum({ receivedEvents: 9, sentEvents: 3 }), 3, null],
  ["a sink", "sink", sum({ receivedEvents: 9, sentEvents: 8, receivedBytes: 90, sentBytes: 70 }), 9, 70],
  ["an idle one", "sink", sum({}), 0, 0],
])("figures of %s", (_, kind, told, events, bytes) => {
  expect(figuresOf(kind, told)).toMatchObject({ events, bytes });
});

const edge = (from: string, to: string, output: string | null = null): GraphEdge => ({ from, output, to });

it.each<[string, GraphEdge[], Record<string, ComponentSum>, number | null]>([
  ["the only input of who reads", [edge("a", "b")], { a: sum({ sentEvents: 5 }), b: sum({ receivedEvents: 4 }) }, 4],
  ["who reads is not heard", [edge("a", "b")], { a: sum({ sentEvents: 5 }) }, 5],
  [
    "one of two inputs",
    [edge("a", "b"), edge("c", "b")],
    { a: sum({ sentEvents: 5 }), b: sum({ receivedEvents: 9 }), c: sum({ sentEvents: 4 }) },
    5,
  ],
  [
    "one of two outputs that meet again",
    [edge("a", "b", "x"), edge("a", "c", "y"), edge("c", "b")],
    { a: sum({ sentEvents: 5 }), b: sum({ receivedEvents: 9 }) },
    null,
  ],
  ["nobody is heard", [edge("a", "b")], {}, null],
])("the rate of %s", (_, edges, sums, expected) => {
  const first = edges[0];
  expect(first && rateOf(first, edges, (id) => sums[id] ?? null)).toBe(expected);
});

it.each([
  [null, 1.5, null],
  [0, 1.5, null],
  [0.2, 2.1, 4],
  [5, 2.8, 2.8],
  [99, 4, 1.9],
  [9_999, 6, 0.9],
  [10_000_000, 8, 0.6],
])("an edge of %s events per second is %s px wide and takes %s s", (rate, width, seconds) => {
  expect(widthOf(rate)).toBeCloseTo(width, 1);
  expect(paceOf(rate)).toBe(seconds);
});
