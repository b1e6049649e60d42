// The components of a pipeline, and who reads from whom.

import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { Graph } from "../../api/types";
import { Failure, Skeleton } from "../../parts/states";
import { GraphView } from "./graph-view";
import type { TabProps } from "./page";

export function GraphTab({ pipeline }: TabProps) {
  const { id, deployedVersion } = pipeline;
  const graph = useQuery({
    queryKey: ["graph", id, deployedVersion],
    queryFn: ({ signal }) => get<Graph>(`/pipelines/${id}/graph`, { version: deployedVersion }, signal),
  });
  if (graph.isPending) return <Skeleton rows={8} />;
  if (!graph.data) return <Failure problem={graph.error} retry={() => void graph.refetch()} />;
  return <GraphView {...graph.data} />;
}
