// Where a pipeline stands on each node: what it is to run, what it runs, and how far a deploy has come.

import "./deployment.css";

import { get } from "../../api/client";
import type { DeploymentItem } from "../../api/deployments";
import type { List } from "../../api/types";
import { count, NONE } from "../../format/numbers";
import { age, exact, millisOf } from "../../format/times";
import { useNow } from "../../parts/now";
import { Empty, Failure, Skeleton } from "../../parts/states";
import { Status, StatusMark, wordOf } from "../../parts/status";
import { Cell, type Column, Row, type RowPlace, VirtualTable } from "../../parts/virtual-table";
import { useListPages } from "../../shell/list-pages";
import { noteNodeNames, usePollMillis } from "../../shell/live";
import { useRights } from "../../shell/rights";
import { go, Link } from "../../url/place";
import { usualRange } from "../../url/url";
import { EndOfPipeline } from "./end-of-pipeline";
import type { TabProps } from "./page";
import { type Standing, sentenceOf, standingOf, standingOfRollout, totalOf, troubleFirst } from "./progress";
import { labelsOf } from "./selector";

const PAGE_NODES = 500;
/** They are counted and sorted by their trouble here, so more than those in view have to be fresh. */
const FRESH_PAGES = 4;

export function DeploymentTab({ pipeline, place }: TabProps) {
  const { mayEdit } = useRights(pipeline.environmentId);
  const refetchInterval = usePollMillis(10_000);
  const list = useListPages({
    queryKey: ["deployment", pipeline.id],
    load: async (cursor, signal) => {
      const fields = { limit: PAGE_NODES, cursor };
      const page = await get<List<DeploymentItem>>(`/pipelines/${pipeline.id}/deployment`, fields, signal);
      noteNodeNames(page.items.map(({ nodeId, nodeName }) => ({ id: nodeId, name: nodeName })));
      return page;
    },
    idOf: ({ nodeId }) => nodeId,
    refetchInterval,
    always: FRESH_PAGES,
  });
  const all = list.rows;
  if (!all) return list.problem ? <Failure problem={list.problem} retry={list.retry} /> : <Skeleton rows={10} />;
  const rows = place.nodeId ? all.filter(({ nodeId }) => nodeId === place.nodeId) : troubleFirst(all);
  return (
    <div className="deployment">
      {(all.length > 0 || pipeline.deployedVersion !== null) && (
        <Progress pipeline={pipeline} items={all} isWhole={list.isWhole} total={list.total} />
      )}
      {all.length === 0 ? (
        <Empty
          title={pipeline.deployedVersion === null ? "No node runs this pipeline" : "No node has these labels yet"}
        >
          <p>
            {pipeline.deployedVersion === null ? (
              <>
                Deploy it from its <Link to={{ ...place, tab: "configuration" }}>configuration</Link>, and each node
                shows here as it follows.
              </>
            ) : (
              "Nodes that get all of the labels get the pipeline by themselves."
            )}
          </p>
        </Empty>
      ) : (
        <VirtualTable
          name="deployed-nodes"
          label="Nodes of the pipeline"
          columns={columns}
          rows={rows}
          keyOf={({ nodeId }) => nodeId}
          more={list.more}
          seen={list.look}
          isStale={list.isStale}
          empty={
            <Empty title="That node does not run it">
              <button type="button" onClick={() => go({ ...place, nodeId: "" }, "replace")}>
                Show every node
              </button>
            </Empty>
          }
          row={(item, spot) => <NodeRow key={item.nodeId} environment={place.environment} item={item} place={spot} />}
        />
      )}
      {mayEdit && <EndOfPipeline pipeline={pipeline} />}
    </div>
  );
}

const columns: Column<never>[] = [
  { name: "node", title: "Node" },
  { name: "is", title: "Status" },
  { name: "since", title: "For", isNumber: true },
  { name: "desired", title: "To run", isNumber: true },
  { name: "runs", title: "Runs", isNumber: true },
  { name: "drift", title: "Drift" },
  { name: "progress", title: "Deploy" },
];

