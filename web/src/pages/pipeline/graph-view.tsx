// A graph of components, left to right. It moves only when somebody moves it, or asks for all of it.

import "@xyflow/react/dist/base.css";
import "./graph-view.css";

import {
  BaseEdge,
  type Edge,
  type EdgeProps,
  getBezierPath,
  Handle,
  type Node,
  type NodeProps,
  Panel,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from "@xyflow/react";
import { useMemo } from "react";
import type { Graph, GraphComponent, GraphProblem } from "../../api/types";
import { spotsOf } from "./layout";

type Props = Pick<Graph, "components" | "edges" | "problems">;

type CardNode = Node<{ component: GraphComponent; problem: GraphProblem | null }, "component">;
type FlowEdge = Edge<{ output: string | null }, "flow">;

const SIZE = { width: 212, height: 56 };
const FIT = { padding: 0.08, maxZoom: 1 };

export function GraphView(props: Props) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

function Canvas({ components, edges, problems }: Props) {
  const nodes = useMemo(() => nodesOf({ components, edges, problems }), [components, edges, problems]);
  const lines = useMemo(() => linesOf(edges), [edges]);
  return (
    <ReactFlow<CardNode, FlowEdge>
      className="graph"
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
      minZoom={0.2}
      maxZoom={1.5}
      fitView
      fitViewOptions={FIT}
      proOptions={{ hideAttribution: true }}
    >
      <Controls />
    </ReactFlow>
  );
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

function nodesOf({ components, edges, problems }: Props): CardNode[] {
  const spots = new Map(spotsOf({ components, edges }, SIZE).map((spot) => [spot.id, spot]));
  const worst = new Map<string, GraphProblem>();
  for (const problem of problems) {
    const known = worst.get(problem.component ?? "");
    if (known?.severity !== "error") worst.set(problem.component ?? "", problem);
  }
  const byId = new Map(components.map((component) => [component.id, component]));
  return [...byId.values()].map((component) => ({
    id: component.id,
    type: "component",
    position: spots.get(component.id) ?? { x: 0, y: 0 },
    ...SIZE,
    data: { component, problem: worst.get(component.id) ?? null },
  }));
}

const linesOf = (edges: Graph["edges"]): FlowEdge[] =>
  edges.map(({ from, output, to }) => ({
    id: `${from} ${output ?? ""} ${to}`,
    source: from,
    target: to,
    type: "flow",
    data: { output },
  }));

function Card({ data: { component, problem } }: NodeProps<CardNode>) {
  return (
    <div className="component" data-problem={problem?.severity} title={problem?.message}>
      {component.kind !== "source" && <Handle type="target" position={Position.Left} />}
      <b>{component.id}</b>
      <small>{component.type ?? "no type"}</small>
      {component.kind !== "sink" && <Handle type="source" position={Position.Right} />}
    </div>
  );
}

function Flow({ sourceX, sourceY, targetX, targetY }: EdgeProps<FlowEdge>) {
  const [path] = getBezierPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition: Position.Right,
    targetPosition: Position.Left,
  });
  return <BaseEdge path={path} />;
}

const nodeTypes = { component: Card };
const edgeTypes = { flow: Flow };
