import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Agent, Person } from "./api.mjs";
import { violations } from "./axe.mjs";
import { changes, isLive, launch, open, signIn } from "./browser.mjs";
import { Server } from "./server.mjs";

const BEAT_MILLIS = 500;

let server;
let browser;
let person;
let environment;
let pipeline;
let agents;

before(async () => {
  [server, browser] = await Promise.all([
    Server.start("serve", ["--heartbeat-interval-ms", "1000", "--flush-interval-ms", "1000"]),
    launch(),
  ]);
  person = await Person.signIn(server.url);
  environment = await person.environment("Harbour");
  pipeline = await person.pipeline(environment.id, "web-access-logs");
  agents = await Promise.all(["quay-1", "quay-2"].map((name) => Agent.enroll(server.url, environment.token, name)));
});
after(() => Promise.all([browser?.close(), server?.stop()]));

/** Heartbeats of these agents until the test is over. */
const beating = (these = agents) => {
  const stops = these.map((agent) => agent.every(BEAT_MILLIS, () => agent.beat([pipeline])));
  return () => Promise.all(stops.map((stop) => stop()));
};

const card = (page, id) => page.locator(".component", { has: page.getByText(id, { exact: true }) });

test("the list shows what flows, and leads to the graph of a pipeline", async () => {
  const { page, context, problems } = await open(browser, server.url);
  const stop = beating();
  await signIn(page);
  await page.goto("/pipelines");
  const row = page.locator(".pipeline-list .body .row", { hasText: "web-access-logs" });
  await row.getByText("2 / 2").waitFor();
  await changes(page, ".pipeline-list .c-in .value");
  assert.deepEqual(await violations(page), []);
  await page.getByLabel("Search pipelines").fill("nothing like it");
  await page.getByRole("heading", { name: "No pipeline matches" }).waitFor();
  assert.ok(page.url().includes("q=nothing"));
  await page.getByRole("button", { name: "Clear the search" }).click();
  await row.getByRole("link").click();
  await page.getByRole("heading", { level: 1, name: "web-access-logs" }).waitFor();
  await card(page, "in").waitFor();
  await stop();
  assert.deepEqual(problems, []);
  await context.close();
});

test("a new pipeline begins with a text that can be deployed, where it is written", async () => {
  const { page, context } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/pipelines");
  await page.getByRole("button", { name: "New pipeline" }).click();
  await page.getByRole("dialog").waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByLabel("Name").fill("mail-gateway");
  await page.getByRole("button", { name: "Create it" }).click();
  await page.waitForURL(/\/pipelines\/[^/]+\/configuration/);
  const id = new URL(page.url()).pathname.split("/")[2];
  const { problems } = await person.call("GET", `/pipelines/${id}/graph`);
  assert.deepEqual(problems, []);
  await person.call("DELETE", `/pipelines/${id}`);
  await context.close();
});

test("numbers of components move, of all nodes or of the one that is picked", async () => {
  const { page, context, problems } = await open(browser, server.url);
  const stop = beating();
  await signIn(page);
  await page.goto(`/pipelines/${pipeline}`);
  await isLive(page);
  await page.getByText("Sums over 2 nodes").waitFor({ timeout: 10_000 });
  await changes(page, ".component .value");
  // Events flow, so the edge moves.
  await page.locator(".graph .flow").waitFor({ state: "attached" });
  await page.getByRole("button", { name: "Node shown: All nodes" }).click();
  await page.getByRole("menuitemradio", { name: "quay-2" }).click();
  await page.getByText("Numbers of quay-2 alone").waitFor();
  assert.ok(page.url().includes(`node=${agents[1].nodeId}`));
  assert.equal(await page.locator(".instances .body .row").count(), 1);
  await page.reload();
  await page.getByText("Numbers of quay-2 alone").waitFor();
  await stop();
  assert.deepEqual(problems, []);
  await context.close();
});

test("nodes that fall silent keep no numbers on the graph, and nothing moves there", async () => {
  const { page, context } = await open(browser, server.url);
  const stop = beating();
  await signIn(page);
  await page.goto(`/pipelines/${pipeline}`);
  await page.locator(".graph .flow").waitFor({ state: "attached" });
  await stop();
  await page.getByText("No node reports numbers now").waitFor({ timeout: 15_000 });
  assert.equal(await card(page, "in").locator(".value").first().textContent(), "—");
  assert.equal(await page.locator(".graph .flow").count(), 0);
  await context.close();
});

test("nothing moves for whom motion is too much", async () => {
  const { page, context } = await open(browser, server.url, { reducedMotion: "reduce" });
  const stop = beating();
  await signIn(page);
  await page.goto(`/pipelines/${pipeline}`);
  await page.locator(".graph .flow").waitFor({ state: "attached" });
  assert.equal(await page.locator(".graph .flow").isVisible(), false);
  await stop();
  await context.close();
});

