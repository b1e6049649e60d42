// The nodes that run a pipeline, those in trouble first.

import type { InstanceItem } from "../../api/types";
import { statusOf } from "../../cache/live";
import { count, latency, NONE } from "../../format/numbers";
import { millisOf } from "../../format/times";
import { Age } from "../../parts/age";
import { useFresh } from "../../parts/fresh";
import { ErrorRate, Rate } from "../../parts/rate";
import { Empty, Failure, Skeleton } from "../../parts/states";
import { Status, toneOf } from "../../parts/status";
import { Cell, type Column, Row, type RowPlace, VirtualTable } from "../../parts/virtual-table";
import { useLiveNode } from "../../shell/live";
import { Link } from "../../url/place";
import { usualRange } from "../../url/url";
import { useInstances } from "./instances";
import type { TabProps } from "./page";

const tones = ["degraded", "unknown", "starting", "maintenance", "healthy"];
const rankOf = ({ status }: InstanceItem) => tones.indexOf(toneOf(status));

export function Nodes({ pipeline, place }: TabProps) {
  const { id, deployedVersion } = pipeline;
  const list = useInstances(id);
  const rows = (list.rows ?? [])
    .filter(({ nodeId }) => place.nodeId === "" || nodeId === place.nodeId)
    .toSorted(
      (one, other) =>
        rankOf(one) - rankOf(other) || one.nodeName.localeCompare(other.nodeName, "en", { numeric: true }),
    );
  return (
    <section className="graph-nodes" aria-labelledby="nodes">
      <div className="title">
        <h2 id="nodes">Nodes</h2>
        <span className="muted">
          {place.nodeId
            ? "the one that is picked"
            : list.total
              ? `${count(list.total)} ${list.total === 1 ? "runs" : "run"} it`
              : ""}
        </span>
      </div>
      {!list.rows && !list.problem && <Skeleton rows={6} />}
      {list.problem && !list.rows && <Failure problem={list.problem} retry={list.retry} />}
      {list.rows && (
        <VirtualTable
          name="instances"
          label="Nodes that run it"
          columns={columns}
          rows={rows}
          keyOf={({ nodeId }) => nodeId}
          more={list.more}
          seen={list.look}
          empty={
            <Empty title="No node runs it">
              <p>
                {deployedVersion === null ? "Nothing of it is deployed yet." : "Nodes show here when they report it."}
              </p>
            </Empty>
          }
          row={(instance, spot) => (
            <NodeRow
              key={instance.nodeId}
              instance={instance}
              listedAt={list.listedAt(instance.nodeId)}
              spot={spot}
              environment={place.environment}
              deployedVersion={deployedVersion}
            />
          )}
        />
      )}
    </section>
  );
}

const columns: Column<never>[] = [
  { name: "status", title: "Status" },
  { name: "name", title: "Node" },
  { name: "for", title: "For", isNumber: true },
  { name: "deployed", title: "Version", isNumber: true },
  { name: "in", title: "In /s", isNumber: true },
  { name: "out", title: "Out /s", isNumber: true },
  { name: "failed", title: "Errors /s", isNumber: true },
  { name: "latency", title: "Latency", isNumber: true },
];

type RowProps = {
  instance: InstanceItem;
  listedAt: number;
  spot: RowPlace;
  environment: string;
  deployedVersion: number | null;
};

function NodeRow({ instance, listedAt, spot, environment, deployedVersion }: RowProps) {
  const { nodeId, nodeName, pipelineId, status, version, latencyMeanMs } = instance;
  const live = useLiveNode(nodeId);
  const isDark = statusOf(live, "", listedAt) === "UNREACHABLE" || status === null;
  const fresh = useFresh(live?.pipelines.get(pipelineId));
  const rates = isDark ? null : (fresh ?? instance.rates);
  const since = millisOf(instance.statusSince);
  const isOther = version !== null && deployedVersion !== null && version !== deployedVersion;
  return (
    <Row place={spot}>
      <Cell name="status">
        <Status status={isDark ? null : status} />
      </Cell>
      <Cell name="name">
        <Link to={{ page: "node", environment, nodeId, range: usualRange }} title={nodeName}>
          {nodeName}
        </Link>
      </Cell>
      <Cell name="for" isNumber>
        <Age since={isDark ? null : since} />
      </Cell>
      <Cell name="deployed" isNumber>
        <span className={isOther ? "short" : ""} title={isOther ? `Version ${deployedVersion} is deployed` : undefined}>
          {version ?? NONE}
        </span>
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
      <Cell name="latency" isNumber>
        {latency(isDark ? null : latencyMeanMs)}
      </Cell>
    </Row>
  );
}
