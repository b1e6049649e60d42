import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Agent, Person } from "./api.mjs";
import { isLive, launch, open, signIn } from "./browser.mjs";
import { Server } from "./server.mjs";

let server;
let browser;
let environment;
let pipeline;
let stops = [];
let agents;
before(async () => {
  [server, browser] = await Promise.all([
    Server.start("serve", ["--heartbeat-interval-ms", "1000", "--flush-interval-ms", "500"]),
    launch(),
  ]);
  const ada = await Person.signIn(server.url);
  environment = await ada.environment("Production");
  pipeline = await ada.pipeline(environment.id, "web-access");
  agents = await Promise.all(
    ["edge-1", "edge-2", "edge-3"].map((name) => Agent.enroll(server.url, environment.token, name)),
  );
  stops = agents.map((agent) => agent.every(1_000, () => agent.beat([pipeline])));
});
after(async () => {
  await Promise.all(stops.map((stop) => stop()));
  await Promise.all([browser?.close(), server?.stop()]);
});

test("somebody who opens it sees what is well, and what is not as it happens", async () => {
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.getByRole("heading", { level: 1, name: "All 3 nodes are well" }).waitFor();
  await isLive(page);
  await page.getByRole("img", { name: "Over the last hour no node was in trouble" }).waitFor();

  await stops.pop()();
  await page.getByRole("heading", { level: 1, name: "1 of 3 nodes needs attention" }).waitFor({ timeout: 15_000 });
  const headline = page.locator(".sentence");
  await headline.getByRole("link", { name: "edge-3" }).waitFor();
  const changes = page.getByRole("region", { name: "What changed lately" });
  await changes.getByText("unreachable").first().waitFor();
  await page
    .getByRole("img", { name: "Over the last hour at most 1 node was in trouble at once" })
    .waitFor({ timeout: 20_000 });

  const [stopFirst] = stops.splice(0, 1);
  await stopFirst();
  stops.push(agents[0].every(1_000, () => agents[0].beat([pipeline], { status: "CRASHED" })));
  const failing = page.getByRole("region", { name: "Failing pipelines" });
  await failing.getByRole("link", { name: "web-access" }).waitFor({ timeout: 15_000 });
  assert.deepEqual(problems, []);
  await context.close();
});

test("volumes are told of one environment, with the range in the address", async () => {
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/analytics");
  await page.getByRole("button", { name: "7d" }).click();
  await page.waitForURL(/range=7d/);
  await page.getByText("Drawn when the first hour is over").first().waitFor();
  await page.getByRole("table", { name: "By node" }).getByRole("link", { name: "edge-1" }).waitFor();
  await page.getByRole("table", { name: "By pipeline" }).getByRole("link", { name: "web-access" }).waitFor();
  assert.match(await page.locator(".totals .figure", { hasText: "Events in" }).textContent(), /nothing before/);

  const ada = await Person.signIn(server.url);
  await ada.environment("Staging");
  await page.goto("/analytics");
  await page.getByRole("heading", { name: "Of which environment?" }).waitFor();
  await page.getByRole("link", { name: "Staging" }).click();
  await page.getByRole("heading", { name: "Nothing was counted in the last day" }).waitFor();
  assert.deepEqual(problems, []);
  await context.close();
});
