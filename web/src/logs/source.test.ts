import { expect, it } from "vitest";
import { chooserOf, exportAddress, fieldsOf, type LogQuery } from "./source";

const all: LogQuery = { environment: "", nodeId: "", pipelineId: "", level: null, text: "", range: null };
const event = {
  type: "log_entry",
  nodeId: "n1",
  pipelineId: "p1",
  lines: ["2026-01-01T00:00:00Z  WARN sink: retrying", "all is well", "\u001b[31mdisk gone\u001b[0m"],
  levels: ["WARN", "INFO", "ERROR"],
  timestamp: 7,
} as const;
const sent = { ...event, lines: [...event.lines], levels: [...event.levels] };

it.each<[string, Partial<LogQuery>, string[] | null, string]>([
  ["all of them", {}, null, "sink: retrying|all is well|disk gone"],
  ["those of a level and graver ones", { level: "WARN" }, null, "sink: retrying|disk gone"],
  ["those with the words", { text: "RETRY* sink" }, null, "sink: retrying"],
  ["words are looked for in the line as it was sent", { text: "2026" }, null, "sink: retrying"],
  ["those of another node", { nodeId: "n2" }, null, ""],
  ["those of the node", { nodeId: "n1", pipelineId: "p1", level: "ERROR" }, null, "disk gone"],
  ["those of another pipeline", { pipelineId: "p2" }, null, ""],
  ["those of another environment", {}, ["p2"], ""],
  ["those of the environment", { level: "ERROR" }, ["p1"], "disk gone"],
])("of a batch comes %s", (_, part, pipelines, expected) => {
  const batches = chooserOf({ ...all, ...part }, pipelines && new Set(pipelines))([sent]);
  expect(batches.flatMap(({ lines }) => lines.map(({ message }) => message)).join("|")).toBe(expected);
});

it("asks a list for the same", () => {
  const now = Date.UTC(2026, 0, 2);
  expect(fieldsOf({ ...all, environment: "e1", level: "WARN", text: " a* ", range: "1d" }, now)).toEqual({
    environmentId: "e1",
    nodeId: "",
    pipelineId: "",
    levels: "ERROR,WARN",
    q: "a*",
    since: "2026-01-01T00:00:00.000Z",
  });
  expect(exportAddress({ ...all, nodeId: "n1", text: "a b" }, now)).toBe("/api/v1/logs/export?nodeId=n1&q=a+b");
});
