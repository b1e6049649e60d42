// Every node of a fleet as a number, so that a hundred thousand of them are a few arrays. Changes of status are written
// in place.

import type { NodeStatus } from "../url/url";

export type WallAnswer = {
  groups: { value: string | null; nodes: { ids: string[]; names: string[]; statuses: string } }[];
  labelKeys: string[];
};

/** What is worse is drawn later, over what is well. */
export const CODES = ["HEALTHY", "UNKNOWN", "DEGRADED", "UNREACHABLE"] as const satisfies readonly NodeStatus[];

const letters = new Map<string, number>([
  ["H", 0],
  ["N", 1],
  ["D", 2],
  ["U", 3],
]);
const UNKNOWN = 1;

const names: readonly string[] = CODES;

type WallGroup = { value: string | null; first: number; count: number };

export class WallCells {
  /** Since when, of those that changed since they were loaded. */
  readonly changedAt = new Map<number, number>();
  private readonly indexes: Map<string, number>;

  private constructor(
    readonly ids: readonly string[],
    readonly names: readonly string[],
    readonly codes: Uint8Array,
    readonly groups: readonly WallGroup[],
  ) {
    this.indexes = new Map(ids.map((id, index) => [id, index]));
  }

  static of({ groups }: WallAnswer): WallCells {
    const codes = new Uint8Array(groups.reduce((sum, { nodes }) => sum + nodes.ids.length, 0));
    let first = 0;
    const placed = groups.map(({ value, nodes }) => {
      for (const [index, letter] of [...nodes.statuses].entries()) {
        if (index < nodes.ids.length) codes[first + index] = letters.get(letter) ?? UNKNOWN;
      }
      const group = { value, first, count: nodes.ids.length };
      first += group.count;
      return group;
    });
    return new WallCells(
      groups.flatMap(({ nodes }) => nodes.ids),
      groups.flatMap(({ nodes }) => nodes.names),
      codes,
      placed.filter(({ count }) => count > 0),
    );
  }

  get count() {
    return this.ids.length;
  }

  statusOf(index: number): NodeStatus {
    return CODES[this.codes[index] ?? UNKNOWN] ?? "UNKNOWN";
  }

  groupOf(index: number): WallGroup | undefined {
    return this.groups.find(({ first, count }) => index >= first && index < first + count);
  }

  /** Writes a status; false when the node is not here, or has it already. */
  set(nodeId: string, status: string, at: number | null): boolean {
    const index = this.indexes.get(nodeId);
    const code = names.indexOf(status);
    if (index === undefined || code < 0 || this.codes[index] === code) return false;
    this.codes[index] = code;
    if (at !== null) this.changedAt.set(index, at);
    else this.changedAt.delete(index);
    return true;
  }

  has(nodeId: string) {
    return this.indexes.has(nodeId);
  }

  /** Whether a wall of one status gains or loses a node by a change. */
  isMovedBy(nodeId: string, toStatus: string, shown: NodeStatus): boolean {
    return this.has(nodeId) !== (toStatus === shown);
  }

  /** How many of a group are of each status, in the order of `CODES`. */
  countsOf({ first, count }: WallGroup): number[] {
    const counts = CODES.map(() => 0);
    for (let index = first; index < first + count; index++) {
      const code = this.codes[index] ?? UNKNOWN;
      counts[code] = (counts[code] ?? 0) + 1;
    }
    return counts;
  }
}
