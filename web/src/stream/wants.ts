// What the tabs of a browser look at, made one filter of one stream.

import type { EventName } from "./events";

export type Topic = Exclude<EventName, "hello" | "snapshot" | "lagged" | "status_change">;

/** These events of these nodes and pipelines; null means of every one. */
export type Filter = { topics: Topic[]; nodeIds: string[] | null; pipelineIds: string[] | null };

/** What a tab shows live. Changes of status come to every tab without being asked for. */
export type Wants = Filter;

export const nothing: Wants = { topics: [], nodeIds: [], pipelineIds: null };

/** As many ids as the server takes in a list. */
export const FILTER_IDS_MAX = 500;

const isNothing = ({ topics, nodeIds, pipelineIds }: Wants) =>
  topics.length === 0 || nodeIds?.length === 0 || pipelineIds?.length === 0;

/**
 * A filter that lets through what any tab wants, and more where tabs want different kinds of things: a list only
 * narrows when every tab has it. Past the server's bound the ids of the tabs that spoke last win, since those are
 * looked at.
 */
export function filterOf(newestFirst: Iterable<Wants>): Filter {
  const wants = [...newestFirst].filter((one) => !isNothing(one));
  if (wants.length === 0) return nothing;
  return {
    topics: [...new Set(wants.flatMap(({ topics }) => topics))].sort(),
    nodeIds: union(wants.map(({ nodeIds }) => nodeIds)),
    pipelineIds: union(wants.map(({ pipelineIds }) => pipelineIds)),
  };
}

function union(lists: (string[] | null)[]): string[] | null {
  const ids = new Set<string>();
  for (const list of lists) {
    if (list === null) return null;
    for (const id of list) if (ids.size < FILTER_IDS_MAX) ids.add(id);
  }
  return [...ids].sort();
}

export const isSameFilter = (one: Filter, other: Filter) =>
  isSame(one.topics, other.topics) && isSame(one.nodeIds, other.nodeIds) && isSame(one.pipelineIds, other.pipelineIds);

const isSame = (one: string[] | null, other: string[] | null) =>
  one === null || other === null
    ? one === other
    : one.length === other.length && one.every((id, index) => id === other[index]);
