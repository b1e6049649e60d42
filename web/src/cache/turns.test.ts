import { expect, it } from "vitest";
import { Turns } from "./turns";

const never = new AbortController().signal;

function task() {
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { done, finish };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

it("runs as many at once as there are turns, in the order they came", async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const tasks = [task(), task(), task(), task()];
  const all = tasks.map(({ done }, index) =>
    turns.take(() => {
      begun.push(index);
      return done;
    }, never),
  );
  await settle();
  expect(begun).toEqual([0, 1]);
  tasks[1]?.finish();
  await settle();
  expect(begun).toEqual([0, 1, 2]);
  for (const { finish } of tasks) finish();
  await Promise.all(all);
  expect(begun).toEqual([0, 1, 2, 3]);
});

it("gives a turn on when a task fails, or is not wanted any more", async () => {
  const turns = new Turns(1);
  const fails = turns.take(() => Promise.reject(new Error("no")), never);
  const unwanted = turns.take(() => Promise.resolve("unwanted"), AbortSignal.abort());
  const last = turns.take(() => Promise.resolve("last"), never);
  await expect(fails).rejects.toThrow("no");
  await expect(unwanted).rejects.toThrow();
  await expect(last).resolves.toBe("last");
});
