// A deploy that goes wrong, where it is followed and in the matrix; and what viewers are not offered.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Agent, Person } from "./api.mjs";
import { violations } from "./axe.mjs";
import { isLive, launch, open, signIn } from "./browser.mjs";
import { Server } from "./server.mjs";

let server;
let browser;
let person;
let harbour;
let pipeline;

before(async () => {
  // Nodes are heard once, and are to stay as they are.
  [server, browser] = await Promise.all([Server.start("serve", ["--heartbeat-interval-ms", "60000"]), launch()]);
  person = await Person.signIn(server.url);
  harbour = await person.environment("Harbour");
  pipeline = await person.pipeline(harbour.id, "web-access-logs");
  const hosts = ["quay-1", "quay-2", "quay-3"];
  const agents = await Promise.all(hosts.map((host) => Agent.enroll(server.url, harbour.token, host)));
  for (const agent of agents) await agent.beat([pipeline]);
  await person.call("POST", `/pipelines/${pipeline}/deploy`, { changelog: "Once more" });
  await agents[0].beat([pipeline], { version: 2 });
  await agents[1].beat([pipeline], { version: 2, status: "CRASHED" });
  await agents[2].beat([pipeline], { version: 1 });
});
after(() => Promise.all([browser?.close(), server?.stop()]));

test("a deploy that goes wrong says how many nodes, and shows them first", async () => {
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.goto(`/pipelines/${pipeline}/deployment`);
  await page.getByText("1 of 3 nodes runs version 2; 1 to go; 1 failed").waitFor();
  const first = page.locator(".body .row").first();
  assert.match(await first.textContent(), /quay-2.*Crashed.*Failed/);
  assert.equal(await page.locator(".row", { hasText: "quay-3" }).locator(".hatched").textContent(), "1");
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(problems, []);
  await context.close();
});

test("the matrix is of one environment, and shows what has drifted", async () => {
  await person.environment("Lighthouse");
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await isLive(page);
  await page.goto("/deployments");
  await page.getByRole("heading", { name: "Of which environment?" }).waitFor();
  await page.getByRole("link", { name: "Harbour" }).click();
  await page.getByText("1 pipeline on 3 nodes").waitFor();
  await page.getByRole("button", { name: "Drifted only" }).click();
  const cells = page.getByRole("gridcell");
  await page.waitForFunction(() => document.querySelectorAll("[role=gridcell]").length === 1);
  assert.equal(
    await cells.getAttribute("aria-label"),
    "web-access-logs on quay-3: deploying, version 1, is to run version 2, drifted",
  );
  assert.ok(page.url().includes("drift=true"));
  assert.deepEqual(await violations(page), []);
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll("[role=gridcell]").length === 1);
  await cells.click();
  await page.getByText(/^Version 2 was deployed/).waitFor();
  assert.deepEqual(problems, []);
  await context.close();
});

test("viewers read, and are offered nothing that would be refused", async () => {
  const password = "another long password";
  const viewer = await person.call("POST", "/users", { email: "vera@example.org", password });
  await person.call("PUT", `/teams/${harbour.teamId}/members/${viewer.id}`, { role: "VIEWER" });
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page, "vera@example.org", password);
  await page.goto(`/pipelines/${pipeline}/configuration`);
  await page.getByText("Only editors of Harbour may change it.").waitFor();
  const text = await page.locator(".cm-content").textContent();
  await page.locator(".cm-content").click();
  await page.keyboard.type("x");
  assert.equal(await page.locator(".cm-content").textContent(), text);
  for (const tab of ["Versions", "Deployment"]) {
    await page.getByRole("link", { name: tab, exact: true }).click();
    await page.getByText(tab === "Versions" ? "Once more" : /nodes runs version 2/).waitFor();
    assert.equal(await page.getByRole("button", { name: /Roll back|Undeploy|Delete|Deploy…/ }).count(), 0);
  }
  assert.deepEqual(problems, []);
  await context.close();
});
