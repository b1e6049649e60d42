// Every node of a fleet, as a table or as a wall.

import "./fleet.css";

import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { get } from "../../api/client";
import type { List, NodeItem } from "../../api/types";
import { count } from "../../format/numbers";
import { Empty, Failure, Skeleton } from "../../parts/states";
import { useListPages } from "../../shell/list-pages";
import { noteNodeNames, usePollMillis } from "../../shell/live";
import { useSummary } from "../../shell/queries";
import { go } from "../../url/place";
import { type FleetFilter, noFilter } from "../../url/url";
import { FilterBar } from "./filter-bar";
import { NodeTable } from "./table";

const Wall = lazy(() => import("./wall"));

const PAGE_NODES = 200;

export function FleetPage({ environment, filter }: { environment: string; filter: FleetFilter }) {
  const summary = useSummary(environment);
  const [wall, setWall] = useState<{ labelKeys: string[]; count: number } | null>(null);
  useEffect(() => {
    document.title = "Fleet · Systole";
  }, []);
  const change = (part: Partial<FleetFilter>) =>
    go({ page: "fleet", environment, filter: { ...filter, ...part } }, "replace");
  const isFiltered = filter.text !== "" || filter.status !== null || filter.labels.length > 0;
  const { sort, view, group } = filter;
  const clear = isFiltered
    ? () => go({ page: "fleet", environment, filter: { ...noFilter, sort, view, group } })
    : null;
  const bar = (
    <FilterBar filter={filter} counts={summary.data?.nodes} groupKeys={wall?.labelKeys ?? []} change={change} />
  );
  if (view === "wall") {
    return (
      <div className="page full wide-page">
        <Title note={wall ? noteOf(wall.count, isFiltered) : ""} />
        {bar}
        <Suspense fallback={<Skeleton rows={12} />}>
          <Wall environment={environment} filter={filter} clear={clear} learn={setWall} />
        </Suspense>
      </div>
    );
  }
  return <TableView environment={environment} filter={filter} bar={bar} change={change} clear={clear} />;
}

const noteOf = (total: number, isFiltered: boolean) =>
  `${count(total)} ${total === 1 ? "node" : "nodes"}${isFiltered ? (total === 1 ? " matches" : " match") : ""}`;

function Title({ note }: { note: string }) {
  return (
    <div className="title">
      <h1>Fleet</h1>
      <span className="muted">{note}</span>
    </div>
  );
}

type TableViewProps = {
  environment: string;
  filter: FleetFilter;
  bar: ReactNode;
  change: (part: Partial<FleetFilter>) => void;
  clear: (() => void) | null;
};

function TableView({ environment, filter, bar, change, clear }: TableViewProps) {
  // No event tells what is measured of hosts and counted of instances.
  const refetchInterval = usePollMillis(15_000);
  const { text, status, labels, sort } = filter;
  const list = useListPages({
    queryKey: ["nodes", environment, text, status, labels, sort],
    load: async (cursor, signal) => {
      const narrowed = { environmentId: environment, q: text, status, label: labels, sort };
      const page = await get<List<NodeItem>>("/nodes", { ...narrowed, limit: PAGE_NODES, cursor }, signal);
      noteNodeNames(page.items);
      return page;
    },
    idOf: ({ id }) => id,
    refetchInterval,
  });
  return (
    <div className="page full">
      <Title note={list.total === null ? "" : noteOf(list.total, clear !== null)} />
      {bar}
      {!list.rows && (list.problem ? <Failure problem={list.problem} retry={list.retry} /> : <Skeleton rows={12} />)}
      {list.rows && (
        <NodeTable
          environment={environment}
          list={list}
          nodes={list.rows}
          sort={sort}
          resort={(by) => change({ sort: by })}
          empty={
            <Empty title="No node matches">
              {clear && (
                <button type="button" onClick={clear}>
                  Clear the filters
                </button>
              )}
            </Empty>
          }
        />
      )}
    </div>
  );
}
