import { expect, it } from "vitest";
import { batchesOf, emptyBuffer, type LogBatch, type LogBuffer, leavesGap, withBatches, withOlder } from "./buffer";

const batch = (timestamp: number, ...messages: string[]): LogBatch => ({
  nodeId: "n",
  pipelineId: "p",
  timestamp,
  lines: messages.map((message) => ({ level: "INFO", message, raw: message })),
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
    raw: message,
  });
  const listed = batchesOf([item(2, "c"), item(2, "b"), item(1, "a")]);
  const buffer = withBatches(withBatches(emptyBuffer, [batch(2, "b", "c"), batch(3, "d")], 9), listed, 9);
  expect(shown(buffer)).toBe("a b c d");
});

it("adds a page before what is there, also when it ends within a batch", () => {
  const buffer = withBatches(emptyBuffer, [batch(5, "c", "d"), batch(6, "e")], 9);
  const older = withOlder(buffer, [batch(4, "a"), batch(5, "b")], 9);
  expect(shown(older)).toBe("a b c d e");
  expect(new Set(older.lines.map(({ key }) => key)).size).toBe(5);
  expect(withBatches(older, [batch(4, "a"), batch(5, "b", "c", "d")], 9)).toBe(older);
});

it("keeps what is read when there are too many, and adds nothing behind a gap", () => {
  const buffer = withBatches(emptyBuffer, [batch(1, "a", "b")], 3);
  const more = withBatches(buffer, [batch(2, "c", "d")], 3, true);
  expect(shown(more)).toBe("a b c");
  expect(more).toMatchObject({ isCut: true, added: 4 });
  const most = withBatches(more, [batch(3, "e")], 9, true);
  expect(shown(most)).toBe("a b c");
  expect(most.added).toBe(5);
  expect(shown(withOlder(buffer, [batch(0, "x", "y")], 3))).toBe("x y a");
});

it("counts what came, not what was there before", () => {
  const buffer = withBatches(emptyBuffer, [batch(5, "c")], 9);
  expect(withOlder(buffer, [batch(4, "a", "b")], 9).added).toBe(1);
});

it.each([
  ["a page that overlaps", [batch(5, "a"), batch(6, "b")], true, false],
  ["a page that begins later", [batch(6, "b")], true, true],
  ["all there is", [batch(6, "b")], false, false],
])("%s leaves a gap: %s", (_, page, hasOlder, expected) => {
  expect(leavesGap(withBatches(emptyBuffer, [batch(5, "a")], 9), page, hasOlder)).toBe(expected);
});
