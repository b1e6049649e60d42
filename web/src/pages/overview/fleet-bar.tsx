// Proportions of the fleet by status: over the last hour, and now.

import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import { serverNow } from "../../api/clock";
import type { EventItem, List, NodeItem, Summary } from "../../api/types";
import { count } from "../../format/numbers";
import { clock } from "../../format/times";
import { StatusMark, wordOf } from "../../parts/status";
import { Value } from "../../parts/value";
import { usePollMillis } from "../../shell/live";
import { Link } from "../../url/place";
import { type NodeStatus, noFilter } from "../../url/url";
import { type Column, columnsOf, stepsOf } from "./status-history";

const HOUR_MILLIS = 3_600_000;
const COLUMNS = 60;
const PAGE_EVENTS = 500;
const PAGES_MAX = 4;

const shares: [NodeStatus, "unreachable" | "degraded" | "unknown" | "healthy"][] = [
  ["UNREACHABLE", "unreachable"],
  ["DEGRADED", "degraded"],
  ["UNKNOWN", "unknown"],
  ["HEALTHY", "healthy"],
];

export function FleetBar({ environment, nodes }: { environment: string; nodes: Summary["nodes"] }) {
  const columns = useStatusHistory(environment);
  return (
    <div className="fleet-bar">
      <LastHour columns={columns} />
      <div
        className="bar"
        role="img"
        aria-label={`Now ${shares.map(([status, name]) => `${nodes[name]} ${wordOf(status)}`).join(", ")}`}
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

function LastHour({ columns }: { columns: Column[] | undefined }) {
  const worst = Math.max(
    0,
    ...(columns ?? []).map(({ counts }) => (counts ? counts.unreachable + counts.degraded : 0)),
  );
  const label =
    columns === undefined
      ? "The last hour"
      : worst === 0
        ? "Over the last hour no node was in trouble"
        : `Over the last hour at most ${count(worst)} ${worst === 1 ? "node was" : "nodes were"} in trouble at once`;
  return (
    <>
      <div className="hour" role="img" aria-label={label}>
        {columns?.map(({ at, counts }) => (
          <div key={at} title={textOf(at, counts)}>
            {counts && counts.healthy > 0 && <i className="healthy" style={{ flexGrow: counts.healthy }} />}
            {counts && counts.open > 0 && <i className="open" style={{ flexGrow: counts.open }} />}
            {counts && counts.unknown > 0 && <i className="unknown" style={{ flexGrow: counts.unknown }} />}
            {counts && counts.degraded > 0 && <i className="degraded" style={{ flexGrow: counts.degraded }} />}
            {counts && counts.unreachable > 0 && <i className="unreachable" style={{ flexGrow: counts.unreachable }} />}
          </div>
        ))}
      </div>
      <div className="ends muted">
        <span>{columns?.[0] ? clock(columns[0].at).slice(0, 5) : "an hour ago"}</span>
        <span>now</span>
      </div>
    </>
  );
}

function textOf(at: number, counts: Column["counts"]): string {
  const time = clock(at).slice(0, 5);
  if (counts === null) return `${time}: not known`;
  const told = shares
    .filter(([, name]) => counts[name] > 0)
    .map(([status, name]) => `${count(counts[name])} ${wordOf(status).toLowerCase()}`);
  if (counts.open > 0) told.push(`${count(counts.open)} not known`);
  return `${time}: ${told.length === 0 ? "no node" : told.join(", ")}`;
}

/** Minutes of the last hour, each at its worst; undefined until they are there. */
function useStatusHistory(environment: string): Column[] | undefined {
  const refetchInterval = usePollMillis(30_000);
  const history = useQuery({
    queryKey: ["status-history", environment],
    queryFn: async ({ signal }) => {
      const to = serverNow();
      const from = to - HOUR_MILLIS;
      const events: EventItem[] = [];
      let cursor: string | null = "";
      for (let page = 0; page < PAGES_MAX && cursor !== null; page++) {
        const since = new Date(from).toISOString();
        const fields = { environmentId: environment, since, limit: PAGE_EVENTS, cursor };
        const list: List<EventItem> = await get("/events", fields, signal);
        events.push(...list.items);
        cursor = list.nextCursor;
      }
      const changed = await get<List<NodeItem>>(
        "/nodes",
        { environmentId: environment, sort: "statusSince", limit: PAGE_EVENTS },
        signal,
      );
      // Counts come last: what happened between the answers is then missing for a moment, but nothing is taken back twice.
      const { nodes } = await get<Summary>("/fleet/summary", { environmentId: environment }, signal);
      // What happened before the oldest that was read is not known.
      const oldest = cursor === null ? from : Date.parse(events.at(-1)?.timestamp ?? "") + 1;
      return { nodes, to, from, oldest, steps: stepsOf(events, changed.items, oldest) };
    },
    refetchInterval,
  });
  if (!history.data) return undefined;
  const { nodes, steps, from, to, oldest } = history.data;
  return columnsOf(nodes, steps, { from, to, columns: COLUMNS }).map((column) =>
    column.at < oldest - HOUR_MILLIS / COLUMNS ? { ...column, counts: null } : column,
  );
}