test("a component that fails shows it at its border", async () => {
  const { page, context } = await open(browser, server.url);
  await signIn(page);
  await page.goto(`/pipelines/${pipeline}`);
  const stop = agents[0].every(BEAT_MILLIS, () => agents[0].beat([pipeline], { errors: 3 }));
  await page.locator(".component[data-tone=warning]", { hasText: "out" }).waitFor({ timeout: 10_000 });
  assert.equal(await page.locator(".component[data-tone]").count(), 1);
  await stop();
  await context.close();
});

test("a component opens to its configuration, its nodes, and what they say of events", async () => {
  const { page, context } = await open(browser, server.url);
  const stop = beating();
  await signIn(page);
  await page.goto(`/pipelines/${pipeline}`);
  await card(page, "out").click();
  const drawer = page.getByRole("complementary", { name: "out" });
  await drawer.getByText("type: blackhole").waitFor();
  await drawer.getByRole("link", { name: "quay-1" }).waitFor();
  assert.ok(page.url().includes("component=out"));
  // No agent of this test has a push stream, so no tap can run.
  await drawer.getByRole("button", { name: "Start" }).click();
  await drawer.getByText(/The tap ended: No node that runs this pipeline is connected/).waitFor();
  await drawer.getByRole("button", { name: "Ask for 10" }).click();
  await drawer.getByText("It has two minutes").waitFor();
  await answerSamples();
  await drawer.locator("summary", { hasText: "<b>not bold</b>" }).waitFor({ timeout: 10_000 });
  assert.equal(await drawer.locator("summary b").count(), 0);
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
  await stop();
  await context.close();
});

/** The agents poll what they are asked, and the one that is asked answers. */
async function answerSamples() {
  for (const agent of agents) {
    const answer = await fetch(`${server.url}/api/agent/config`, {
      headers: { Authorization: `Bearer ${agent.nodeToken}` },
    });
    const { sampleRequests = [] } = await answer.json();
    for (const { requestId } of sampleRequests) {
      const events = [{ message: "<b>not bold</b>" }];
      await agent.post("samples", { results: [{ requestId, componentKey: "out", events, schema: [] }] });
    }
  }
}

test("a page whose script is gone, as after an update of the server, says what to do", async () => {
  const { page, context } = await open(browser, server.url);
  await signIn(page);
  await page.route("**/assets/pipelines-*.js", (route) => route.fulfill({ status: 404 }));
  await page.getByRole("link", { name: "Pipelines" }).click();
  await page.getByRole("heading", { name: "This page cannot be drawn" }).waitFor();
  await page.unroute("**/assets/pipelines-*.js");
  await page.getByRole("button", { name: "Reload" }).click();
  await page.getByRole("heading", { level: 1, name: "Pipelines" }).waitFor();
  await context.close();
});

test("the log of a pipeline has the lines of its nodes", async () => {
  const { page, context } = await open(browser, server.url);
  await agents[0].beat([pipeline]);
  await signIn(page);
  await page.goto(`/pipelines/${pipeline}/logs`);
  await isLive(page);
  await agents[0].post("logs", [{ pipelineId: pipeline, lines: ["2026-03-01T12:00:00Z WARN the quay is wet"] }]);
  await page.locator(".lines .WARN", { hasText: "the quay is wet" }).waitFor();
  await context.close();
});

test("a tap shows events as they pass, stands still when paused, and says why it ended", async () => {
  const demo = await Server.start("demo", ["--nodes", "3"]);
  try {
    const [id, component] = await runningComponent(await Person.signIn(demo.url));
    const { page, context, problems } = await open(browser, demo.url);
    await signIn(page);
    await page.goto(`/pipelines/${id}?component=${component}`);
    const tap = page.getByRole("region", { name: "Live tap" });
    await tap.getByRole("button", { name: "Start" }).click();
    await tap.locator("summary").nth(3).waitFor({ timeout: 20_000 });
    await tap.getByRole("button", { name: "Pause" }).click();
    const held = await tap.locator("summary").count();
    await tap.getByText(/Paused, [1-9]\d* came since/).waitFor();
    assert.equal(await tap.locator("summary").count(), held);
    await tap.getByRole("button", { name: "Stop" }).click();
    await tap.getByText("The tap ended").waitFor();
    assert.deepEqual(problems, []);
    await context.close();
  } finally {
    await demo.stop();
  }
});

/** A pipeline that runs, and its first component. The demo is ready before its fleet is. */
async function runningComponent(owner) {
  for (;;) {
    const { items } = await owner.call("GET", "/pipelines");
    const running = items.find(({ instances }) => instances.running > 0);
    if (running) {
      const { components } = await owner.call("GET", `/pipelines/${running.id}/graph`);
      return [running.id, components[0].id];
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
