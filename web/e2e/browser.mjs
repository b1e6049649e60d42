// Chromium as somebody uses it: pages that fail the test when their console has errors.

import { chromium } from "playwright-core";
import { EMAIL, PASSWORD } from "./server.mjs";

export const launch = (options = []) =>
  chromium.launch({
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
      ...options,
    ],
  });

/** What a browser says by itself of calls that were refused or not answered, which tests bring about. */
const EXPECTED =
  /status of 4\d\d|status of 503|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE/;

/** A window of its own, with nothing stored; `problems` fills with what goes wrong in it. */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1440, height: 900 }, ...options });
  const problems = [];
  context.on("weberror", (error) => problems.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error" && !EXPECTED.test(message.text())) problems.push(message.text());
  });
  const page = await context.newPage();
  return { context, page, problems };
}

export async function signIn(page, email = EMAIL, password = PASSWORD) {
  await page.goto("/");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
}

export const isLive = (page) => page.getByText("Live", { exact: true }).waitFor({ timeout: 15_000 });

/** Waits until the texts of what is selected are others. */
export async function changes(page, selector) {
  const before = await page.locator(selector).allTextContents();
  if (before.length === 0) throw new Error(`nothing is ${selector}`);
  await page.waitForFunction(
    ([where, texts]) => [...document.querySelectorAll(where)].map((one) => one.textContent).join() !== texts,
    [selector, before.join()],
    { timeout: 15_000 },
  );
}
