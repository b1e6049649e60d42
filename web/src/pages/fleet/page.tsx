// Every node of a fleet, as a table or as a wall.

import "./fleet.css";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { get } from "../../api/client";
import type { List, NodeItem } from "../../api/types";
import { count } from "../../format/numbers";
import { Empty, Failure, Skeleton } from "../../parts/states";
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
  const [groupKeys, setGroupKeys] = useState<string[]>([]);
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
  const bar = <FilterBar filter={filter} counts={summary.data?.nodes} groupKeys={groupKeys} change={change} />;
  if (view === "wall") {
    return (
      <div className="page full wide-page">
        <Title note={summary.data ? noteOf(summary.data.nodes.total, false) : ""} />
        {bar}
        <Suspense fallback={<Skeleton rows={12} />}>
          <Wall environment={environment} filter={filter} clear={clear} learnKeys={setGroupKeys} />
        </Suspense>
      </div>
    );
  }
  return <TableView environment={environment} filter={filter} bar={bar} change={change} clear={clear} />;
}

const noteOf = (total: number, isFiltered: boolean) =>
  `${count(total)} ${total === 1 ? "node" : "nodes"}${isFiltered ? " match" : ""}`;

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
  const refetchInterval = usePollMillis(false);
  const { text, status, labels, sort } = filter;
  const list = useInfiniteQuery({
    queryKey: ["nodes", environment, text, status, labels, sort],
    queryFn: async ({ pageParam, signal }) => {
      const narrowed = { environmentId: environment, q: text, status, label: labels, sort };
      const page = await get<List<NodeItem>>("/nodes", { ...narrowed, limit: PAGE_NODES, cursor: pageParam }, signal);
      noteNodeNames(page.items);
      return page;
    },
    initialPageParam: "",
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval,
  });
  const total = list.data?.pages[0]?.total ?? null;
  return (
    <div className="page full">
      <Title note={total === null ? "" : noteOf(total, clear !== null)} />
      {bar}
      {list.isPending && <Skeleton rows={12} />}
      {list.isError && !list.data && <Failure problem={list.error} retry={() => void list.refetch()} />}
      {list.data && (
        <NodeTable
          environment={environment}
          pages={list.data.pages}
          sort={sort}
          resort={(by) => change({ sort: by })}
          more={list.hasNextPage && !list.isFetching ? () => void list.fetchNextPage() : null}
          isStale={list.isPlaceholderData}
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
