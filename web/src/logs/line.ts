// A line an agent sent, as level, message and time. It is text and stays text: nothing here makes or keeps markup.

export const LEVELS = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"] as const;
export type Level = (typeof LEVELS)[number];

export type ParsedLine = { level: Level; message: string; timestamp: number };

const aliases: Record<string, Level> = {
  error: "ERROR",
  err: "ERROR",
  fatal: "ERROR",
  critical: "ERROR",
  warn: "WARN",
  warning: "WARN",
  info: "INFO",
  notice: "INFO",
  debug: "DEBUG",
  trace: "TRACE",
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are control characters.
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out.
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
const LEADING_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\s+/;
const LEADING_LEVEL = /^\[?(error|err|warn|warning|info|debug|trace)\]?[:\s]/i;

export const stripped = (raw: string) => raw.replace(ANSI, "").replace(CONTROLS, "");

export const levelOf = (word: string): Level => aliases[word.toLowerCase()] ?? "INFO";

/** Reads JSON lines, lines that begin with a level, and lines with a time before it, as Vector writes them. */
export function parseLine(raw: string, fallbackMillis: number): ParsedLine {
  const text = stripped(raw).trim();
  if (text.startsWith("{")) {
    const parsed = parseJsonLine(text, fallbackMillis);
    if (parsed) return parsed;
  }
  const rest = text.replace(LEADING_TIME, "");
  const match = LEADING_LEVEL.exec(rest);
  if (!match?.[1]) return { level: "INFO", message: text, timestamp: fallbackMillis };
  return { level: levelOf(match[1]), message: rest.slice(match[0].length).trim(), timestamp: fallbackMillis };
}

function parseJsonLine(text: string, fallbackMillis: number): ParsedLine | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const fields = value as Record<string, unknown>;
  const message = [fields.msg, fields.message].find((one) => typeof one === "string") ?? text;
  return {
    level: typeof fields.level === "string" ? levelOf(fields.level) : "INFO",
    message: stripped(message),
    timestamp: timeOf(fields.timestamp) ?? timeOf(fields.ts) ?? fallbackMillis,
  };
}

function timeOf(value: unknown): number | null {
  if (typeof value === "number" && Number.isFinite(value)) return value < 1e11 ? Math.round(value * 1_000) : value;
  const millis = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(millis) ? null : millis;
}
