import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Agent, Person } from "./api.mjs";
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

/** Heartbeats of both agents until the test is over. */
const beating = (options = {}) => {
  const stops = agents.map((agent) => agent.every(BEAT_MILLIS, () => agent.beat([pipeline], options)));
  return () => Promise.all(stops.map((stop) => stop()));
};

const row = (page, name) => page.locator(".body .row", { hasText: name });

test("a heartbeat is seen on the page without anybody asking", async () => {
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/fleet");
  await isLive(page);
  for (const agent of agents) await agent.beat([pipeline]);
  await row(page, "quay-1").getByText("Healthy").waitFor();
  const stop = beating();
  await changes(page, ".body .row .c-in .value");
  const requests = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  await agents[0].beat([pipeline], { events: 40_000 });
  await changes(page, ".body .row .c-in .value");
  await stop();
  assert.deepEqual(
    requests.filter((path) => path === "/api/sse"),
    [],
    "values come by the stream that is open",
  );
  assert.deepEqual(problems, []);
  await context.close();
});

test("a crash is a toast and a mark, and the recovery takes the mark away", async () => {
  const { page, context } = await open(browser, server.url);
  const stop = beating();
  await signIn(page);
  await page.goto("/fleet");
  await isLive(page);
  await row(page, "quay-1").getByText("Healthy").waitFor();
  await stop();
  await agents[0].beat([pipeline], { status: "CRASHED" });
  await page.locator("[data-sonner-toast][data-type=error]").getByText("web-access-logs").waitFor();
  await row(page, "quay-1").getByText("Degraded").waitFor();
  await agents[0].beat([pipeline]);
  await row(page, "quay-1").getByText("Healthy").waitFor();
  await context.close();
});

test("a node that falls silent is unreachable, and keeps no numbers", async () => {
  const { page, context } = await open(browser, server.url);
  const stop = beating();
  await signIn(page);
  await page.goto("/fleet");
  await isLive(page);
  await row(page, "quay-2").getByText("Healthy").waitFor();
  await changes(page, ".body .row .c-in .value");
  await stop();
  await row(page, "quay-2").getByText("Unreachable").waitFor({ timeout: 15_000 });
  assert.equal(await row(page, "quay-2").locator(".c-in").textContent(), "—");
  await context.close();
});

test("a server that dies and comes back is polled for, then live again, and nothing is missed", async () => {
  const { page, context } = await open(browser, server.url);
  let stop = beating();
  await signIn(page);
  await page.goto("/fleet");
  await isLive(page);
  await row(page, "quay-1").getByText("Healthy").waitFor();
  await stop();
  await server.kill();
  await page.locator(".pill:not([data-state=live])").waitFor({ timeout: 15_000 });
  await server.run();
  // What changes while the page is not connected is there afterwards.
  await agents[0].beat([pipeline]);
  await agents[0].beat([pipeline], { status: "CRASHED" });
  await isLive(page);
  await row(page, "quay-1").getByText("Degraded").waitFor({ timeout: 15_000 });
  stop = beating();
  await changes(page, ".body .row .c-in .value");
  await stop();
  await context.close();
});

test("two tabs live on one stream, and the second reads for itself when the first is closed", async () => {
  const { page, context, problems } = await open(browser, server.url);
  const opened = [];
  context.on("request", (request) => request.url().includes("/api/sse?") && opened.push(request.url()));
  const stop = beating();
  await signIn(page);
  // The page after signing in has opened one of its own.
  await isLive(page);
  opened.length = 0;
  await page.goto("/fleet");
  await isLive(page);
  const before = opened.length;
  assert.equal(before, 1);
  const second = await context.newPage();
  await second.goto("/fleet");
  await isLive(second);
  await changes(second, ".body .row .c-in .value");
  assert.equal(opened.length, before);
  const [resumed] = await Promise.all([
    context.waitForEvent("request", (request) => request.url().includes("/api/sse?")),
    page.close(),
  ]);
  assert.match((await resumed.allHeaders())["last-event-id"], /^\d+\.\d+$/, "it goes on from where the first was");
  await changes(second, ".body .row .c-in .value");
  assert.equal(opened.length, before + 1);
  await stop();
  assert.deepEqual(problems, []);
  await context.close();
});

