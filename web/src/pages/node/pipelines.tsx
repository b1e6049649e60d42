// What a node runs, with its live rates.

import { useState } from "react";
import { send } from "../../api/client";
import type { Instance, NodeDetail } from "../../api/types";
import { type LiveNode, statusOf } from "../../cache/live";
import { latency, NONE } from "../../format/numbers";
import { age } from "../../format/times";
import { ActionForm, Dialog } from "../../parts/dialog";
import { useFresh } from "../../parts/fresh";
import { Icon } from "../../parts/icons";
import { Action, Menu } from "../../parts/menu";
import { ErrorRate, Rate } from "../../parts/rate";
import { Status } from "../../parts/status";
import { useLiveNode } from "../../shell/live";
import { useRights } from "../../shell/rights";
import { Link } from "../../url/place";
import type { PlaceOf } from "../../url/url";

type Props = { node: NodeDetail; listedAt: number; place: PlaceOf<"node"> };

export function Pipelines({ node, listedAt, place }: Props) {
  const live = useLiveNode(node.id);
  const isSilent = statusOf(live, node.status, listedAt) === "UNREACHABLE";
  const { mayAdminister } = useRights(node.environmentId);
  const [restarting, setRestarting] = useState<Instance | null>(null);
  return (
    <section className="card" aria-labelledby="runs">
      <h2 id="runs">Pipelines</h2>
      <table className="pipelines">
        <thead>
          <tr>
            <th scope="col">Pipeline</th>
            <th scope="col">Status</th>
            <th scope="col" className="number wide">
              Version
            </th>
            <th scope="col" className="number">
              In /s
            </th>
            <th scope="col" className="number">
              Out /s
            </th>
            <th scope="col" className="number wide">
              Errors /s
            </th>
            <th scope="col" className="number wide">
              Latency
            </th>
            <th scope="col" className="number wide">
              Up
            </th>
            {mayAdminister && (
              <th scope="col" className="acts">
                <span className="unseen">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {node.pipelines.map((pipeline) => (
            <PipelineRow
              key={pipeline.pipelineId}
              place={place}
              pipeline={pipeline}
              live={live}
              isSilent={isSilent}
              restart={mayAdminister ? () => setRestarting(pipeline) : null}
            />
          ))}
          {node.pipelines.length === 0 && (
            <tr>
              <td colSpan={9} className="muted">
                {node.maintenance ? "It is in maintenance, and runs nothing." : "It runs no pipeline."}
              </td>
            </tr>
          )}
        </tbody>
      </table>
      <Dialog title="Restart a pipeline" isOpen={restarting !== null} close={() => setRestarting(null)}>
        <ActionForm
          does="Restart"
          act={() => send("POST", `/nodes/${node.id}/action`, { type: "restart", pipelineId: restarting?.pipelineId })}
          close={() => setRestarting(null)}
        >
          <p>
            {restarting?.pipelineName ?? restarting?.pipelineId} stops on {node.name} and starts again. Events that are
            in its memory may be lost. Other nodes go on.
          </p>
        </ActionForm>
      </Dialog>
    </section>
  );
}

type RowProps = {
  place: PlaceOf<"node">;
  pipeline: Instance;
  live: LiveNode | undefined;
  isSilent: boolean;
  restart: (() => void) | null;
};

function PipelineRow({ place, pipeline, live, isSilent, restart }: RowProps) {
  const { environment, nodeId } = place;
  const { pipelineId, pipelineName, status, version, latencyMeanMs, uptimeSeconds } = pipeline;
  const fresh = useFresh(live?.pipelines.get(pipelineId));
  const isDark = isSilent || status === null;
  const rates = isDark ? null : (fresh ?? pipeline.rates);
  return (
    <tr>
      <td title={pipelineId}>
        <Link to={{ page: "pipeline", environment, pipelineId, tab: "graph", nodeId }}>
          {pipelineName ?? pipelineId}
        </Link>
      </td>
      <td>
        <Status status={isDark ? null : status} />
      </td>
      <td className="number wide">{version ?? NONE}</td>
      <td className="number">
        <Rate of={rates?.eventsIn} />
      </td>
      <td className="number">
        <Rate of={rates?.eventsOut} />
      </td>
      <td className="number wide">
        <ErrorRate of={rates?.errors} />
      </td>
      <td className="number wide">{isDark ? NONE : latency(latencyMeanMs)}</td>
      <td className="number wide">{isDark || uptimeSeconds === null ? NONE : age(uptimeSeconds * 1_000)}</td>
      {restart && (
        <td className="acts">
          <Menu name={`Actions on ${pipelineName ?? pipelineId}`} button={<Icon name="more" />}>
            <Action act={restart}>Restart</Action>
          </Menu>
        </td>
      )}
    </tr>
  );
}
