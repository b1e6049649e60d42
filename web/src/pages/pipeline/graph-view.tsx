// A graph of components, left to right. It moves only when somebody moves it, or asks for all of it.

import "@xyflow/react/dist/base.css";
import "./graph-view.css";

import { Panel, ReactFlow, ReactFlowProvider, useReactFlow, useStore } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { Graph, GraphProblem } from "../../api/types";
import { Empty } from "../../parts/states";
import { CardNode, type CardNodeType } from "./card";
import { FlowEdge, type FlowEdgeType } from "./flow-edge";
import { spotsOf, viewWith } from "./layout";
import { useComponents } from "./live-components";

type Props = Pick<Graph, "components" | "edges" | "problems"> & {
  /** The component whose details are open. */
  selected?: string | null;
  /** Cards can be picked where this is given. */
  select?: (componentId: string) => void;
};

const PLAN = { width: 188, height: 54 };
const LIVE = { width: 224, height: 122 };
const FIT = { padding: { x: "24px", y: "56px" }, maxZoom: 1 } as const;
/** Cards that are smaller than this cannot be read. */
const ZOOM_MIN = 0.62;

export function GraphView(props: Props) {
  if (props.components.length === 0) return <Nothing problems={props.problems} />;
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

function Nothing({ problems }: { problems: GraphProblem[] }) {
  const first = problems.find(({ severity }) => severity === "error");
  return (
    <div className="graph graph-empty">
      {first ? (
        <Empty title="This text cannot be drawn">
          <p>
            Line {first.line}: {first.message}
          </p>
        </Empty>
      ) : (
        <Empty title="There is no component yet">
          <p>Sources, transforms and sinks of the configuration stand here, with what flows between them.</p>
        </Empty>
      )}
    </div>
  );
}

function Canvas({ components, edges, problems, selected = null, select }: Props) {
  const size = useComponents() ? LIVE : PLAN;
  const place = useRef<HTMLDivElement>(null);
  const nodes = useMemo(() => {
    const worst = worstOf(problems);
    const byId = new Map(components.map((component) => [component.id, component]));
    return spotsOf({ components, edges }, size).flatMap(({ id, x, y }): CardNodeType[] => {
      const component = byId.get(id);
      if (!component) return [];
      const data = { component, problem: worst.get(id) ?? null, isSelected: id === selected, select };
      return [{ id, type: "component", position: { x, y }, ...size, data }];
    });
  }, [components, edges, problems, size, selected, select]);
  const lines = useMemo(
    () =>
      edges.map((edge): FlowEdgeType => {
        const { from, output, to } = edge;
        return {
          id: JSON.stringify([from, output, to]),
          source: from,
          target: to,
          type: "flow",
          data: { edge, edges },
        };
      }),
    [edges],
  );
  return (
    <div className="graph" ref={place}>
      <ReactFlow<CardNodeType, FlowEdgeType>
        nodes={nodes}
        edges={lines}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        zoomOnScroll={false}
        zoomOnDoubleClick={false}
        preventScrolling={false}
        minZoom={0.15}
        maxZoom={1.6}
        onInit={({ getNode, getNodesBounds, getNodes, fitView, setViewport }) => {
          const bounds = getNodesBounds(getNodes());
          const { clientWidth = 0, clientHeight = 0 } = place.current ?? {};
          const zoom = Math.min((clientWidth - 48) / bounds.width, (clientHeight - 112) / bounds.height);
          if (zoom >= ZOOM_MIN) return void fitView(FIT);
          // A graph that cannot be read as a whole begins with its sources, or where its details are open.
          const view = beginningOf(bounds, clientHeight);
          const open = selected === null ? undefined : getNode(selected);
          const room = { width: clientWidth, height: clientHeight };
          void setViewport((open && viewWith(view, { id: open.id, ...open.position, ...size }, room)) || view);
        }}
      >
        <Controls />
        <CardInView picked={selected} />
      </ReactFlow>
    </div>
  );
}

function beginningOf(bounds: { x: number; y: number; height: number }, height: number) {
  const zoom = 0.8;
  const inMiddle = (height - bounds.height * zoom) / 2;
  return { zoom, x: 24 - bounds.x * zoom, y: Math.max(24, inMiddle) - bounds.y * zoom };
}

function worstOf(problems: GraphProblem[]): Map<string, GraphProblem> {
  const worst = new Map<string, GraphProblem>();
  for (const problem of problems) {
    if (problem.component === null) continue;
    const known = worst.get(problem.component);
    if (!known || (known.severity === "warning" && problem.severity === "error")) worst.set(problem.component, problem);
  }
  return worst;
}

function Controls() {
  const { fitView, zoomIn, zoomOut } = useReactFlow();
  return (
    <Panel position="bottom-left" className="graph-controls">
      <button type="button" aria-label="Zoom out" onClick={() => void zoomOut()}>
        −
      </button>
      <button type="button" aria-label="Zoom in" onClick={() => void zoomIn()}>
        +
      </button>
      <button type="button" onClick={() => void fitView(FIT)}>
        Show all
      </button>
    </Panel>
  );
}

/**
 * Details take room from the graph, and keys reach cards that are out of sight: a card that is picked or has the focus
 * is moved into view, as little as it takes.
 */
function CardInView({ picked }: { picked: string | null }) {
  const { getNode, getViewport, setViewport } = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const canvas = useStore((state) => state.domNode);
  const show = useCallback(
    (id: string) => {
      const card = getNode(id);
      if (!card || width === 0 || height === 0) return;
      const size = { width: card.width ?? 0, height: card.height ?? 0 };
      const view = viewWith(getViewport(), { id, ...card.position, ...size }, { width, height });
      if (view) void setViewport(view);
    },
    [getNode, getViewport, setViewport, width, height],
  );
  useEffect(() => {
    if (picked !== null) show(picked);
  }, [picked, show]);
  useEffect(() => {
    const focused = ({ target }: FocusEvent) => {
      const card = target instanceof Element && target.matches(":focus-visible") ? target.closest("[data-id]") : null;
      if (card instanceof HTMLElement && card.dataset.id) show(card.dataset.id);
    };
    canvas?.addEventListener("focusin", focused);
    return () => canvas?.removeEventListener("focusin", focused);
  }, [canvas, show]);
  return null;
}

const nodeTypes = { component: CardNode };
const edgeTypes = { flow: FlowEdge };
