// One node: how it is and since when, how it was, what it runs, and what it says.

import "./node.css";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { get, Problem } from "../api/client";
import type { EventItem, HostRow, Instance, List, LogItem, NodeDetail, Timeline } from "../api/types";
import { withGaps } from "../cache/gaps";
import type { LiveNode } from "../cache/live";
import { bytes, bytesPerSecond, latency, NONE, percent, quantity } from "../format/numbers";
import { age, exact, millisOf, shortTime } from "../format/times";
import { batchesOf, emptyBuffer, type LogBatch, withBatches } from "../logs/buffer";
import { levelOf, parseLine } from "../logs/line";
import { Chart } from "../parts/chart";
import { LogView } from "../parts/log-view";
import { useNow } from "../parts/now";
import { Ranges } from "../parts/ranges";
import { Empty, Failure, Skeleton } from "../parts/states";
import { Status, StatusMark, toneOf, wordOf } from "../parts/status";
import { Value } from "../parts/value";
import { noteNodeNames, useLive, useLiveNode, usePollMillis, useWants } from "../shell/live";
import { useNames } from "../shell/queries";
import type { StreamEvent } from "../stream/events";
import { go, Link } from "../url/place";
import { noFilter, type Place, RANGES, type Range } from "../url/url";

type NodePlace = Extract<Place, { page: "node" }>;

const LINES_MAX = 500;
const rangeMillis: Record<Range, number> = { "1h": 3_600_000, "6h": 21_600_000, "1d": 86_400_000, "7d": 604_800_000 };

export default function NodePage({ place }: { place: NodePlace }) {
  const { nodeId, environment, range } = place;
  useWants({ topics: ["fleet_status", "metric_update", "log_entry"], nodeIds: [nodeId], pipelineIds: null });
  const refetchInterval = usePollMillis(15_000);
  const node = useQuery({
    queryKey: ["node", nodeId],
    queryFn: async ({ signal }) => {
      const found = await get<NodeDetail>(`/nodes/${nodeId}`, {}, signal);
      noteNodeNames([found]);
      return found;
    },
    refetchInterval,
  });
  const name = node.data?.name;
  useEffect(() => {
    document.title = name ? `${name} · Systole` : "Systole";
  }, [name]);
  if (node.isPending) return <Skeleton rows={10} />;
  if (!node.data) {
    if (!(node.error instanceof Problem) || node.error.status !== 404) {
      return <Failure problem={node.error} retry={() => void node.refetch()} />;
    }
    return (
      <Empty title="There is no such node">
        <p>
          It has left the fleet, or you may not see it.{" "}
          <Link to={{ page: "fleet", environment, filter: noFilter }}>The fleet</Link> has the others.
        </p>
      </Empty>
    );
  }
  return (
    <div className="page node">
      <Title node={node.data} place={place} />
      <Strip nodeId={nodeId} range={range === "7d" ? "7d" : "1d"} />
      <HostCharts nodeId={nodeId} range={range} />
      <Pipelines node={node.data} />
      <div className="columns">
        <Events nodeId={nodeId} environment={environment} />
        <Logs nodeId={nodeId} />
      </div>
      <Details node={node.data} />
    </div>
  );
}

function Title({ node, place }: { node: NodeDetail; place: NodePlace }) {
  const live = useLiveNode(node.id);
  const now = useNow();
  const status = live?.status ?? node.status;
  const since = status === node.status ? millisOf(node.statusSince) : null;
  return (
    <div className="title">
      <h1>{node.name}</h1>
      <Status status={status} />
      <span className="muted" title={since === null ? "" : exact(since)}>
        for {age(since === null ? null : now - since)}
      </span>
      <span className="space" />
      <Ranges ranges={RANGES} range={place.range} pick={(range) => go({ ...place, range }, "replace")} />
    </div>
  );
}

