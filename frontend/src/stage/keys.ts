/** The list of keys. */

import { html, type TemplateResult } from "lit";
import { VIEWS } from "../model/address";
import { StageElement } from "./element";
import { TABS } from "./tabs";

const KEYS: readonly (readonly [string, string])[] = [
  ["space", "play or pause"],
  ["→ ←", "to the next or previous write (with shift: every frame, lease renewals and Events too)"],
  ["Home End", "to the start or the end"],
  [VIEWS.map((_, index) => index + 1).join(" "), VIEWS.map((view) => TABS[view].name).join(", ")],
  ["⌘K Ctrl-K", "search: go to any object; there, ⇧ Enter filters by what is typed"],
  ["f", "filter: narrow every diagram"],
  ["r", "keep a stretch of a live cluster as a recording"],
  ["w", "to the trace below the flow diagram. There:"],
  ["→ ←", "along the trace, in the order in which it was made; with shift, pan"],
  ["↑ ↓", "to what set a write off; to the first that it set off"],
  ["+ − 0", "zoom; 0 for the whole. Enter inspects"],
  ["→ ← ↑ ↓", "on the map of many nodes: move it; with shift, from pod to pod. Enter inspects"],
  ["+ − 0", "there: zoom; 0 for the whole"],
  ["n p", "the next or previous chapter of a lesson"],
  ["shift-P", "everything larger, for a room"],
  ["t", "the table beside the diagram"],
  ["/", "ask who may do what (RBAC)"],
  ["+ −", "faster or slower"],
  ["Escape", "close the inspector, or the answer"],
  ["?", "these keys"],
];

/** Keys of what only a server does. */
const SERVER_KEYS: ReadonlySet<string> = new Set(["⌘K Ctrl-K", "r"]);

export class KeysElement extends StageElement {
  open(): void {
    const dialog = this.querySelector("dialog");
    if (!dialog?.open) dialog?.showModal();
  }

  protected override render(): TemplateResult {
    return html`<dialog aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl>${KEYS.map(([keys, what]) => {
        const where = SERVER_KEYS.has(keys) ? "needs-server" : "";
        return html`<dt class=${where}>${keys.split(" ").map((key) => html`<kbd>${key}</kbd> `)}</dt><dd class=${where}>${what}</dd>`;
      })}</dl>
      <form method="dialog"><button class="button">Close</button></form>
    </dialog>`;
  }
}

customElements.define("orrery-keys", KeysElement);
