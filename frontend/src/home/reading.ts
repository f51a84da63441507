/** How a cluster is to be read: watched, or, where it may not be, listed now and then. */

import { html, type TemplateResult } from "lit";

const PERIODS: readonly { readonly seconds: number; readonly name: string }[] = [
  { seconds: 30, name: "list it every 30 seconds" },
  { seconds: 60, name: "list it every minute" },
  { seconds: 300, name: "list it every 5 minutes" },
];

/** A choice, with what holds now (null: it is watched). */
export function drawReadingChoice(pollSeconds: number | null): TemplateResult {
  const isOther = pollSeconds !== null && !PERIODS.some(({ seconds }) => seconds === pollSeconds);
  return html`<label class="above" for="reading">How it is read</label>
    <select id="reading" name="reading" aria-describedby="reading-help">
      <option value="" ?selected=${pollSeconds === null}>watch it</option>
      ${PERIODS.map(({ seconds, name }) => html`<option value=${seconds} ?selected=${seconds === pollSeconds}>${name}</option>`)}
      ${isOther ? html`<option value=${pollSeconds} selected>list it every ${pollSeconds} seconds</option>` : ""}
    </select>
    <p class="hint" id="reading-help">Listing is for clusters that may not be watched: it costs them more, and what happens between two lists is inferred.</p>`;
}

/** What was chosen: so many seconds, or null to watch. */
export function pollSecondsIn(form: HTMLFormElement): number | null {
  const chosen = new FormData(form).get("reading");
  return typeof chosen === "string" && chosen !== "" ? Number(chosen) : null;
}
