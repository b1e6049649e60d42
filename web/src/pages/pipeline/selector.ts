// Which nodes a deploy is for, as labels: a node has all of them. Without any, every node of the environment.

import { isLabel } from "../../url/url";

export type Selector = Record<string, string>;

export const labelsOf = (selector: Selector): string[] =>
  Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .sort();

export function selectorOf(labels: string[]): Selector {
  return Object.fromEntries(
    labels.map((label) => {
      const at = label.indexOf("=");
      return [label.slice(0, at), label.slice(at + 1)];
    }),
  );
}

/** The labels and one more, as it was typed; null when that is no label. A node has one value of a key, so does this. */
export function withLabel(labels: string[], typed: string): string[] | null {
  const text = typed.trim().replace(/\s*=\s*/, "=");
  return isLabel(text) ? labelsOf({ ...selectorOf(labels), ...selectorOf([text]) }) : null;
}

/** Labels for both: of two with different values of a key there is none. */
export function bothOf(one: Selector, other: Selector): Selector | null {
  const isAgainst = Object.entries(one).some(([key, value]) => Object.hasOwn(other, key) && other[key] !== value);
  return isAgainst ? null : { ...one, ...other };
}
