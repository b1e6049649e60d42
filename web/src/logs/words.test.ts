import { expect, it } from "vitest";
import { holdsWords, problemOf, wordsOf } from "./words";

it.each([
  ["Out of MEMORY", "out of memory"],
  ["time* out", "time* out"],
  ["time * out", "time out"],
  ["*time**", "time*"],
  ["/api/v1?id=über", "api v1 id über"],
  ["user_id", "user id"],
  ["Ünicode ÄB", "Ünicode Äb"],
  ["a😀b c", "a😀b c"],
  ["% - _ *", ""],
])("%j is the words %j", (query, expected) => {
  const texts = wordsOf(query).map(({ text, isPrefix }) => text + (isPrefix ? "*" : ""));
  expect(texts.join(" ")).toBe(expected);
});

const line = "GET /api/v1/users: connection timed-out after 30s, Über→x";

it.each([
  ["out get", true],
  ["GET users", true],
  ["v1", true],
  ["conn*", true],
  ["30s", true],
  ["Über→X", true],
  ["Ü*", true],
  ["conn", false],
  ["30", false],
  ["timedout", false],
  ["get missing", false],
  ["über*", false],
  ["Ü", false],
  ["s*z", false],
  ["", true],
])("a line holds %j: %s", (query, expected) => {
  expect(holdsWords(line, wordsOf(query))).toBe(expected);
});

it("an empty line holds no word", () => {
  expect(holdsWords("", wordsOf("a"))).toBe(false);
});

it.each([
  ["", null],
  ["  ", null],
  ["one two", null],
  ["?!", "This holds no word, only signs. Lines are found by their words."],
  ["a ".repeat(17), "This holds 17 words. A search takes 16."],
  ["ü".repeat(101), "This is too long. A search takes 200 bytes."],
])("the problem of %j is %j", (query, expected) => {
  expect(problemOf(query)).toBe(expected);
});
