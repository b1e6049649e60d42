// One component: its numbers, the nodes that report it, its part of the configuration, and events that pass it.

import "./drawer.css";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { get } from "../../api/client";
import type { Graph, GraphComponent, PipelineDetail } from "../../api/types";
import { bytesPerSecond, count, latency, quantity } from "../../format/numbers";
import { Icon } from "../../parts/icons";
import { Value } from "../../parts/value";
import { nodeNameOf } from "../../shell/live";
import { useRights } from "../../shell/rights";
import { Link } from "../../url/place";
import { type PlaceOf, usualRange } from "../../url/url";
import { EventsPast } from "./card";
import { bytesOf, eventsOf } from "./flow";
import { useComponent, useComponents } from "./live-components";
import { pieceOf } from "./piece";
import { Samples } from "./samples";
import { Tap } from "./tap";

const NODES_SHOWN = 6;

type Props = {
  pipeline: PipelineDetail;
  component: GraphComponent;
  format: Graph["format"];
  place: PlaceOf<"pipeline">;
  close: () => void;
};

export function Drawer({ pipeline, component, format, place, close }: Props) {
  const { mayEdit } = useRights(pipeline.environmentId);
  const head = useRef<HTMLHeadingElement>(null);
  // Who opened it goes on there; on a page that opens with it nobody was anywhere yet.
  useEffect(() => {
    if (document.activeElement === document.body) return;
    head.current?.focus({ preventScroll: true });
    head.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const isLive = useComponents() !== null;
  const about = { pipelineId: pipeline.id, componentId: component.id, nodeId: place.nodeId };
  return (
    <aside className="card drawer" aria-labelledby="component">
      <div className="drawer-head">
        <h2 id="component" tabIndex={-1} ref={head}>
          <code>{component.id}</code>
        </h2>
        <span className="muted">
          {component.kind} · {component.type ?? "no type"}
        </span>
        <span className="space" />
        <button type="button" className="quiet" aria-label="Close the details" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <div className="drawer-body">
        {isLive && <Numbers component={component} />}
        <ReportingNodes component={component} place={place} />
        <Piece pipeline={pipeline} component={component} format={format} />
        {/* Another node has other events: what was asked of the last one is over. */}
        <Samples key={`sample ${place.nodeId}`} {...about} mayAsk={mayEdit} />
        {mayEdit ? (
          <Tap key={`tap ${place.nodeId}`} {...about} />
        ) : (
          <p className="muted">To ask for events and to tap them takes the role of an editor.</p>
        )}
      </div>
    </aside>
  );
}

function Numbers({ component: { id, kind } }: { component: GraphComponent }) {
  const live = useComponent(id);
  const sum = live?.sum ?? null;
  const facts: [string, string][] = [
    ["Events in", `${quantity(sum?.receivedEvents ?? null)} /s`],
    ["Events out", `${quantity(sum?.sentEvents ?? null)} /s`],
    ["Bytes in", bytesPerSecond(sum && bytesOf(sum.receivedBytes, sum.receivedEvents))],
    ["Bytes out", bytesPerSecond(sum && bytesOf(sum.sentBytes, sum.sentEvents))],
    ["Errors", `${quantity(sum?.errors ?? null)} /s`],
    ["Discarded", `${quantity(sum?.discarded ?? null)} /s`],
    ["Latency", latency(sum?.latencyMs ?? null)],
    ["Reported by", sum ? `${count(sum.nodes)} ${sum.nodes === 1 ? "node" : "nodes"}` : "no node"],
  ];
  return (
    <section aria-label="Numbers">
      <dl className="component-facts">
        {facts.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Value text={text} className={name === "Errors" && (sum?.errors ?? 0) > 0 ? "short" : ""} />
            </dd>
          </div>
        ))}
      </dl>
      {live && (
        <>
          <EventsPast kind={kind} live={live} />
          <p className="muted ends">
            <span>5 min ago</span>
            <span>now</span>
          </p>
        </>
      )}
    </section>
  );
}

/** The nodes where it fails most, then those where most passes. */
function ReportingNodes({ component: { id, kind }, place }: { component: GraphComponent; place: Props["place"] }) {
  const values = useComponents();
  useComponent(id);
  const nodes = (values?.nodesOf(id) ?? [])
    .map(({ nodeId, sample }) => ({
      nodeId,
      errors: sample.errorsRate,
      events: eventsOf(kind, {
        receivedEvents: sample.receivedEventsRate,
        sentEvents: sample.sentEventsRate,
      }),
    }))
    .sort((one, other) => other.errors - one.errors || other.events - one.events);
  if (nodes.length === 0) return null;
  return (
    <section aria-labelledby="reporting">
      <h3 id="reporting">{nodes.length > 1 ? "Busiest and failing nodes" : "Node"}</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col" className="number">
              Events /s
            </th>
            <th scope="col" className="number">
              Errors /s
            </th>
          </tr>
        </thead>
        <tbody>
          {nodes.slice(0, NODES_SHOWN).map(({ nodeId, events, errors }) => (
            <tr key={nodeId}>
              <td>
                <Link to={{ page: "node", environment: place.environment, nodeId, range: usualRange }}>
                  {nodeNameOf(nodeId) ?? nodeId}
                </Link>
              </td>
              <td className="number">{quantity(events)}</td>
              <td className={errors > 0 ? "number short" : "number"}>{quantity(errors)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Piece({ pipeline, component, format }: Pick<Props, "pipeline" | "component" | "format">) {
  const { id, deployedVersion, hasUndeployedChanges, config } = pipeline;
  const isOther = deployedVersion !== null && hasUndeployedChanges;
  const version = useQuery({
    queryKey: ["version", id, deployedVersion],
    queryFn: ({ signal }) => get<{ config: string }>(`/pipelines/${id}/versions/${deployedVersion}`, {}, signal),
    enabled: isOther,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const text = isOther ? version.data?.config : config;
  if (text === undefined) return null;
  const piece = pieceOf(text, format, component);
  if (piece === "") return null;
  return (
    <section aria-labelledby="piece">
      <h3 id="piece">
        Configuration <span className="muted">line {component.line}</span>
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys. */}
      <pre className="piece" tabIndex={0}>
        {piece}
      </pre>
    </section>
  );
}
