// Instances of a pipeline: those for the picker and the table are one list, which grows as somebody scrolls.

import { useInfiniteQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { InstanceItem, List } from "../../api/types";
import { noteNodeNames, usePollMillis } from "../../shell/live";

const PAGE_INSTANCES = 500;

export function useInstances(pipelineId: string) {
  const refetchInterval = usePollMillis(10_000);
  const list = useInfiniteQuery({
    queryKey: ["instances", pipelineId],
    queryFn: async ({ pageParam, signal }) => {
      const fields = { pipelineId, limit: PAGE_INSTANCES, cursor: pageParam };
      const page = await get<List<InstanceItem>>("/instances", fields, signal);
      noteNodeNames(page.items.map(({ nodeId, nodeName }) => ({ id: nodeId, name: nodeName })));
      return page;
    },
    initialPageParam: "",
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval,
  });
  return {
    items: list.data?.pages.flatMap(({ items }) => items),
    total: list.data?.pages[0]?.total ?? null,
    listedAt: list.dataUpdatedAt,
    problem: list.error,
    retry: () => void list.refetch(),
    more: list.hasNextPage && !list.isFetching ? () => void list.fetchNextPage() : null,
  };
}
