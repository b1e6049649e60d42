// Every pipeline as a row, with what passes through it now.

import "./pipelines.css";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { get } from "../api/client";
import type { List, PipelineItem } from "../api/types";
import { count, NONE, percent, quantity } from "../format/numbers";
import { SearchField } from "../parts/search-field";
import { Empty, Failure, Skeleton } from "../parts/states";
import { Status } from "../parts/status";
import { Value } from "../parts/value";
import { Cell, type Column, Row, type RowPlace, VirtualTable } from "../parts/virtual-table";
import { usePollMillis, useWants } from "../shell/live";
import { nothing } from "../stream/wants";
import { go, Link } from "../url/place";
import { reductionOf, statusOf } from "./pipeline/state";

const PAGE_PIPELINES = 200;

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
  const pipelines = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? null;
  useEffect(() => {
    document.title = "Pipelines · Systole";
  }, []);
  return (
    <div className="page full">
      <div className="title">
        <h1>Pipelines</h1>
        <span className="muted">
          {total === null ? "" : `${count(total)} ${total === 1 ? "pipeline" : "pipelines"}${text ? " match" : ""}`}
        </span>
      </div>
      <search className="filters">
        <SearchField
          label="Search pipelines"
          text={text}
          search={(typed) => go({ page: "pipelines", environment, text: typed }, "replace")}
        />
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
          isStale={list.isPlaceholderData}
          empty={<Empty title={text ? "No pipeline matches" : "There is no pipeline yet"} />}
          row={(pipeline, place) => (
            <PipelineRow key={pipeline.id} environment={environment} pipeline={pipeline} place={place} />
          )}
        />
      )}
    </div>
  );
}

const columns: Column<never>[] = [
  { name: "status", title: "Status" },
  { name: "name", title: "Name" },
  { name: "running", title: "Running", isNumber: true },
  { name: "crashed", title: "Crashed", isNumber: true },
  { name: "in", title: "In /s", isNumber: true },
  { name: "out", title: "Out /s", isNumber: true },
  { name: "errors", title: "Errors /s", isNumber: true },
  { name: "reduction", title: "Reduction", isNumber: true },
];

function PipelineRow({
  environment,
  pipeline,
  place,
}: {
  environment: string;
  pipeline: PipelineItem;
  place: RowPlace;
}) {
  const { id, name, instances, rates } = pipeline;
  const reduction = reductionOf(rates);
  return (
    <Row place={place}>
      <Cell name="status">
        <Status status={statusOf(pipeline)} />
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
        <span className={instances.crashed > 0 ? "short" : ""}>{count(instances.crashed)}</span>
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
      <Cell name="reduction" isNumber>
        <Value text={reduction === null ? NONE : percent(reduction)} />
      </Cell>
    </Row>
  );
}
