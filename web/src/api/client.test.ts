import { afterEach, expect, it, vi } from "vitest";
import { get, Problem } from "./client";

afterEach(() => vi.unstubAllGlobals());

const told = (status: number, text: string | null) => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(text, { status })));
  return get("/nodes").catch((problem: unknown) =>
    problem instanceof Problem ? `${problem.status} ${problem.message}` : problem,
  );
};

it.each([
  [200, '{"items":[]}', { items: [] }],
  [204, null, null],
  [200, '{"items":[', "0 The answer of the server was cut off, or something between changed it."],
  [200, "<html>", "0 The answer of the server was cut off, or something between changed it."],
  [404, '{"error":"no such node"}', "404 No such node."],
  [502, "<html>", "502 The server answered 502."],
])("%i with %s is %j", async (status, text, expected) => {
  expect(await told(status, text)).toEqual(expected);
});
