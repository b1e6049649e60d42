// Takes pictures of every page of a demo into docs/images: dark and light, wide and on a phone.
//
//     SYSTOLE=../target/release/systole npm run screenshots

import { mkdirSync } from "node:fs";
import { Person } from "./api.mjs";
import { isLive, launch, open, signIn } from "./browser.mjs";
import { Server } from "./server.mjs";

const images = new URL("../../docs/images/", import.meta.url).pathname;
/** Long enough that charts have a line and somebody is in trouble. */
const DEMO_MILLIS = 100_000;
const SETTLED_MILLIS = 3_500;
const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

mkdirSync(images, { recursive: true });
const server = await Server.start("demo", ["--nodes", "240"]);
const browser = await launch();
try {
  const person = await Person.signIn(server.url);
  await new Promise((resolve) => setTimeout(resolve, DEMO_MILLIS));
  const [environment] = (await person.call("GET", "/environments")).items;
  const [pipeline] = (await person.call("GET", "/pipelines?q=web-access")).items;
  const troubled = (await person.call("GET", "/nodes?sort=status")).items[0];
  const of = (path) => `${path}${path.includes("?") ? "&" : "?"}environment=${environment.id}`;
  const pages = {
    overview: of("/"),
    fleet: of("/fleet"),
    wall: of("/fleet?view=wall&group=region"),
    node: of(`/nodes/${troubled.id}`),
    pipelines: of("/pipelines"),
    pipeline: of(`/pipelines/${pipeline.id}`),
    configuration: of(`/pipelines/${pipeline.id}/configuration`),
    versions: of(`/pipelines/${pipeline.id}/versions`),
    deployment: of(`/pipelines/${pipeline.id}/deployment`),
    deployments: of("/deployments"),
    analytics: of("/analytics?range=1h"),
    logs: of("/logs"),
    settings: of("/settings/enrollment"),
  };
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ["dark", "light"]) {
      const { page, context } = await open(browser, server.url, { viewport, colorScheme });
      await page.goto("/");
      await page.getByLabel("Email").waitFor();
      await page.screenshot({ path: `${images}sign-in-${colorScheme}-${size}.png` });
      await signIn(page);
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(path);
        await isLive(page);
        await page.waitForTimeout(SETTLED_MILLIS);
        await page.screenshot({ path: `${images}${name}-${colorScheme}-${size}.png` });
        console.log(`${name}-${colorScheme}-${size}`);
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
