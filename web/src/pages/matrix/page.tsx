// Every pipeline on every node of an environment: what runs where, and where that is not what should.

import { useEffect, useMemo, useState } from "react";
import { count } from "../../format/numbers";
import { SearchField } from "../../parts/search-field";
import { Empty, Failure, Skeleton } from "../../parts/states";
import { StatusMark } from "../../parts/status";
import { useWants } from "../../shell/live";
import { usePipelines } from "../../shell/queries";
import { useEnvironments } from "../../shell/session";
import { nothing } from "../../stream/wants";
import { go, Link } from "../../url/place";
import { type MatrixFilter, noMatrixFilter, type PlaceOf } from "../../url/url";
import { Grid } from "./grid";
import { type Line, layoutOf } from "./layout";
import { useColumns } from "./use-columns";

/** Nodes that are loaded by themselves; more come when they are asked for. */
const NODES_AT_ONCE = 1_000;

export default function MatrixPage({ place }: { place: PlaceOf<"matrix"> }) {
  const environments = useEnvironments();
  useWants(nothing);
  useEffect(() => {
    document.title = "Deployments · Systole";
  }, []);
  if (place.environment === "") {
    return (
      <div className="page">
        <h1>Deployments</h1>
        <Empty title={environments.length === 0 ? "You see no environment" : "Pick an environment"}>
          <p>
            {environments.length === 0
              ? "An administrator of a team can let you into one."
              : "Nodes and pipelines belong to one, so this shows one at a time."}
          </p>
          <ul className="picks">
            {environments.map(({ id, name }) => (
              <li key={id}>
                <Link to={{ ...place, environment: id }}>{name}</Link>
              </li>
            ))}
          </ul>
        </Empty>
      </div>
    );
  }
  return <Matrix key={place.environment} place={place} />;
}

function Matrix({ place }: { place: PlaceOf<"matrix"> }) {
  const { environment, filter } = place;
  const [nodesMax, setNodesMax] = useState(NODES_AT_ONCE);
  const nodes = useColumns(environment, nodesMax);
  const pipelines = usePipelines(environment);
  // Rates of pipelines change all the time, their names do not.
  const named = JSON.stringify((pipelines.data?.items ?? []).map(({ id, name }) => ({ id, name })).toSorted(byName));
  const lines = useMemo((): Line[] => JSON.parse(named), [named]);
  const layout = useMemo(() => layoutOf(nodes.columns, lines, filter), [nodes.columns, lines, filter]);
  const change = (part: Partial<MatrixFilter>) =>
    go({ page: "matrix", environment, filter: { ...filter, ...part } }, "replace");
  // Some of the nodes are better than none.
  const problem = pipelines.data ? nodes.columns.length === 0 && nodes.problem : pipelines.error;
  const isPending = nodes.isPending || pipelines.isPending;
  return (
    <div className="page full">
      <div className="title">
        <h1>Deployments</h1>
        <span className="muted">
          {!isPending &&
            !problem &&
            `${many(lines.length, "pipeline")} on ${many(nodes.total ?? nodes.columns.length, "node")}`}
        </span>
      </div>
      <search className="filters">
        <SearchField label="Search pipelines, nodes" text={filter.text} search={(text) => change({ text })} />
        <button
          type="button"
          className="chip"
          aria-pressed={filter.isDrifted}
          onClick={() => change({ isDrifted: !filter.isDrifted })}
        >
          <i className="hatched drift-mark" aria-hidden="true" />
          Drifted only
        </button>
        <Key />
      </search>
      {problem ? (
        <Failure
          problem={problem}
          retry={() => {
            nodes.retry();
            void pipelines.refetch();
          }}
        />
      ) : isPending ? (
        <Skeleton rows={12} />
      ) : lines.length === 0 || nodes.total === 0 ? (
        <Nothing environment={environment} hasPipelines={lines.length > 0} />
      ) : layout.lines.length === 0 || layout.columns.length === 0 ? (
        <Empty title={filter.isDrifted ? "Nothing has drifted" : "Nothing matches"}>
          {filter.isDrifted && <p>Every node that is loaded reports what it is to run.</p>}
          <button type="button" onClick={() => change(noMatrixFilter)}>
            Show everything
          </button>
        </Empty>
      ) : (
        <Grid environment={environment} layout={layout} />
      )}
      {!nodes.isWhole && !isPending && !problem && (
        <p className="muted rest" role="status">
          {count(nodes.columns.length)} of {many(nodes.total ?? 0, "node")} are here, and only those are searched.{" "}
          {nodes.problem && (
            <>
              The others could not be loaded. {nodes.problem.message}{" "}
              <button type="button" onClick={nodes.retry}>
                Try again
              </button>
            </>
          )}
          {nodes.columns.length >= nodesMax && (
            <button type="button" onClick={() => setNodesMax(nodesMax + NODES_AT_ONCE)}>
              Load {count(NODES_AT_ONCE)} more
            </button>
          )}
        </p>
      )}
    </div>
  );
}

const byName = (one: { name: string }, other: { name: string }) =>
  one.name.localeCompare(other.name, "en", { numeric: true });

const many = (number: number, word: string) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;

function Key() {
  return (
    <span className="key" aria-hidden="true">
      <span>
        <StatusMark status="RUNNING" /> runs
      </span>
      <span>
        <StatusMark status="DEPLOYING" /> on its way
      </span>
      <span>
        <StatusMark status="CRASHED" /> failed
      </span>
      <span>
        <StatusMark status={null} /> no data
      </span>
      <span>
        <i className="hatched drift-mark" /> not what it is to run
      </span>
    </span>
  );
}

function Nothing({ environment, hasPipelines }: { environment: string; hasPipelines: boolean }) {
  if (hasPipelines) {
    return (
      <Empty title="There is no node yet">
        <p>Nodes show here as columns once they are enrolled.</p>
      </Empty>
    );
  }
  return (
    <Empty title="There is no pipeline yet">
      <p>
        <Link to={{ page: "pipelines", environment, text: "" }}>Make the first one</Link>, and deploy it from its
        configuration.
      </p>
    </Empty>
  );
}
