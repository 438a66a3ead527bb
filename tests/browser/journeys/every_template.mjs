// Comes last: the pages of the journeys before it were of every template there is.

import { demand } from "../house.mjs";
import { counted, missing } from "../templates.mjs";

export function play() {
  const found = missing();
  demand(found.length === 0, `${found.length} templates:`.concat(...found.map((one) => `\n         - ${one}`)));
  console.log(`${counted()} templates asked by axe`);
}
