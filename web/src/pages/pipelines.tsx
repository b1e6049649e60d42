// Every pipeline as a row, with what passes through it now.

import "./pipelines.css";

import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { get } from "../api/client";
import type { List, PipelineItem, PipelineMetrics } from "../api/types";
import { withGaps } from "../cache/gaps";
import { Turns } from "../cache/turns";
import { count, NONE, percent } from "../format/numbers";
import { reductionOf } from "../format/reduction";
import { millisOf } from "../format/times";
import { ErrorRate, Rate } from "../parts/rate";
import { SearchField } from "../parts/search-field";
import { type Point, Sparkline } from "../parts/sparkline";
import { Empty, Failure, Skeleton } from "../parts/states";
import { Value } from "../parts/value";
import { Cell, type Column, Row, type RowPlace, VirtualTable } from "../parts/virtual-table";
import { usePollMillis, useWants } from "../shell/live";
import { useEnvironments } from "../shell/session";
import { nothing } from "../stream/wants";
import { go, Link } from "../url/place";
import { NewPipeline } from "./pipeline/new-pipeline";
import { failedNodesOf } from "./pipeline/state";
import { PipelineStatus } from "./pipeline/status";

const PAGE_PIPELINES = 200;

/** A browser opens six connections to a server, and the stream and the list need theirs. */
const pastTurns = new Turns(2);

export default function PipelinesPage({ environment, text }: { environment: string; text: string }) {
  useWants(nothing);
  const refetchInterval = usePollMillis(3_000);
  const list = useInfiniteQuery({
    queryKey: ["pipelines", environment, "list", text],
    queryFn: ({ pageParam, signal }) => {
      const fields = { environmentId: environment, q: text, limit: PAGE_PIPELINES, cursor: pageParam };
      return get<List<PipelineItem>>("/pipelines", fields, signal);
    },
    initialPageParam: "",
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval,
  });
  // Those that crashed or did not deploy come first, all by their names. Rates move too often to sort by.
  const pipelines = useMemo(() => {
    const items = list.data?.pages.flatMap((page) => page.items) ?? [];
    return items.toSorted((one, other) => Number(isFailing(other)) - Number(isFailing(one)));
  }, [list.data]);
  const total = list.data?.pages[0]?.total ?? null;
  const [seen, setSeen] = useState<string[]>([]);
  const [isMaking, setIsMaking] = useState(false);
  const environments = useEnvironments().filter(({ role }) => role === "EDITOR" || role === "ADMIN");
  useEffect(() => {
    document.title = "Pipelines · Systole";
  }, []);
  const search = (typed: string) => go({ page: "pipelines", environment, text: typed }, "replace");
  const newButton = environments.length > 0 && (
    <button type="button" className="primary" onClick={() => setIsMaking(true)}>
      New pipeline
    </button>
  );
  return (
    <div className="page full">
      <div className="title pipelines-title">
        <h1>Pipelines</h1>
        <span className="muted">
          {total === null ? "" : `${count(total)} ${total === 1 ? "pipeline" : "pipelines"}${text ? " match" : ""}`}
        </span>
        <span className="space" />
        {newButton}
      </div>
      <search className="filters pipelines-filters">
        <SearchField label="Search pipelines" text={text} search={search} />
      </search>
      {list.isPending && <Skeleton rows={12} />}
      {list.isError && !list.data && <Failure problem={list.error} retry={() => void list.refetch()} />}
      {list.data && (
        <VirtualTable
          name="pipeline-list"
          label="Pipelines"
          columns={columns}
          rows={pipelines}
          keyOf={({ id }) => id}
          more={list.hasNextPage && !list.isFetching ? () => void list.fetchNextPage() : null}
          seen={setSeen}
          isStale={list.isPlaceholderData}
          empty={
            text ? (
              <Empty title="No pipeline matches">
                <button type="button" onClick={() => search("")}>
                  Clear the search
                </button>
              </Empty>
            ) : (
              <Empty title="There is no pipeline yet">
                <p>A pipeline says where events come from, what happens to them and where they go. Nodes run it.</p>
                {newButton}
              </Empty>
            )
          }
          row={(pipeline, place) => (
            <PipelineRow
              key={pipeline.id}
              environment={environment}
              pipeline={pipeline}
              place={place}
              isSeen={seen.includes(pipeline.id)}
            />
          )}
        />
      )}
      {isMaking && (
        <NewPipeline environment={environment} environments={environments} close={() => setIsMaking(false)} />
      )}
    </div>
  );
}

