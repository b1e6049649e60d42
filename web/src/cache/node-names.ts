// Names of nodes that lists told, for events, which carry ids alone.

const NODE_NAMES_MAX = 50_000;

const nodeNames = new Map<string, string>();

export function noteNodeNames(items: { id: string; name: string }[]) {
  for (const { id, name } of items) if (nodeNames.has(id) || nodeNames.size < NODE_NAMES_MAX) nodeNames.set(id, name);
}

/** The next person may not be let know them. */
export const forgetNodeNames = () => nodeNames.clear();

export const nodeNameOf = (id: string) => nodeNames.get(id);
