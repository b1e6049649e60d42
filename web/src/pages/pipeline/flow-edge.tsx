// What flows from one component to another: thicker and faster with its rate, still where nothing flows.

import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps, getBezierPath, Position } from "@xyflow/react";
import { useSyncExternalStore } from "react";
import type { GraphEdge } from "../../api/types";
import { paceOf, rateOf, widthOf } from "./flow";
import { noListening, useComponents } from "./live-components";

export type FlowEdgeType = Edge<{ edge: GraphEdge; edges: readonly GraphEdge[]; lane: number }, "flow">;

/** Lines side by side are closer than their names, which would cover each other. */
const LINE_LANE_PIXELS = 8;
const NAME_LANE_PIXELS = 12;

export function FlowEdge({ data, sourceX, sourceY, targetX, targetY }: EdgeProps<FlowEdgeType>) {
  const values = useComponents();
  const rate = useSyncExternalStore(values?.listen ?? noListening, () =>
    values && data ? rateOf(data.edge, data.edges, (id) => values.get(id)?.sum ?? null) : null,
  );
  const lane = data?.lane ?? 0;
  const [path, labelX, labelY] = getBezierPath({
    sourceX,
    sourceY: sourceY + lane * LINE_LANE_PIXELS,
    targetX,
    targetY: targetY + lane * LINE_LANE_PIXELS,
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
            style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY + lane * NAME_LANE_PIXELS}px)` }}
          >
            {output}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
}
