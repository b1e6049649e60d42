// What the tabs of a browser look at, made one filter of one stream.

/** What a tab shows live: values of these nodes; null means of every node. */
export type Wants = { nodeIds: string[] | null };

export type Filter = { nodeIds: string[] | null };

/** As many ids as the server takes in a filter. */
export const FILTER_IDS_MAX = 500;

/** The union. Past the server's bound the nodes of the tabs that spoke last win, since those are looked at. */
export function filterOf(newestFirst: Iterable<Wants>): Filter {
  const ids = new Set<string>();
  for (const { nodeIds } of newestFirst) {
    if (nodeIds === null) return { nodeIds: null };
    for (const id of nodeIds) if (ids.size < FILTER_IDS_MAX) ids.add(id);
  }
  return { nodeIds: [...ids].sort() };
}

export const isSameFilter = (one: Filter, other: Filter) =>
  one.nodeIds === null || other.nodeIds === null
    ? one.nodeIds === other.nodeIds
    : one.nodeIds.length === other.nodeIds.length && one.nodeIds.every((id, index) => id === other.nodeIds?.[index]);
