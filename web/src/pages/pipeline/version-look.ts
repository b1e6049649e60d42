// What of the versions is looked at, as the address has it: one text, or the way from one to another.

/** `from` is null when the text of `to` itself is read. Each is a number, or `draft`. */
export type Look = { from: string | null; to: string };

/** Unless somebody said so, the newest version beside the one before it. */
export function lookOf(versions: string | undefined, newest: number): Look {
  const [one, other] = versions?.split("..") ?? [];
  if (one && other) return { from: one, to: other };
  if (one) return { from: null, to: one };
  return { from: newest > 1 ? String(newest - 1) : null, to: String(newest) };
}

export const versionsOf = ({ from, to }: Look) => (from === null ? to : `${from}..${to}`);
