// Where the cards of a graph stand: left to right, each behind what it reads from.

import dagre from "@dagrejs/dagre";
import type { Graph } from "../../api/types";

export type Spot = { id: string; x: number; y: number };

type Size = { width: number; height: number };

const RANK_PIXELS = 72;
const ROW_PIXELS = 28;

/** A spot for every component once, by its upper left corner. Edges from or to what is not there are left out. */
export function spotsOf({ components, edges }: Pick<Graph, "components" | "edges">, { width, height }: Size): Spot[] {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", ranksep: RANK_PIXELS, nodesep: ROW_PIXELS });
  graph.setDefaultEdgeLabel(() => ({}));
  const ids = new Set(components.map(({ id }) => id));
  for (const id of ids) graph.setNode(id, { width, height });
  for (const { from, to } of edges) if (ids.has(from) && ids.has(to)) graph.setEdge(from, to);
  dagre.layout(graph);
  return [...ids].map((id) => {
    const { x, y } = graph.node(id);
    return { id, x: Math.round(x - width / 2), y: Math.round(y - height / 2) };
  });
}
