import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Agent, Person } from "./api.mjs";
import { isLive, launch, open, signIn } from "./browser.mjs";
import { Server } from "./server.mjs";

let server;
let browser;
let agents;
let pipeline;
before(async () => {
  [server, browser] = await Promise.all([Server.start("serve", ["--heartbeat-interval-ms", "60000"]), launch()]);
  const person = await Person.signIn(server.url);
  const environment = await person.environment("Harbour");
  pipeline = await person.pipeline(environment.id, "web-access-logs");
  agents = [];
  for (const name of ["quay-1", "quay-2", "quay-3"]) {
    const agent = await Agent.enroll(server.url, environment.token, name);
    await agent.beat([pipeline]);
    agents.push(agent);
  }
  await person.call("PUT", `/nodes/${agents[0].nodeId}`, { labels: { zone: "north" } });
});
after(() => Promise.all([browser?.close(), server?.stop()]));

const groups = (page) => page.locator(".wall-frame li").allTextContents();

test("the wall groups nodes by a label, and a change of status shows where it is", async () => {
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/fleet");
  await page.getByRole("button", { name: "Wall" }).click();
  await page.getByRole("application", { name: /Wall of 3 nodes/ }).waitFor();
  await page.getByRole("button", { name: "Groups: Not grouped" }).click();
  await page.getByRole("menuitemradio", { name: "zone" }).click();
  await page.waitForURL(/group=zone/);
  await page.locator(".wall-frame li", { hasText: "north" }).waitFor({ state: "attached" });
  assert.deepEqual((await groups(page)).sort(), ["north: 1", "without zone: 2"]);
  await isLive(page);
  await agents[0].beat([pipeline], { status: "CRASHED" });
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".wall-frame li")].some((one) => one.textContent === "north: 1 · 1 degraded"),
  );
  assert.deepEqual(problems, []);
  await context.close();
});

test("arrow keys walk through the wall, each cell is told, and Enter opens its node", async () => {
  const { page, context } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/fleet?view=wall");
  const wall = page.getByRole("application");
  await wall.waitFor();
  await page.getByRole("button", { name: "Wall" }).focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await page.locator(".wall-frame [aria-live]").getByText("quay-1").waitFor({ state: "attached" });
  await page.keyboard.press("ArrowRight");
  await page
    .locator(".wall-frame [aria-live]")
    .getByText(/quay-2, healthy.*2 of 3/)
    .waitFor({ state: "attached" });
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "quay-2" }).waitFor();
  await context.close();
});

test("a wall of one status gains and loses nodes as they change", async () => {
  const { page, context } = await open(browser, server.url);
  await agents[1].beat([pipeline]);
  await signIn(page);
  await page.goto("/fleet?view=wall&status=DEGRADED");
  await isLive(page);
  for (const agent of agents) await agent.beat([pipeline]);
  await page.getByText("No node matches").waitFor();
  await page.getByText("0 nodes match").waitFor();
  await agents[1].beat([pipeline], { status: "CRASHED" });
  await page.getByRole("application", { name: /Wall of 1 node/ }).waitFor();
  await page.getByText("1 node match").waitFor();
  await agents[1].beat([pipeline]);
  await page.getByText("No node matches").waitFor();
  await context.close();
});
