// Events as they were written. A number of an event may be more than JavaScript's hold, such as an id of 64 bits, so
// one that would change on its way through here goes as a marked text, and comes out as it came.

const MARK = "\0as written ";
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MARKED = /"\\u0000as written (-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"/g;

const survives = (number: string) => String(Number(number)) === number;

/** What `JSON.parse` tells, with numbers that would change as marked texts. */
export function parseExact(text: string): unknown {
  return JSON.parse(
    text.replace(STRING_OR_NUMBER, (part) =>
      part.startsWith('"') || survives(part) ? part : JSON.stringify(`${MARK}${part}`),
    ),
  );
}

/** The text of what `parseExact` told, over lines. */
export const writtenExact = (value: unknown): string => JSON.stringify(value, null, 2).replace(MARKED, "$1");
