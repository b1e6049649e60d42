// The lines of a view, in the order of their times. What a list and the stream both tell is kept once: lines of one
// pipeline on one node are told apart by the time they came at. Lines that repeat are lines, and stay.

import type { Level } from "./line";

export type LogText = {
  level: Level;
  /** What is read at a glance. */
  message: string;
  /** The line as it was sent. */
  raw: string;
};

export type LogSource = { nodeId: string; pipelineId: string; timestamp: number };

export type LogLine = LogSource & LogText & { key: string };
export type LogBatch = LogSource & { lines: LogText[] };

export type LogBuffer = {
  lines: readonly LogLine[];
  batches: ReadonlySet<string>;
  /** Counts all that came, but for older ones. */
  added: number;
  /** Counts all that were ever made, for their keys. */
  made: number;
  /** Newer lines came than are kept here. */
  isCut: boolean;
};

export const emptyBuffer: LogBuffer = { lines: [], batches: new Set(), added: 0, made: 0, isCut: false };

const batchKey = ({ nodeId, pipelineId, timestamp }: LogSource) => `${nodeId} ${pipelineId} ${timestamp}`;
const timeOf = (key: string) => Number(key.slice(key.lastIndexOf(" ") + 1));

/**
 * The buffer with `batches`; the same buffer when all of them were known. Over the bound the oldest lines go, or, for
 * somebody who reads old ones, the newest: lines must not move away under a reader.
 */
export function withBatches(buffer: LogBuffer, batches: LogBatch[], linesMax: number, isRead = false): LogBuffer {
  const known = new Set(buffer.batches);
  const fresh: LogLine[] = [];
  for (const batch of batches) {
    const key = batchKey(batch);
    if (known.has(key)) continue;
    known.add(key);
    fresh.push(...linesOf(batch, buffer.made + fresh.length));
  }
  if (fresh.length === 0) return buffer;
  const counted = { ...buffer, added: buffer.added + fresh.length, made: buffer.made + fresh.length };
  // What is missing already is not followed by more: that would hide the gap.
  if (buffer.isCut) return { ...counted, batches: known };
  const sorted = [...buffer.lines, ...fresh].sort(byTime);
  if (isRead) {
    return { ...counted, lines: sorted.slice(0, linesMax), batches: known, isCut: sorted.length > linesMax };
  }
  const lines = sorted.slice(-linesMax);
  // A batch that fell out wholly can be forgotten: it is older than all that is shown, and so would fall out again.
  const oldest = lines[0]?.timestamp ?? 0;
  return { ...counted, lines, batches: new Set([...known].filter((key) => timeOf(key) >= oldest)) };
}

/**
 * The buffer with lines of the list's next page before it. A page may begin within a batch whose end is here already,
 * so they are not told apart by batches: a cursor never tells a line twice.
 */
export function withOlder(buffer: LogBuffer, batches: LogBatch[], linesMax: number): LogBuffer {
  const known = new Set(buffer.batches);
  const older: LogLine[] = [];
  for (const batch of batches) {
    known.add(batchKey(batch));
    older.push(...linesOf(batch, buffer.made + older.length));
  }
  const sorted = [...older, ...buffer.lines].sort(byTime);
  const lines = sorted.slice(0, linesMax);
  const isCut = buffer.isCut || lines.length < sorted.length;
  return { ...buffer, lines, batches: known, made: buffer.made + older.length, isCut };
}

/** True when the newest page of a list does not reach back to what is here, so that lines between are missing. */
export const leavesGap = (buffer: LogBuffer, page: LogBatch[], hasOlder: boolean) =>
  hasOlder && buffer.lines.length > 0 && !page.some((batch) => buffer.batches.has(batchKey(batch)));

const byTime = (one: LogLine, other: LogLine) => one.timestamp - other.timestamp;

const linesOf = ({ nodeId, pipelineId, timestamp, lines }: LogBatch, first: number): LogLine[] =>
  lines.map((line, index) => ({ key: String(first + index), nodeId, pipelineId, timestamp, ...line }));

/** Lines of a list, newest first, as batches in the order they came in. */
export function batchesOf(items: (LogText & LogSource)[]): LogBatch[] {
  const batches = new Map<string, LogBatch>();
  for (const { nodeId, pipelineId, timestamp, ...line } of items.toReversed()) {
    const batch = { nodeId, pipelineId, timestamp, lines: [] };
    const key = batchKey(batch);
    const known = batches.get(key) ?? batch;
    known.lines.push(line);
    batches.set(key, known);
  }
  return [...batches.values()];
}
