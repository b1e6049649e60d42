// Pipelines that fail, and those through which most passes.

import type { PipelineItem } from "../../api/types";
import { count, quantity } from "../../format/numbers";
import { type ShortColumn, ShortTable } from "../../parts/short-table";
import { Failure, Skeleton } from "../../parts/states";
import { StatusMark } from "../../parts/status";
import { Value } from "../../parts/value";
import { usePipelines } from "../../shell/queries";
import { Link } from "../../url/place";
import { busiestOf, failingOf } from "./rank-pipelines";

const ROWS_SHOWN = 8;

export function Pipelines({ environment }: { environment: string }) {
  const pipelines = usePipelines(environment);
  if (pipelines.isPending) return <Skeleton rows={8} />;
  if (!pipelines.data) return <Failure problem={pipelines.error} retry={() => void pipelines.refetch()} />;
  const failing = failingOf(pipelines.data.items);
  const busiest = busiestOf(pipelines.data.items);
  return (
    <div className="stacked">
      {failing.length > 0 && <Card environment={environment} title="Failing pipelines" pipelines={failing} />}
      <Card environment={environment} title="Busiest pipelines" pipelines={busiest} />
    </div>
  );
}

function Card({ environment, title, pipelines }: { environment: string; title: string; pipelines: PipelineItem[] }) {
  const rate = (name: "eventsIn" | "eventsOut" | "errors"): ShortColumn<PipelineItem>["cell"] =>
    function cell({ rates }) {
      const isBad = name === "errors" && (rates?.errors ?? 0) > 0;
      return <Value text={quantity(rates?.[name] ?? null)} className={isBad ? "short" : ""} />;
    };
  return (
    <section className="card" aria-label={title}>
      <div className="head-line">
        <h2>{title}</h2>
        <span className="space" />
        {pipelines.length > ROWS_SHOWN && (
          <Link className="muted" to={{ page: "pipelines", environment, text: "" }}>
            all {count(pipelines.length)}
          </Link>
        )}
      </div>
      <ShortTable
        label={title}
        rows={pipelines.slice(0, ROWS_SHOWN)}
        keyOf={({ id }) => id}
        empty="No pipeline is deployed. One is written and deployed under Pipelines."
        columns={[
          {
            title: "Pipeline",
            cell: ({ id, name, instances }) => (
              <span className="named">
                <StatusMark status={instances.crashed > 0 ? "CRASHED" : instances.running > 0 ? "RUNNING" : null} />
                <Link to={{ page: "pipeline", environment, pipelineId: id, tab: "graph", nodeId: "" }} title={name}>
                  {name}
                </Link>
              </span>
            ),
          },
          {
            title: "Running",
            isNumber: true,
            width: 88,
            cell: ({ instances }) => (
              <span className={instances.crashed > 0 ? "short" : ""}>
                {count(instances.running)} / {count(instances.total)}
              </span>
            ),
          },
          { title: "In /s", isNumber: true, width: 76, cell: rate("eventsIn") },
          { title: "Out /s", isNumber: true, isWide: true, width: 76, cell: rate("eventsOut") },
          { title: "Errors /s", isNumber: true, width: 84, cell: rate("errors") },
        ]}
      />
    </section>
  );
}
