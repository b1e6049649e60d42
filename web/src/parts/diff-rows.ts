// What a difference between two texts shows, row by row: the lines, how many are left out between them, and which
// part of a line is new.

import type { DiffLine, Hunk } from "../api/deployments";

/** A piece of a line; `isChanged` where the line differs from the one it took the place of. */
export type Span = { text: string; isChanged: boolean };

export type DiffRow = { key: string } & ({ kind: "gap"; hidden: number } | (DiffLine & { spans: Span[] }));

/** Less than this part of a line in common, and it is another line, not a changed one. */
const COMMON_PART_MIN = 0.3;

export function diffRows(hunks: Hunk[]): DiffRow[] {
  const rows: DiffRow[] = [];
  let lastOld = 0;
  for (const { lines } of hunks) {
    const firstOld = lines.find(({ oldLine }) => oldLine !== null)?.oldLine ?? lastOld + 1;
    const hidden = firstOld - lastOld - 1;
    if (hidden > 0) rows.push({ kind: "gap", key: `gap ${firstOld}`, hidden });
    lastOld = lines.findLast(({ oldLine }) => oldLine !== null)?.oldLine ?? lastOld;
    const partners = partnersOf(lines);
    for (const [index, line] of lines.entries()) {
      const partner = lines[partners.get(index) ?? -1];
      const spans = partner ? spansOf(line.text, partner.text) : whole(line.text);
      rows.push({ ...line, key: `${line.oldLine ?? ""} ${line.newLine ?? ""}`, spans });
    }
  }
  return rows;
}

export function changedLines(hunks: Hunk[]): { added: number; removed: number } {
  const kinds = hunks.flatMap(({ lines }) => lines.map(({ kind }) => kind));
  return {
    added: kinds.filter((kind) => kind === "added").length,
    removed: kinds.filter((kind) => kind === "removed").length,
  };
}

/** Lines that took each other's place: as many added as were removed right before. */
function partnersOf(lines: DiffLine[]): Map<number, number> {
  const partners = new Map<number, number>();
  let index = 0;
  while (index < lines.length) {
    const removed = runOf(lines, index, "removed");
    const added = runOf(lines, index + removed, "added");
    if (removed === added) {
      for (let step = 0; step < removed; step++) {
        partners.set(index + step, index + removed + step);
        partners.set(index + removed + step, index + step);
      }
    }
    index += Math.max(1, removed + added);
  }
  return partners;
}

function runOf(lines: DiffLine[], from: number, kind: DiffLine["kind"]): number {
  let length = 0;
  while (lines[from + length]?.kind === kind) length++;
  return length;
}

/** The line in at most three pieces: what both begin with, what differs, what both end with. */
function spansOf(text: string, other: string): Span[] {
  const [own, others] = [[...text], [...other]];
  const most = Math.min(own.length, others.length);
  let before = 0;
  while (before < most && own[before] === others[before]) before++;
  let after = 0;
  while (after < most - before && own.at(-1 - after) === others.at(-1 - after)) after++;
  const inCommon = text.trim() === "" ? 0 : before + after - indentOf(text);
  if (inCommon < (own.length - indentOf(text)) * COMMON_PART_MIN) return whole(text);
  const pieces = [
    { text: own.slice(0, before).join(""), isChanged: false },
    { text: own.slice(before, own.length - after).join(""), isChanged: true },
    { text: own.slice(own.length - after).join(""), isChanged: false },
  ];
  return pieces.filter((piece) => piece.text !== "");
}

const indentOf = (text: string) => text.length - text.trimStart().length;
const whole = (text: string): Span[] => (text === "" ? [] : [{ text, isChanged: false }]);
