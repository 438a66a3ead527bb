// The pictures of the README, taken from the demo: an inbox on a desk and on a phone, a message, the console at home
// and during a run, the stage. Small, so that they can be committed.

import { person } from "../house.mjs";
import { open, signIn } from "../steps.mjs";

const DESK = { width: 1120, height: 700 };
const PHONE = { width: 360, height: 640 };

export async function play(running, world) {
  const origins = [world.webmail, world.console, world.stage];
  const take = async (view, name, steps) => {
    const { page, window } = await person(running, { origins, view, lang: "en" });
    await steps(page);
    await page.screenshot({ path: `${world.pictures}/${name}.png` });
    await window.close();
  };
  await take(DESK, "stage", (page) => page.goto(world.stage));
  await take(DESK, "inbox", (page) => signIn(page, world.webmail, "accueil", world.password));
  await take(DESK, "message", async (page) => {
    await signIn(page, world.webmail, "accueil", world.password);
    await open(page, "Re: Besuch zum Weihnachtsmarkt");
  });
  await take(PHONE, "inbox-phone", (page) => signIn(page, world.webmail, "accueil", world.password));
  await take(DESK, "console", (page) => signIn(page, world.console, world.admins[0], world.password));
  await take(DESK, "run", async (page) => {
    await signIn(page, world.console, world.admins[0], world.password);
    await page.goto(`${world.console}/run`);
  });
}
