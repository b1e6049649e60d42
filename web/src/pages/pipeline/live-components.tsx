// Joins the numbers of components to the page: what was before, what the stream tells, and a drawing once a second.

import { useQuery } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, useSyncExternalStore } from "react";
import { get } from "../../api/client";
import { serverNow } from "../../api/clock";
import type { PipelineDetail, SampleAnswer } from "../../api/types";
import { type ComponentLive, ComponentValues } from "../../cache/components";
import { millisOf } from "../../format/times";
import { useLive, usePollMillis } from "../../shell/live";
import { isStreaming } from "../../stream/status";

const PUBLISH_MILLIS = 1_000;

/** Of so many nodes what was before is asked for by five minutes; of more, by one; past that the stream has to do. */
const NODES_MAX = { ofFiveMinutes: 60, ofOneMinute: 600 };

const ComponentsContext = createContext<ComponentValues | null>(null);

export const LiveComponents = ComponentsContext.Provider;

function minutesFor(nodes: number): number | null {
  if (nodes <= NODES_MAX.ofFiveMinutes) return 5;
  return nodes <= NODES_MAX.ofOneMinute ? 1 : null;
}

/** Numbers of one node, or of all where `nodeId` is empty. */
export function useComponentValues(pipeline: PipelineDetail, nodeId: string): ComponentValues {
  const live = useLive();
  const { id } = pipeline;
  const values = useMemo(() => new ComponentValues(id, nodeId), [id, nodeId]);
  const minutes = minutesFor(nodeId ? 1 : pipeline.instances.total);
  // It is asked for again when somebody comes back to the page, for a hidden one hears nothing, and without a stream.
  const refetchInterval = usePollMillis(false);
  const { data } = useQuery({
    queryKey: ["samples", id, nodeId, minutes],
    queryFn: ({ signal }) => get<SampleAnswer>(`/pipelines/${id}/samples`, { nodeId, minutes }, signal),
    enabled: minutes !== null,
    refetchInterval,
    gcTime: 0,
  });
  useEffect(() => {
    if (!data) return;
    const series = data.components.map(({ samples, ...one }) => ({
      ...one,
      samples: samples.map((sample) => ({ ...sample, timestamp: millisOf(sample.timestamp) ?? 0 })),
    }));
    values.seed(series, serverNow());
  }, [values, data]);
  useEffect(() => {
    const leave = live.listenEvents((events) => values.apply(events));
    const timer = setInterval(() => values.publish(serverNow(), isStreaming(live.status)), PUBLISH_MILLIS);
    return () => {
      leave();
      clearInterval(timer);
    };
  }, [live, values]);
  return values;
}

const noListening = () => () => undefined;

/** The numbers around this part of the page; null where a plan alone is drawn. */
export const useComponents = (): ComponentValues | null => useContext(ComponentsContext);

export function useComponent(componentId: string): ComponentLive | undefined {
  const values = useComponents();
  return useSyncExternalStore(values?.listen ?? noListening, () => values?.get(componentId));
}

export function useNodesHeard(values: ComponentValues): number {
  return useSyncExternalStore(values.listen, values.nodesHeard);
}
