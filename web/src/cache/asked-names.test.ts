import { expect, it } from "vitest";
import { AskedNames } from "./asked-names";

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

it("asks once for each, a few at a time, and goes on after a failure", async () => {
  const asked: string[] = [];
  const answers: { answer: () => void; fail: () => void }[] = [];
  const names = new AskedNames(
    (id) => {
      asked.push(id);
      return new Promise((resolve, reject) => answers.push({ answer: () => resolve(id), fail: () => reject() }));
    },
    2,
    10,
  );
  for (const id of ["a", "b", "c", "a", "d"]) names.want(id);
  await settled();
  expect(asked).toEqual(["a", "b"]);
  answers[0]?.fail();
  await settled();
  expect(asked).toEqual(["a", "b", "c"]);
  names.want("a");
  answers[1]?.answer();
  await settled();
  expect(asked).toEqual(["a", "b", "c", "d"]);
});

it("lets no more wait than fit", async () => {
  const asked: string[] = [];
  const names = new AskedNames(
    (id) => {
      asked.push(id);
      return Promise.resolve();
    },
    1,
    2,
  );
  for (const id of ["a", "b", "c"]) names.want(id);
  await settled();
  expect(asked).toEqual(["a", "b"]);
  names.want("c");
  await settled();
  expect(asked).toEqual(["a", "b", "c"]);
});
