import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Agent, Person } from "./api.mjs";
import { isLive, launch, open, signIn } from "./browser.mjs";
import { Server } from "./server.mjs";

let server;
let browser;
let agent;
let pipeline;

before(async () => {
  [server, browser] = await Promise.all([
    Server.start("serve", ["--heartbeat-interval-ms", "60000"]),
    // A name that is not this machine's own, so that the page is not in a secure context.
    launch(["--host-resolver-rules=MAP systole.lan 127.0.0.1"]),
  ]);
  const person = await Person.signIn(server.url);
  const environment = await person.environment("Harbour");
  pipeline = await person.pipeline(environment.id, "web-access-logs");
  agent = await Agent.enroll(server.url, environment.token, "quay-1");
  await agent.beat([pipeline]);
});
after(() => Promise.all([browser?.close(), server?.stop()]));

test("by plain HTTP from another host the page works, and each tab reads for itself", async () => {
  const { page, context, problems } = await open(browser, `http://systole.lan:${server.port}`);
  await signIn(page);
  assert.equal(await page.evaluate(() => isSecureContext), false);
  const tabs = [page, await context.newPage()];
  for (const tab of tabs) {
    await tab.goto("/fleet");
    await isLive(tab);
    await tab.locator(".body .row", { hasText: "quay-1" }).getByText("Healthy").waitFor();
  }
  await agent.beat([pipeline], { status: "CRASHED" });
  for (const tab of tabs) {
    await tab.locator(".body .row", { hasText: "quay-1" }).getByText("Degraded").waitFor();
    assert.equal(await tab.locator("[data-sonner-toast][data-type=error]", { hasText: "web-access-logs" }).count(), 1);
  }
  assert.deepEqual(problems, []);
  await context.close();
});
