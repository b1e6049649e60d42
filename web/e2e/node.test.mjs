import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Agent, Person } from "./api.mjs";
import { launch, open, signIn } from "./browser.mjs";
import { Server } from "./server.mjs";

let server;
let browser;
let person;
let environment;
let agent;
before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  person = await Person.signIn(server.url);
  environment = await person.environment("Harbour");
  agent = await Agent.enroll(server.url, environment.token, "quay-1");
  await agent.beat([await person.pipeline(environment.id, "web-access-logs")]);
});
after(() => Promise.all([browser?.close(), server?.stop()]));

const act = async (page, name) => {
  await page.getByRole("button", { name: "Actions on the node" }).click();
  await page.getByRole("menuitem", { name, exact: true }).click();
};

test("a node is renamed, labelled and put into maintenance where it is looked at", async () => {
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.goto(`/nodes/${agent.nodeId}`);
  await act(page, "Rename");
  await page.getByRole("textbox").fill("north quay");
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByRole("heading", { level: 1, name: "north quay" }).waitFor();
  await act(page, "Edit labels");
  await page.getByRole("textbox").fill("zone");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Line 1: write it as key=value.").waitFor();
  await page.getByRole("textbox").fill("zone=north");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("zone=north").waitFor();
  await act(page, "Begin maintenance");
  await page.getByRole("button", { name: "Begin maintenance" }).click();
  await page.locator(".title").getByText("Maintenance").waitFor();
  await page.getByText("No incident in this time").waitFor();
  assert.deepEqual(problems, []);
  await context.close();
});

test("who may only look is offered nothing else", async () => {
  const viewer = await person.call("POST", "/users", { email: "vera@example.org", password: "another long password" });
  await person.call("PUT", `/teams/${environment.teamId}/members/${viewer.id}`, { role: "VIEWER" });
  const { page, context } = await open(browser, server.url);
  await signIn(page, "vera@example.org", "another long password");
  await page.goto(`/nodes/${agent.nodeId}`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByRole("heading", { name: "Details" }).waitFor();
  assert.equal(await page.getByRole("button", { name: /Actions/ }).count(), 0);
  await context.close();
});

test("a node is only deleted by who types its name", async () => {
  const other = await Agent.enroll(server.url, environment.token, "quay-2");
  await other.beat([]);
  const { page, context } = await open(browser, server.url);
  await signIn(page);
  await page.goto(`/nodes/${other.nodeId}`);
  await act(page, "Delete");
  await page.getByRole("textbox").fill("quay-1");
  await page.getByRole("button", { name: "Delete the node" }).click();
  await page.getByText("Type quay-2 to say that you mean it.").waitFor();
  await page.getByRole("textbox").fill("quay-2");
  await page.getByRole("button", { name: "Delete the node" }).click();
  await page.getByRole("heading", { level: 1, name: "Fleet" }).waitFor();
  await page.locator(".body .row").first().waitFor();
  assert.equal(await page.locator(".body .row", { hasText: "quay-2" }).count(), 0);
  await context.close();
});
