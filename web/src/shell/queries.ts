// Lists that several pages share, each asked for once.

import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import type { List, NodeItem, PipelineItem, Summary, Volume } from "../api/types";
import { AskedNames } from "../cache/asked-names";
import type { LongRange } from "../url/url";
import { nodeNameOf, noteNodeNames, usePollMillis } from "./live";

/** Live counts of the whole fleet come from memory, so they are cheap to ask for. */
export function useSummary(environment: string) {
  const refetchInterval = usePollMillis(2_000);
  return useQuery({
    queryKey: ["summary", environment],
    queryFn: ({ signal }) => get<Summary>("/fleet/summary", { environmentId: environment }, signal),
    refetchInterval,
  });
}

const NAMES_AT_ONCE = 4;
const NAMES_WAITING_MOST = 100;

const askedNames = new AskedNames(
  async (id) => noteNodeNames([await get<NodeItem>(`/nodes/${id}`)]),
  NAMES_AT_ONCE,
  NAMES_WAITING_MOST,
);

function nodeName(id: string): string {
  const name = nodeNameOf(id);
  if (name === undefined) askedNames.want(id);
  return name ?? id;
}

/** Names for ids of events: one list for all of a small fleet, and one by one what it does not hold. */
export function useNames(environment: string) {
  const nodes = useQuery({
    queryKey: ["node-names", environment],
    queryFn: async ({ signal }) => {
      const { items } = await get<List<NodeItem>>(
        "/nodes",
        { environmentId: environment, sort: "name", limit: 500 },
        signal,
      );
      noteNodeNames(items);
      return items.length;
    },
    staleTime: 60_000,
  });
  const pipelines = usePipelines(environment);
  const names = new Map(pipelines.data?.items.map(({ id, name }) => [id, name]));
  const areKnown = !nodes.isPending && !pipelines.isPending;
  return {
    areKnown,
    ofNode: areKnown ? nodeName : (id: string) => nodeNameOf(id) ?? id,
    ofPipeline: (id: string) => names.get(id) ?? id,
  };
}

/** As many as a list holds, and as many lists: an environment with more is looked through by its own page. */
const PIPELINES_AT_ONCE = 500;
const PIPELINE_LISTS_MAX = 10;

/** Pipelines with their live rates. */
export function usePipelines(environment: string) {
  const refetchInterval = usePollMillis(10_000);
  return useQuery({
    queryKey: ["pipelines", environment],
    queryFn: async ({ signal }) => {
      const items: PipelineItem[] = [];
      let cursor: string | null = null;
      for (let lists = 0; lists < PIPELINE_LISTS_MAX; lists++) {
        const fields = { environmentId: environment, limit: PIPELINES_AT_ONCE, cursor };
        const list: List<PipelineItem> = await get("/pipelines", fields, signal);
        items.push(...list.items);
        cursor = list.nextCursor;
        if (cursor === null) break;
      }
      return { items };
    },
    refetchInterval,
  });
}

/** What passed through an environment; the server tells it of one at a time. */
export function useVolume(environment: string, range: LongRange) {
  return useQuery({
    queryKey: ["volume", environment, range],
    queryFn: ({ signal }) => get<Volume>("/analytics/volume", { environmentId: environment, range }, signal),
    placeholderData: (before, asked) => (asked?.queryKey[1] === environment ? before : undefined),
    refetchInterval: 60_000,
    enabled: environment !== "",
  });
}
