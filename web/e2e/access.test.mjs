import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person } from "./api.mjs";
import { violations } from "./axe.mjs";
import { isLive, launch, open, signIn } from "./browser.mjs";
import { everyPage } from "./pages.mjs";
import { Server } from "./server.mjs";

/** Until what a page asks for is there, and nothing on it is on its way in or out. */
const SETTLED_MILLIS = 1_500;
const READY_MILLIS_MAX = 60_000;

let server;
let browser;
let pages;

before(readyPages, { timeout: READY_MILLIS_MAX });
async function readyPages() {
  [server, browser] = await Promise.all([Server.start("demo", ["--nodes", "24"]), launch()]);
  const person = await Person.signIn(server.url);
  while ((await person.call("GET", "/nodes")).items.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  pages = await everyPage(person);
  for (const tab of ["environments", "members", "tokens", "retention", "audit"]) {
    pages[tab] = pages.settings.replace("enrollment", tab);
  }
}
after(() => Promise.all([browser?.close(), server?.stop()]));

for (const [colorScheme, viewport] of [
  ["dark", { width: 1440, height: 900 }],
  ["light", { width: 390, height: 844 }],
]) {
  test(`every page can be read by all, ${colorScheme} and ${viewport.width} pixels wide`, async () => {
    const { page, context, problems } = await open(browser, server.url, { colorScheme, viewport });
    await page.goto("/");
    await page.getByLabel("Email").waitFor();
    const found = { "sign-in": await violations(page) };
    await signIn(page);
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(path);
      await isLive(page);
      await page.waitForTimeout(SETTLED_MILLIS);
      found[name] = await violations(page);
    }
    const wrong = Object.entries(found).filter(([, each]) => each.length > 0);
    assert.deepEqual(wrong, []);
    assert.deepEqual(problems, []);
    await context.close();
  });
}
