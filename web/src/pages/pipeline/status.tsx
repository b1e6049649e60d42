// The status of a pipeline as a whole. One that crashed somewhere runs elsewhere, so it says how many.

import type { PipelineItem } from "../../api/types";
import { count } from "../../format/numbers";
import { StatusMark, toneOf, wordOf } from "../../parts/status";
import { statusOf } from "./state";

export function PipelineStatus({ pipeline }: { pipeline: Pick<PipelineItem, "instances" | "deployedVersion"> }) {
  const { instances, deployedVersion } = pipeline;
  const status = statusOf(pipeline);
  const isNowhere = deployedVersion === null && instances.total === 0;
  return (
    <span className={`status ${toneOf(status)}`}>
      <StatusMark status={status} />
      <span>
        {isNowhere ? "Not deployed" : status === "CRASHED" ? `${count(instances.crashed)} crashed` : wordOf(status)}
      </span>
    </span>
  );
}
