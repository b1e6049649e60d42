// Every node as a row. Rows in view get their values from the stream, those out of view cost nothing.

import "./fleet.css";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useMemo, useState } from "react";
import { get } from "../api/client";
import type { List, NodeItem, Summary } from "../api/types";
import { type LiveRates, ratesOf } from "../cache/live";
import { count, NONE, quantity } from "../format/numbers";
import { age, ago, exact, millisOf } from "../format/times";
import { Icon } from "../parts/icons";
import { useNow } from "../parts/now";
import { SearchField } from "../parts/search-field";
import { Empty, Failure, Skeleton } from "../parts/states";
import { Status, StatusMark, wordOf } from "../parts/status";
import { Value } from "../parts/value";
import { Cell, type Column, Row, type RowPlace, VirtualTable } from "../parts/virtual-table";
import { noteNodeNames, useLiveNode, usePollMillis, useWants } from "../shell/live";
import { useSummary } from "../shell/queries";
import { go, Link } from "../url/place";
import { type FleetFilter, isLabel, noFilter, type Sort, STATUSES, usualRange } from "../url/url";

const PAGE_NODES = 200;

export function FleetPage({ environment, filter }: { environment: string; filter: FleetFilter }) {
  const summary = useSummary(environment);
  const refetchInterval = usePollMillis(false);
  const list = useInfiniteQuery({
    queryKey: ["nodes", environment, filter],
    queryFn: async ({ pageParam, signal }) => {
      const { text, status, labels, sort } = filter;
      const fields = {
        environmentId: environment,
        q: text,
        status,
        label: labels,
        sort,
        limit: PAGE_NODES,
        cursor: pageParam,
      };
      const page = await get<List<NodeItem>>("/nodes", fields, signal);
      noteNodeNames(page.items);
      return page;
    },
    initialPageParam: "",
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval,
  });
  const nodes = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? null;
  useEffect(() => {
    document.title = "Fleet · Systole";
  }, []);
  const change = (part: Partial<FleetFilter>, how: "push" | "replace" = "replace") =>
    go({ page: "fleet", environment, filter: { ...filter, ...part } }, how);
  const [seen, setSeen] = useState<string[]>([]);
  useWants({ topics: ["fleet_status", "metric_update"], nodeIds: seen, pipelineIds: null });
  const isFiltered = filter.text !== "" || filter.status !== null || filter.labels.length > 0;
  return (
    <div className="page full">
      <div className="title">
        <h1>Fleet</h1>
        <span className="muted">
          {total === null ? "" : `${count(total)} ${total === 1 ? "node" : "nodes"}${isFiltered ? " match" : ""}`}
        </span>
      </div>
      <FilterBar filter={filter} counts={summary.data?.nodes} change={change} />
      {list.isPending && <Skeleton rows={12} />}
      {list.isError && !list.data && <Failure problem={list.error} retry={() => void list.refetch()} />}
      {list.data && (
        <VirtualTable
          name="nodes"
          label="Nodes"
          columns={columns}
          rows={nodes}
          keyOf={({ id }) => id}
          sort={filter.sort}
          resort={(sort) => change({ sort })}
          more={list.hasNextPage && !list.isFetching ? () => void list.fetchNextPage() : null}
          seen={setSeen}
          isStale={list.isPlaceholderData}
          empty={
            <Empty title="No node matches">
              {isFiltered && (
                <button
                  type="button"
                  onClick={() => go({ page: "fleet", environment, filter: { ...noFilter, sort: filter.sort } })}
                >
                  Clear the filters
                </button>
              )}
            </Empty>
          }
          row={(node, place) => <NodeRow key={node.id} environment={environment} node={node} place={place} />}
        />
      )}
    </div>
  );
}

type FilterBarProps = {
  filter: FleetFilter;
  counts: Summary["nodes"] | undefined;
  change: (part: Partial<FleetFilter>) => void;
};

