// The editor of a configuration. It is loaded with the tab that has it.

import "./editor.css";

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, indentUnit, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Text } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import type { GraphProblem } from "../../api/types";
import { editorTheme, markProblems, problemGutter } from "./editor-marks";
import { endOf, offsetOf } from "./places";

/** Where somebody wants to go in the text; another object is another wish. */
export type Spot = { line: number; column: number };

type Props = {
  label: string;
  text: string;
  format: "yaml" | "toml";
  problems: GraphProblem[];
  spot: Spot | null;
  isReadOnly: boolean;
  change: (text: string) => void;
  save: () => void;
};

const languages = { yaml: () => yaml(), toml: () => StreamLanguage.define(toml) };

export default function Editor({ label, text, format, problems, spot, isReadOnly, change, save }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const told = useRef({ change, save });
  told.current = { change, save };
  const first = useRef({ text, format, label, isReadOnly });
  const language = useRef(new Compartment());
  const access = useRef(new Compartment());

  useEffect(() => {
    if (!place.current) return;
    const begin = first.current;
    const made = new EditorView({
      parent: place.current,
      doc: begin.text,
      extensions: [
        lineNumbers(),
        problemGutter,
        history(),
        drawSelection(),
        indentOnInput(),
        indentUnit.of("  "),
        EditorState.tabSize.of(2),
        bracketMatching(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        highlightSelectionMatches(),
        search({ top: true }),
        syntaxHighlighting(classHighlighter),
        language.current.of(languages[begin.format]()),
        access.current.of(accessOf(begin.isReadOnly)),
        EditorView.contentAttributes.of({
          "aria-label": begin.label,
          "aria-describedby": "editor-hint",
          tabindex: "0",
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) told.current.change(update.state.doc.toString());
        }),
        keymap.of([
          {
            key: "Mod-s",
            preventDefault: true,
            run: () => {
              told.current.save();
              return true;
            },
          },
          ...defaultKeymap,
          ...searchKeymap,
          ...historyKeymap,
          indentWithTab,
        ]),
        editorTheme,
      ],
    });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    const shown = view.current?.state.doc;
    if (!shown || shown.toString() === text) return;
    view.current?.dispatch({ changes: { from: 0, to: shown.length, insert: text } });
  }, [text]);

  useEffect(() => {
    view.current?.dispatch({ effects: language.current.reconfigure(languages[format]()) });
  }, [format]);

  useEffect(() => {
    view.current?.dispatch({ effects: access.current.reconfigure(accessOf(isReadOnly)) });
  }, [isReadOnly]);

  useEffect(() => {
    const state = view.current?.state;
    if (!state) return;
    const marks = problems.map((problem) => markOf(state.doc, problem));
    view.current?.dispatch(setDiagnostics(state, marks), { effects: markProblems.of(problems) });
  }, [problems]);

  useEffect(() => {
    if (!spot || !view.current) return;
    const { from } = rangeOf(view.current.state.doc, spot);
    view.current.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    view.current.focus();
  }, [spot]);

  return <div className="editor" ref={place} />;
}

const accessOf = (isReadOnly: boolean) => [
  EditorState.readOnly.of(isReadOnly),
  EditorView.contentAttributes.of({ "aria-readonly": String(isReadOnly) }),
];

function rangeOf(text: Text, { line, column }: Spot): { from: number; to: number } {
  const found = text.line(Math.min(Math.max(1, line), text.lines));
  const from = offsetOf(found.text, column);
  return { from: found.from + from, to: found.from + endOf(found.text, from) };
}

const markOf = (text: Text, { severity, message, ...spot }: GraphProblem): Diagnostic => ({
  ...rangeOf(text, spot),
  severity,
  message,
});
