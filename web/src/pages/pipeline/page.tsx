// One pipeline: how it is, and its parts, each with an address of its own.

import "./page.css";

import { useQuery } from "@tanstack/react-query";
import { type ComponentType, lazy, Suspense, useEffect } from "react";
import { get, Problem } from "../../api/client";
import type { InstanceItem, List, PipelineDetail } from "../../api/types";
import { count, NONE, percent, quantity } from "../../format/numbers";
import { Icon } from "../../parts/icons";
import { Choices, Menu } from "../../parts/menu";
import { Empty, Failure, Skeleton } from "../../parts/states";
import { Status } from "../../parts/status";
import { Tabs } from "../../parts/tabs";
import { Value } from "../../parts/value";
import { noteNodeNames, usePollMillis, useWants } from "../../shell/live";
import { nothing, type Wants } from "../../stream/wants";
import { go, Link } from "../../url/place";
import type { PipelineTab, PlaceOf } from "../../url/url";
import { reductionOf, statusOf } from "./state";

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
  const refetchInterval = usePollMillis(5_000);
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
  if (!pipeline.data) {
    if (!(pipeline.error instanceof Problem) || pipeline.error.status !== 404) {
      return <Failure problem={pipeline.error} retry={() => void pipeline.refetch()} />;
    }
    return (
      <Empty title="There is no such pipeline">
        <p>
          It was deleted, or you may not see it. <Link to={{ page: "pipelines", environment, text: "" }}>The list</Link>{" "}
          has the others.
        </p>
      </Empty>
    );
  }
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
  const { instances, rates, deployedVersion } = pipeline;
  const reduction = reductionOf(rates);
  const figures: [string, string, boolean][] = [
    ["in /s", quantity(rates?.eventsIn ?? null), false],
    ["out /s", quantity(rates?.eventsOut ?? null), false],
    ["errors /s", quantity(rates?.errors ?? null), (rates?.errors ?? 0) > 0],
    ["reduction", reduction === null ? NONE : percent(reduction), false],
  ];
  return (
    <div className="title">
      <h1>{pipeline.name}</h1>
      <Status status={statusOf(pipeline)} />
      <span className="muted">
        {deployedVersion === null
          ? "deployed nowhere"
          : `version ${deployedVersion}, ${count(instances.running)} of ${count(instances.total)} running`}
      </span>
      <span className="space" />
      <dl className="rates">
        {figures.map(([title, text, isBad]) => (
          <div key={title}>
            <dd>
              <Value text={text} className={isBad ? "short" : ""} />
            </dd>
            <dt>{title}</dt>
          </div>
        ))}
      </dl>
      <NodePicker place={place} />
    </div>
  );
}

/** Instances of a pipeline, as many as the server tells at once. */
export function useInstances(pipelineId: string) {
  const refetchInterval = usePollMillis(10_000);
  return useQuery({
    queryKey: ["instances", pipelineId],
    queryFn: async ({ signal }) => {
      const list = await get<List<InstanceItem>>("/instances", { pipelineId, limit: 500 }, signal);
      noteNodeNames(list.items.map(({ nodeId, nodeName }) => ({ id: nodeId, name: nodeName })));
      return list;
    },
    refetchInterval,
  });
}

function NodePicker({ place }: { place: PlaceOf<"pipeline"> }) {
  const { data } = useInstances(place.pipelineId);
  const nodes = (data?.items ?? []).map(({ nodeId, nodeName }) => ({ value: nodeId, label: nodeName }));
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
