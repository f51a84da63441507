/** The entry of a lesson or recording in one file: the stage, with the page itself in the place of the server. */

import "../style/tokens.css";
import "../style/base.css";
import "../style/stage.css";
import "../style/nodes.css";
import "../style/inspector.css";
import "../style/forms.css";
import "../style/health.css";
import "../style/rbac.css";
import "../style/routing.css";
import "../style/trace.css";
import "../style/offline.css";
import { html, render } from "lit";
import "../stage/stage";
import { applyTheme } from "../stage/theme";
import { partsOf } from "./carried";
import { originOf } from "./origin";

async function open(): Promise<void> {
  const carried = partsOf(document);
  const { hello, intro } = await carried.start();
  render(
    html`<orrery-stage .origin=${originOf(carried)} .log=${hello.slug} .intro=${intro}></orrery-stage>`,
    document.body,
  );
}

void open();
applyTheme();
