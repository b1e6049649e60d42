// What flows from one component to another: thicker and faster with its rate, still where nothing flows.

import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps, getBezierPath, Position } from "@xyflow/react";
import { useSyncExternalStore } from "react";
import type { GraphEdge } from "../../api/types";
import { paceOf, rateOf, widthOf } from "./flow";
import { useComponents } from "./live-components";

export type FlowEdgeType = Edge<{ edge: GraphEdge; edges: readonly GraphEdge[] }, "flow">;

const noListening = () => () => undefined;

export function FlowEdge({ data, sourceX, sourceY, targetX, targetY }: EdgeProps<FlowEdgeType>) {
  const values = useComponents();
  const rate = useSyncExternalStore(values?.listen ?? noListening, () =>
    values && data ? rateOf(data.edge, data.edges, (id) => values.get(id)?.sum ?? null) : null,
  );
  const [path, labelX, labelY] = getBezierPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition: Position.Right,
    targetPosition: Position.Left,
  });
  const width = widthOf(rate);
  const pace = paceOf(rate);
  const output = data?.edge.output;
  return (
    <>
      <BaseEdge path={path} className={pace === null ? "" : "flows"} style={{ strokeWidth: width }} />
      {pace !== null && (
        <path
          className="flow"
          d={path}
          style={{ strokeWidth: Math.max(1.5, width * 0.4), animationDuration: `${pace}s` }}
          fill="none"
        />
      )}
      {output && (
        <EdgeLabelRenderer>
          <span
            className="edge-label"
            style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}
          >
            {output}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
}
