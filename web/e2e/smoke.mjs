// Signs in to a running demo, sees a value change by itself on each page, and takes pictures of them.
//
//     SYSTOLE_URL=http://127.0.0.1:4173 npm run e2e
//
// The address is of whatever serves the page: `npm run preview`, which hands /api on, or the server itself.

import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const url = process.env.SYSTOLE_URL;
if (!url) throw new Error("SYSTOLE_URL is the address of a running demo");
const shots = new URL("shots/", import.meta.url).pathname;
mkdirSync(shots, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

const problems = [];

async function open(width, height, colorScheme, storageState) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, baseURL: url, storageState });
  const page = await context.newPage();
  page.on("pageerror", (problem) => problems.push(String(problem)));
  page.on("console", (message) => {
    // Before signing in the server answers 401, which the browser tells by itself.
    if (message.type() === "error" && !/status of 40[14]/.test(message.text())) problems.push(message.text());
  });
  return page;
}

async function changes(page, selector) {
  const before = await page.locator(selector).allTextContents();
  if (before.length === 0) throw new Error(`nothing is ${selector}`);
  await page.waitForFunction(
    ([where, texts]) => [...document.querySelectorAll(where)].map((one) => one.textContent).join() !== texts,
    [selector, before.join()],
    { timeout: 15_000 },
  );
}

function check(name, holds) {
  if (!holds) throw new Error(`not so: ${name}`);
  console.log(`ok  ${name}`);
}

try {
  const page = await open(1440, 900, "dark");
  await page.goto("/setup");
  await page.getByRole("heading", { name: "Set up the first account" }).waitFor();
  check("the first set-up has a page", true);
  await page.goto("/");
  await page.screenshot({ path: `${shots}sign-in-dark-1440.png` });
  await page.getByLabel("Email").fill("demo@systole.test");
  await page.getByLabel("Password").fill("not it");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Email or password is wrong.").waitFor();
  check("a wrong password is told", true);
  await page.getByLabel("Password").fill("heartbeat");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: /node/ }).waitFor();
  check("the overview says how the fleet is", true);
  await page.getByText("Live", { exact: true }).waitFor();
  check("the stream is live", true);
  await changes(page, ".figure .value");
  check("figures of the overview change", true);

  await page.keyboard.press("g");
  await page.keyboard.press("f");
  await page.locator(".body .row").first().waitFor();
  const row = ".body .row .c-in .value";
  await page.waitForFunction((where) => document.querySelectorAll(where).length > 5, row);
  await changes(page, row);
  check("rates of the fleet change", true);
  await page.keyboard.press("/");
  await page.locator("#search:focus").waitFor();
  await page.keyboard.type("00007");
  await page.waitForFunction(() => document.querySelectorAll(".body .row").length === 1);
  check("search narrows the fleet, and is in the address", page.url().includes("q=00007"));
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll(".body .row").length === 1);
  check("a reload shows the same", (await page.getByLabel("Search nodes").inputValue()) === "00007");

  await page.locator(".body .row a").first().click();
  await page.getByRole("heading", { level: 1, name: "node-00007" }).waitFor();
  await changes(page, ".pipelines .value");
  check("rates of a node's pipelines change", true);
  const nodePath = new URL(page.url()).pathname;

  const second = await page.context().newPage();
  await second.goto("/fleet");
  await second.getByText("Live", { exact: true }).waitFor();
  await second.waitForFunction((where) => document.querySelectorAll(where).length > 5, row);
  await changes(second, row);
  check("a second tab lives on the stream of the first", true);
  await page.close();
  await second.getByText("Live", { exact: true }).waitFor();
  await changes(second, row);
  check("and reads for itself when the first is closed", true);

  const storageState = await second.context().storageState();
  for (const scheme of ["dark", "light"]) {
    for (const [width, height] of [
      [1440, 900],
      [390, 844],
    ]) {
      const view = await open(width, height, scheme, storageState);
      for (const [name, path] of [
        ["overview", "/"],
        ["fleet", "/fleet"],
        ["node", nodePath],
      ]) {
        await view.goto(path);
        await view.getByText("Live", { exact: true }).waitFor();
        await view.waitForTimeout(4_000);
        await view.screenshot({ path: `${shots}${name}-${scheme}-${width}.png` });
        const isWide = await view.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        check(`${name} fits ${width} px, ${scheme}`, !isWide);
      }
      await view.context().close();
    }
  }
  check(`the console is quiet${problems.map((problem) => `\n    ${problem}`).join("")}`, problems.length === 0);
} finally {
  await browser.close();
}
