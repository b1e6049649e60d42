import { afterEach, expect, it, vi } from "vitest";
import { readTap } from "./reader";
import type { TapHappening } from "./tap";

const events = (value: string) => `event: tap_event\ndata: {"nodeId":"n1","events":["${value}"]}\n\n`;
const stopped = 'event: tap_stopped\ndata: {"reason":"time_up","message":"its time was up"}\n\n';

/** Answers in turn: texts of a stream that then breaks off, a status, or nobody there. */
function serve(...answers: (string[] | number | null)[]) {
  const asked = vi.fn(() => {
    const answer = answers.shift();
    if (answer === null || answer === undefined) return Promise.reject(new TypeError("no network"));
    if (typeof answer === "number") return Promise.resolve(new Response(null, { status: answer }));
    const body = new ReadableStream({
      start(controller) {
        for (const text of answer) controller.enqueue(new TextEncoder().encode(text));
        controller.close();
      },
    });
    return Promise.resolve(new Response(body));
  });
  vi.stubGlobal("fetch", asked);
  return asked;
}

async function read(millis: number): Promise<{ told: string[]; close: () => void }> {
  vi.useFakeTimers();
  const told: string[] = [];
  const close = readTap("t1", (happening: TapHappening) => {
    if (happening.kind === "events") told.push(String(happening.events[0]));
    else if (happening.kind === "ended") told.push(`ended: ${happening.why}`);
    else told.push(happening.kind);
  });
  await vi.advanceTimersByTimeAsync(millis);
  return { told, close };
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("tells events in their order, and why it ended", async () => {
  const asked = serve([events("a") + events("b"), ": keepalive\n\n", stopped + events("late")]);
  const { told } = await read(10_000);
  expect(told).toEqual(["a", "b", "ended: its time was up"]);
  expect(asked).toHaveBeenCalledTimes(1);
});

it("reads on where a stream broke, or a server was away", async () => {
  serve([events("a")], null, 503, [events("b"), stopped]);
  const { told } = await read(10_000);
  expect(told).toEqual(["a", "b", "ended: its time was up"]);
});

it("ends when the server knows it no more", async () => {
  const asked = serve([events("a")], 404, [events("b")]);
  const { told } = await read(10_000);
  expect(told).toEqual(["a", "ended: the server knows it no more"]);
  expect(asked).toHaveBeenCalledTimes(2);
});

it("says nothing once it is closed", async () => {
  const asked = serve([events("a")], [events("b")]);
  const { told, close } = await read(500);
  close();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual(["a"]);
  expect(asked).toHaveBeenCalledTimes(1);
});
