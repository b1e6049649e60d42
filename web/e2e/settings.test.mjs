import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Agent, Person } from "./api.mjs";
import { isLive, launch, open, signIn } from "./browser.mjs";
import { EMAIL, Server } from "./server.mjs";

let server;
let browser;
let ada;
before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  ada = await Person.signIn(server.url);
});
after(() => Promise.all([browser?.close(), server?.stop()]));

test("an empty server is filled: the first environment, a token shown once, and the node appears by itself", async () => {
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.getByLabel("Name of the environment").fill("Production");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("heading", { name: "Enroll the first node into Production" }).waitFor();

  await page.goto("/settings/enrollment");
  await isLive(page);
  await page.getByRole("button", { name: "Create an enrollment token" }).click();
  const command = await page.locator(".copyable code").textContent();
  assert.match(command, new RegExp(`^VF_URL=${server.url} VF_TOKEN=vf_enroll_[0-9a-f]+ vf-agent$`));
  const token = command.split("VF_TOKEN=")[1].split(" ")[0];
  await page
    .getByRole("table", { name: "Enrollment tokens" })
    .getByText(`…${token.slice(-4)}`)
    .waitFor();
  await page.getByText("Waiting for the first heartbeat").waitFor();

  const agent = await Agent.enroll(server.url, token, "edge-1");
  const arrived = page.getByRole("list", { name: "Nodes that enrolled" });
  await arrived.getByText("enrolled, not heard yet").waitFor();
  await agent.beat([]);
  await arrived.getByText("Healthy").waitFor();
  await arrived.getByRole("link", { name: "edge-1" }).click();
  await page.getByRole("heading", { level: 1, name: "edge-1" }).waitFor();

  await page.goto("/settings/enrollment");
  await page.getByRole("button", { name: /^Delete the token/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("No token can enroll a node now.").waitFor();
  await assert.rejects(Agent.enroll(server.url, token, "edge-2"), /401/);
  assert.deepEqual(problems, []);
  await context.close();
});

test("people are given roles, and see what these let them do", async () => {
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/settings/members");
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByLabel("Email").fill("vera@example.org");
  await page.getByLabel("Password").fill("long enough for her");
  await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
  await page.getByRole("table", { name: "Accounts" }).getByTitle("vera@example.org").waitFor();
  await page.getByRole("button", { name: "Add a member to Production" }).click();
  await page.getByLabel("Person").selectOption({ label: "vera@example.org" });
  await page.getByRole("dialog").getByRole("button", { name: "Add" }).click();
  const role = page.getByLabel("Role of vera@example.org");
  await role.waitFor();

  const hers = await open(browser, server.url);
  await signIn(hers.page, "vera@example.org", "long enough for her");
  await hers.page.goto("/settings/members");
  await hers.page.getByText("Admins of the team choose who is in it.").waitFor();
  assert.equal(await hers.page.getByRole("button", { name: /Add a member|Remove|Create/ }).count(), 0);
  await hers.page.goto("/settings/enrollment");
  await hers.page.getByText("Ask an admin of your team for the token.").waitFor();
  assert.equal(await hers.page.getByRole("button", { name: /Create|Delete/ }).count(), 0);

  await role.selectOption("ADMIN");
  await page.getByText("vera@example.org is Admin of Production now").waitFor();
  await hers.page.goto("/settings/enrollment");
  await hers.page.getByRole("button", { name: "Create an enrollment token" }).waitFor();

  await page.getByRole("button", { name: "Remove vera@example.org" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await role.waitFor({ state: "detached" });
  await hers.page.goto("/");
  await hers.page.getByRole("heading", { name: "You are in no team yet" }).waitFor();
  assert.deepEqual([...problems, ...hers.problems], []);
  await Promise.all([context.close(), hers.context.close()]);
});

test("an API token is shown once, works, and ends when it is deleted", async () => {
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "API tokens" }).click();
  await page.getByRole("button", { name: "Create a token" }).click();
  await page.getByLabel("Name").fill("nightly report");
  await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
  const token = await page.getByRole("dialog").locator(".copyable code").first().textContent();
  const ask = () => fetch(`${server.url}/api/v1/session`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal((await ask()).status, 200);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Delete nightly report" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("You have no token.").waitFor();
  assert.equal((await ask()).status, 401);
  assert.deepEqual(problems, []);
  await context.close();
});

test("how long history is kept is told", async () => {
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/settings/retention");
  await page.getByRole("row", { name: "Log lines 3 days" }).waitFor();
  await page.getByRole("row", { name: "Audit for ever" }).waitFor();
  assert.deepEqual(problems, []);
  await context.close();
});

test("the audit tells what was done, and its filters are in the address", async () => {
  const { id } = await ada.environment("Audited");
  await ada.pipeline(id, "<b>bold</b>");
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/settings/audit");
  const entry = page.locator(".audit li", { hasText: "deployed a pipeline" }).first();
  await entry.waitFor();
  assert.match(await entry.textContent(), /<b>bold<\/b>.*First version/);
  await entry.locator("summary").click();
  await entry.getByRole("button", { name: `All that ${EMAIL} did` }).click();
  await page.waitForURL(/actor=/);
  await page.getByLabel("What was done").selectOption("session.create");
  await page.waitForURL(/action=session\.create/);
  await page.reload();
  await page.locator(".audit li").first().waitFor();
  const deeds = await page.locator(".audit .deed").allTextContents();
  assert.ok(
    deeds.every((deed) => deed.startsWith("signed in")),
    deeds.join(),
  );
  assert.deepEqual(problems, []);
  await context.close();
});
