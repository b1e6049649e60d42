// Which choices match what is typed, the best first. Letters must come in their order, at best at beginnings of words.

/** How well a text matches; 0: not at all. */
export function scoreOf(text: string, typed: string): number {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return 1;
  const lower = text.toLowerCase();
  const at = lower.indexOf(wanted);
  if (at === 0) return 100 - Math.min(50, lower.length - wanted.length) / 10;
  if (at > 0) return isBeginning(lower, at) ? 80 : 60;
  return initialsOf(lower, wanted) ? 40 : 0;
}

const isBeginning = (text: string, at: number) => !/[a-z0-9]/.test(text[at - 1] ?? " ");

/** Each letter begins a word, or follows the letter before it. */
function initialsOf(text: string, wanted: string): boolean {
  const letters = [...wanted].filter((letter) => letter !== " ");
  let from = 0;
  for (const [index, letter] of letters.entries()) {
    let at = text.indexOf(letter, from);
    while (at >= 0 && !(isBeginning(text, at) || (index > 0 && at === from))) at = text.indexOf(letter, at + 1);
    if (at < 0) return false;
    from = at + 1;
  }
  return letters.length > 0;
}

/** Those that match, the best first, and as they came where they match alike. */
export function ranked<T>(items: T[], typed: string, textOf: (item: T) => string, most: number): T[] {
  return items
    .map((item) => ({ item, score: scoreOf(textOf(item), typed) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .slice(0, most)
    .map(({ item }) => item);
}
