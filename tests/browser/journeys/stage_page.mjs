// The stage: who receives now, and the attack.

import { demand, person, sound, until } from "../house.mjs";
import { clean } from "../steps.mjs";

export async function play(running, world) {
  const who = await person(running, { origins: [world.stage] });
  const { page } = who;
  await page.goto(world.stage);
  await sound(page, "stage, standby");
  demand((await page.textContent("#live .says")).includes("The primary receives"), "the primary does not receive");
  await page.getByRole("button", { name: "Attack the primary" }).click();
  await page.getByText("The attack began at").waitFor();
  await sound(page, "stage, attacked");
  await until("the event to be told", async () => (await page.textContent(".events")).includes("messages deleted"));
  clean(who, "the stage");
}
