import { expect, it } from "vitest";
import type { PipelineItem } from "../../api/types";
import { busiestOf, failingOf } from "./rank-pipelines";

/** `name running crashed eventsIn errors`; a dash: no rates. */
const pipelines = (...rows: string[]) =>
  rows.map((row) => {
    const [name = "", running, crashed, eventsIn, errors] = row.split(" ");
    const counts = { running: Number(running), crashed: Number(crashed) };
    const rates = eventsIn === "-" ? null : { eventsIn: Number(eventsIn), errors: Number(errors) };
    return { id: name, name, instances: { ...counts, total: counts.running + counts.crashed }, rates } as PipelineItem;
  });

const names = (items: PipelineItem[]) => items.map(({ name }) => name).join(" ");

const all = pipelines("a 3 0 10 0", "b 2 1 5 0", "c 0 3 - -", "d 3 0 90 0.2", "e 0 0 - -", "f 3 0 10 0");

it("ranks those that fail by crashes, then by errors", () => {
  expect(names(failingOf(all))).toBe("c b d");
});

it("ranks those that run somewhere by what comes in, without data last", () => {
  expect(names(busiestOf(all))).toBe("d a f b c");
});
