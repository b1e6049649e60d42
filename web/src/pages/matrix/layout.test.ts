import { describe, expect, it } from "vitest";
import {
  type Cell,
  type Column,
  type Line,
  layoutOf,
  type Spot,
  shortName,
  spanOf,
  spotOf,
  stepOf,
  wordsOf,
} from "./layout";

const calm: Cell = {
  desiredVersion: 3,
  version: 3,
  status: "RUNNING",
  versionDrift: false,
  configDrift: null,
  progress: null,
};
const drifted: Cell = { ...calm, version: 2, versionDrift: true };

const column = (name: string, cells: Record<string, Cell>): Column => ({
  nodeId: name,
  nodeName: name,
  nodeStatus: "HEALTHY",
  maintenance: false,
  cells: new Map(Object.entries(cells)),
});
const line = (name: string): Line => ({ id: name, name });

const lines = [line("audit"), line("nginx"), line("node-logs")];
const columns = [
  column("fra-1", { audit: calm, nginx: calm }),
  column("fra-2", { audit: calm, nginx: drifted }),
  column("ber-1", { nginx: { ...calm, configDrift: true }, "node-logs": calm }),
];

it.each<[string, string, boolean, string]>([
  ["all", "", false, "audit nginx node-logs | fra-1 fra-2 ber-1"],
  ["a pipeline", "nginx", false, "nginx | fra-1 fra-2 ber-1"],
  ["nodes", " FRA ", false, "audit nginx node-logs | fra-1 fra-2"],
  ["a piece of a name", "r-1", false, "audit nginx node-logs | ber-1"],
  ["in no name", "x y", false, " | "],
  ["drift of version or text", "", true, "nginx | fra-2 ber-1"],
  ["drift among some nodes", "fra", true, "nginx | fra-2"],
  ["drift of a pipeline without any", "audit", true, " | "],
])("%s", (_, text, isDrifted, expected) => {
  const layout = layoutOf(columns, lines, { text, isDrifted });
  const names = [layout.lines.map(({ name }) => name), layout.columns.map(({ nodeName }) => nodeName)];
  expect(names.map((some) => some.join(" ")).join(" | ")).toBe(expected);
});

it.each<[string, Cell | null, string]>([
  ["calm", calm, "running, version 3"],
  ["another version", drifted, "running, version 2, is to run version 3, drifted"],
  ["another text", { ...calm, configDrift: true }, "running, version 3, its text is another, drifted"],
  ["a deploy", { ...drifted, progress: "DEPLOYING" }, "deploying, version 2, is to run version 3, drifted"],
  ["not there yet", { ...calm, version: null, status: null }, "no data, reports no version, is to run version 3"],
  ["a stray", { ...calm, desiredVersion: null, versionDrift: true }, "running, version 3, is not to run it, drifted"],
  ["nothing", null, "not deployed"],
])("says %s", (_, cell, expected) => {
  expect(wordsOf(line("audit"), column("n", cell ? { audit: cell } : {}))).toBe(`audit on n: ${expected}`);
});

describe("keys", () => {
  const size = { line: 5, column: 9 };
  const middle = { line: 2, column: 4 };
  it.each<[string, boolean, Spot, string]>([
    ["ArrowDown", false, middle, "3 4"],
    ["ArrowUp", false, middle, "1 4"],
    ["ArrowRight", false, middle, "2 5"],
    ["ArrowLeft", false, middle, "2 3"],
    ["ArrowDown", false, { line: 4, column: 0 }, "4 0"],
    ["ArrowUp", false, { line: 0, column: 8 }, "-1 8"],
    ["ArrowUp", false, { line: -1, column: 8 }, "-1 8"],
    ["ArrowLeft", false, { line: 0, column: 0 }, "0 -1"],
    ["ArrowUp", false, { line: 0, column: -1 }, "none"],
    ["ArrowLeft", false, { line: -1, column: 0 }, "none"],
    ["ArrowRight", false, { line: 3, column: -1 }, "3 0"],
    ["Home", false, middle, "2 0"],
    ["End", false, middle, "2 8"],
    ["Home", true, middle, "0 0"],
    ["End", true, middle, "4 8"],
    ["PageDown", false, middle, "4 4"],
    ["PageUp", false, middle, "0 4"],
    ["x", false, middle, "none"],
  ])("%s %s", (key, withControl, at, expected) => {
    const spot = stepOf(key, withControl, at, size, 10);
    expect(spot ? `${spot.line} ${spot.column}` : "none").toBe(expected);
  });
});

it.each<[number[], number, string]>([
  [[], 0, "0 0"],
  [[], 9, "0 0"],
  [[0, 1, 2], 9, "0 4"],
  [[3, 4, 5], 9, "0 8"],
  [[5, 6, 7, 8], 9, "4 9"],
])("of %j of %i are drawn %s", (indexes, count, expected) => {
  const { from, to } = spanOf(
    indexes.map((index) => ({ index })),
    count,
  );
  expect(`${from} ${to}`).toBe(expected);
});

it.each([
  ["3 12", { line: 3, column: 12 }],
  ["-1 12", { line: -1, column: 12 }],
  ["", null],
  ["3", null],
  [undefined, null],
])("%j is the spot %j", (text, expected) => {
  expect(spotOf(text)).toEqual(expected);
});

it.each([
  ["node-00012", "node-00012"],
  ["fra0-host-0000012", "fra0-host-0000012"],
  ["ip-10-0-113-7.eu-central-1.compute.internal", "ip-10-…e.internal"],
])("%s is named %s", (name, expected) => {
  expect(shortName(name)).toBe(expected);
});