function NodeRow({ environment, item, place }: { environment: string; item: DeploymentItem; place: RowPlace }) {
  const now = useNow();
  const since = millisOf(item.statusSince);
  const { desiredVersion, version, versionDrift, configDrift, progress, status } = item;
  return (
    <Row place={place} status={item.nodeStatus}>
      <Cell name="node">
        <Link to={{ page: "node", environment, nodeId: item.nodeId, range: usualRange }} title={item.nodeName}>
          {item.nodeName}
        </Link>
        {item.nodeStatus !== "HEALTHY" && <small>{wordOf(item.nodeStatus).toLowerCase()}</small>}
        {item.maintenance && <small>in maintenance</small>}
      </Cell>
      <Cell name="is">
        <Status status={status} />
      </Cell>
      <Cell name="since" isNumber>
        <span title={since === null || status === null ? "" : exact(since)}>
          {age(since === null || status === null ? null : now - since)}
        </span>
      </Cell>
      <Cell name="desired" isNumber>
        {desiredVersion ?? NONE}
      </Cell>
      <Cell name="runs" isNumber>
        <span className={versionDrift ? "hatched" : ""}>{version ?? NONE}</span>
      </Cell>
      <Cell name="drift">{driftOf(versionDrift, configDrift)}</Cell>
      <Cell name="progress">
        {progress === null ? (
          <span className="muted">{NONE}</span>
        ) : (
          <span className="named">
            <StatusMark status={progress} />
            <span>{wordOf(progress.replace("DEPLOY_", ""))}</span>
          </span>
        )}
      </Cell>
    </Row>
  );
}

function driftOf(ofVersion: boolean, ofText: boolean | null) {
  if (ofVersion) return <span className="short">Another version</span>;
  if (ofText) return <span className="short">Another text</span>;
  return <span className="muted">{ofText === null ? NONE : "None"}</span>;
}

type ProgressProps = {
  pipeline: TabProps["pipeline"];
  items: DeploymentItem[];
  isWhole: boolean;
  total: number | null;
};

function Progress({ pipeline, items, isWhole, total }: ProgressProps) {
  const { rollout, deployedVersion, deployedAt, nodeSelector } = pipeline;
  const now = useNow();
  const at = millisOf(deployedAt);
  const labels = labelsOf(nodeSelector ?? {});
  // Counts that were made from a part of the nodes would be wrong; a deploy under way is counted by the server.
  const standing = isWhole ? standingOf(items) : rollout ? standingOfRollout(rollout) : null;
  return (
    <section className="progress" aria-label="Progress">
      <p className="says" role="status">
        {standing
          ? sentenceOf(deployedVersion, standing)
          : `${count(total)} nodes are to run version ${deployedVersion}`}
      </p>
      {standing && totalOf(standing) > 0 && <ProgressBar standing={standing} />}
      {deployedVersion !== null && (
        <p className="muted">
          Version {deployedVersion} was deployed {at === null ? "" : `${age(now - at)} ago `}to{" "}
          {labels.length === 0 ? "every node" : "nodes with "}
          {labels.map((label) => (
            <code key={label}>{label} </code>
          ))}
        </p>
      )}
    </section>
  );
}

function ProgressBar({ standing }: { standing: Standing }) {
  const { running, failed, timedOut, crashed, otherVersion, waiting, idle, silent } = standing;
  const parts: [string, number][] = [
    ["healthy", running],
    ["degraded", failed + timedOut + crashed + otherVersion],
    ["under-way", waiting],
    ["unknown", idle + silent],
  ];
  return (
    <div className="bar" aria-hidden="true">
      {parts
        .filter(([, nodes]) => nodes > 0)
        .map(([name, nodes]) => (
          <span key={name} className={name} style={{ flexGrow: nodes }} />
        ))}
    </div>
  );
}
