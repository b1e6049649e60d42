// The one view of a difference: both line numbers, a sign, and the line, with the part that changed in it.

import "./diff-view.css";

import { useState } from "react";
import type { Hunk } from "../api/deployments";
import { count } from "../format/numbers";
import { changedLines, type DiffRow, diffRows } from "./diff-rows";

/** More rows than this are drawn only when asked for. */
const ROWS_MAX = 1_000;

const signs = { context: "", added: "+", removed: "−" };
const words = { context: "", added: "added", removed: "removed" };

export function DiffView({ label, hunks }: { label: string; hunks: Hunk[] }) {
  const [isWhole, setIsWhole] = useState(false);
  const rows = diffRows(hunks);
  const shown = isWhole ? rows : rows.slice(0, ROWS_MAX);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys.
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls.
    <div className="diff" role="group" aria-label={label} tabIndex={0}>
      <table>
        <caption className="unseen">{label}</caption>
        <thead className="unseen">
          <tr>
            <th scope="col">Old line</th>
            <th scope="col">New line</th>
            <th scope="col">Change</th>
            <th scope="col">Text</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <DiffLineRow key={row.key} row={row} />
          ))}
        </tbody>
      </table>
      {shown.length < rows.length && (
        <button type="button" onClick={() => setIsWhole(true)}>
          Show {count(rows.length - shown.length)} more lines
        </button>
      )}
    </div>
  );
}

function DiffLineRow({ row }: { row: DiffRow }) {
  if (row.kind === "gap") {
    return (
      <tr className="gap">
        <td />
        <td />
        <td />
        <td>{row.hidden === 1 ? "1 line is the same" : `${count(row.hidden)} lines are the same`}</td>
      </tr>
    );
  }
  // Pieces of a line are told apart by where they begin.
  let at = 0;
  const pieces = row.spans.map((span) => {
    const key = at;
    at += span.text.length;
    return { ...span, key };
  });
  return (
    <tr className={row.kind}>
      <td>{row.oldLine}</td>
      <td>{row.newLine}</td>
      <td>
        <span aria-hidden="true">{signs[row.kind]}</span>
        <span className="unseen">{words[row.kind]}</span>
      </td>
      <td>{pieces.map(({ text, isChanged, key }) => (isChanged ? <b key={key}>{text}</b> : text))}</td>
    </tr>
  );
}

/** How much a difference is, in lines: `+3 −1`. */
export function DiffCounts({ hunks }: { hunks: Hunk[] }) {
  const { added, removed } = changedLines(hunks);
  return (
    <span className="diff-counts">
      <span className="unseen">
        {count(added)} lines added, {count(removed)} removed
      </span>
      <span aria-hidden="true">
        +{count(added)} −{count(removed)}
      </span>
    </span>
  );
}
