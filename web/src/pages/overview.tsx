// Is something wrong, since when, where, and what changed.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { get } from "../api/client";
import { serverNow } from "../api/clock";
import type { EventItem, List, NodeItem, PipelineItem, Summary, Volume } from "../api/types";
import { withGaps } from "../cache/gaps";
import { count, quantity } from "../format/numbers";
import { age, exact, millisOf, shortTime } from "../format/times";
import { useNow } from "../parts/now";
import { type Point, Sparkline } from "../parts/sparkline";
import { Empty, Failure, Skeleton } from "../parts/states";
import { StatusMark, wordOf } from "../parts/status";
import { Value } from "../parts/value";
import { nodeNameOf, noteNodeNames, usePollMillis, useStreamStatus, useWants } from "../shell/live";
import { Link } from "../url/place";
import { type NodeStatus, noFilter, usualRange } from "../url/url";
import { type Change, changesOf } from "./changes";

const CHANGES_SHOWN = 24;
const TROUBLED_SHOWN = 3;
const HISTORY_MILLIS = 3_600_000;
const noNodes: string[] = [];

/** Live counts of the whole fleet come from memory, so they are cheap to ask for. */
export function useSummary(environment: string) {
  return useQuery({
    queryKey: ["summary", environment],
    queryFn: ({ signal }) => get<Summary>("/fleet/summary", { environmentId: environment }, signal),
    refetchInterval: 2_000,
  });
}

export function OverviewPage({ environment }: { environment: string }) {
  useWants(noNodes);
  const summary = useSummary(environment);
  if (summary.isPending) return <Skeleton rows={8} />;
  if (!summary.data) return <Failure problem={summary.error} retry={() => void summary.refetch()} />;
  const { nodes } = summary.data;
  if (nodes.total === 0) {
    return (
      <Empty title="No node has enrolled yet">
        <p>An agent enrolls with a token of its environment. Its node shows here with the first heartbeat.</p>
        <i className="pulse" aria-hidden="true" />
      </Empty>
    );
  }
  return (
    <div className="page">
      <Sentence environment={environment} summary={summary.data} />
      <FleetBar environment={environment} nodes={nodes} />
      <Figures environment={environment} summary={summary.data} askedAt={summary.dataUpdatedAt} />
      <div className="columns">
        <Changes environment={environment} />
        <Pipelines environment={environment} />
      </div>
    </div>
  );
}

function Sentence({ environment, summary }: { environment: string; summary: Summary }) {
  const { total, degraded, unreachable } = summary.nodes;
  const troubled = degraded + unreachable;
  const isLive = useStreamStatus().state !== "offline";
  const first = useQuery({
    queryKey: ["nodes", environment, "troubled"],
    queryFn: ({ signal }) =>
      get<List<NodeItem>>("/nodes", { environmentId: environment, sort: "status", limit: TROUBLED_SHOWN }, signal),
    enabled: troubled > 0,
  });
  const now = useNow();
  useEffect(() => {
    document.title = troubled > 0 ? `(${troubled}) Systole` : "Systole";
  }, [troubled]);
  if (!isLive) return <h1>The server does not answer: this is how it was</h1>;
  if (troubled === 0) return <h1>All {count(total)} nodes are well</h1>;
  const shown = first.data?.items.filter(({ status }) => status === "UNREACHABLE" || status === "DEGRADED") ?? [];
  return (
    <div className="sentence">
      <h1>
        {count(troubled)} of {count(total)} {total === 1 ? "node" : "nodes"} {troubled === 1 ? "needs" : "need"}{" "}
        attention
      </h1>
      <ul>
        {shown.map((node) => {
          const since = millisOf(node.statusSince);
          return (
            <li key={node.id}>
              <StatusMark status={node.status} />
              <Link to={{ page: "node", environment, nodeId: node.id, range: usualRange }}>{node.name}</Link>
              <span className="muted">
                {wordOf(node.status).toLowerCase()} for {age(since === null ? null : now - since)}
              </span>
            </li>
          );
        })}
        {troubled > shown.length && shown.length > 0 && (
          <li>
            <Link to={{ page: "fleet", environment, filter: noFilter }}>and {count(troubled - shown.length)} more</Link>
          </li>
        )}
      </ul>
    </div>
  );
}

const shares: [NodeStatus, "unreachable" | "degraded" | "unknown" | "healthy"][] = [
  ["UNREACHABLE", "unreachable"],
  ["DEGRADED", "degraded"],
  ["UNKNOWN", "unknown"],
  ["HEALTHY", "healthy"],
];

