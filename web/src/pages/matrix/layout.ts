// What the matrix of deployments shows: which pipelines and nodes, what stands where they meet, and where keys lead.

import type { DeploymentCell, DeploymentNode, MatrixNode } from "../../api/deployments";
import { wordOf } from "../../parts/status";
import type { MatrixFilter } from "../../url/url";

export type Cell = Omit<DeploymentCell, "pipelineId" | "statusSince" | "updatedAt">;

/** A node with its pipelines by id. */
export type Column = DeploymentNode & { cells: ReadonlyMap<string, Cell> };

export type Line = { id: string; name: string };

export type Layout = { lines: Line[]; columns: Column[] };

export const columnOf = ({ pipelines, ...node }: MatrixNode): Column => ({
  ...node,
  cells: new Map(pipelines.map(({ pipelineId, statusSince: _, updatedAt: __, ...cell }) => [pipelineId, cell])),
});

export const isDrifted = ({ versionDrift, configDrift }: Cell) => versionDrift || configDrift === true;

/** Where a deploy stands says more than what the process does meanwhile. */
export const statusOfCell = ({ progress, status }: Cell) => progress ?? status;

/**
 * Words narrow pipelines when they are in the name of one, and nodes when they are in the name of one; in neither,
 * nothing is left. Drift leaves what has some.
 */
export function layoutOf(columns: Column[], lines: Line[], { text, isDrifted: isNarrow }: MatrixFilter): Layout {
  const word = text.trim().toLowerCase();
  const namedLines = lines.filter(({ name }) => name.toLowerCase().includes(word));
  const namedColumns = columns.filter(({ nodeName }) => nodeName.toLowerCase().includes(word));
  if (namedLines.length === 0 && namedColumns.length === 0) return { lines: [], columns: [] };
  const keptLines = namedLines.length === 0 ? lines : namedLines;
  const keptColumns = namedColumns.length === 0 ? columns : namedColumns;
  if (!isNarrow) return { lines: keptLines, columns: keptColumns };
  const drifted = (line: Line, column: Column) => {
    const cell = column.cells.get(line.id);
    return cell !== undefined && isDrifted(cell);
  };
  return {
    lines: keptLines.filter((line) => keptColumns.some((column) => drifted(line, column))),
    columns: keptColumns.filter((column) => keptLines.some((line) => drifted(line, column))),
  };
}

const NAME_CHARACTERS_MAX = 17;

/** A name as its column has room for it: hosts differ at their ends. */
export function shortName(name: string): string {
  const characters = [...name];
  if (characters.length <= NAME_CHARACTERS_MAX) return name;
  return `${characters.slice(0, 6).join("")}…${characters.slice(-10).join("")}`;
}

/** How high the heads of the columns are, whose names stand upright. */
export function headPixelsOf(columns: Column[]): number {
  const longest = columns.reduce((most, { nodeName }) => Math.max(most, [...shortName(nodeName)].length), 0);
  return 48 + Math.ceil(longest * 7);
}

/** A cell for whoever cannot see it. */
export function wordsOf(line: Line, column: Column): string {
  const cell = column.cells.get(line.id);
  const where = `${line.name} on ${column.nodeName}`;
  if (!cell) return `${where}: not deployed`;
  const { desiredVersion, version, configDrift } = cell;
  const parts = [wordOf(statusOfCell(cell)).toLowerCase()];
  parts.push(version === null ? "reports no version" : `version ${version}`);
  if (desiredVersion === null) parts.push("is not to run it");
  else if (desiredVersion !== version) parts.push(`is to run version ${desiredVersion}`);
  if (configDrift) parts.push("its text is another");
  if (isDrifted(cell)) parts.push("drifted");
  return `${where}: ${parts.join(", ")}`;
}

/** A cell; the names above and beside the cells are at -1. */
export type Spot = { line: number; column: number };

/** Where a key leads from a cell or a name; null: it leads nowhere. */
export function stepOf(key: string, withControl: boolean, at: Spot, size: Spot, page: number): Spot | null {
  const last = { line: size.line - 1, column: size.column - 1 };
  const to = (line: number, column: number): Spot | null => {
    const spot = { line: Math.max(-1, Math.min(last.line, line)), column: Math.max(-1, Math.min(last.column, column)) };
    // Nothing is in the corner.
    return spot.line === -1 && spot.column === -1 ? null : spot;
  };
  switch (key) {
    case "ArrowDown":
      return to(at.line + 1, at.column);
    case "ArrowUp":
      return to(at.line - 1, at.column);
    case "ArrowRight":
      return to(at.line, at.column + 1);
    case "ArrowLeft":
      return to(at.line, at.column - 1);
    case "PageDown":
      return to(at.line + page, at.column);
    case "PageUp":
      return to(Math.max(0, at.line - page), at.column);
    case "Home":
      return to(withControl ? 0 : at.line, 0);
    case "End":
      return to(withControl ? last.line : at.line, last.column);
    default:
      return null;
  }
}

/** A cell's place as its element carries it; null when that is none. */
export function spotOf(text: string | undefined): Spot | null {
  const [line, column] = text?.split(" ").map(Number) ?? [];
  return Number.isInteger(line) && Number.isInteger(column) ? ({ line, column } as Spot) : null;
}

/** Rows or columns are drawn by so many at once, so that most of a scroll draws nothing. */
const STEP = 4;

/** What is drawn for what is in view, from the first up to the one after the last. */
export function spanOf(items: { index: number }[], count: number): { from: number; to: number } {
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? -1];
  return { from: Math.floor(first / STEP) * STEP, to: Math.min(count, Math.ceil((last + 1) / STEP) * STEP) };
}
