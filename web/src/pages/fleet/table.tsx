// Nodes as rows. Rows in view get their values from the stream, those out of view cost nothing.

import { memo, type ReactNode, useEffect, useState } from "react";
import type { NodeItem } from "../../api/types";
import { type LiveRates, ratesOf, statusOf } from "../../cache/live";
import { Trails } from "../../cache/trails";
import { bytes, NONE, percent } from "../../format/numbers";
import { exact, millisOf } from "../../format/times";
import { Age, Ago } from "../../parts/age";
import { useFresh } from "../../parts/fresh";
import { Gauge } from "../../parts/gauge";
import { ErrorRate, Rate } from "../../parts/rate";
import { Sparkline } from "../../parts/sparkline";
import { Status, shownStatusOf } from "../../parts/status";
import { Cell, type Column, Row, type RowPlace, VirtualTable } from "../../parts/virtual-table";
import type { ListPages } from "../../shell/list-pages";
import { useLiveNode, useWants } from "../../shell/live";
import { Link } from "../../url/place";
import { type Sort, usualRange } from "../../url/url";

/** What was seen of rates since the page was loaded. */
const trails = new Trails();

type Props = {
  environment: string;
  list: ListPages<NodeItem>;
  nodes: NodeItem[];
  sort: Sort;
  resort: (sort: Sort) => void;
  empty: ReactNode;
};

export function NodeTable({ environment, list, nodes, sort, resort, empty }: Props) {
  const [seen, setSeen] = useState<string[]>([]);
  useWants({ topics: ["fleet_status", "metric_update"], nodeIds: seen, pipelineIds: null });
  return (
    <VirtualTable
      name="nodes"
      label="Nodes"
      columns={columns}
      rows={nodes}
      keyOf={({ id }) => id}
      sort={sort}
      resort={resort}
      more={list.more}
      seen={(ids) => {
        setSeen(ids);
        list.look(ids);
      }}
      isStale={list.isStale}
      empty={empty}
      row={(node, place) => (
        <NodeRow key={node.id} environment={environment} node={node} listedAt={list.listedAt(node.id)} place={place} />
      )}
    />
  );
}

const columns: Column<Sort>[] = [
  { name: "status", title: "Status", sort: "status" },
  { name: "name", title: "Name", sort: "name" },
  { name: "since", title: "For", sort: "statusSince", isNumber: true },
  { name: "pipelines", title: "Pipelines", isNumber: true },
  { name: "in", title: "In /s", isNumber: true },
  { name: "trail", title: "Lately" },
  { name: "out", title: "Out /s", isNumber: true },
  { name: "errors", title: "Errors /s", isNumber: true },
  { name: "cpu", title: "CPU" },
  { name: "memory", title: "Memory" },
  { name: "version", title: "Agent" },
  { name: "heard", title: "Heard", isNumber: true },
];

type RowProps = { environment: string; node: NodeItem; listedAt: number; place: RowPlace };

const NodeRow = memo(function NodeRow({ environment, node, listedAt, place }: RowProps) {
  const live = useLiveNode(node.id);
  const fresh = useFresh(ratesOf(live, node.instancesRunning));
  const status = statusOf(live, node.status, listedAt);
  const isSilent = status === "UNREACHABLE" || status === "UNKNOWN";
  const since = status === node.status ? millisOf(node.statusSince) : null;
  const heardBefore = millisOf(node.lastHeartbeatAt);
  const heardAt = live?.heardAt ? Math.max(live.heardAt, heardBefore ?? 0) : heardBefore;
  const rates: LiveRates | null = isSilent ? null : (fresh ?? node.rates);
  const eventsIn = rates?.eventsIn ?? null;
  const [trail, setTrail] = useState(() => trails.get(node.id));
  useEffect(() => {
    if (heardAt !== null) trails.note(node.id, { at: heardAt, value: eventsIn });
    setTrail(trails.get(node.id));
  }, [node.id, heardAt, eventsIn]);
  const isShort = !isSilent && node.instancesRunning < node.instances;
  const pipelines = node.instances === 0 ? NONE : `${isSilent ? NONE : node.instancesRunning} / ${node.instances}`;
  return (
    <Row place={place} status={status}>
      <Cell name="status">
        <Status status={shownStatusOf(status, node.maintenance)} />
      </Cell>
      <Cell name="name">
        <Link to={{ page: "node", environment, nodeId: node.id, range: usualRange }} title={node.name}>
          {node.name}
        </Link>
        {node.maintenance && isSilent && <small>in maintenance</small>}
        {node.host && node.host !== node.name && <small>{node.host}</small>}
      </Cell>
      <Cell name="since" isNumber>
        <Age since={since} />
      </Cell>
      <Cell name="pipelines" isNumber>
        <span className={isShort ? "short" : ""}>{pipelines}</span>
      </Cell>
      <Cell name="in" isNumber>
        <Rate of={eventsIn} />
      </Cell>
      <Cell name="trail">
        <Sparkline points={trail} label="Events in, lately" />
      </Cell>
      <Cell name="out" isNumber>
        <Rate of={rates?.eventsOut} />
      </Cell>
      <Cell name="errors" isNumber>
        <ErrorRate of={rates?.errors} />
      </Cell>
      <Cell name="cpu">
        <Gauge share={isSilent ? null : shareOf(node.cpuPercent, 100)} text={percent(node.cpuPercent)} />
      </Cell>
      <Cell name="memory">
        <Gauge
          share={isSilent ? null : shareOf(node.memoryUsedBytes, node.memoryTotalBytes)}
          text={bytes(node.memoryUsedBytes)}
          hint={`of ${bytes(node.memoryTotalBytes)}`}
        />
      </Cell>
      <Cell name="version">{node.agentVersion ?? NONE}</Cell>
      <Cell name="heard" isNumber>
        <span title={heardAt === null ? "" : exact(heardAt)}>
          <Ago at={heardAt} />
        </span>
      </Cell>
    </Row>
  );
});

const shareOf = (part: number | null, all: number | null) => (part === null || !all ? null : part / all);