function Strip({ nodeId, range }: { nodeId: string; range: Range }) {
  const timeline = useQuery({
    queryKey: ["node-timeline", nodeId, range],
    queryFn: ({ signal }) => get<Timeline>(`/nodes/${nodeId}/timeline`, { range }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  const now = useNow();
  if (!timeline.data)
    return timeline.isPending ? (
      <div className="strip" />
    ) : (
      <p className="muted">Its past status could not be loaded.</p>
    );
  const from = millisOf(timeline.data.from) ?? 0;
  const to = millisOf(timeline.data.to) ?? 0;
  const parts = timeline.data.segments.map((segment) => ({
    ...segment,
    begins: Math.max(from, millisOf(segment.from) ?? from),
    ends: Math.min(to, millisOf(segment.to) ?? to),
  }));
  // Time before the node was enrolled is no status.
  const before = (parts[0]?.begins ?? to) - from;
  return (
    <div>
      <ol className="strip" aria-label={`Status over ${range}`}>
        {before > 0 && <li className="before" style={{ flexGrow: before }} title="Not enrolled" />}
        {parts.map(({ status, reason, begins, ends }) => {
          const text = [`${wordOf(status)} ${exact(begins)} to ${exact(ends)}`, reason].filter(Boolean).join(": ");
          return (
            <li key={begins} className={toneOf(status)} style={{ flexGrow: Math.max(1, ends - begins) }} title={text}>
              <span className="unseen">{text}</span>
            </li>
          );
        })}
      </ol>
      <div className="ends muted">
        <span>{shortTime(from, now)}</span>
        <span>{shortTime(to, now)}</span>
      </div>
    </div>
  );
}

type HostValues = Omit<HostRow, "timestamp" | "partial">;
type HostPoint = { at: number } & HostValues;

function HostCharts({ nodeId, range }: { nodeId: string; range: Range }) {
  const metrics = useQuery({
    queryKey: ["node-metrics", nodeId, range],
    queryFn: ({ signal }) => {
      type Answer = { rows: HostRow[]; from?: string; to?: string; bucketSeconds?: number };
      return get<Answer>(`/nodes/${nodeId}/metrics`, { range }, signal);
    },
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  if (metrics.isPending) return <Skeleton rows={6} />;
  if (!metrics.data) return <Failure problem={metrics.error} retry={() => void metrics.refetch()} />;
  const to = millisOf(metrics.data.to) ?? metrics.dataUpdatedAt;
  const from = millisOf(metrics.data.from) ?? to - rangeMillis[range];
  const width = (metrics.data.bucketSeconds ?? 60) * 1_000;
  const points = withGaps<HostPoint>(
    // A bucket that is still being counted would look like a fall.
    metrics.data.rows
      .filter(({ partial }) => !partial)
      .map(({ timestamp, ...row }) => ({ ...row, at: millisOf(timestamp) ?? 0 })),
    width,
    (at) => ({ at }),
  );
  const times = points.map(({ at }) => at);
  const of = (name: keyof HostValues) => points.map((point) => point[name] ?? null);
  const memoryTop = Math.max(0, ...of("memoryTotalBytes").map((value) => value ?? 0));
  const shared = { times, from, to };
  return (
    <div className="charts">
      <Chart
        {...shared}
        title="CPU"
        unit="of all processors"
        top={100}
        format={percent}
        series={[{ name: "CPU", values: of("cpuPercent") }]}
      />
      <Chart
        {...shared}
        title="Memory"
        unit={memoryTop > 0 ? `of ${bytes(memoryTop)}` : ""}
        {...(memoryTop > 0 && { top: memoryTop })}
        isBinary
        format={bytes}
        series={[{ name: "used", values: of("memoryUsedBytes") }]}
      />
      <Chart
        {...shared}
        title="Disk"
        unit=""
        isBinary
        format={bytesPerSecond}
        series={[
          { name: "read", values: of("diskReadBytesPerSecond") },
          { name: "written", values: of("diskWrittenBytesPerSecond") },
        ]}
      />
      <Chart
        {...shared}
        title="Network"
        unit=""
        isBinary
        format={bytesPerSecond}
        series={[
          { name: "in", values: of("netRxBytesPerSecond") },
          { name: "out", values: of("netTxBytesPerSecond") },
        ]}
      />
    </div>
  );
}

function Pipelines({ node }: { node: NodeDetail }) {
  const live = useLiveNode(node.id);
  const now = useNow();
  return (
    <section className="card" aria-labelledby="runs">
      <h2 id="runs">Pipelines</h2>
      <table className="pipelines">
        <thead>
          <tr>
            <th scope="col">Pipeline</th>
            <th scope="col">Status</th>
            <th scope="col" className="number wide">
              Version
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
            <th scope="col" className="number wide">
              Latency
            </th>
            <th scope="col" className="number wide">
              Up
            </th>
          </tr>
        </thead>
        <tbody>
          {node.pipelines.map((pipeline) => (
            <PipelineRow key={pipeline.pipelineId} pipeline={pipeline} live={live} now={now} />
          ))}
          {node.pipelines.length === 0 && (
            <tr>
              <td colSpan={8} className="muted">
                It runs no pipeline.
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

function PipelineRow({ pipeline, live, now }: { pipeline: Instance; live: LiveNode | undefined; now: number }) {
  const { pipelineId, pipelineName, status, version, latencyMeanMs, uptimeSeconds } = pipeline;
  const heard = live?.pipelines.get(pipelineId);
  const isDark = live?.status === "UNREACHABLE" || status === null;
  const rates = isDark ? null : heard && now - heard.timestamp < 30_000 ? heard : pipeline.rates;
  return (
    <tr>
      <td title={pipelineId}>{pipelineName ?? pipelineId}</td>
      <td>
        <Status status={isDark ? null : status} />
      </td>
      <td className="number wide">{version ?? NONE}</td>
      <td className="number">
        <Value text={quantity(rates?.eventsIn ?? null)} />
      </td>
      <td className="number">
        <Value text={quantity(rates?.eventsOut ?? null)} />
      </td>
      <td className="number wide">
        <Value text={quantity(rates?.errors ?? null)} className={(rates?.errors ?? 0) > 0 ? "short" : ""} />
      </td>
      <td className="number wide">{isDark ? NONE : latency(latencyMeanMs)}</td>
      <td className="number wide">{isDark || uptimeSeconds === null ? NONE : age(uptimeSeconds * 1_000)}</td>
    </tr>
  );
}

function Events({ nodeId, environment }: { nodeId: string; environment: string }) {
  const names = useNames(environment);
  const now = useNow();
  const refetchInterval = usePollMillis(false);
  const events = useQuery({
    queryKey: ["events", "node", nodeId],
    queryFn: ({ signal }) => get<List<EventItem>>(`/nodes/${nodeId}/events`, { pipelines: "true", limit: 50 }, signal),
    refetchInterval,
  });
  return (
    <section className="card" aria-labelledby="events">
      <h2 id="events">Events</h2>
      {events.isPending && <Skeleton rows={6} />}
      {events.isError && !events.data && <Failure problem={events.error} retry={() => void events.refetch()} />}
      {events.data && (
        <ul className="changes scrolls">
          {events.data.items.map(({ id, pipelineId, fromStatus, toStatus, reason, timestamp }) => {
            const at = millisOf(timestamp) ?? 0;
            return (
              <li key={id}>
                <StatusMark status={toStatus} />
                <span className="what">
                  {pipelineId && <b>{names.ofPipeline(pipelineId)} </b>}
                  {fromStatus ? `${wordOf(fromStatus)} → ${wordOf(toStatus)}` : wordOf(toStatus)}
                  <small title={reason}>{reason}</small>
                </span>
                <time className="muted" dateTime={timestamp} title={exact(at)}>
                  {shortTime(at, now)}
                </time>
              </li>
            );
          })}
          {events.data.items.length === 0 && <li className="muted">Nothing has changed.</li>}
        </ul>
      )}
    </section>
  );
}

/** What a node has said, and says from now on. */
function Logs({ nodeId }: { nodeId: string }) {
  const live = useLive();
  const refetchInterval = usePollMillis(false);
  const [buffer, setBuffer] = useState(emptyBuffer);
  const { data, isError, error, refetch } = useQuery({
    queryKey: ["node-logs", nodeId],
    queryFn: ({ signal }) => get<List<LogItem>>(`/nodes/${nodeId}/logs`, { limit: 200 }, signal),
    // What comes later comes by the stream; while that is away the list is asked again.
    refetchInterval,
  });
  useEffect(() => {
    if (!data) return;
    const items = data.items.map(({ pipelineId, timestamp, level, message }) => ({
      nodeId,
      pipelineId,
      timestamp: millisOf(timestamp) ?? 0,
      level: levelOf(level),
      message: parseLine(message, 0).message,
    }));
    setBuffer((before) => withBatches(before, batchesOf(items), LINES_MAX));
  }, [data, nodeId]);
  useEffect(
    () =>
      live.listenEvents((events) => {
        const batches = events.flatMap((event) => batchOf(event, nodeId));
        if (batches.length > 0) setBuffer((before) => withBatches(before, batches, LINES_MAX));
      }),
    [live, nodeId],
  );
  return (
    <section className="card" aria-labelledby="log">
      <h2 id="log">Log</h2>
      {isError && !data ? (
        <Failure problem={error} retry={() => void refetch()} />
      ) : (
        <LogView buffer={buffer} name="Log" />
      )}
    </section>
  );
}

function batchOf(event: StreamEvent, nodeId: string): LogBatch[] {
  if (event.type !== "log_entry" || event.nodeId !== nodeId) return [];
  const { pipelineId, timestamp, levels } = event;
  const lines = event.lines.map((raw, index) => {
    const parsed = parseLine(raw, timestamp);
    const told = levels[index];
    return { level: told ? levelOf(told) : parsed.level, message: parsed.message };
  });
  return [{ nodeId, pipelineId, timestamp, lines }];
}

function Details({ node }: { node: NodeDetail }) {
  const facts: [string, string | null][] = [
    ["Id", node.id],
    ["Host", node.host],
    ["Agent", node.agentVersion],
    ["Vector", node.vectorVersion],
    ["System", node.os],
    ["Runs as", node.runningAs],
    ["Mode", node.deploymentMode],
    ["Update", node.updateError],
  ];
  return (
    <section className="card" aria-labelledby="details">
      <h2 id="details">Details</h2>
      <dl className="facts">
        {facts.map(
          ([name, text]) =>
            text && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{name === "Id" ? <code>{text}</code> : text}</dd>
              </div>
            ),
        )}
        {Object.keys(node.labels).length > 0 && (
          <div>
            <dt>Labels</dt>
            <dd className="labels">
              {Object.entries(node.labels).map(([key, value]) => (
                <code key={key}>
                  {key}={value}
                </code>
              ))}
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}
