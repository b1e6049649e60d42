// What is wrong with a text, each with a link to its place.

import { count } from "../../format/numbers";
import { StatusMark } from "../../parts/status";
import type { Spot } from "./editor";
import type { Check } from "./use-check";

/** Who has more reads the first ones. */
const SHOWN_MAX = 100;

const many = (number: number, word: string) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;

export function Problems({ check, show }: { check: Check; show: (spot: Spot) => void }) {
  const { graph, failure, isBehind } = check;
  const problems = graph?.problems ?? [];
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  const parts = [errors > 0 && many(errors, "error"), warnings > 0 && many(warnings, "warning")].filter(Boolean);
  const sentence = failure
    ? `It could not be checked. ${failure}`
    : graph === null
      ? "Checking…"
      : parts.length === 0
        ? "No problems found"
        : parts.join(", ");
  return (
    <section className="problems" aria-label="Problems" data-stale={isBehind}>
      <p className="problems-head">
        <StatusMark
          status={failure || graph === null ? null : errors > 0 ? "DEGRADED" : warnings > 0 ? null : "HEALTHY"}
        />
        <span role="status">{sentence}</span>
        <span className="space" />
        <small id="editor-hint" className="wide">
          Tab indents; Escape, then Tab leaves the text
        </small>
      </p>
      {problems.length > 0 && (
        <ol>
          {problems.slice(0, SHOWN_MAX).map((problem) => (
            <li key={`${problem.line} ${problem.column} ${problem.message}`}>
              <button
                type="button"
                className="quiet"
                onClick={() => show({ line: problem.line, column: problem.column })}
              >
                <i className={`problem-mark ${problem.severity}`} aria-hidden="true" />
                <span className="unseen">{problem.severity} at line</span>
                <code>
                  {problem.line}:{problem.column}
                </code>
                <span className="message">{problem.message}</span>
              </button>
            </li>
          ))}
          {problems.length > SHOWN_MAX && <li className="muted">and {count(problems.length - SHOWN_MAX)} more</li>}
        </ol>
      )}
    </section>
  );
}
