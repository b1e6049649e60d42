// Writes a pipeline, deploys it, changes it, takes it back and deletes it, as a person does; and reads the matrix.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Agent, Person } from "./api.mjs";
import { violations } from "./axe.mjs";
import { isLive, launch, open, signIn } from "./browser.mjs";
import { Server } from "./server.mjs";

const BEAT_MILLIS = 300;
const name = "web-access-logs";
const text = (type) =>
  `sources:\n  in:\n    type: ${type}\n    format: json\nsinks:\n  out:\n    type: blackhole\n    inputs: [in]\n`;

let server;
let browser;
let person;
let environment;
let pipeline;
let page;
let problems;
let stops;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  person = await Person.signIn(server.url);
  environment = await person.environment("Harbour");
  pipeline = await person.call("POST", "/pipelines", {
    environmentId: environment.id,
    name,
    config: text("demo_logs"),
  });
  const agents = await Promise.all(
    ["quay-1", "quay-2", "quay-3"].map((host) => Agent.enroll(server.url, environment.token, host)),
  );
  // They run what they are told to, a moment later.
  stops = agents.map((agent) =>
    agent.every(BEAT_MILLIS, async () => {
      const told = await agent.config();
      await agent.beat(
        told.map(({ pipelineId }) => pipelineId),
        { version: told[0]?.version },
      );
    }),
  );
  ({ page, problems } = await open(browser, server.url));
  page.setDefaultTimeout(20_000);
  await signIn(page);
  await isLive(page);
});
after(async () => {
  await Promise.all((stops ?? []).map((stop) => stop().catch(() => undefined)));
  await Promise.all([browser?.close(), server?.stop()]);
});

const button = (label) => page.getByRole("button", { name: label });
const write = async (config) => {
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(config);
};
const deployed = (version) => page.getByText(`All 3 nodes run version ${version}`);

test("problems show while somebody types, with a way to their place", async () => {
  await page.goto(`/pipelines/${pipeline.id}`);
  await page.getByRole("link", { name: "Configuration" }).click();
  await page.getByText("No problems found").waitFor();
  await write(text("demo_logs").replace("[in]", "[inn]"));
  await page.getByText("1 error, 1 warning").waitFor();
  assert.ok(await button("Deploy…").isDisabled());
  assert.deepEqual(await violations(page), []);
  await button(/does not exist/).click();
  assert.equal(await page.evaluate(() => document.getSelection()?.anchorNode?.textContent), "inn");
  await page.keyboard.press("/");
  assert.ok(page.url().includes("/configuration"), "keys of the page are text in the editor");
});

test("what broke keeps the last graph, dimmed", async () => {
  await write("sources: [");
  await page.getByText("of the text before it broke").waitFor();
  assert.equal(await page.locator(".preview-place[inert] .component").count(), 2);
});

test("nothing that was not saved is left without asking", async () => {
  await page.getByRole("link", { name: "Versions" }).click();
  await page.getByRole("heading", { name: "Leave without saving?" }).waitFor();
  await button("Cancel").click();
  assert.ok(page.url().includes("/configuration"));
  await page.goBack();
  await page.getByRole("heading", { name: "Leave without saving?" }).waitFor();
  await button("Cancel").click();
  assert.ok(page.url().includes("/configuration"));
});

test("a draft that somebody else saved is not written over unasked", async () => {
  await write(text("stdin"));
  await page.getByText("No problems found").waitFor();
  await person.call("PUT", `/pipelines/${pipeline.id}`, { config: text("demo_logs").replace("json", "syslog") });
  await button("Save draft").click();
  await page.getByText(/Somebody else saved another draft/).waitFor();
  await button("Save mine over theirs").click();
  await page.getByText("Draft saved, not deployed").waitFor();
  const kept = await person.call("GET", `/pipelines/${pipeline.id}`);
  assert.equal(kept.config, text("stdin"));
});

test("a deploy reaches its nodes before the eyes", async () => {
  await button("Deploy…").click();
  await page.getByText(/^Reaches every node/).waitFor();
  await page.getByLabel("What changes, and why").fill("The first of it");
  assert.deepEqual(await violations(page), []);
  await button("Deploy version 1").click();
  await deployed(1).waitFor();
  assert.deepEqual(await violations(page), []);
  assert.ok(page.url().endsWith("/deployment") || page.url().includes("/deployment?"));
});

test("versions tell what changed, and one leads back", async () => {
  await page.getByRole("link", { name: "Configuration" }).click();
  await page.getByText("Deployed as version 1").waitFor();
  await write(text("demo_logs"));
  await page.getByText("No problems found").waitFor();
  await button("Deploy…").click();
  await page.locator(".diff .added", { hasText: "demo_logs" }).waitFor();
  await button("Deploy version 2").click();
  await deployed(2).waitFor();
  await page.getByRole("link", { name: "Versions" }).click();
  await page.locator(".diff .removed", { hasText: "stdin" }).waitFor();
  await page.getByText("The first of it").waitFor();
  assert.deepEqual(await violations(page), []);
  await button("Roll back… to version 1").click();
  await button("Deploy as version 3").click();
  await deployed(3).waitFor();
});

test("the matrix has it, and is walked by keys", async () => {
  await page.goto(`/deployments?q=${name}`);
  const cell = page.locator('[data-spot="0 0"]');
  await cell.waitFor();
  await page.getByRole("gridcell", { name: `${name} on quay-1: running, version 3` }).waitFor();
  assert.deepEqual(await violations(page), []);
  await cell.focus();
  await page.keyboard.press("ArrowUp");
  await page.locator('[data-spot="-1 0"]:focus', { hasText: "quay-1" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.locator('[data-spot="0 0"]:focus').waitFor();
  await page.keyboard.press("Control+End");
  await page.locator('[data-spot]:not([data-spot="0 0"]):focus').waitFor();
  await page.keyboard.press("Control+Home");
  await page.locator('[data-spot="0 0"]:focus').waitFor();
  await page.keyboard.press("Enter");
  await page.getByText(/^Version 3 was deployed/).waitFor();
});

test("it is taken off its nodes, and deleted by its name", async () => {
  await button("Undeploy…").click();
  await button("Undeploy").click();
  await page
    .getByText(/^No node (is to run it|runs this pipeline)/)
    .first()
    .waitFor();
  await button("Delete the pipeline…").click();
  await page.getByLabel(/to say that you mean it/).fill("another");
  await button("Delete the pipeline").click();
  await page.getByText("That is not the name of the pipeline.").waitFor();
  await page.getByLabel(/to say that you mean it/).fill(name);
  await button("Delete the pipeline").click();
  await page.getByRole("heading", { level: 1, name: "Pipelines" }).waitFor();
  await assert.rejects(person.call("GET", `/pipelines/${pipeline.id}`), /404/);
  assert.deepEqual(problems, []);
});
