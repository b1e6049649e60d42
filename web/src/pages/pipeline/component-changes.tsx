// Which components a difference is about.

import type { Difference } from "../../api/deployments";

const NAMES_MAX = 6;

export function ComponentChanges({ components }: Pick<Difference, "components">) {
  if (!components) return null;
  const groups = [
    { word: "new", names: components.added },
    { word: "changed", names: components.changed },
    { word: "gone", names: components.removed },
  ].filter(({ names }) => names.length > 0);
  if (groups.length === 0) return <span className="muted">No component changes.</span>;
  return (
    <span className="component-changes">
      {groups.map(({ word, names }) => (
        <span key={word}>
          <span className="muted">{word}</span>{" "}
          {names.slice(0, NAMES_MAX).map(({ kind, id }, index) => (
            <span key={`${kind} ${id}`}>
              {index > 0 && ", "}
              <code>{id}</code>
            </span>
          ))}
          {names.length > NAMES_MAX && <span className="muted"> and {names.length - NAMES_MAX} more</span>}
        </span>
      ))}
    </span>
  );
}
