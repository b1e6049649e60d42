// The part of a configuration that is about one component.

import type { Graph, GraphComponent } from "../../api/types";

const indentOf = (line: string) => line.length - line.trimStart().length;

/** The lines of a component, without the comments and empty lines behind it. */
export function pieceOf(config: string, format: Graph["format"], { line, column }: GraphComponent): string {
  const lines = config.split(/\r?\n/);
  const first = lines[line - 1];
  if (first === undefined) return "";
  const rest = lines.slice(line);
  const isOver =
    format === "toml" ? isOtherTable(first.trim()) : (text: string) => text.trim() !== "" && indentOf(text) < column;
  const end = rest.findIndex(isOver);
  const piece = [first, ...(end === -1 ? rest : rest.slice(0, end))];
  const isIdle = (text: string | undefined) => text !== undefined && /^\s*(#.*)?$/.test(text);
  while (piece.length > 1 && isIdle(piece.at(-1))) piece.pop();
  const indent = Math.min(...piece.filter((text) => text.trim() !== "").map(indentOf));
  return piece.map((text) => text.slice(indent)).join("\n");
}

/** A table ends where the next begins, unless that is a table within it. */
function isOtherTable(header: string): (line: string) => boolean {
  const name = /^\[+\s*([^\]]+?)\s*\]+/.exec(header)?.[1];
  return (line) => {
    const next = /^\s*\[+\s*([^\]]+?)\s*\]+/.exec(line)?.[1];
    return next !== undefined && !(name !== undefined && next.startsWith(`${name}.`));
  };
}
