// What a deploy changes, whom it reaches, and a word about why, before it is done.

import "./deploy-dialog.css";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { get, send } from "../../api/client";
import type { Difference } from "../../api/deployments";
import type { PipelineDetail } from "../../api/types";
import { ActionForm, Dialog } from "../../parts/dialog";
import { DiffCounts, DiffView } from "../../parts/diff-view";
import { Failure, Skeleton } from "../../parts/states";
import { currentPlace, go } from "../../url/place";
import { ComponentChanges } from "./component-changes";
import { labelsOf, selectorOf } from "./selector";
import { Target } from "./target";

export const CHANGELOG_CHARACTERS_MAX = 2_000;

export function DeployDialog({ pipeline, close }: { pipeline: PipelineDetail; close: () => void }) {
  const finish = useDeployed(pipeline.id);
  const [labels, setLabels] = useState(() => labelsOf(pipeline.nodeSelector ?? {}));
  const [changelog, setChangelog] = useState("");
  const next = pipeline.version + 1;
  const act = async () => {
    await send("POST", `/pipelines/${pipeline.id}/deploy`, { changelog, nodeSelector: selectorOf(labels) });
    finish();
  };
  return (
    <Dialog title={`Deploy ${pipeline.name} as version ${next}`} isOpen close={close} isWide>
      <ActionForm does={`Deploy version ${next}`} act={act} close={close}>
        <Changes pipeline={pipeline} />
        <Target pipeline={pipeline} labels={labels} change={setLabels} />
        <Changelog text={changelog} change={setChangelog} />
      </ActionForm>
    </Dialog>
  );
}

/** Leads to where the deploy can be watched, with everything it made old asked for again. */
export function useDeployed(pipelineId: string): () => void {
  const queries = useQueryClient();
  return () => {
    for (const queryKey of [
      ["pipeline", pipelineId],
      ["deployment", pipelineId],
      ["versions", pipelineId],
      ["pipelines"],
    ]) {
      void queries.invalidateQueries({ queryKey });
    }
    const { environment } = currentPlace();
    go({ page: "pipeline", environment, pipelineId, tab: "deployment", nodeId: "" });
  };
}

export function Changelog({ text, change }: { text: string; change: (text: string) => void }) {
  const id = useId();
  return (
    <div className="changelog">
      <label htmlFor={id}>What changes, and why</label>
      <textarea
        id={id}
        rows={2}
        maxLength={CHANGELOG_CHARACTERS_MAX}
        value={text}
        onChange={(event) => change(event.target.value)}
      />
    </div>
  );
}

function Changes({ pipeline }: { pipeline: PipelineDetail }) {
  const { id, version, deployedVersion } = pipeline;
  // What was taken off every node is compared with what ran there last.
  const from = deployedVersion ?? version;
  const difference = useQuery({
    queryKey: ["diff", id, String(from), "draft", pipeline.updatedAt],
    queryFn: ({ signal }) => get<Difference>(`/pipelines/${id}/diff`, { from, to: "draft" }, signal),
    enabled: from > 0,
  });
  if (from === 0) return <p className="muted">This is the first version: nothing runs it yet.</p>;
  if (difference.isPending) return <Skeleton rows={4} />;
  if (!difference.data) return <Failure problem={difference.error} retry={() => void difference.refetch()} />;
  const { hunks, components } = difference.data;
  if (hunks.length === 0) {
    return <p className="muted">The text is that of version {from}. A deploy makes it a new version all the same.</p>;
  }
  return (
    <div className="change-box">
      <div className="head-line">
        <b>Changes since version {from}</b>
        <DiffCounts hunks={hunks} />
        <ComponentChanges components={components} />
      </div>
      <DiffView label={`Changes since version ${from}`} hunks={hunks} />
    </div>
  );
}
