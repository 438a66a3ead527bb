// Plays journeys: node main.mjs WORLD.json NAME...
//
// WORLD.json says where everything is: {"webmail": URL, "console": URL, "stage": URL, "password": ..., "pictures": DIR}.

import { readFileSync } from "node:fs";
import { asked, browser, demand, faults } from "./house.mjs";

const [file, ...names] = process.argv.slice(2);
const world = JSON.parse(readFileSync(file, "utf8"));
let failed = 0;
for (const name of names) {
  const begun = Date.now();
  const chromium = await browser();
  const { play } = await import(`./journeys/${name}.mjs`);
  try {
    await play(chromium.running, world);
    const found = faults();
    demand(found.length === 0, `${found.length} faults`.concat(...found.map((fault) => `\n         - ${fault}`)));
    console.log(`ok       ${name} (${(Date.now() - begun) / 1000} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED   ${name}: ${error.stack ?? error}`);
    faults().forEach((fault) => console.log(`         - ${fault}`));
    await pictureOfFailure(chromium.running, world, name);
  } finally {
    await chromium.close();
  }
}
console.log(`${asked()} pages and states asked by axe and at 320 px`);
process.exit(failed === 0 ? 0 : 1);

async function pictureOfFailure(running, world, name) {
  const pages = running.contexts().flatMap((window) => window.pages());
  for (const [number, page] of pages.entries()) {
    const path = `${world.pictures}/failed-${name}-${number}.png`;
    await page.screenshot({ path }).then(
      () => console.log(`         at ${page.url()}, picture: ${path}`),
      () => undefined,
    );
  }
}