const isFailing = ({ instances, rollout }: PipelineItem) => instances.crashed > 0 || failedNodesOf(rollout) > 0;

const columns: Column<never>[] = [
  { name: "status", title: "Status" },
  { name: "name", title: "Name" },
  { name: "running", title: "Running", isNumber: true },
  { name: "crashed", title: "Crashed", isNumber: true },
  { name: "past", title: "Last hour" },
  { name: "in", title: "In /s", isNumber: true },
  { name: "out", title: "Out /s", isNumber: true },
  { name: "failed", title: "Errors /s", isNumber: true },
  { name: "reduction", title: "Reduction", isNumber: true },
];

type RowProps = { environment: string; pipeline: PipelineItem; place: RowPlace; isSeen: boolean };

function PipelineRow({ environment, pipeline, place, isSeen }: RowProps) {
  const { id, name, instances, rates } = pipeline;
  const reduction = reductionOf(rates?.eventsIn ?? null, rates?.eventsOut ?? null);
  return (
    <Row place={place}>
      <Cell name="status">
        <PipelineStatus pipeline={pipeline} />
      </Cell>
      <Cell name="name">
        <Link to={{ page: "pipeline", environment, pipelineId: id, tab: "graph", nodeId: "" }} title={name}>
          {name}
        </Link>
      </Cell>
      <Cell name="running" isNumber>
        {instances.total === 0 ? NONE : `${count(instances.running)} / ${count(instances.total)}`}
      </Cell>
      <Cell name="crashed" isNumber>
        <span className={instances.crashed > 0 ? "short" : ""}>
          {instances.total === 0 ? NONE : count(instances.crashed)}
        </span>
      </Cell>
      <Cell name="past">
        <Past pipelineId={id} isSeen={isSeen} />
      </Cell>
      <Cell name="in" isNumber>
        <Rate of={rates?.eventsIn} />
      </Cell>
      <Cell name="out" isNumber>
        <Rate of={rates?.eventsOut} />
      </Cell>
      <Cell name="failed" isNumber>
        <ErrorRate of={rates?.errors} />
      </Cell>
      <Cell name="reduction" isNumber>
        <Value text={reduction === null ? NONE : percent(reduction)} />
      </Cell>
    </Row>
  );
}

/** What came in over the last hour, asked for only while its row is in view. */
function Past({ pipelineId, isSeen }: { pipelineId: string; isSeen: boolean }) {
  const { data } = useQuery({
    queryKey: ["pipeline-metrics", pipelineId],
    queryFn: ({ signal }) =>
      pastTurns.take(() => get<PipelineMetrics>(`/pipelines/${pipelineId}/metrics`, { minutes: 60 }, signal), signal),
    enabled: isSeen,
    staleTime: 60_000,
    refetchInterval: 60_000,
  });
  if (!data) return null;
  const width = data.bucketSeconds * 1_000;
  // A minute that is still being counted would look like a fall.
  const rows = data.rows
    .filter(({ partial }) => !partial)
    .map(({ timestamp, eventsIn }): Point => ({ at: millisOf(timestamp) ?? 0, value: eventsIn }));
  const span = { from: millisOf(data.from) ?? 0, to: (millisOf(data.to) ?? 0) - width };
  return (
    <Sparkline
      points={withGaps(rows, width, (at) => ({ at, value: null }))}
      label="Events in, the last hour"
      span={span}
    />
  );
}
