// A component on the graph: what it is, and what passes through it now where that is known.

import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import type { GraphComponent, GraphProblem } from "../../api/types";
import type { ComponentLive } from "../../cache/components";
import { bytesPerSecond, latency, quantity } from "../../format/numbers";
import { Sparkline } from "../../parts/sparkline";
import { StatusMark } from "../../parts/status";
import { Value } from "../../parts/value";
import { eventsOf, figuresOf } from "./flow";
import { useComponent, useComponents } from "./live-components";

export type CardNodeType = Node<
  {
    component: GraphComponent;
    problem: GraphProblem | null;
    isSelected: boolean;
    select: ((componentId: string) => void) | undefined;
  },
  "component"
>;

export function CardNode({ data: { component, problem, isSelected, select } }: NodeProps<CardNodeType>) {
  const isLive = useComponents() !== null;
  const live = useComponent(component.id);
  const fails = (live?.sum?.errors ?? 0) > 0;
  const look = {
    className: "component",
    "data-kind": component.kind,
    "data-tone": problem?.severity === "error" ? "error" : problem || fails ? "warning" : undefined,
    "data-silent": isLive && !live?.sum,
    title: problem?.message ?? component.id,
  };
  const content = (
    <>
      <span className="component-head">
        <b>{component.id}</b>
        {(problem || fails) && <StatusMark status="DEGRADED" />}
      </span>
      <small>
        {component.kind} · {component.type ?? "no type"}
      </small>
      {isLive && <Numbers component={component} live={live} />}
    </>
  );
  return (
    <>
      {component.kind !== "source" && <Handle type="target" position={Position.Left} />}
      {select ? (
        <button type="button" {...look} aria-pressed={isSelected} onClick={() => select(component.id)}>
          {content}
        </button>
      ) : (
        <div {...look}>{content}</div>
      )}
      {component.kind !== "sink" && <Handle type="source" position={Position.Right} />}
    </>
  );
}

function Numbers({ component: { kind }, live }: { component: GraphComponent; live: ComponentLive | undefined }) {
  const { events, bytes, errors, latencyMs } = figuresOf(kind, live?.sum ?? null);
  return (
    <>
      <span className="component-rates">
        <span>
          <Value text={quantity(events)} /> <small>/s</small>
        </span>
        <Value text={bytesPerSecond(bytes)} />
      </span>
      <EventsPast kind={kind} live={live} />
      <span className="component-rates component-foot">
        <span className={errors !== null && errors > 0 ? "short" : ""}>
          <Value text={quantity(errors)} /> <small>errors/s</small>
        </span>
        <span>
          <small>latency</small> <Value text={latency(latencyMs)} />
        </span>
      </span>
    </>
  );
}

/** The events of a component over the last five minutes. */
export function EventsPast({ kind, live }: { kind: GraphComponent["kind"]; live: ComponentLive | undefined }) {
  const past = live?.past ?? [];
  const first = past[0];
  const last = past.at(-1);
  return (
    <Sparkline
      points={past.map(({ at, sum }) => ({ at, value: sum && eventsOf(kind, sum) }))}
      label="Events, the last five minutes"
      {...(first && last && { span: { from: first.at, to: last.at } })}
    />
  );
}
