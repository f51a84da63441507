/** The entry of a lesson or recording in one file: the stage, with the page itself in the place of the server. */

import "../stage/style";
import "../style/offline.css";
import { html, render } from "lit";
import "../stage/stage";
import { applyTheme } from "../stage/theme";
import { partsOf } from "./carried";
import { originOf } from "./origin";

async function open(): Promise<void> {
  const carried = partsOf(document);
  const start = await carried.start();
  render(
    html`<orrery-stage .origin=${originOf(carried, start)} .log=${start.hello.slug} .intro=${start.intro}></orrery-stage>`,
    document.body,
  );
}

void open();
applyTheme();
