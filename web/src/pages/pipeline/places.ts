// Lines and columns of problems, as the server counts them, in a text as the browser does.

/** How far into a line a column is: the server counts characters, the browser the halves of some. */
export function offsetOf(line: string, column: number): number {
  let offset = 0;
  let left = column - 1;
  for (const character of line) {
    if (left-- <= 0) break;
    offset += character.length;
  }
  return offset;
}

/** What is underlined from there: a word and what belongs to it, or one character. */
export function endOf(line: string, offset: number): number {
  const word = /^(?:"[^"]*"?|'[^']*'?|[\w.$@{}*/-]+)/.exec(line.slice(offset));
  return Math.min(line.length, offset + Math.max(1, word?.[0].length ?? 1));
}
