// Where the cards of a graph stand: left to right, each behind what it reads from.

import dagre from "@dagrejs/dagre";
import type { Graph } from "../../api/types";

export type Spot = { id: string; x: number; y: number };

export type Size = { width: number; height: number };

const RANK_PIXELS = 72;
/** Names of outputs stand between the ranks of their edges; so much of one has room there anyway. */
const NAME_FITS_PIXELS = 40;
const NAME_LETTER_PIXELS = 6.7;
const NAME_EDGES_PIXELS = 16;
const NAME_HEIGHT_PIXELS = 16;
const ROW_PIXELS = 28;

/** A spot for every component once, by its upper left corner. Edges from or to what is not there are left out. */
export function spotsOf({ components, edges }: Pick<Graph, "components" | "edges">, { width, height }: Size): Spot[] {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", ranksep: RANK_PIXELS, nodesep: ROW_PIXELS });
  graph.setDefaultEdgeLabel(() => ({}));
  const ids = new Set(components.map(({ id }) => id));
  // Of what may stand in any order the layout puts the last on top; the text has the first there.
  for (const id of [...ids].reverse()) graph.setNode(id, { width, height });
  for (const { from, to, output } of edges.toReversed()) {
    if (!ids.has(from) || !ids.has(to)) continue;
    const known: number = graph.edge(from, to)?.width ?? 0;
    graph.setEdge(from, to, { width: Math.max(known, roomOf(output)), height: NAME_HEIGHT_PIXELS, labelpos: "c" });
  }
  dagre.layout(graph);
  return [...ids].map((id) => {
    const { x, y } = graph.node(id);
    return { id, x: Math.round(x - width / 2), y: Math.round(y - height / 2) };
  });
}

/** How much further apart the name of an output puts two ranks. */
const roomOf = (output: string | null): number =>
  output === null ? 0 : Math.max(0, output.length * NAME_LETTER_PIXELS + NAME_EDGES_PIXELS - NAME_FITS_PIXELS);

/** By how much each edge keeps beside the middle: those between the same two components would else be one line. */
export function lanesOf(edges: readonly { from: string; to: string }[]): number[] {
  return edges.map((edge) => {
    const alike = edges.filter(({ from, to }) => from === edge.from && to === edge.to);
    return alike.indexOf(edge) - (alike.length - 1) / 2;
  });
}

/** Cards whose middle is past the right edge of the room. */
export const beyondRight = <Card extends { x: number; width: number }>(view: View, cards: Card[], width: number) =>
  cards.filter((card) => view.x + (card.x + card.width / 2) * view.zoom > width);

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
