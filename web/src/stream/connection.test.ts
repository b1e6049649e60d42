import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Connection } from "./connection";
import type { Filter } from "./wants";

type Call = { url: string; init: RequestInit; write: (text: string) => void; end: () => void };

let calls: Call[];
let log: string[];
let status: number;
let retryAfter: string | null;
let answers: (() => void)[] | null;

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  log = [];
  status = 200;
  answers = null;
  retryAfter = null;
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    if (status === 0) return Promise.reject(new TypeError("no network"));
    if (init.method === "PUT") {
      calls.push({ url, init, write: () => undefined, end: () => undefined });
      const taken = new Response(null, { status: 204 });
      return answers ? new Promise((resolve) => answers?.push(() => resolve(taken))) : Promise.resolve(taken);
    }
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    calls.push({
      url,
      init,
      write: (text) => void writer.write(new TextEncoder().encode(text)),
      end: () => void writer.close(),
    });
    const headers: HeadersInit = retryAfter === null ? {} : { "Retry-After": retryAfter };
    return Promise.resolve(new Response(status === 200 ? readable : null, { status, headers }));
  });
});

afterEach(() => vi.useRealTimers());

const WIDE = "status_change&wideTopics=status_change";

const metricsOf = (nodeIds: string[] | null): Filter => ({ topics: ["metric_update"], nodeIds, pipelineIds: null });

function connect(nodeIds: string[] | null = null) {
  const connection = new Connection(metricsOf(nodeIds), {
    event: (event) => log.push(event.type),
    happened: ({ kind }) => {
      if (kind !== "heard") log.push(kind);
    },
    signedOut: () => log.push("signed out"),
  });
  connection.open();
  return connection;
}

const settle = () => vi.advanceTimersByTimeAsync(10);
const hello = 'event: hello\ndata: {"streamId":"s1","position":"1.1"}\n\n';
const headerOf = (call: Call | undefined) => new Headers(call?.init.headers).get("Last-Event-ID");

it("resumes after the last position when the stream breaks", async () => {
  connect();
  await settle();
  calls[0]?.write(`${hello}id: 1.7\n\n`);
  await settle();
  calls[0]?.end();
  await vi.advanceTimersByTimeAsync(1_100);
  expect(headerOf(calls[0])).toBeNull();
  expect(headerOf(calls[1])).toBe("1.7");
  expect(log).toEqual(["opened", "hello", "lost", "opened"]);
});

it("takes a stream for dead that says nothing at all", async () => {
  connect();
  await settle();
  calls[0]?.write(": keepalive\n\n");
  await vi.advanceTimersByTimeAsync(44_000);
  expect(log).toEqual(["opened"]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(log).toContain("lost");
});

it("tells that the session has ended, and stays closed", async () => {
  status = 401;
  connect();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(log).toEqual(["signed out"]);
  expect(calls).toHaveLength(1);
});

it("catches up by a snapshot", async () => {
  connect();
  await settle();
  const part = (last: boolean) =>
    `event: snapshot\ndata: {"reason":"epoch","last":${last},"nodes":[],"samples":[]}\n\n`;
  calls[0]?.write(hello + part(false) + part(true));
  await settle();
  expect(log).toEqual(["opened", "hello", "behind", "snapshot", "caught-up", "snapshot"]);
});

it("moves its filter without opening the stream again", async () => {
  const connection = connect(["a"]);
  await settle();
  calls[0]?.write(hello);
  await settle();
  connection.aim(metricsOf(["b"]));
  connection.aim(metricsOf(["b"]));
  await settle();
  expect(calls.map(({ url }) => url)).toEqual([
    `/api/sse?topics=metric_update%2C${WIDE}&nodeIds=a`,
    "/api/sse/s1/filter",
  ]);
  expect(calls[1]?.init.body).toBe(
    '{"topics":["metric_update","status_change"],"nodeIds":["b"],"pipelineIds":null,"wideTopics":["status_change"]}',
  );
});

it("sends one filter at a time, and then only the newest", async () => {
  const connection = connect(["a"]);
  await settle();
  calls[0]?.write(hello);
  await settle();
  answers = [];
  for (const id of ["b", "c", "d"]) connection.aim(metricsOf([id]));
  await settle();
  const sent = () => calls.slice(1).map(({ init }) => JSON.parse(String(init.body)).nodeIds[0]);
  expect(sent()).toEqual(["b"]);
  answers.shift()?.();
  await settle();
  expect(sent()).toEqual(["b", "d"]);
  answers.shift()?.();
  await settle();
  expect(sent()).toEqual(["b", "d"]);
});

it("goes on from where another tab was", async () => {
  const listener = { event: () => undefined, happened: () => undefined, signedOut: () => undefined };
  const connection = new Connection(metricsOf(null), listener, "1.7");
  connection.open();
  await settle();
  expect(headerOf(calls[0])).toBe("1.7");
  calls[0]?.write(`${hello}id: 1.9\n\n`);
  await settle();
  expect(connection.reached).toBe("1.9");
});

it.each<[Filter, string]>([
  [{ topics: [], nodeIds: [], pipelineIds: null }, `topics=${WIDE}&nodeIds=-`],
  [{ topics: ["log_entry"], nodeIds: null, pipelineIds: ["p", "q"] }, `topics=log_entry%2C${WIDE}&pipelineIds=p%2Cq`],
])("asks for %j in its address", async (filter, query) => {
  new Connection(filter, { event: () => undefined, happened: () => undefined, signedOut: () => undefined }).open();
  await settle();
  expect(calls[0]?.url).toBe(`/api/sse?${query}`);
});

it("sends a filter that moved before the stream had a name", async () => {
  const connection = connect([]);
  await settle();
  connection.aim(metricsOf(["b"]));
  expect(calls).toHaveLength(1);
  calls[0]?.write(hello);
  await settle();
  expect(calls[1]?.url).toBe("/api/sse/s1/filter");
});

it.each([
  [503, null, false],
  [503, "30", true],
  [429, "30", true],
])("takes a %i that asks to wait for %s s for an answer of the server: %s", async (refusal, wait, serverAnswers) => {
  status = refusal;
  retryAfter = wait;
  const told: boolean[] = [];
  const connection = new Connection(metricsOf(null), {
    event: () => undefined,
    happened: (happening) => happening.kind === "lost" && told.push(happening.serverAnswers),
    signedOut: () => undefined,
  });
  connection.open();
  await settle();
  expect(told).toEqual([serverAnswers]);
});

it("goes on trying without a network, more and more seldom", async () => {
  status = 0;
  connect();
  await vi.advanceTimersByTimeAsync(120_000);
  const tries = log.filter((word) => word === "lost").length;
  expect(tries).toBeGreaterThan(6);
  expect(tries).toBeLessThan(15);
});
