// How far a version has come, in nodes, and the sentence that says so.

import type { DeploymentItem } from "../../api/deployments";
import type { Rollout } from "../../api/types";
import { count } from "../../format/numbers";
import { toneOf } from "../../parts/status";

/** The nodes that are to run a pipeline, each counted once; `strays` run it and are not to. */
export type Standing = {
  running: number;
  waiting: number;
  failed: number;
  timedOut: number;
  crashed: number;
  idle: number;
  otherVersion: number;
  silent: number;
  strays: number;
};

export const nobody: Standing = {
  running: 0,
  waiting: 0,
  failed: 0,
  timedOut: 0,
  crashed: 0,
  idle: 0,
  otherVersion: 0,
  silent: 0,
  strays: 0,
};

export function standingOf(items: DeploymentItem[]): Standing {
  const standing = { ...nobody };
  for (const item of items) standing[placeOf(item)]++;
  return standing;
}

/** While a deploy is under way the server counts, also where not every node is loaded. */
export const standingOfRollout = ({ waiting, running, failed, timedOut }: Rollout): Standing => ({
  ...nobody,
  waiting,
  running,
  failed,
  timedOut,
});

function placeOf({ desiredVersion, version, status, progress }: DeploymentItem): keyof Standing {
  if (desiredVersion === null) return "strays";
  if (progress === "DEPLOYING") return "waiting";
  if (progress === "DEPLOY_FAILED") return "failed";
  if (progress === "DEPLOY_TIMED_OUT") return "timedOut";
  // What a silent node ran when it was heard last is not what it runs now.
  if (version === null || status === null) return "silent";
  if (version !== desiredVersion) return "otherVersion";
  if (status === "RUNNING") return "running";
  return toneOf(status) === "degraded" ? "crashed" : "idle";
}

const troubles: ReadonlySet<keyof Standing> = new Set(["failed", "timedOut", "crashed", "otherVersion", "strays"]);

const isTrouble = (item: DeploymentItem) => troubles.has(placeOf(item)) || item.configDrift === true;

/** Nodes with trouble come first; all others stay where they are while they follow a deploy. */
export const troubleFirst = (items: DeploymentItem[]): DeploymentItem[] => [
  ...items.filter(isTrouble),
  ...items.filter((item) => !isTrouble(item)),
];

export const totalOf = ({ strays: _, ...rest }: Standing) => Object.values(rest).reduce((sum, nodes) => sum + nodes, 0);

export function sentenceOf(version: number | null, standing: Standing): string {
  const total = totalOf(standing);
  const { running, waiting, failed, timedOut, crashed, idle, otherVersion, silent, strays } = standing;
  const nodes = (many: number) => `${count(many)} ${many === 1 ? "node" : "nodes"}`;
  const head =
    version === null || total === 0
      ? "No node is to run it"
      : running === total
        ? total === 1
          ? `The one node runs version ${version}`
          : `All ${nodes(total)} run version ${version}`
        : `${count(running)} of ${nodes(total)} ${running === 1 ? "runs" : "run"} version ${version}`;
  const parts: [number, string][] = [
    [waiting, `${count(waiting)} to go`],
    [failed, `${count(failed)} failed`],
    [timedOut, `${count(timedOut)} timed out`],
    [crashed, `${count(crashed)} crashed`],
    [otherVersion, `${count(otherVersion)} ${otherVersion === 1 ? "runs" : "run"} another version`],
    [idle, `${count(idle)} ${idle === 1 ? "does" : "do"} not run now`],
    [silent, `${count(silent)} ${silent === 1 ? "says" : "say"} nothing`],
    [strays, `${count(strays)} still ${strays === 1 ? "runs" : "run"} it`],
  ];
  return [head, ...parts.filter(([many]) => many > 0).map(([, text]) => text)].join("; ");
}
