// Measures what the dashboard promises, in Chromium on servers of its own, and prints one line for each figure.
//
//     SYSTOLE=../target/release/systole npm run figures [-- --nodes 100000]

import { parseArgs } from "node:util";
import { Agent, Person } from "./api.mjs";
import { isLive, launch, open, signIn } from "./browser.mjs";
import { Server } from "./server.mjs";

const { values: options } = parseArgs({ options: { nodes: { type: "string", default: "100000" } } });
const BEATS = 100;
const BUSY_MILLIS = 15_000;

async function smallFleet() {
  const server = await Server.start("demo", ["--nodes", "1000"]);
  try {
    const person = await Person.signIn(server.url);
    const { token, id } = await person.environment("Measured");
    const pipeline = await person.pipeline(id, "measured");
    const agent = await Agent.enroll(server.url, token, "measured-node");
    await nodesReport(person, 1_000);
    const { page, context } = await open(browser, server.url);
    await signIn(page);
    await paint(page, "overview", "/", ".figure .value");
    await page.goto("/fleet?q=measured-node");
    await isLive(page);
    await agent.beat([pipeline]);
    await agent.beat([pipeline]);
    const times = await beatsToPixels(page, agent, pipeline);
    report("heartbeat sent to pixel changed, 1,000 nodes", `p50 ${at(times, 0.5)} ms, p95 ${at(times, 0.95)} ms`);
    await context.close();
  } finally {
    await server.stop();
  }
}

/** Of each heartbeat, the time until the frame that shows it has been drawn. */
async function beatsToPixels(page, agent, pipeline) {
  const times = [];
  const cell = ".body .row .c-in .value";
  await page.locator(cell).waitFor();
  for (let beat = 0; beat < BEATS; beat += 1) {
    const drawn = page.evaluate(
      (where) =>
        new Promise((resolve) => {
          const watcher = new MutationObserver(() => {
            watcher.disconnect();
            requestAnimationFrame(() => setTimeout(() => resolve(Date.now())));
          });
          watcher.observe(document.querySelector(where), { characterData: true, childList: true, subtree: true });
        }),
      cell,
    );
    // Beats come at any time between two ticks and two frames.
    await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 100));
    const sent = Date.now();
    await agent.beat([pipeline], { events: 1_000 + 997 * beat });
    times.push((await drawn) - sent);
  }
  return times.sort((one, other) => one - other);
}

async function largeFleet(nodes) {
  const interval = String(Math.max(5_000, nodes * 1.2));
  const server = await Server.start("demo", ["--nodes", String(nodes), "--heartbeat-interval-ms", interval]);
  try {
    const person = await Person.signIn(server.url);
    await nodesReport(person, nodes);
    const { page, context } = await open(browser, server.url);
    await signIn(page);
    for (const [name, path, shown] of [
      [`fleet of ${nodes} nodes, table`, "/fleet", ".body .row .c-name a"],
      [`fleet of ${nodes} nodes, wall`, "/fleet?view=wall", "canvas"],
    ]) {
      await paint(page, name, path, shown);
      await isLive(page);
      const [ofCore, ofTime] = await Promise.all(
        ["threadTicks", "timeTicks"].map((domain) => busyPercent(page, domain)),
      );
      report(`${name}: main thread busy while live`, `${ofCore} % of a core, ${ofTime} % of the time`);
    }
    await context.close();
  } finally {
    await server.stop();
  }
}

/** Waits until that many nodes are healthy or degraded, and what their coming has set going is done. */
async function nodesReport(person, least) {
  for (;;) {
    const { nodes } = await person.call("GET", "/fleet/summary");
    if (nodes.healthy + nodes.degraded >= least * 0.98) break;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  await new Promise((resolve) => setTimeout(resolve, 10_000));
}

/** The time from going there until what is looked for is drawn and a click would be answered. */
async function paint(page, name, path, shown) {
  await page.goto("about:blank");
  const began = Date.now();
  await page.goto(path, { waitUntil: "commit" });
  await page.locator(shown).first().waitFor();
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
  const drawn = Date.now() - began;
  const first = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
  report(`${name}: first paint, and usable`, `${Math.round(first)} ms, ${drawn} ms`);
}

/** How much the main thread works. Time that passes while other programs have the core counts as work by `timeTicks` only. */
async function busyPercent(page, timeDomain) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain });
  const seconds = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value;
  };
  const before = await seconds();
  await new Promise((resolve) => setTimeout(resolve, BUSY_MILLIS));
  const busy = (await seconds()) - before;
  await session.detach();
  return (busy / BUSY_MILLIS) * 100_000;
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

function report(name, value) {
  const text = value.replace(/\d+\.\d+/g, (number) => Number(number).toFixed(1));
  console.log(`${name.padEnd(64)} ${text}`);
}

const browser = await launch();
try {
  await smallFleet();
  await largeFleet(Number(options.nodes));
} finally {
  await browser.close();
}
