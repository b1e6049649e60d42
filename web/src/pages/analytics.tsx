// How much passed through an environment, how much of it was kept out, and by what.

import "./analytics.css";

import { type ReactNode, useEffect, useState } from "react";
import { oneEnvironment } from "../access/roles";
import type { Period, Volume } from "../api/types";
import { changeOf, pointsOf } from "../format/change";
import { bytes, count, percent, quantity } from "../format/numbers";
import { bucketWord, rangeWords } from "../format/ranges";
import { millisOf } from "../format/times";
import { Chart } from "../parts/chart";
import { Delta } from "../parts/delta";
import { PickEnvironment } from "../parts/pick-environment";
import { Ranges } from "../parts/ranges";
import { type ShortColumn, ShortTable } from "../parts/short-table";
import { Empty, Failure, Skeleton } from "../parts/states";
import { Value } from "../parts/value";
import { useWants } from "../shell/live";
import { useVolume } from "../shell/queries";
import { useSession } from "../shell/session";
import { nothing } from "../stream/wants";
import { go, Link } from "../url/place";
import { LONG_RANGES, type LongRange, noFilter, type PlaceOf, usualRange } from "../url/url";
import { shareOf, type VolumeName, volumePoints } from "./analytics-series";

const ROWS_SHOWN = 12;

export default function AnalyticsPage({ place }: { place: PlaceOf<"analytics"> }) {
  useWants(nothing);
  const session = useSession();
  const environment = oneEnvironment(session, place.environment);
  useEffect(() => {
    document.title = "Analytics · Systole";
  }, []);
  return (
    <div className="page analytics">
      <div className="title">
        <h1>Analytics</h1>
        {environment && <span className="muted">{environment.name}</span>}
        <span className="space" />
        {environment && (
          <Ranges ranges={LONG_RANGES} range={place.range} pick={(range) => go({ ...place, range }, "replace")} />
        )}
      </div>
      {environment ? (
        <EnvironmentVolume environment={environment.id} range={place.range} />
      ) : (
        <div className="card">
          <PickEnvironment title="Of which environment?" session={session} place={place}>
            Volumes are told of one environment at a time.
          </PickEnvironment>
        </div>
      )}
    </div>
  );
}

function EnvironmentVolume({ environment, range }: { environment: string; range: LongRange }) {
  const volume = useVolume(environment, range);
  if (volume.isPending) return <Skeleton rows={12} />;
  if (!volume.data) return <Failure problem={volume.error} retry={() => void volume.refetch()} />;
  if (volume.data.series.length === 0) {
    return (
      <div className="card">
        <Empty title={`Nothing was counted in the last ${rangeWords(range)}`}>
          <p>
            Volumes are counted from what agents report of their pipelines. The{" "}
            <Link to={{ page: "fleet", environment, filter: noFilter }}>fleet</Link> tells which nodes are heard.
          </p>
        </Empty>
      </div>
    );
  }
  return (
    <div className="volumes" data-stale={volume.isPlaceholderData}>
      <Totals volume={volume.data} range={range} />
      <VolumeCharts volume={volume.data} />
      <div className="columns">
        <Breakdown
          title="By pipeline"
          total={volume.data.current}
          rows={volume.data.byPipeline}
          keyOf={({ pipelineId }) => pipelineId}
          named={({ pipelineId, pipelineName }) => (
            <Link to={{ page: "pipeline", environment, pipelineId, tab: "graph", nodeId: "" }} title={pipelineName}>
              {pipelineName}
            </Link>
          )}
          empty="No pipeline had anything to count."
        />
        <Breakdown
          title="By node"
          total={volume.data.current}
          rows={volume.data.byNode}
          keyOf={({ nodeId }) => nodeId}
          named={({ nodeId, nodeName }) => (
            <Link to={{ page: "node", environment, nodeId, range: usualRange }} title={nodeName}>
              {nodeName}
            </Link>
          )}
          empty="No node had anything to count."
        />
      </div>
    </div>
  );
}

