import { describe, expect, it } from "vitest";
import { type Happening, initialStatus, isLost, nextStatus, pollMillis, trueAt } from "./status";

const happenings: Record<string, Happening> = {
  open: { kind: "opened" },
  heard: { kind: "heard" },
  behind: { kind: "behind" },
  caughtUp: { kind: "caught-up" },
  lost: { kind: "lost", serverAnswers: true },
  cut: { kind: "lost", serverAnswers: false },
  answered: { kind: "answered" },
  unanswered: { kind: "unanswered" },
};

/** States after each word; the clock goes by one with every word. */
function after(words: string) {
  let status = initialStatus;
  words.split(" ").forEach((word, index) => {
    const happening = happenings[word];
    if (!happening) throw new Error(word);
    status = nextStatus(status, happening, index + 1);
  });
  return [status.state, status.heardAt];
}

describe("the status of the stream", () => {
  it.each([
    ["open", "live", 1],
    ["open heard heard", "live", 3],
    ["open behind", "catching-up", 2],
    ["open behind caughtUp", "live", 3],
    ["cut", "reconnecting", null],
    ["open cut", "reconnecting", 1],
    ["open cut open", "live", 3],
    ["lost lost lost", "polling", null],
    ["cut cut cut", "offline", null],
    ["cut cut cut answered", "polling", null],
    ["lost lost lost unanswered", "offline", null],
    ["open cut cut cut", "offline", 1],
    ["open cut cut cut open cut", "reconnecting", 5],
    ["open answered", "live", 1],
    ["open unanswered", "live", 1],
    ["answered", "connecting", null],
    ["open lost lost lost answered", "polling", 1],
  ])("%s", (words, state, heardAt) => {
    expect(after(words)).toEqual([state, heardAt]);
  });

  it.each([
    [2_000, 2_000, 30_000],
    [60_000, 60_000, 60_000],
    [false, false, 30_000],
  ] as const)(
    "a list at the pace of %s is asked for each %s ms beside a stream, each %s without",
    (pace, live, not) => {
      expect(pollMillis(nextStatus(initialStatus, { kind: "opened" }, 1), pace)).toBe(live);
      expect(pollMillis(initialStatus, pace)).toBe(not);
    },
  );

  it.each([
    [null, [], null],
    [null, [7, 3], 3],
    [5, [], 5],
    [5, [7, 3], 5],
    [5, [7, 9], 7],
  ])("heard at %s, with lists of %j, the page is true as of %s", (heardAt, listedAt, expected) => {
    expect(trueAt({ ...initialStatus, heardAt }, listedAt)).toBe(expected);
  });

  it.each([
    [["open"], false],
    [["lost"], true],
    [["open", "lost"], true],
    [["open", "lost", "open"], false],
    [[], false],
  ])("after %j the stream is lost: %s", (names, expected) => {
    const status = names.reduce((one, name) => nextStatus(one, happenings[name] as Happening, 1), initialStatus);
    expect(isLost(status)).toBe(expected);
  });
});
