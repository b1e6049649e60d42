// Where the cards of a graph stand: left to right, each behind what it reads from.

import dagre from "@dagrejs/dagre";
import type { Graph } from "../../api/types";

export type Spot = { id: string; x: number; y: number };

export type Size = { width: number; height: number };

const RANK_PIXELS = 72;
/** Between ranks where outputs have names, which stand there. */
const NAMED_RANK_PIXELS = 128;
const ROW_PIXELS = 28;

/** A spot for every component once, by its upper left corner. Edges from or to what is not there are left out. */
export function spotsOf({ components, edges }: Pick<Graph, "components" | "edges">, { width, height }: Size): Spot[] {
  const graph = new dagre.graphlib.Graph();
  const ranksep = edges.some(({ output }) => output !== null) ? NAMED_RANK_PIXELS : RANK_PIXELS;
  graph.setGraph({ rankdir: "LR", ranksep, nodesep: ROW_PIXELS });
  graph.setDefaultEdgeLabel(() => ({}));
  const ids = new Set(components.map(({ id }) => id));
  // Of what may stand in any order the layout puts the last on top; the text has the first there.
  for (const id of [...ids].reverse()) graph.setNode(id, { width, height });
  for (const { from, to } of edges.toReversed()) if (ids.has(from) && ids.has(to)) graph.setEdge(from, to);
  dagre.layout(graph);
  return [...ids].map((id) => {
    const { x, y } = graph.node(id);
    return { id, x: Math.round(x - width / 2), y: Math.round(y - height / 2) };
  });
}

export type View = { x: number; y: number; zoom: number };

const MARGIN_PIXELS = 16;

/** The view moved as little as it takes to hold the card; null: it does already. */
export function viewWith(view: View, card: Spot & Size, { width, height }: Size): View | null {
  const x = view.x + moveOf(view.x + card.x * view.zoom, card.width * view.zoom, width);
  const y = view.y + moveOf(view.y + card.y * view.zoom, card.height * view.zoom, height);
  return x === view.x && y === view.y ? null : { ...view, x, y };
}

/** How far something moves to be within `room`; its beginning wins where it is larger. */
function moveOf(begins: number, length: number, room: number): number {
  const over = begins + length - (room - MARGIN_PIXELS);
  const left = over > 0 ? begins - over : begins;
  return Math.max(left, MARGIN_PIXELS) - begins || 0;
}
