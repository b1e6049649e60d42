// The one sentence that says how the fleet is.

import type { Summary } from "../../api/types";
import { count } from "../../format/numbers";

export function sentenceOf({ total, healthy, degraded, unreachable, unknown }: Summary["nodes"]): string {
  const troubled = degraded + unreachable;
  const nodes = total === 1 ? "node" : "nodes";
  if (troubled > 0 && total === 1) return "The one node needs attention";
  if (troubled > 0) {
    return `${count(troubled)} of ${count(total)} ${nodes} ${troubled === 1 ? "needs" : "need"} attention`;
  }
  // Who enrolled and was never heard is neither well nor troubled.
  if (unknown === total)
    return total === 1 ? "The one node was not heard yet" : `None of ${count(total)} nodes was heard yet`;
  if (unknown > 0)
    return `${count(healthy)} of ${count(total)} nodes are well, ${count(unknown)} ${unknown === 1 ? "was" : "were"} not heard yet`;
  return total === 1 ? "The one node is well" : `All ${count(total)} nodes are well`;
}
