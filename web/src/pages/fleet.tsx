// Every node as a row. Rows in view get their values from the stream, those out of view cost nothing.

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type FormEvent, type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { get } from "../api/client";
import type { List, NodeItem, Summary } from "../api/types";
import { type LiveRates, ratesOf } from "../cache/live";
import { count, NONE, quantity } from "../format/numbers";
import { age, ago, exact, millisOf } from "../format/times";
import { Icon } from "../parts/icons";
import { useNow } from "../parts/now";
import { Failure, Skeleton } from "../parts/states";
import { Status, StatusMark, wordOf } from "../parts/status";
import { Value } from "../parts/value";
import { noteNodeNames, useLiveNode, usePollMillis, useWants } from "../shell/live";
import { go, Link } from "../url/place";
import { type FleetFilter, isLabel, noFilter, type Sort, STATUSES, usualRange } from "../url/url";
import { useSummary } from "./overview";

const PAGE_NODES = 200;
const ROW_PIXELS = 32;
const TYPING_MILLIS = 250;

export function FleetPage({ environment, filter }: { environment: string; filter: FleetFilter }) {
  const summary = useSummary(environment);
  const refetchInterval = usePollMillis(30_000);
  const list = useInfiniteQuery({
    queryKey: ["nodes", environment, filter],
    queryFn: async ({ pageParam, signal }) => {
      const { text, status, label, sort } = filter;
      const fields = { environmentId: environment, q: text, status, label, sort, limit: PAGE_NODES, cursor: pageParam };
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
  const isFiltered = filter.text !== "" || filter.status !== null || filter.label !== "";
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
        <Table
          environment={environment}
          nodes={nodes}
          sort={filter.sort}
          isStale={list.isPlaceholderData}
          resort={(sort) => change({ sort })}
          more={list.hasNextPage && !list.isFetching ? () => void list.fetchNextPage() : null}
          clear={
            isFiltered ? () => go({ page: "fleet", environment, filter: { ...noFilter, sort: filter.sort } }) : null
          }
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
  const [text, setText] = useState(filter.text);
  const [label, setLabel] = useState("");
  const typed = useRef(filter.text);
  const latest = useRef(change);
  latest.current = change;
  // The address moved by other means, as by going back.
  useEffect(() => {
    if (filter.text === typed.current) return;
    typed.current = filter.text;
    setText(filter.text);
  }, [filter.text]);
  useEffect(() => {
    if (text === typed.current) return;
    const timer = setTimeout(() => {
      typed.current = text;
      latest.current({ text });
    }, TYPING_MILLIS);
    return () => clearTimeout(timer);
  }, [text]);
  const addLabel = (event: FormEvent) => {
    event.preventDefault();
    if (!isLabel(label)) return;
    change({ label });
    setLabel("");
  };
  return (
    <search className="filters">
      <label className="field">
        <Icon name="search" />
        <input
          id="search"
          type="search"
          placeholder="Search nodes"
          aria-label="Search nodes"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        />
        <kbd>/</kbd>
      </label>
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
      {filter.label ? (
        <button
          type="button"
          className="chip"
          aria-pressed="true"
          aria-label={`Remove the label filter ${filter.label}`}
          onClick={() => change({ label: "" })}
        >
          <code>{filter.label}</code>
          <Icon name="close" />
        </button>
      ) : (
        <form onSubmit={addLabel}>
          <input
            className="label-field"
            placeholder="label=value"
            aria-label="Label filter, as key=value"
            value={label}
            onChange={(event) => setLabel(event.target.value)}
          />
        </form>
      )}
    </search>
  );
}

const columns: { name: string; title: string; sort?: Sort; isNumber?: boolean }[] = [
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

type TableProps = {
  environment: string;
  nodes: NodeItem[];
  sort: Sort;
  isStale: boolean;
  resort: (sort: Sort) => void;
  more: (() => void) | null;
  clear: (() => void) | null;
};

function Table({ environment, nodes, sort, isStale, resort, more, clear }: TableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: nodes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    getItemKey: (index) => nodes[index]?.id ?? index,
    overscan: 12,
  });
  const items = rows.getVirtualItems();
  useWants(useSettled(items.map(({ key }) => String(key))));
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= nodes.length - 30) more();
  }, [more, last, nodes.length]);
  const walk = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-index]") : null;
    if (!step || !row) return;
    event.preventDefault();
    const index = Math.min(nodes.length - 1, Math.max(0, Number(row.dataset.index) + step));
    rows.scrollToIndex(index);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"] a`)?.focus());
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual table stand by themselves, which a table's do not.
    <div
      className="card table"
      role="table"
      aria-label="Nodes"
      aria-rowcount={nodes.length + 1}
      ref={scroller}
      onKeyDown={walk}
      data-stale={isStale}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: its buttons take the focus. */}
      <div className="row head" role="row">
        {columns.map(({ name, title, sort: by, isNumber }) => (
          // biome-ignore lint/a11y/useSemanticElements: as above.
          // biome-ignore lint/a11y/useFocusableInteractive: as above.
          <span
            key={name}
            role="columnheader"
            className={`c-${name} ${isNumber ? "number" : ""}`}
            aria-sort={by && by === sort ? "ascending" : undefined}
          >
            {by ? (
              <button type="button" className="sort" onClick={() => resort(by)}>
                {title}
              </button>
            ) : (
              title
            )}
          </span>
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
      <div className="body" role="rowgroup" style={{ height: rows.getTotalSize() }}>
        {items.map(({ key, index, start }) => {
          const node = nodes[index];
          return node && <Row key={key} environment={environment} node={node} index={index} start={start} />;
        })}
      </div>
      {nodes.length === 0 && (
        <div className="empty">
          <h2>No node matches</h2>
          {clear && (
            <button type="button" onClick={clear}>
              Clear the filters
            </button>
          )}
        </div>
      )}
    </div>
  );
}

/** Ids that stand still for a moment, so that a flick through the list asks for nothing on its way. */
function useSettled(ids: string[]): string[] {
  const [settled, setSettled] = useState<string[]>([]);
  const key = ids.join(",");
  useEffect(() => {
    const timer = setTimeout(() => setSettled(key === "" ? [] : key.split(",")), 150);
    return () => clearTimeout(timer);
  }, [key]);
  return settled;
}

function Row({
  environment,
  node,
  index,
  start,
}: {
  environment: string;
  node: NodeItem;
  index: number;
  start: number;
}) {
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
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual table stand by themselves.
    // biome-ignore lint/a11y/useFocusableInteractive: its link takes the focus.
    <div
      className="row"
      role="row"
      aria-rowindex={index + 2}
      data-index={index}
      data-status={status}
      style={{ transform: `translateY(${start}px)` }}
    >
      <Cell name="status">
        <Status status={status} />
      </Cell>
      <Cell name="name">
        <Link to={{ page: "node", environment, nodeId: node.id, range: usualRange }} title={node.name}>
          {node.name}
        </Link>
        {node.host && node.host !== node.name && <small>{node.host}</small>}
      </Cell>
      <Cell name="since">{age(since === null ? null : now - since)}</Cell>
      <Cell name="pipelines">
        <span className={isShort ? "short" : ""}>{pipelines}</span>
      </Cell>
      <Cell name="in">
        <Value text={quantity(rates?.eventsIn ?? null)} />
      </Cell>
      <Cell name="out">
        <Value text={quantity(rates?.eventsOut ?? null)} />
      </Cell>
      <Cell name="errors">
        <Value text={quantity(rates?.errors ?? null)} className={(rates?.errors ?? 0) > 0 ? "short" : ""} />
      </Cell>
      <Cell name="version">{node.agentVersion ?? NONE}</Cell>
      <Cell name="heard">
        <span title={heardAt === null ? "" : exact(heardAt)}>{ago(heardAt === null ? null : now - heardAt)}</span>
      </Cell>
    </div>
  );
}

const numbers = new Set(columns.filter(({ isNumber }) => isNumber).map(({ name }) => name));

function Cell({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: cells of rows that stand by themselves.
    <span role="cell" className={`c-${name} ${numbers.has(name) ? "number" : ""}`}>
      {children}
    </span>
  );
}
