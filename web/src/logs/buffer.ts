// The newest lines of a view, in the order of their times. What a list and the stream both tell is kept once: lines of
// one pipeline on one node are told apart by the time they came at. Lines that repeat are lines, and stay.

import type { Level } from "./line";

export type LogLine = {
  key: string;
  nodeId: string;
  pipelineId: string;
  timestamp: number;
  level: Level;
  message: string;
};

export type LogBatch = {
  nodeId: string;
  pipelineId: string;
  timestamp: number;
  lines: { level: Level; message: string }[];
};

export type LogBuffer = { lines: readonly LogLine[]; batches: ReadonlySet<string>; added: number };

export const emptyBuffer: LogBuffer = { lines: [], batches: new Set(), added: 0 };

const batchKey = ({ nodeId, pipelineId, timestamp }: LogBatch) => `${nodeId} ${pipelineId} ${timestamp}`;

/** The buffer with `batches`; the same buffer when all of them were known. `added` counts all that ever came. */
export function withBatches(buffer: LogBuffer, batches: LogBatch[], linesMax: number): LogBuffer {
  const known = new Set(buffer.batches);
  const fresh: LogLine[] = [];
  for (const batch of batches) {
    const key = batchKey(batch);
    if (known.has(key)) continue;
    known.add(key);
    const { nodeId, pipelineId, timestamp } = batch;
    for (const [index, line] of batch.lines.entries()) {
      fresh.push({ key: `${key} ${index}`, nodeId, pipelineId, timestamp, ...line });
    }
  }
  if (fresh.length === 0) return buffer;
  const sorted = [...buffer.lines, ...fresh].sort((one, other) => one.timestamp - other.timestamp);
  const lines = sorted.slice(-linesMax);
  // A batch that fell out wholly can be forgotten: it is older than all that is shown, and so would fall out again.
  const oldest = lines[0]?.timestamp ?? 0;
  const batchesKept = [...known].filter((key) => Number(key.slice(key.lastIndexOf(" ") + 1)) >= oldest);
  return { lines, batches: new Set(batchesKept), added: buffer.added + fresh.length };
}

/** Lines of a list, newest first, as batches in the order they came in. */
export function batchesOf(items: (LogBatch["lines"][number] & Omit<LogBatch, "lines">)[]): LogBatch[] {
  const batches = new Map<string, LogBatch>();
  for (const { nodeId, pipelineId, timestamp, level, message } of items.toReversed()) {
    const batch = { nodeId, pipelineId, timestamp, lines: [] };
    const key = batchKey(batch);
    const known = batches.get(key) ?? batch;
    known.lines.push({ level, message });
    batches.set(key, known);
  }
  return [...batches.values()];
}
