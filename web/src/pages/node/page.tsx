// One node: how it is and since when, how it was, what it runs, and what it says.

import "./node.css";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { get, Problem } from "../../api/client";
import type { NodeDetail } from "../../api/types";
import { statusOf } from "../../cache/live";
import { age, exact, millisOf } from "../../format/times";
import type { LogQuery } from "../../logs/source";
import { useLogLines } from "../../parts/log-lines";
import { type LogNames, LogView } from "../../parts/log-view";
import { useNow } from "../../parts/now";
import { Ranges } from "../../parts/ranges";
import { Empty, Failure, Skeleton } from "../../parts/states";
import { Status, StatusMark, shownStatusOf, wordOf } from "../../parts/status";
import { WrapButton } from "../../parts/wrap-button";
import { noteNodeNames, useLiveNode, usePollMillis, useWants } from "../../shell/live";
import { useNames } from "../../shell/queries";
import { go, Link } from "../../url/place";
import { noFilter, noLogFilter, type PlaceOf, RANGES } from "../../url/url";
import { NodeActions } from "./actions";
import { Details } from "./details";
import { Events } from "./events";
import { HostCharts } from "./host-charts";
import { Past } from "./past";
import { Pipelines } from "./pipelines";

export default function NodePage({ place }: { place: PlaceOf<"node"> }) {
  const { nodeId, environment, range } = place;
  useWants({ topics: ["fleet_status", "metric_update", "log_entry"], nodeIds: [nodeId], pipelineIds: null });
  const refetchInterval = usePollMillis(15_000);
  const names = useNames(environment);
  const node = useQuery({
    queryKey: ["node", nodeId],
    queryFn: async ({ signal }) => {
      const found = await get<NodeDetail>(`/nodes/${nodeId}`, {}, signal);
      noteNodeNames([found]);
      return found;
    },
    refetchInterval,
  });
  const name = node.data?.name;
  useEffect(() => {
    document.title = name ? `${name} · Systole` : "Systole";
  }, [name]);
  if (node.isPending) return <Skeleton rows={10} />;
  if (!node.data) {
    if (!(node.error instanceof Problem) || node.error.status !== 404) {
      return <Failure problem={node.error} retry={() => void node.refetch()} />;
    }
    return (
      <Empty isPage title="There is no such node">
        <p>
          It has left the fleet, or you may not see it.{" "}
          <Link to={{ page: "fleet", environment, filter: noFilter }}>The fleet</Link> has the others.
        </p>
      </Empty>
    );
  }
  return (
    <div className="page node">
      <Title node={node.data} listedAt={node.dataUpdatedAt} place={place} />
      <Update node={node.data} />
      <Past nodeId={nodeId} range={range} />
      <HostCharts nodeId={nodeId} range={range} />
      <Pipelines node={node.data} listedAt={node.dataUpdatedAt} place={place} />
      <div className="columns">
        <Events nodeId={nodeId} names={names} />
        <Logs place={place} names={names} />
      </div>
      <Details node={node.data} />
    </div>
  );
}

type TitleProps = { node: NodeDetail; listedAt: number; place: PlaceOf<"node"> };

function Title({ node, listedAt, place }: TitleProps) {
  const live = useLiveNode(node.id);
  const now = useNow();
  const status = statusOf(live, node.status, listedAt);
  const shown = shownStatusOf(status, node.maintenance);
  const since = status === node.status ? millisOf(node.statusSince) : null;
  return (
    <div className="title">
      <h1>{node.name}</h1>
      <Status status={shown} />
      <span className="muted" title={since === null ? "" : exact(since)}>
        {shown === status ? "" : `reports, ${wordOf(status).toLowerCase()} `}for{" "}
        {age(since === null ? null : now - since)}
      </span>
      {node.maintenance && shown === status && <Status status="MAINTENANCE" />}
      {node.revoked && <span className="short">Its token is revoked</span>}
      <span className="space" />
      <Ranges ranges={RANGES} range={place.range} pick={(range) => go({ ...place, range }, "replace")} />
      <NodeActions node={node} environment={place.environment} />
    </div>
  );
}

function Update({ node: { pendingAction, updateError } }: { node: NodeDetail }) {
  if (!pendingAction && !updateError) return null;
  const to = pendingAction?.targetVersion ? ` to ${pendingAction.targetVersion}` : "";
  return (
    <p className="update-line">
      {pendingAction && <span className="muted">Update{to} asked for, not done yet</span>}
      {updateError && (
        <span className="named">
          <StatusMark status="DEPLOY_FAILED" />
          <span className="short">Last update failed: {updateError}</span>
        </span>
      )}
    </p>
  );
}

/** What a node has said, and says from now on. */
function Logs({ place, names }: { place: PlaceOf<"node">; names: LogNames }) {
  const { nodeId, environment } = place;
  const query: LogQuery = { environment: "", nodeId, pipelineId: "", level: null, text: "", range: null };
  const lines = useLogLines(query);
  const [isWrapped, setIsWrapped] = useState(false);
  return (
    <section className="card" aria-labelledby="log">
      <div className="head-line">
        <h2 id="log">Log</h2>
        <span className="space" />
        <WrapButton isWrapped={isWrapped} wrap={setIsWrapped} />
        <Link to={{ page: "logs", environment, filter: { ...noLogFilter, nodeId } }}>Search all</Link>
      </div>
      <LogView
        name="Log lines of this node, oldest first"
        lines={lines}
        environment={environment}
        names={names}
        sources={["pipeline"]}
        isWrapped={isWrapped}
        none="No line yet. Lines appear as the agent sends them."
      />
    </section>
  );
}
