// The nodes of the matrix, loaded in pages of which each is asked for again by itself: a change on one node does not
// fetch the whole fleet.

import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { get } from "../../api/client";
import type { MatrixNode } from "../../api/deployments";
import type { List } from "../../api/types";
import { STALE_QUIET_MILLIS } from "../../cache/stale";
import { throttled } from "../../cache/throttle";
import { noteNodeNames, useLive, usePollMillis } from "../../shell/live";
import { type Column, columnOf } from "./layout";

const PAGE_NODES = 100;
const STALE_LONGEST_MILLIS = 4_000;

type Page = { columns: Column[]; nextCursor: string | null; total: number | null };

export type Columns = {
  columns: Column[];
  /** Of all nodes of the environment, loaded or not. */
  total: number | null;
  isWhole: boolean;
  isPending: boolean;
  problem: Error | null;
  retry: () => void;
};

/** Loads page after page until `nodesMax` nodes are here. */
export function useColumns(environment: string, nodesMax: number): Columns {
  const queries = useQueryClient();
  const live = useLive();
  const [cursors, setCursors] = useState([""]);
  const refetchInterval = usePollMillis(30_000);
  const pages = useQueries({
    queries: cursors.map((cursor) => ({
      queryKey: ["matrix", environment, cursor],
      queryFn: ({ signal }: { signal: AbortSignal }) => pageOf(environment, cursor, signal),
      refetchInterval,
    })),
  });
  const loaded = pages.map(({ data }) => data);
  const last = loaded.at(-1);
  const next = last?.nextCursor ?? null;
  const isRoom = cursors.length * PAGE_NODES < nodesMax;
  useEffect(() => {
    if (next !== null && isRoom) setCursors((known) => (known.includes(next) ? known : [...known, next]));
  }, [next, isRoom]);
  useEffect(() => {
    const ask = throttled<string | null>(STALE_QUIET_MILLIS, STALE_LONGEST_MILLIS, (nodeIds) => {
      void queries.invalidateQueries({
        queryKey: ["matrix", environment],
        predicate: ({ state }) => {
          const page = state.data as Page | undefined;
          return nodeIds.has(null) || (page?.columns.some(({ nodeId }) => nodeIds.has(nodeId)) ?? false);
        },
      });
    });
    const stop = live.listenEvents((events) => {
      for (const event of events) {
        if (event.type === "status_change") ask.call(event.nodeId);
        if (event.type === "snapshot" && event.last) ask.call(null);
      }
    });
    return () => {
      stop();
      ask.cancel();
    };
  }, [live, queries, environment]);
  const updated = pages.map(({ dataUpdatedAt }) => dataUpdatedAt).join();
  // Pages are new objects at each drawing; their times are not.
  const columns = useMemo(() => loaded.flatMap((page) => page?.columns ?? []), [updated]);
  const failed = pages.find(({ isError, data }) => isError && !data);
  return {
    columns,
    total: loaded[0]?.total ?? null,
    isWhole: last !== undefined && next === null,
    isPending: pages[0]?.isPending ?? true,
    problem: failed?.error ?? null,
    retry: () => void failed?.refetch(),
  };
}

async function pageOf(environment: string, cursor: string, signal: AbortSignal): Promise<Page> {
  const fields = { environmentId: environment, limit: PAGE_NODES, cursor };
  const { items, nextCursor, total } = await get<List<MatrixNode>>("/deployments", fields, signal);
  noteNodeNames(items.map(({ nodeId, nodeName }) => ({ id: nodeId, name: nodeName })));
  return { columns: items.map(columnOf), nextCursor, total };
}
