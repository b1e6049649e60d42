// Marks beside the lines of the editor that have a problem, and its colours.

import { RangeSet, StateEffect, StateField } from "@codemirror/state";
import { EditorView, GutterMarker, gutter } from "@codemirror/view";
import type { GraphProblem } from "../../api/types";

/** Replaces all marks. */
export const markProblems = StateEffect.define<GraphProblem[]>();

class ProblemMark extends GutterMarker {
  constructor(
    readonly severity: GraphProblem["severity"],
    readonly message: string,
  ) {
    super();
  }

  override eq(other: ProblemMark) {
    return other.severity === this.severity && other.message === this.message;
  }

  override toDOM() {
    const mark = document.createElement("i");
    mark.className = `problem-mark ${this.severity}`;
    mark.title = this.message;
    return mark;
  }
}

const marks = StateField.define<RangeSet<GutterMarker>>({
  create: () => RangeSet.empty,
  update(old, transaction) {
    let kept = old.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(markProblems)) continue;
      const { doc } = transaction.state;
      // One mark for a line: its first error, or else its first warning.
      const worst = new Map<number, GraphProblem>();
      for (const problem of effect.value) {
        const line = Math.min(Math.max(1, problem.line), doc.lines);
        if (!worst.has(line) || (problem.severity === "error" && worst.get(line)?.severity === "warning")) {
          worst.set(line, problem);
        }
      }
      const placed = [...worst].map(([line, { severity, message }]) =>
        new ProblemMark(severity, message).range(doc.line(line).from),
      );
      kept = RangeSet.of(placed, true);
    }
    return kept;
  },
});

export const problemGutter = [
  marks,
  gutter({
    class: "cm-problems",
    markers: (view) => view.state.field(marks),
    initialSpacer: () => new ProblemMark("warning", ""),
  }),
];

export const editorTheme = EditorView.theme({
  "&": { height: "100%", backgroundColor: "transparent", color: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { font: "12.5px / 20px var(--mono)", fontVariantLigatures: "none" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-line": { padding: "0 12px 0 4px" },
  ".cm-cursor": { borderLeftColor: "var(--text)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--raised)", color: "var(--muted)", border: "0" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 4px 0 12px", minWidth: "40px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine, &.cm-focused .cm-activeLineGutter": {
    backgroundColor: "color-mix(in oklab, var(--sunken) 70%, transparent)",
  },
  "&.cm-focused .cm-activeLineGutter": { color: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--flash)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--accent-wash)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--flash)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "transparent" },
  ".cm-lintRange": { backgroundImage: "none", textDecoration: "underline wavy 1px", textUnderlineOffset: "3px" },
  ".cm-lintRange-error": { textDecorationColor: "var(--degraded)" },
  ".cm-lintRange-warning": { textDecorationColor: "var(--unknown)" },
  ".cm-tooltip": {
    maxWidth: "min(520px, 90vw)",
    border: "1px solid var(--line)",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--raised)",
    color: "var(--text)",
    boxShadow: "var(--shadow)",
  },
  ".cm-diagnostic": { padding: "6px 10px", font: "13px / 18px var(--sans)", borderLeft: "3px solid var(--unknown)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--degraded)" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)" },
  ".cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-searchMatch": { backgroundColor: "var(--accent-wash)", outline: "1px solid var(--accent)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--flash)" },
});
