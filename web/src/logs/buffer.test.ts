import { expect, it } from "vitest";
import { batchesOf, emptyBuffer, type LogBatch, type LogBuffer, withBatches } from "./buffer";

const batch = (timestamp: number, ...messages: string[]): LogBatch => ({
  nodeId: "n",
  pipelineId: "p",
  timestamp,
  lines: messages.map((message) => ({ level: "INFO", message })),
});
const shown = (buffer: LogBuffer) => buffer.lines.map(({ message }) => message).join(" ");

it.each([
  ["in the order they come", [batch(1, "a"), batch(2, "b", "c")], 9, "a b c"],
  ["in the order of their times", [batch(2, "b"), batch(1, "a")], 9, "a b"],
  ["once, when they come again", [batch(1, "a", "b"), batch(1, "a", "b")], 9, "a b"],
  ["twice, when they are said twice", [batch(1, "a", "a"), batch(2, "a")], 9, "a a a"],
  ["the newest, when there are too many", [batch(1, "a", "b"), batch(2, "c", "d")], 3, "b c d"],
])("lines are kept %s", (_, batches, linesMax, expected) => {
  let buffer = emptyBuffer;
  for (const one of batches) buffer = withBatches(buffer, [one], linesMax);
  expect(shown(buffer)).toBe(expected);
});

it("is the same buffer when nothing is new", () => {
  const buffer = withBatches(emptyBuffer, [batch(1, "a")], 9);
  expect(withBatches(buffer, [batch(1, "a")], 9)).toBe(buffer);
});

it("remembers only batches it shows, and counts all", () => {
  let buffer = emptyBuffer;
  for (let time = 1; time <= 100; time++) buffer = withBatches(buffer, [batch(time, "a")], 10);
  expect(buffer.batches.size).toBe(10);
  expect(buffer.added).toBe(100);
});

it("joins a list and the stream without a gap or a double", () => {
  const item = (timestamp: number, message: string) => ({
    nodeId: "n",
    pipelineId: "p",
    timestamp,
    level: "INFO" as const,
    message,
  });
  const listed = batchesOf([item(2, "c"), item(2, "b"), item(1, "a")]);
  const buffer = withBatches(withBatches(emptyBuffer, [batch(2, "b", "c"), batch(3, "d")], 9), listed, 9);
  expect(shown(buffer)).toBe("a b c d");
});
