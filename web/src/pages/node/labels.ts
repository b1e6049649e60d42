// Labels as people write them: one a line, `key=value`.

const KEY_BYTES_MAX = 63;
const VALUE_BYTES_MAX = 253;
const LABELS_MAX = 64;

export type ParsedLabels = { labels: Record<string, string>; problem: string | null };

export const textOfLabels = (labels: Record<string, string>) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n");

const bytes = (text: string) => new TextEncoder().encode(text).length;

export function labelsOf(text: string): ParsedLabels {
  const labels = new Map<string, string>();
  for (const [index, line] of text.split("\n").entries()) {
    const trimmed = line.trim();
    if (trimmed === "") continue;
    const at = trimmed.indexOf("=");
    const key = trimmed.slice(0, at).trim();
    const value = trimmed.slice(at + 1).trim();
    const no = (why: string) => ({ labels: {}, problem: `Line ${index + 1}: ${why}` });
    if (at < 1 || key === "") return no("write it as key=value.");
    if (bytes(key) > KEY_BYTES_MAX) return no(`a key has at most ${KEY_BYTES_MAX} bytes.`);
    if (bytes(value) > VALUE_BYTES_MAX) return no(`a value has at most ${VALUE_BYTES_MAX} bytes.`);
    if (labels.has(key)) return no(`${key} is there twice.`);
    labels.set(key, value);
  }
  if (labels.size > LABELS_MAX) return { labels: {}, problem: `A node has at most ${LABELS_MAX} labels.` };
  return { labels: Object.fromEntries(labels), problem: null };
}
