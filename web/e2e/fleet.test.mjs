import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Agent, Person } from "./api.mjs";
import { isLive, launch, open, signIn } from "./browser.mjs";
import { Server } from "./server.mjs";

/** With one whose every heartbeat is asked for. */
const NODES = 10_000;
/** More than that are not drawn, however many there are. */
const DRAWN_MOST = 80;
/** A row that is three loads down. */
const DEEP = 500;
const ENROLLED_MILLIS_MAX = 120_000;
const FOLLOWED_MILLIS_MAX = 10_000;

let server;
let browser;
let person;
let deep;

before(async () => {
  // Silences that the demo has of itself must not make a node unreachable.
  const slow = ["--heartbeat-interval-ms", "60000", "--unreachable-after", "100", "--connections", "64"];
  [server, browser] = await Promise.all([Server.start("demo", ["--nodes", String(NODES - 1), ...slow]), launch()]);
  person = await Person.signIn(server.url);
  await until("all are enrolled", ENROLLED_MILLIS_MAX, async () => {
    const { nodes } = await person.call("GET", "/fleet/summary");
    return nodes.total === NODES - 1 || `${nodes.total} nodes`;
  });
  const { items } = await person.call("GET", `/nodes?sort=name&limit=${DEEP}`);
  const { token } = await person.call("POST", `/environments/${items[0].environmentId}/enrollment-token`, {});
  deep = await Agent.enroll(server.url, token, `${items.at(-1).name}-next`);
});
after(() => Promise.all([browser?.close(), server?.stop()]));

/** Asks again until the answer is true; else says what it was. */
async function until(what, millis, ask) {
  const end = Date.now() + millis;
  for (;;) {
    const answer = await ask();
    if (answer === true) return;
    if (Date.now() > end) throw new Error(`${what}: not after ${millis} ms: ${answer}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const rows = (page) => page.locator(".nodes .body .row");

/** The ids that the page asks the stream for, as they change. */
function asked(page) {
  const filters = [];
  page.on("request", (request) => {
    if (request.method() === "PUT" && request.url().endsWith("/filter")) filters.push(request.postDataJSON().nodeIds);
  });
  return filters;
}

const idsInView = (page) =>
  rows(page)
    .locator(".c-name a")
    .evaluateAll((links) => links.map((link) => new URL(link.href).pathname.split("/").at(-1)));

test("of ten thousand nodes those in view are drawn and listened to, wherever somebody scrolls", async () => {
  const { page, context, problems } = await open(browser, server.url);
  const filters = asked(page);
  await signIn(page);
  await page.goto("/fleet?sort=name");
  await page.getByText("10,000 nodes").waitFor();
  await isLive(page);
  const first = await idsInView(page);
  for (let ends = 0; ends < 3; ends += 1) {
    const before = await page.locator(".nodes .body").evaluate((body) => body.clientHeight);
    await page.locator(".table.nodes").evaluate((table) => table.scrollTo(0, table.scrollHeight));
    await page.waitForFunction((height) => document.querySelector(".nodes .body").clientHeight > height, before);
  }
  await page.locator(".table.nodes").evaluate((table, rows) => table.scrollTo(0, (rows - 10) * 32), DEEP);
  const row = rows(page).filter({ hasText: "-next" });
  await row.getByText("Unknown").waitFor();
  await until("the stream is asked for what is in view", FOLLOWED_MILLIS_MAX, async () => {
    const [wanted, seen] = [filters.at(-1), await idsInView(page)].map((ids) => [...(ids ?? [])].sort().join());
    return wanted === seen || `${wanted} for ${seen}`;
  });
  const shown = await idsInView(page);
  assert.ok(shown.length < DRAWN_MOST, `${shown.length} rows are drawn`);
  assert.ok(!shown.some((id) => first.includes(id)));
  await deep.beat([]);
  await row.getByText("Healthy").waitFor();
  assert.deepEqual(problems, []);
  await context.close();
});

test("one of ten thousand is found by its name, and those in trouble by their status", async () => {
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/fleet");
  await page.getByRole("searchbox", { name: "Search nodes" }).fill("-next");
  await page.getByText(/^1 node matches$/).waitFor();
  assert.deepEqual(await idsInView(page), [deep.nodeId]);
  await page.getByRole("searchbox", { name: "Search nodes" }).fill("");
  await page.getByRole("button", { name: /Degraded/ }).click();
  await page.waitForURL(/status=DEGRADED/);
  await rows(page).first().getByText("Degraded").waitFor();
  assert.deepEqual(problems, []);
  await context.close();
});

test("the wall shows all ten thousand at once, and follows what happens to one", async () => {
  const { page, context, problems } = await open(browser, server.url);
  await signIn(page);
  await page.goto("/fleet?view=wall");
  await page.getByRole("application", { name: /Wall of 10,000 nodes/ }).waitFor();
  await isLive(page);
  const { items } = await person.call("GET", "/nodes?status=HEALTHY&limit=1");
  await person.call("POST", `/nodes/${items[0].id}/revoke`);
  await page
    .locator(".wall-frame li", { hasText: /^All nodes: 10,000 .*(?<!\d)1 unreachable/ })
    .waitFor({ state: "attached" });
  assert.deepEqual(problems, []);
  await context.close();
});
