// One pipeline: how it is, and its parts, each with an address of its own.

import "./page.css";

import { useQuery } from "@tanstack/react-query";
import { type ComponentType, lazy, Suspense, useEffect } from "react";
import { get, Problem } from "../../api/client";
import type { PipelineDetail } from "../../api/types";
import { count, many, NONE, percent, quantity } from "../../format/numbers";
import { reductionOf } from "../../format/reduction";
import { Icon } from "../../parts/icons";
import { Choices, Menu } from "../../parts/menu";
import { Empty, Failure, Skeleton } from "../../parts/states";
import { Tabs } from "../../parts/tabs";
import { Value } from "../../parts/value";
import { usePollMillis, useWants } from "../../shell/live";
import { nothing, type Wants } from "../../stream/wants";
import { go, Link } from "../../url/place";
import type { PipelineTab, PlaceOf } from "../../url/url";
import { useInstances } from "./instances";
import { failedNodesOf } from "./state";
import { PipelineStatus } from "./status";

export type TabProps = { pipeline: PipelineDetail; place: PlaceOf<"pipeline"> };

type TabPart = { tab: PipelineTab; name: string; Part: ComponentType<TabProps> };

const TABS: TabPart[] = [
  { tab: "graph", name: "Graph", Part: lazy(() => import("./graph").then(({ GraphTab }) => ({ default: GraphTab }))) },
  {
    tab: "configuration",
    name: "Configuration",
    Part: lazy(() => import("./configuration").then(({ ConfigurationTab }) => ({ default: ConfigurationTab }))),
  },
  {
    tab: "versions",
    name: "Versions",
    Part: lazy(() => import("./versions").then(({ VersionsTab }) => ({ default: VersionsTab }))),
  },
  {
    tab: "deployment",
    name: "Deployment",
    Part: lazy(() => import("./deployment").then(({ DeploymentTab }) => ({ default: DeploymentTab }))),
  },
  { tab: "logs", name: "Logs", Part: lazy(() => import("./logs").then(({ LogsTab }) => ({ default: LogsTab }))) },
];

/** What the part that is shown lives on. */
function wantsOf({ pipelineId, tab, nodeId }: PlaceOf<"pipeline">): Wants {
  const nodeIds = nodeId ? [nodeId] : null;
  if (tab === "graph") return { topics: ["fleet_status", "metric_update"], pipelineIds: [pipelineId], nodeIds };
  if (tab === "logs") return { topics: ["log_entry"], pipelineIds: [pipelineId], nodeIds };
  return nothing;
}

export default function PipelinePage({ place }: { place: PlaceOf<"pipeline"> }) {
  const { pipelineId, environment } = place;
  useWants(wantsOf(place));
  const refetchInterval = usePollMillis(3_000);
  const pipeline = useQuery({
    queryKey: ["pipeline", pipelineId],
    queryFn: ({ signal }) => get<PipelineDetail>(`/pipelines/${pipelineId}`, {}, signal),
    refetchInterval,
  });
  const name = pipeline.data?.name;
  useEffect(() => {
    document.title = name ? `${name} · Systole` : "Systole";
  }, [name]);
  if (pipeline.isPending) return <Skeleton rows={10} />;
  // Deleted while somebody looks at it, it is gone all the same.
  if (pipeline.error instanceof Problem && pipeline.error.status === 404) {
    return (
      <Empty title="There is no such pipeline">
        <p>
          It was deleted, or you may not see it. <Link to={{ page: "pipelines", environment, text: "" }}>The list</Link>{" "}
          has the others.
        </p>
      </Empty>
    );
  }
  if (!pipeline.data) return <Failure problem={pipeline.error} retry={() => void pipeline.refetch()} />;
  const current = TABS.find(({ tab }) => tab === place.tab);
  return (
    <div className="page pipeline">
      <Title pipeline={pipeline.data} place={place} />
      <Tabs
        label="Parts of the pipeline"
        tabs={TABS.map(({ tab, name: title }) => ({
          name: title,
          to: { ...place, tab },
          isCurrent: tab === place.tab,
        }))}
      />
      <Suspense fallback={<Skeleton rows={8} />}>
        {current && <current.Part pipeline={pipeline.data} place={place} />}
      </Suspense>
    </div>
  );
}

function Title({ pipeline, place }: TabProps) {
  const { rows: items } = useInstances(pipeline.id);
  // What is written and deployed is of no node.
  const isByNode = place.tab === "graph" || place.tab === "logs";
  const nodeId = isByNode ? place.nodeId : "";
  const instance = items?.find((one) => one.nodeId === nodeId);
  const rates = nodeId === "" ? pipeline.rates : (instance?.rates ?? null);
  const reduction = reductionOf(rates?.eventsIn ?? null, rates?.eventsOut ?? null);
  const failed = failedNodesOf(pipeline.rollout);
  const figures: [string, string, boolean][] = [
    ["In /s", quantity(rates?.eventsIn ?? null), false],
    ["Out /s", quantity(rates?.eventsOut ?? null), false],
    ["Errors /s", quantity(rates?.errors ?? null), (rates?.errors ?? 0) > 0],
    ["Reduction", reduction === null ? NONE : percent(reduction), false],
  ];
  return (
    <div className="title">
      <div className="title-words">
        <h1>{pipeline.name}</h1>
        <PipelineStatus pipeline={pipeline} />
        <span className="muted">{runsOf(pipeline)}</span>
        {failed > 0 && (
          <Link className="short" to={{ ...place, tab: "deployment" }}>
            deploy failed on {many(failed, "node")}
          </Link>
        )}
      </div>
      <div className="title-figures">
        <dl className="rates">
          {figures.map(([title, text, isBad]) => (
            <div key={title}>
              <dt>{title}</dt>
              <dd>
                <Value text={text} className={isBad ? "short" : ""} />
              </dd>
            </div>
          ))}
        </dl>
        {isByNode && <NodePicker place={place} />}
      </div>
    </div>
  );
}

function runsOf({ instances: { running, total }, deployedVersion, rollout }: PipelineDetail): string {
  if (total === 0) return deployedVersion === null ? "" : `version ${deployedVersion}, on no node yet`;
  const runs = `${count(running)} of ${count(total)} running`;
  if (deployedVersion === null) return `taken back, ${runs}`;
  const waits = rollout && rollout.waiting > 0 ? `, deploying: ${count(rollout.waiting)} to go` : "";
  return `version ${deployedVersion}, ${runs}${waits}`;
}

function NodePicker({ place }: { place: PlaceOf<"pipeline"> }) {
  const { rows: items } = useInstances(place.pipelineId);
  const nodes = (items ?? []).map(({ nodeId, nodeName }) => ({ value: nodeId, label: nodeName }));
  const isListed = nodes.some(({ value }) => value === place.nodeId);
  const choices = [
    { value: "", label: "All nodes" },
    // A node that has left, or is past the list's bound, is still what is shown.
    ...(place.nodeId && !isListed ? [{ value: place.nodeId, label: place.nodeId }] : []),
    ...nodes.toSorted((one, other) => one.label.localeCompare(other.label, "en", { numeric: true })),
  ];
  const current = choices.find(({ value }) => value === place.nodeId)?.label ?? place.nodeId;
  return (
    <Menu
      name={`Node shown: ${current}`}
      button={
        <>
          <span className="current">{current}</span>
          <Icon name="chevron" />
        </>
      }
    >
      <Choices value={place.nodeId} choices={choices} pick={(nodeId) => go({ ...place, nodeId }, "replace")} />
    </Menu>
  );
}
