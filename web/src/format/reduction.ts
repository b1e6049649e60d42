// What a pipeline saves.

/** How much less went out than came in, in percent; 0 when more did, null when nothing came in. */
export const reductionOf = (came: number | null, went: number | null): number | null =>
  came === null || went === null || came <= 0 ? null : Math.max(0, (1 - went / came) * 100);
