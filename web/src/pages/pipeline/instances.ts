// Instances of a pipeline, which come as somebody scrolls.

import { get } from "../../api/client";
import type { InstanceItem, List } from "../../api/types";
import { useListPages } from "../../shell/list-pages";
import { noteNodeNames, usePollMillis } from "../../shell/live";

const PAGE_INSTANCES = 500;
/** They are sorted by their trouble here, so more than those in view have to be fresh. */
const FRESH_PAGES = 4;

export function useInstances(pipelineId: string) {
  const refetchInterval = usePollMillis(10_000);
  return useListPages({
    queryKey: ["instances", pipelineId],
    load: async (cursor, signal) => {
      const page = await get<List<InstanceItem>>("/instances", { pipelineId, limit: PAGE_INSTANCES, cursor }, signal);
      noteNodeNames(page.items.map(({ nodeId, nodeName }) => ({ id: nodeId, name: nodeName })));
      return page;
    },
    idOf: ({ nodeId }) => nodeId,
    refetchInterval,
    always: FRESH_PAGES,
  });
}
