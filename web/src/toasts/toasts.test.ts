import { describe, expect, it } from "vitest";
import type { StatusChange } from "../stream/events";
import { addressOf } from "../url/url";
import { CoolDown, type Notice, noticeOf, type Shown, Together } from "./toasts";

const change = (toStatus: string, more: Partial<StatusChange> = {}): StatusChange => ({
  type: "status_change",
  nodeId: "n1",
  fromStatus: null,
  toStatus,
  reason: "",
  environmentId: "e",
  timestamp: 1,
  ...more,
});
const pipeline = { pipelineId: "p1", pipelineName: "edge" };
const onAll = { ...pipeline, reason: "version 3 is running on all 12 nodes" };

describe("what is worth a word, and where it leads", () => {
  it.each<[string, StatusChange, string]>([
    ["a pipeline crashes", change("CRASHED", pipeline), "error: edge crashed /pipelines/p1?environment=e&node=n1"],
    [
      "it has no name",
      change("CRASH_LOOP", { pipelineId: "p1" }),
      "error: p1 crashed /pipelines/p1?environment=e&node=n1",
    ],
    ["one node has the version", change("DEPLOYED", { ...pipeline, reason: "version 3 is running" }), ""],
    [
      "all nodes have it",
      change("DEPLOYED", onAll),
      "success: edge is deployed /pipelines/p1/deployment?environment=e",
    ],
    [
      "a deploy fails",
      change("DEPLOY_FAILED", pipeline),
      "error: edge did not deploy everywhere /pipelines/p1/deployment?environment=e",
    ],
    ["a pipeline starts", change("RUNNING", pipeline), ""],
    ["a node goes silent", change("UNREACHABLE"), "warning: node one is unreachable /nodes/n1?environment=e"],
    [
      "it comes back",
      change("HEALTHY", { fromStatus: "UNREACHABLE" }),
      "quiet: node one is back /nodes/n1?environment=e",
    ],
    ["a node is heard first", change("HEALTHY", { fromStatus: "UNKNOWN" }), ""],
    ["it is degraded, which its pipeline tells", change("DEGRADED"), ""],
  ])("%s", (_, event, expected) => {
    const notice = noticeOf(event, () => "node one");
    const { toasts } = new Together().take(notice ? [notice] : [], 0, () => null);
    expect(toasts.map(({ tone, text, to }) => `${tone}: ${text} ${addressOf(to)}`).join()).toBe(expected);
  });
});

const notice = (subject: string, more: Partial<Notice> = {}): Notice => ({
  kind: "unreachable",
  subject,
  name: subject,
  environmentId: "e",
  nodeId: subject,
  ...more,
});

it("says the same once in half a minute, and suppressed ones do not put that off", () => {
  const coolDown = new CoolDown();
  const said = [0, 10_000, 29_999, 30_000, 59_000].map((now) => coolDown.pass([notice("n1")], now).length);
  expect(said).toEqual([1, 0, 0, 1, 0]);
});

it("tells subjects and kinds apart", () => {
  const coolDown = new CoolDown();
  const notices = [notice("n1"), notice("n2"), notice("n1", { kind: "recovered" })];
  expect(coolDown.pass(notices, 0)).toHaveLength(3);
});

describe("many", () => {
  const named = (id: string) => (id === "e" ? "eu-west" : "us-east");
  const texts = ({ toasts }: Shown) => toasts.map(({ text }) => text);
  const some = (...subjects: string[]) => subjects.map((subject) => notice(subject));

  it("are one at once", () => {
    const { toasts } = new Together().take(some("a", "b", "c", "d"), 0, named);
    expect(toasts.map(({ text, to }) => `${text} ${addressOf(to)}`)).toEqual([
      "4 nodes are unreachable in eu-west /fleet?environment=e&status=UNREACHABLE",
    ]);
  });

  it("become one as they come, in the place of the first", () => {
    const together = new Together();
    expect(texts(together.take(some("a", "b"), 0, named))).toEqual(["a is unreachable", "b is unreachable"]);
    expect(texts(together.take(some("c"), 4_000, named))).toEqual(["c is unreachable"]);
    const fourth = together.take(some("d"), 8_000, named);
    expect(texts(fourth)).toEqual(["4 nodes are unreachable in eu-west"]);
    expect(fourth.gone).toEqual(["unreachable a", "unreachable b", "unreachable c"]);
    const fifth = together.take(some("e"), 12_000, named);
    expect(texts(fifth)).toEqual(["5 nodes are unreachable in eu-west"]);
    expect(fifth.gone).toEqual([]);
    expect(fifth.toasts[0]?.id).toBe(fourth.toasts[0]?.id);
    expect(texts(together.take(some("f"), 30_000, named))).toEqual(["f is unreachable"]);
  });

  it("of two environments are two", () => {
    const others = ["w", "x", "y", "z"].map((subject) => notice(subject, { environmentId: "u" }));
    expect(texts(new Together().take([...some("a", "b", "c", "d"), ...others], 0, named))).toEqual([
      "4 nodes are unreachable in eu-west",
      "4 nodes are unreachable in us-east",
    ]);
  });

  it("do not say the environment when there is one alone", () => {
    expect(texts(new Together().take(some("a", "b", "c", "d"), 0, () => null))).toEqual(["4 nodes are unreachable"]);
  });
});
