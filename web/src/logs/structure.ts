// What is in a line besides its words: the fields of a JSON object, or of `key=value` pairs as loggers write them.

export type Structure = { json: string | null; fields: [string, string][] };

const PAIR = /(?:^|\s)([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|[^\s"]+)/g;

export function structureOf(raw: string): Structure {
  const text = raw.trim();
  const begin = text.indexOf("{");
  // JSON may follow a time and a level.
  for (const candidate of begin > 0 ? [text, text.slice(begin)] : [text]) {
    const value = parsed(candidate);
    if (value !== null) return { json: JSON.stringify(value, null, 2), fields: [] };
  }
  const fields = [...text.matchAll(PAIR)].map(([, key = "", value = ""]): [string, string] => [
    key,
    value.startsWith('"') ? (parsedText(value) ?? value) : value,
  ]);
  return { json: null, fields };
}

function parsed(text: string): object | null {
  if (!text.startsWith("{") && !text.startsWith("[")) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && Object.keys(value).length > 0 ? value : null;
  } catch {
    return null;
  }
}

function parsedText(text: string): string | null {
  try {
    return String(JSON.parse(text));
  } catch {
    return null;
  }
}
