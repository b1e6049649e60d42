// A text while it is edited, beside the one that the server keeps, which others may save too.

/** `base` is the text that was on the server when this one began to differ from it. */
export type Draft = { text: string; base: string };

export const isChanged = ({ text, base }: Draft) => text !== base;

/** What becomes of a draft when the server's text turns out to be `stored`. Texts that nobody edits here follow. */
export function withStored(draft: Draft, stored: string): Draft {
  if (stored === draft.base) return draft;
  if (!isChanged(draft) || draft.text === stored) return { text: stored, base: stored };
  return draft;
}

/** Somebody else saved another text since this one was begun. */
export const isContested = (draft: Draft, stored: string) => isChanged(draft) && stored !== draft.base;
