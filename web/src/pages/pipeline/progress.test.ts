import { expect, it } from "vitest";
import type { DeploymentItem } from "../../api/deployments";
import { nobody, sentenceOf, standingOf, standingOfRollout, troubleFirst } from "./progress";

/** `desired version status progress`, a dash for none. */
function items(...rows: string[]): DeploymentItem[] {
  return rows.map((row, index) => {
    const [desired, version, status, progress] = row.split(" ").map((word) => (word === "-" ? null : word));
    return {
      nodeId: `n${index}`,
      nodeName: `node-${index}`,
      nodeStatus: "HEALTHY",
      maintenance: false,
      pipelineId: "p",
      desiredVersion: desired ? Number(desired) : null,
      version: version ? Number(version) : null,
      status: status ?? null,
      statusSince: null,
      updatedAt: null,
      versionDrift: false,
      configDrift: null,
      progress: progress ?? null,
    };
  });
}

const fine = (many: number) => Array.from({ length: many }, () => "3 3 RUNNING -");

it.each<[string, number | null, string[], string]>([
  ["all of them", 3, fine(14), "All 14 nodes run version 3"],
  ["the only one", 3, fine(1), "The one node runs version 3"],
  ["none is to", null, [], "No node is to run it"],
  ["none is picked", 3, [], "No node is to run it"],
  [
    "a deploy that went wrong",
    3,
    [...fine(12), "3 3 CRASHED DEPLOY_FAILED", "3 2 RUNNING DEPLOY_TIMED_OUT"],
    "12 of 14 nodes run version 3; 1 failed; 1 timed out",
  ],
  [
    "one under way",
    3,
    [...fine(1), "3 2 RUNNING DEPLOYING", "3 - - DEPLOYING"],
    "1 of 3 nodes runs version 3; 2 to go",
  ],
  ["it crashed later", 3, [...fine(2), "3 3 CRASH_LOOP -"], "2 of 3 nodes run version 3; 1 crashed"],
  [
    "a silent node runs nothing that is known",
    3,
    [...fine(1), "3 3 - -"],
    "1 of 2 nodes runs version 3; 1 says nothing",
  ],
  ["another version by hand", 3, [...fine(1), "3 2 RUNNING -"], "1 of 2 nodes runs version 3; 1 runs another version"],
  ["stopped", 3, ["3 3 STOPPED -", "3 3 STARTING -"], "0 of 2 nodes run version 3; 2 do not run now"],
  ["taken off, and still there", null, ["- 3 RUNNING -"], "No node is to run it; 1 still runs it"],
])("%s", (_, version, rows, expected) => {
  expect(sentenceOf(version, standingOf(items(...rows)))).toBe(expected);
});

it("counts as the server does while a deploy is under way", () => {
  const rollout = { beganAt: "", waiting: 2, running: 1_204, failed: 1, timedOut: 0 };
  expect(sentenceOf(4, standingOfRollout(rollout))).toBe("1,204 of 1,207 nodes run version 4; 2 to go; 1 failed");
  expect(standingOfRollout(rollout)).toEqual({ ...nobody, waiting: 2, running: 1_204, failed: 1 });
});

it("shows trouble first, and moves nothing else", () => {
  const rows = items(
    "3 3 RUNNING -",
    "3 2 RUNNING DEPLOYING",
    "3 3 CRASHED -",
    "3 3 - -",
    "3 2 RUNNING -",
    "3 3 STARTING -",
  );
  expect(troubleFirst(rows).map(({ nodeId }) => nodeId)).toEqual(["n2", "n4", "n0", "n1", "n3", "n5"]);
});