function FilterBar({ filter, counts, change }: FilterBarProps) {
  const [label, setLabel] = useState("");
  const addLabel = (event: FormEvent) => {
    event.preventDefault();
    if (!isLabel(label)) return;
    change({ labels: [...new Set([...filter.labels, label])] });
    setLabel("");
  };
  return (
    <search className="filters">
      <SearchField label="Search nodes" text={filter.text} search={(text) => change({ text })} />
      {STATUSES.map((status) => (
        <button
          key={status}
          type="button"
          className="chip"
          aria-pressed={filter.status === status}
          onClick={() => change({ status: filter.status === status ? null : status })}
        >
          <StatusMark status={status} />
          {wordOf(status)}
          <span className="count">
            {counts ? count(counts[status.toLowerCase() as Lowercase<typeof status>]) : NONE}
          </span>
        </button>
      ))}
      {filter.labels.map((one) => (
        <button
          key={one}
          type="button"
          className="chip"
          aria-pressed="true"
          aria-label={`Remove the label filter ${one}`}
          onClick={() => change({ labels: filter.labels.filter((other) => other !== one) })}
        >
          <code>{one}</code>
          <Icon name="close" />
        </button>
      ))}
      <form onSubmit={addLabel}>
        <input
          className="label-field"
          placeholder="label=value"
          aria-label="Label filter, as key=value"
          value={label}
          onChange={(event) => setLabel(event.target.value)}
        />
      </form>
    </search>
  );
}

const columns: Column<Sort>[] = [
  { name: "status", title: "Status", sort: "status" },
  { name: "name", title: "Name", sort: "name" },
  { name: "since", title: "For", sort: "statusSince", isNumber: true },
  { name: "pipelines", title: "Pipelines", isNumber: true },
  { name: "in", title: "In /s", isNumber: true },
  { name: "out", title: "Out /s", isNumber: true },
  { name: "errors", title: "Errors /s", isNumber: true },
  { name: "version", title: "Agent" },
  { name: "heard", title: "Heard", isNumber: true },
];

function NodeRow({ environment, node, place }: { environment: string; node: NodeItem; place: RowPlace }) {
  const live = useLiveNode(node.id);
  const now = useNow();
  const status = live?.status ?? node.status;
  const isSilent = status === "UNREACHABLE" || status === "UNKNOWN";
  const since = status === node.status ? millisOf(node.statusSince) : null;
  const listedAt = millisOf(node.lastHeartbeatAt);
  const heardAt = live?.heardAt ? Math.max(live.heardAt, listedAt ?? 0) : listedAt;
  const rates: LiveRates | null = isSilent ? null : (ratesOf(live, node.instancesRunning, now) ?? node.rates);
  const isShort = !isSilent && node.instancesRunning < node.instances;
  const pipelines = node.instances === 0 ? NONE : `${isSilent ? NONE : node.instancesRunning} / ${node.instances}`;
  return (
    <Row place={place} status={status}>
      <Cell name="status">
        <Status status={status} />
      </Cell>
      <Cell name="name">
        <Link to={{ page: "node", environment, nodeId: node.id, range: usualRange }} title={node.name}>
          {node.name}
        </Link>
        {node.host && node.host !== node.name && <small>{node.host}</small>}
      </Cell>
      <Cell name="since" isNumber>
        {age(since === null ? null : now - since)}
      </Cell>
      <Cell name="pipelines" isNumber>
        <span className={isShort ? "short" : ""}>{pipelines}</span>
      </Cell>
      <Cell name="in" isNumber>
        <Value text={quantity(rates?.eventsIn ?? null)} />
      </Cell>
      <Cell name="out" isNumber>
        <Value text={quantity(rates?.eventsOut ?? null)} />
      </Cell>
      <Cell name="errors" isNumber>
        <Value text={quantity(rates?.errors ?? null)} className={(rates?.errors ?? 0) > 0 ? "short" : ""} />
      </Cell>
      <Cell name="version">{node.agentVersion ?? NONE}</Cell>
      <Cell name="heard" isNumber>
        <span title={heardAt === null ? "" : exact(heardAt)}>{ago(heardAt === null ? null : now - heardAt)}</span>
      </Cell>
    </Row>
  );
}