function Totals({ volume, range }: { volume: Volume; range: LongRange }) {
  const { current, previous } = volume;
  // Where nothing at all was counted there is nothing to compare with.
  const hadAny = (previous.eventsIn ?? 0) > 0 || (previous.bytesIn ?? 0) > 0;
  const figure = (title: string, name: keyof Period, format: typeof bytes, change = changeOf) => (
    <div className="figure">
      <dt>{title}</dt>
      <dd>
        <Value text={format(current[name])} />
      </dd>
      <dd className="note-line">
        <Delta
          change={change(current[name], hadAny ? previous[name] : null)}
          than={`on the ${rangeWords(range)} before`}
          isMoreBad={name === "errorsTotal"}
        />
      </dd>
    </div>
  );
  return (
    <dl className="figures totals">
      {figure("Data in", "bytesIn", bytes)}
      {figure("Data out", "bytesOut", bytes)}
      {figure("Less data", "byteReductionPercent", percent, pointsOf)}
      {figure("Events in", "eventsIn", quantity)}
      {figure("Events out", "eventsOut", quantity)}
      {figure("Fewer events", "eventReductionPercent", percent, pointsOf)}
      {figure("Errors", "errorsTotal", quantity)}
    </dl>
  );
}

function VolumeCharts({ volume }: { volume: Volume }) {
  const points = volumePoints(volume);
  const of = (name: VolumeName) => points.map((point) => point[name] ?? null);
  const per = `per ${bucketWord(volume.bucketSeconds)}`;
  const shared = {
    times: points.map(({ at }) => at),
    from: millisOf(volume.from) ?? 0,
    to: millisOf(volume.to) ?? 0,
    ...(points.length === 0 && { none: `Drawn when the first ${bucketWord(volume.bucketSeconds)} is over` }),
  };
  return (
    <div className="charts">
      <Chart
        {...shared}
        title="Data"
        unit={per}
        isBinary
        format={bytes}
        series={[
          { name: "in", values: of("bytesIn") },
          { name: "out", values: of("bytesOut") },
        ]}
      />
      <Chart
        {...shared}
        title="Events"
        unit={per}
        format={quantity}
        series={[
          { name: "in", values: of("eventsIn") },
          { name: "out", values: of("eventsOut") },
        ]}
      />
      <Chart
        {...shared}
        title="Reduction"
        unit="of what came in"
        top={100}
        format={percent}
        series={[
          { name: "data", values: of("byteReductionPercent") },
          { name: "events", values: of("eventReductionPercent") },
        ]}
      />
      <Chart
        {...shared}
        title="Errors and discarded"
        unit={per}
        format={quantity}
        series={[
          { name: "errors", values: of("errorsTotal") },
          { name: "discarded", values: of("eventsDiscarded") },
        ]}
      />
    </div>
  );
}

type BreakdownProps<Row extends Period> = {
  title: string;
  total: Period;
  rows: Row[];
  keyOf: (row: Row) => string;
  named: (row: Row) => ReactNode;
  empty: string;
};

function Breakdown<Row extends Period>({ title, total, rows, keyOf, named, empty }: BreakdownProps<Row>) {
  const [isWhole, setIsWhole] = useState(false);
  const largest = Math.max(0, ...rows.map(({ bytesIn }) => bytesIn ?? 0));
  const columns: ShortColumn<Row>[] = [
    { title: "Name", cell: named },
    {
      title: "Data in",
      width: 132,
      isNumber: true,
      cell: (row) => (
        <span className="share" title={`${percent(shareOf(row.bytesIn, total.bytesIn) * 100)} of all`}>
          <i aria-hidden="true">
            <b style={{ width: `${shareOf(row.bytesIn, largest) * 100}%` }} />
          </i>
          {bytes(row.bytesIn)}
        </span>
      ),
    },
    { title: "Out", width: 82, isNumber: true, isWide: true, cell: (row) => bytes(row.bytesOut) },
    { title: "Less", width: 70, isNumber: true, cell: (row) => percent(row.byteReductionPercent) },
    { title: "Events in", width: 78, isNumber: true, isWide: true, cell: (row) => quantity(row.eventsIn) },
    {
      title: "Errors",
      width: 68,
      isNumber: true,
      cell: (row) => <span className={(row.errorsTotal ?? 0) > 0 ? "short" : ""}>{quantity(row.errorsTotal)}</span>,
    },
  ];
  return (
    <section className="card" aria-label={title}>
      <div className="head-line">
        <h2>{title}</h2>
        <span className="muted">{rows.length > 0 && count(rows.length)}</span>
        <span className="space" />
        {rows.length > ROWS_SHOWN && (
          <button type="button" className="quiet" aria-expanded={isWhole} onClick={() => setIsWhole(!isWhole)}>
            {isWhole ? "Show fewer" : "Show all"}
          </button>
        )}
      </div>
      <ShortTable
        label={title}
        columns={columns}
        rows={isWhole ? rows : rows.slice(0, ROWS_SHOWN)}
        keyOf={keyOf}
        empty={empty}
      />
    </section>
  );
}