function FleetBar({ environment, nodes }: { environment: string; nodes: Summary["nodes"] }) {
  return (
    <div className="fleet-bar">
      <div
        className="bar"
        role="img"
        aria-label={shares.map(([status, name]) => `${nodes[name]} ${wordOf(status)}`).join(", ")}
      >
        {shares.map(
          ([status, name]) =>
            nodes[name] > 0 && <span key={status} className={name} style={{ flexGrow: nodes[name] }} />,
        )}
      </div>
      <ul>
        {shares.map(([status, name]) => (
          <li key={status} className={nodes[name] === 0 ? "none" : ""}>
            <Link to={{ page: "fleet", environment, filter: { ...noFilter, status } }}>
              <StatusMark status={status} />
              <Value text={count(nodes[name])} /> {wordOf(status).toLowerCase()}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

type Rate = { at: number; eventsIn: number | null; eventsOut: number | null; errors: number | null };

/** The last hour by minutes, and what was seen since the page is open. */
function useRateHistory(environment: string, summary: Summary, askedAt: number): Rate[] {
  const [seen, setSeen] = useState<{ environment: string; askedAt: number; rates: Rate[] }>({
    environment,
    askedAt: 0,
    rates: [],
  });
  const volume = useQuery({
    queryKey: ["volume", environment],
    queryFn: ({ signal }) => get<Volume>("/analytics/volume", { environmentId: environment, range: "1h" }, signal),
    refetchInterval: 60_000,
    // The server tells volumes of one environment at a time.
    enabled: environment !== "",
  });
  if (seen.environment !== environment || seen.askedAt !== askedAt) {
    const { rates } = summary;
    const at = serverNow();
    const last = {
      at,
      eventsIn: rates?.eventsIn ?? null,
      eventsOut: rates?.eventsOut ?? null,
      errors: rates?.errors ?? null,
    };
    const before = seen.environment === environment ? seen.rates.filter((rate) => at - rate.at < HISTORY_MILLIS) : [];
    setSeen({ environment, askedAt, rates: [...before, last] });
  }
  const first = seen.rates[0]?.at ?? Number.POSITIVE_INFINITY;
  const bucketSeconds = volume.data?.bucketSeconds ?? 60;
  const perSecond = (total: number | null) => (total === null ? null : total / bucketSeconds);
  const told = (volume.data?.series ?? []).map((row) => ({
    at: millisOf(row.timestamp) ?? 0,
    eventsIn: perSecond(row.eventsIn),
    eventsOut: perSecond(row.eventsOut),
    errors: perSecond(row.errorsTotal),
  }));
  // The minute that is still being counted would look like a fall.
  const width = bucketSeconds * 1_000;
  const whole = told.filter(({ at }) => at + width <= first);
  const gap = (at: number) => ({ at, eventsIn: null, eventsOut: null, errors: null });
  // What was seen may begin a minute after what was told, without anything missing.
  const seam = withGaps([...whole.slice(-1), ...seen.rates], 2 * width, gap);
  return [...withGaps(whole, width, gap).slice(0, -1), ...seam];
}

function Figures({ environment, summary, askedAt }: { environment: string; summary: Summary; askedAt: number }) {
  const history = useRateHistory(environment, summary, askedAt);
  const { rates, pipelines } = summary;
  const series = (name: "eventsIn" | "eventsOut" | "errors"): Point[] =>
    history.map((rate) => ({ at: rate.at, value: rate[name] }));
  const reduction = rates && rates.eventsIn > 0 ? Math.max(0, (1 - rates.eventsOut / rates.eventsIn) * 100) : null;
  return (
    <dl className="figures">
      <Figure title="Events in" unit="/s" text={quantity(rates?.eventsIn ?? null)} points={series("eventsIn")} />
      <Figure title="Events out" unit="/s" text={quantity(rates?.eventsOut ?? null)} points={series("eventsOut")} />
      <Figure
        title="Errors"
        unit="/s"
        text={quantity(rates?.errors ?? null)}
        points={series("errors")}
        isBad={(rates?.errors ?? 0) > 0}
      />
      <div className="figure">
        <dt>Reduction</dt>
        <dd>
          <Value text={quantity(reduction)} /> <small>%</small>
        </dd>
      </div>
      <div className="figure">
        <dt>Pipelines running</dt>
        <dd>
          <Value text={count(pipelines.running)} /> <small>of {count(pipelines.total)}</small>
        </dd>
        {pipelines.crashed > 0 && (
          <p className="note">
            <StatusMark status="CRASHED" /> {count(pipelines.crashed)} crashed
          </p>
        )}
      </div>
    </dl>
  );
}

type FigureProps = { title: string; unit: string; text: string; points: Point[]; isBad?: boolean };

function Figure({ title, unit, text, points, isBad = false }: FigureProps) {
  return (
    <div className={isBad ? "figure bad" : "figure"}>
      <dt>{title}</dt>
      <dd>
        <Value text={text} /> <small>{unit}</small>
      </dd>
      <Sparkline points={points} label={`${title}, lately`} />
    </div>
  );
}

/** Names for ids of events; one list for all, and what it does not hold stays an id. */
export function useNames(environment: string) {
  const nodes = useQuery({
    queryKey: ["node-names", environment],
    queryFn: async ({ signal }) => {
      const { items } = await get<List<NodeItem>>(
        "/nodes",
        { environmentId: environment, sort: "name", limit: 500 },
        signal,
      );
      noteNodeNames(items);
      return items.length;
    },
    staleTime: 60_000,
  });
  const pipelines = usePipelines(environment);
  const names = new Map(pipelines.data?.items.map(({ id, name }) => [id, name]));
  return {
    areKnown: !nodes.isPending && !pipelines.isPending,
    ofNode: (id: string) => nodeNameOf(id) ?? id,
    ofPipeline: (id: string) => names.get(id) ?? id,
  };
}

function usePipelines(environment: string) {
  const refetchInterval = usePollMillis(10_000);
  return useQuery({
    queryKey: ["pipelines", environment],
    queryFn: ({ signal }) => get<List<PipelineItem>>("/pipelines", { environmentId: environment, limit: 500 }, signal),
    refetchInterval,
  });
}

function Changes({ environment }: { environment: string }) {
  const names = useNames(environment);
  const now = useNow();
  const refetchInterval = usePollMillis(30_000);
  const events = useQuery({
    queryKey: ["events", environment],
    queryFn: ({ signal }) => get<List<EventItem>>("/events", { environmentId: environment, limit: 500 }, signal),
    refetchInterval,
  });
  const changes = changesOf(events.data?.items ?? [], CHANGES_SHOWN);
  return (
    <section className="card" aria-labelledby="changes">
      <h2 id="changes">What changed lately</h2>
      {events.isPending || !names.areKnown ? (
        <Skeleton rows={6} />
      ) : (
        <ul className="changes">
          {changes.map((change) => (
            <li key={change.key}>
              <StatusMark status={change.toStatus} />
              <ChangeText environment={environment} change={change} names={names} />
              <time className="muted" dateTime={new Date(change.at).toISOString()} title={exact(change.at)}>
                {shortTime(change.at, now)}
              </time>
            </li>
          ))}
          {changes.length === 0 && <li className="muted">Nothing has changed.</li>}
        </ul>
      )}
    </section>
  );
}

function ChangeText({
  environment,
  change,
  names,
}: {
  environment: string;
  change: Change;
  names: ReturnType<typeof useNames>;
}) {
  const [first] = change.nodeIds;
  const many = change.nodeIds.length;
  return (
    <span className="what">
      {change.pipelineId && <b>{names.ofPipeline(change.pipelineId)}</b>}
      {change.pipelineId && first && <span className="muted"> on </span>}
      {first && many === 1 && (
        <Link to={{ page: "node", environment, nodeId: first, range: usualRange }}>{names.ofNode(first)}</Link>
      )}
      {many > 1 && <b>{count(many)} nodes</b>}
      <span className="step"> {wordOf(change.toStatus).toLowerCase()}</span>
      <small title={change.reason}>{change.reason}</small>
    </span>
  );
}

function Pipelines({ environment }: { environment: string }) {
  const { data, isPending } = usePipelines(environment);
  // The failing ones first, then the busiest.
  const items = (data?.items ?? []).toSorted(
    (one, other) =>
      other.instances.crashed - one.instances.crashed ||
      (other.rates?.errors ?? 0) - (one.rates?.errors ?? 0) ||
      (other.rates?.eventsIn ?? 0) - (one.rates?.eventsIn ?? 0),
  );
  return (
    <section className="card" aria-labelledby="pipelines">
      <h2 id="pipelines">Busiest and failing pipelines</h2>
      {isPending ? (
        <Skeleton rows={6} />
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Pipeline</th>
              <th scope="col" className="number">
                Running
              </th>
              <th scope="col" className="number">
                In /s
              </th>
              <th scope="col" className="number">
                Out /s
              </th>
              <th scope="col" className="number wide">
                Errors /s
              </th>
            </tr>
          </thead>
          <tbody>
            {items.slice(0, 12).map(({ id, name, instances, rates }) => (
              <tr key={id}>
                <td>
                  <span className="named">
                    <StatusMark status={instances.crashed > 0 ? "CRASHED" : instances.running > 0 ? "RUNNING" : null} />
                    <span title={name}>{name}</span>
                  </span>
                </td>
                <td className="number">
                  {count(instances.running)} / {count(instances.total)}
                </td>
                <td className="number">
                  <Value text={quantity(rates?.eventsIn ?? null)} />
                </td>
                <td className="number">
                  <Value text={quantity(rates?.eventsOut ?? null)} />
                </td>
                <td className="number wide">
                  <Value text={quantity(rates?.errors ?? null)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
