import { describe, expect, it } from "vitest";
import { BlockParser } from "./parse";

const all = (...pieces: string[]) => {
  const parser = new BlockParser();
  return pieces.flatMap((piece) => parser.push(piece)).map(({ event, data, id }) => [event, data, id]);
};

describe("blocks of a stream", () => {
  it.each([
    ["one event", ["event: hello\ndata: {}\n\n"], [["hello", "{}", null]]],
    ["cut anywhere", ["eve", "nt: hello\nda", "ta: {}\n", "\n"], [["hello", "{}", null]]],
    ["a position has no data", ["id: 12.3\n\n"], [["message", "", "12.3"]]],
    ["a comment is no block", [": keepalive\n\n"], []],
    ["lines of data are joined", ["data: a\ndata: b\n\n"], [["message", "a\nb", null]]],
    [
      "ends of lines of every kind",
      ["data: a\r\n\r\ndata: b\r\rdata: c\n\n"],
      [
        ["message", "a", null],
        ["message", "b", null],
        ["message", "c", null],
      ],
    ],
    ["an end of line cut in two", ["data: a\r", "\n\r", "\n"], [["message", "a", null]]],
    ["an unfinished block waits", ["data: a\n"], []],
    ["only one space is taken off", ["data:  a\n\n"], [["message", " a", null]]],
    ["unknown fields are left", ["colour: red\ndata: a\n\n"], [["message", "a", null]]],
  ])("%s", (_, pieces, expected) => {
    expect(all(...pieces)).toEqual(expected);
  });

  it("refuses a block without an end", () => {
    expect(() => new BlockParser().push("x".repeat(5_000_000))).toThrow();
  });
});
