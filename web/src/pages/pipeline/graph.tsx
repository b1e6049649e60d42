// The components of a pipeline as it runs, and the nodes that run it.

import "./graph.css";

import { useQuery } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { get } from "../../api/client";
import type { Graph, PipelineDetail } from "../../api/types";
import type { ComponentValues } from "../../cache/components";
import { count } from "../../format/numbers";
import { Failure, Skeleton } from "../../parts/states";
import { nodeNameOf } from "../../shell/live";
import { currentPlace, go } from "../../url/place";
import { Drawer } from "./drawer";
import { GraphView } from "./graph-view";
import { LiveComponents, useComponentValues, useNodesHeard } from "./live-components";
import { Nodes } from "./nodes";
import type { TabProps } from "./page";

/** Opens the details of a component; of the one that is open, or of none, closes them. */
function pick(componentId: string | null) {
  const place = currentPlace();
  if (place.page !== "pipeline") return;
  const { componentId: known, ...rest } = place;
  go({ ...rest, ...(componentId !== null && componentId !== known && { componentId }) }, "replace");
  if (componentId === null) document.querySelector<HTMLElement>("button.component[aria-pressed=true]")?.focus();
}

export function GraphTab({ pipeline, place }: TabProps) {
  const { id, deployedVersion } = pipeline;
  const graph = useQuery({
    // A version stays as it is; a text that runs nowhere may be edited.
    queryKey: ["graph", id, deployedVersion ?? pipeline.updatedAt],
    queryFn: ({ signal }) => get<Graph>(`/pipelines/${id}/graph`, { version: deployedVersion }, signal),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  const values = useComponentValues(pipeline, place.nodeId);
  const select = useCallback((componentId: string) => pick(componentId), []);
  if (graph.isPending) return <Skeleton rows={8} />;
  if (!graph.data) return <Failure problem={graph.error} retry={() => void graph.refetch()} />;
  const { components } = graph.data;
  // What runs nowhere has no numbers to wait for.
  const isPlan = deployedVersion === null && pipeline.instances.total === 0;
  const open = components.find((component) => component.id === place.componentId);
  return (
    <LiveComponents value={isPlan ? null : values}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the key closes what is open, wherever the focus is here. */}
      <div
        className="graph-tab"
        data-open={open !== undefined}
        onKeyDown={(event) => open && event.key === "Escape" && pick(null)}
      >
        <div className="graph-plan">
          <p className="graph-line muted">
            <span>{textOf(pipeline)}</span>
            <span className="space" />
            {!isPlan && <Heard values={values} pipeline={pipeline} nodeId={place.nodeId} />}
          </p>
          <GraphView {...graph.data} selected={open?.id ?? null} select={select} />
          <Strangers values={values} known={components.map((component) => component.id)} />
        </div>
        {open && (
          <Drawer
            key={open.id}
            pipeline={pipeline}
            component={open}
            format={graph.data.format}
            place={place}
            close={() => pick(null)}
          />
        )}
        <Nodes pipeline={pipeline} place={place} />
      </div>
    </LiveComponents>
  );
}

function textOf({ deployedVersion, hasUndeployedChanges }: PipelineDetail): string {
  if (deployedVersion === null) return "The text as it was saved. No node is to run it.";
  return `Version ${deployedVersion}${hasUndeployedChanges ? ", without the changes that are not deployed yet" : ""}`;
}

/** Whose numbers these are: a sum without some nodes says so. */
function Heard({ values, pipeline, nodeId }: { values: ComponentValues; pipeline: PipelineDetail; nodeId: string }) {
  const heard = useNodesHeard(values);
  const { running } = pipeline.instances;
  if (nodeId) {
    const name = nodeNameOf(nodeId) ?? nodeId;
    return <span>{heard > 0 ? `Numbers of ${name} alone` : `${name} reports no numbers now`}</span>;
  }
  if (heard === 0) return <span>No node reports numbers now</span>;
  return (
    <span>
      Sums over {count(heard)}
      {heard < running ? ` of ${count(running)} running` : ""} {heard === 1 && running <= 1 ? "node" : "nodes"}
    </span>
  );
}

/** What nodes report and the text does not have, as when they run another version. */
function Strangers({ values, known }: { values: ComponentValues; known: string[] }) {
  const ids: string[] = JSON.parse(useSyncExternalStore(values.listen, () => JSON.stringify(values.ids())));
  const strangers = ids.filter((id) => !known.includes(id));
  if (strangers.length === 0) return null;
  return (
    <p className="graph-line muted">
      <span>
        Nodes also report{" "}
        {strangers.slice(0, 8).map((id, index) => (
          <span key={id}>
            {index > 0 && ", "}
            <code>{id}</code>
          </span>
        ))}
        {strangers.length > 8 && ` and ${count(strangers.length - 8)} more`}, which this text does not have: they may
        run another version.
      </span>
    </p>
  );
}
