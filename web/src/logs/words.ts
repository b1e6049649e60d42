// Words of a search, by the rules of the server (docs/PROTOCOL.md, "Searching logs"), so that a line that comes by the
// stream is shown exactly when a list would hold it.

export type Word = { text: string; isPrefix: boolean };

/** As many words, and as many bytes, as the server takes. */
const WORDS_MAX = 16;
const QUERY_BYTES_MAX = 200;

/** A run of ASCII letters, digits, and characters beyond ASCII. */
const WORD = /([0-9A-Za-z\u0080-\uffff]+)(\*?)/g;

/** The case of ASCII letters makes no difference; that of others does. */
const lowered = (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

export function wordsOf(query: string): Word[] {
  return [...query.matchAll(WORD)].map(([, text = "", star]) => ({ text: lowered(text), isPrefix: star === "*" }));
}

/** Whether a line holds every word, in any order. */
export function holdsWords(line: string, words: Word[]): boolean {
  if (words.length === 0) return true;
  const found = [...lowered(line).matchAll(WORD)].map(([, text = ""]) => text);
  return words.every(({ text, isPrefix }) => found.some((one) => (isPrefix ? one.startsWith(text) : one === text)));
}

/** What keeps a search from being asked; null: nothing. */
export function problemOf(query: string): string | null {
  if (query.trim() === "") return null;
  const words = wordsOf(query);
  if (words.length === 0) return "This holds no word, only signs. Lines are found by their words.";
  if (words.length > WORDS_MAX) return `This holds ${words.length} words. A search takes ${WORDS_MAX}.`;
  if (new TextEncoder().encode(query).length > QUERY_BYTES_MAX) return "This is too long. A search takes 200 bytes.";
  return null;
}
