import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Agent, Person } from "./api.mjs";
import { launch, open, signIn } from "./browser.mjs";
import { Server } from "./server.mjs";

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const person = await Person.signIn(server.url);
  const environment = await person.environment("Harbour");
  for (const name of ["quay-1", "quay-2", "crane-1"]) {
    await (await Agent.enroll(server.url, environment.token, name)).beat([]);
  }
});
after(() => Promise.all([browser?.close(), server?.stop()]));

test("a few keys lead to a node", async () => {
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox");
  await field.fill("quay");
  await page.getByRole("option", { name: "quay-2" }).waitFor();
  await page.getByRole("option", { name: "crane-1" }).waitFor({ state: "detached" });
  const first = page.locator("[role=option][aria-selected=true]");
  assert.match(await first.textContent(), /quay-1/);
  await page.keyboard.press("ArrowDown");
  assert.match(await first.textContent(), /quay-2/);
  assert.equal(await field.getAttribute("aria-activedescendant"), await first.getAttribute("id"));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "quay-2" }).waitFor();
  assert.deepEqual(problems, []);
  await context.close();
});

test("the button of the header opens it, Escape closes it, and the theme can be picked there", async () => {
  const { page, context } = await open(browser, server.url, { colorScheme: "dark" });
  await signIn(page);
  await page.getByRole("button", { name: "Go to anything" }).click();
  await page.getByRole("combobox").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Go to anything" }).click();
  await page.getByRole("combobox").fill("light");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.documentElement.style.colorScheme === "light");
  await context.close();
});

test("a question mark tells the keys, but not in a field", async () => {
  const { page, context } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/fleet");
  await page.getByLabel("Search nodes").fill("");
  await page.keyboard.type("?");
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.getByLabel("Search nodes").blur();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await context.close();
});
