import { expect, it } from "vitest";
import { pieceOf } from "./piece";

const yaml = `# logs
sources:
  in:
    type: file
    # where
    include:
    - /a

  more:
    type: stdin

sinks:
  out:
    type: console
    text: |
      # not a comment of ours

      end

# the end
`;
const toml = `[sources.in]
type = "file"
[sources.in.decoding]
codec = "json"

[sinks.out]
type = "console"
`;

const at = (line: number, column: number) => ({ id: "x", kind: "source" as const, type: null, line, column });

it.each([
  ["a source with a comment in it", yaml, "yaml", at(3, 3), "in:\n  type: file\n  # where\n  include:\n  - /a"],
  ["the last of a section", yaml, "yaml", at(9, 3), "more:\n  type: stdin"],
  [
    "a text with lines",
    yaml,
    "yaml",
    at(13, 3),
    "out:\n  type: console\n  text: |\n    # not a comment of ours\n\n    end",
  ],
  ["a table with tables in it", toml, "toml", at(1, 1), toml.split("\n\n")[0]],
  ["the last table", toml, "toml", at(6, 1), '[sinks.out]\ntype = "console"'],
  ["a line that is not there", "a: 1", "yaml", at(9, 1), ""],
] as const)("%s", (_, config, format, component, expected) => {
  expect(pieceOf(config, format, component)).toBe(expected);
});