test("who loses the right to an environment sees nothing of it from then on", async () => {
  const viewer = await person.call("POST", "/users", { email: "vera@example.org", password: "another long password" });
  await person.call("PUT", `/teams/${environment.teamId}/members/${viewer.id}`, { role: "VIEWER" });
  const { page, context } = await open(browser, server.url);
  const stop = beating();
  await signIn(page, "vera@example.org", "another long password");
  await page.goto("/fleet");
  await row(page, "quay-1").getByText("Healthy").waitFor();
  await person.call("DELETE", `/teams/${environment.teamId}/members/${viewer.id}`);
  await page.waitForFunction(() => !document.querySelector(".body .row"), null, { timeout: 20_000 });
  await page.reload();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
  assert.equal(await row(page, "quay-1").count(), 0);
  await stop();
  await context.close();
});

test("lines of a log come as they are written", async () => {
  const { page, context } = await open(browser, server.url);
  await agents[0].beat([pipeline]);
  await signIn(page);
  await page.goto(`/nodes/${agents[0].nodeId}`);
  await isLive(page);
  const line = "2026-03-01T12:00:00Z WARN vector::sinks: <b>not bold</b> \u001b[31mred\u001b[0m";
  await agents[0].post("logs", [{ pipelineId: pipeline, lines: [line] }]);
  const shown = page.getByRole("listbox", { name: /Log lines/ }).locator(".WARN", { hasText: "<b>not bold</b> red" });
  await shown.waitFor();
  assert.equal(await shown.locator("b").count(), 0);
  await context.close();
});

test("a page that is hidden asks for nothing, and catches up when it is shown", async () => {
  const { page, context } = await open(browser, server.url);
  const stop = beating();
  await signIn(page);
  await page.goto("/fleet");
  await isLive(page);
  await row(page, "quay-1").getByText("Healthy").waitFor();
  await stop();
  const show = (state) =>
    page.evaluate((visibility) => {
      Object.defineProperty(document, "visibilityState", { value: visibility, configurable: true });
      Object.defineProperty(document, "hidden", { value: visibility === "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  const asked = [];
  page.on("request", (request) => request.url().includes("/api/v1/") && asked.push(request.url()));
  await show("hidden");
  // What was on its way when the page was hidden.
  await page.waitForTimeout(1_000);
  asked.length = 0;
  const crashing = agents[0].every(BEAT_MILLIS, () => agents[0].beat([pipeline], { status: "CRASHED" }));
  await page.waitForTimeout(4_000);
  assert.deepEqual(asked, []);
  await Promise.all([page.waitForRequest(/\/api\/v1\/nodes/), show("visible")]);
  await row(page, "quay-1").getByText("Degraded").waitFor();
  await crashing();
  await context.close();
});

test("without a stream lists have the last word: a node that dies does not stay healthy", async () => {
  const extra = await Agent.enroll(server.url, environment.token, "quay-9");
  const stop = extra.every(BEAT_MILLIS, () => extra.beat([pipeline]));
  const { page, context } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/fleet");
  await isLive(page);
  await row(page, "quay-9").getByText("Healthy").waitFor();
  await changes(page, ".body .row .c-in .value");
  // The page shows what the stream told, and then there is none.
  await page.route("**/api/sse?**", (route) => route.abort());
  await stop();
  await server.kill();
  await server.run();
  await page.locator(".pill:not([data-state=live])").waitFor({ timeout: 15_000 });
  await person.call("POST", `/nodes/${extra.nodeId}/revoke`);
  await row(page, "quay-9").getByText("Unreachable").waitFor({ timeout: 45_000 });
  await context.close();
});
