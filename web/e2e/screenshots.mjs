// Takes pictures of every page of a demo into docs/images: dark and light, wide and on a phone.
//
//     SYSTOLE=../target/release/systole npm run screenshots

import { mkdirSync } from "node:fs";
import { Person } from "./api.mjs";
import { isLive, launch, open, signIn } from "./browser.mjs";
import { everyPage } from "./pages.mjs";
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
  const pages = await everyPage(person);
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
