import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Agent, Person } from "./api.mjs";
import { isLive, launch, open, signIn } from "./browser.mjs";
import { Server } from "./server.mjs";

let server;
let browser;
let environment;
let pipeline;
let agent;
before(async () => {
  [server, browser] = await Promise.all([Server.start("serve", ["--flush-interval-ms", "1000"]), launch()]);
  const person = await Person.signIn(server.url);
  environment = await person.environment("Harbour");
  pipeline = await person.pipeline(environment.id, "web-access-logs");
  agent = await Agent.enroll(server.url, environment.token, "quay-1");
  await agent.beat([pipeline]);
});
after(() => Promise.all([browser?.close(), server?.stop()]));

const say = (...lines) => agent.post("logs", [{ pipelineId: pipeline, lines }]);
const line = (page, text) => page.getByRole("option").filter({ hasText: text });

test("past and new lines that pass the filters are shown, and the filters are in the address", async () => {
  await say("WARN disk is nearly full", "INFO disk is fine", "ERROR network is gone");
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/logs?level=WARN");
  await isLive(page);
  await line(page, "network is gone").waitFor();
  await line(page, "disk is nearly full").waitFor();
  assert.equal(await line(page, "disk is fine").count(), 0);
  await page.getByLabel("Search for words").fill("DIS* full");
  await page.waitForURL(/q=DIS/);
  await line(page, "network is gone").waitFor({ state: "detached" });
  await say("WARN network is slow", "ERROR the discs are full", "ERROR disk \u001b[31mfull\u001b[0m <b>now</b>");
  await line(page, "disk full <b>now</b>").waitFor();
  await line(page, "the discs are full").waitFor();
  assert.equal(await line(page, "network is slow").count(), 0);
  await page.reload();
  await line(page, "the discs are full").waitFor();
  assert.equal(await page.getByRole("option").count(), 3);
  assert.deepEqual(problems, []);
  await context.close();
});

test("who scrolls up is left there and told how many lines came, and older ones load", async () => {
  for (let part = 0; part < 4; part++) {
    await say(...Array.from({ length: 150 }, (_, index) => `INFO walk ${part * 150 + index} end`));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { page, context } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/logs?q=walk");
  await isLive(page);
  await line(page, "walk 599 end").waitFor();
  await page.getByText("200 lines loaded").waitFor();
  const lines = page.getByRole("listbox");
  await lines.evaluate((element) => element.scrollTo({ top: 100 }));
  await page.getByText("400 lines loaded").waitFor();
  const firstSeen = () =>
    lines.evaluate((element) => {
      const { top } = element.getBoundingClientRect();
      const all = [...element.querySelectorAll("[role=option]")];
      return all.find((one) => one.getBoundingClientRect().top >= top)?.textContent;
    });
  const before = await firstSeen();
  await say("INFO walk on", "INFO walk away");
  await page.getByRole("button", { name: "2 new lines" }).click();
  await line(page, "walk away").waitFor();
  assert.notEqual(await firstSeen(), before);
  await context.close();
});

test("a line opens to show all there is of it", async () => {
  await say('{"level":"error","message":"not written","host":{"disk":"<sda>"}}');
  const { page, context } = await open(browser, server.url);
  await signIn(page);
  await page.goto(`/logs?pipeline=${pipeline}`);
  await line(page, "not written").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText('"disk": "<sda>"').waitFor();
  await dialog.getByRole("link", { name: "web-access-logs" }).waitFor();
  await dialog.getByRole("link", { name: "quay-1" }).click();
  await page.getByRole("heading", { level: 1, name: "quay-1" }).waitFor();
  await context.close();
});

test("an export has the lines that are shown", async () => {
  const { page, context } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/logs?q=network");
  await line(page, "network is gone").waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export" }).click();
  const stream = await (await download).createReadStream();
  let text = "";
  for await (const part of stream) text += part;
  const messages = text.trim().split("\n");
  assert.equal(messages.length, 2);
  assert.ok(messages.every((one) => JSON.parse(one).message.includes("network")));
  await context.close();
});
