/** What became of an object up to this moment: its Events and its versions. */

import { html, nothing, type TemplateResult } from "lit";
import { ago, count, exact, parseTime, seenAt } from "../model/format";
import type { EventRecord, Inspection } from "../wire";
import type { Inspected } from "./parts";
import { writerName } from "./writername";

export function drawHistory({ viewer, object, select }: Inspected): TemplateResult {
  return html`
    <h3>Events</h3>
    ${object.events.length > 0 ? drawEvents(object.events, viewer.place?.ts ?? 0) : html`<p>No Events about it.</p>`}
    <h3>Versions</h3>
    ${drawVersions(object, select)}
  `;
}

function drawEvents(events: readonly EventRecord[], now: number): TemplateResult {
  return html`<ul>${events.map((event) => {
    const seen = parseTime(event.lastSeen ?? "");
    return html`<li>
      <b class=${event.type === "Warning" ? "event-warning" : ""}>${event.type === "Warning" ? "▲ " : ""}${event.reason}</b>
      ${event.count > 1 ? `×${event.count}` : ""} · ${event.component}
      ${seen === undefined ? "" : html`· <span title=${event.lastSeen}>${ago(seen, now)}</span>`}<br />${event.message}
    </li>`;
  })}</ul>`;
}

function drawVersions(object: Inspection, select: Inspected["select"]): TemplateResult {
  return html`<ul>${object.versions.map(
    (version) => html`<li>
      <button class="link" aria-current=${version.seq === object.seq} @click=${() => select(object.ref, version.seq)}
        title=${exact(version.ts)}>${seenAt(version.ts, version.since)}</button>
      ${version.type.toLowerCase()} by ${version.type === "LISTED" ? "—" : writerName(version.writer)}
      ${version.changes.length > 0 ? `· ${count(version.changes.length, "field")}` : ""}
    </li>`,
  )}</ul>
  ${object.moreVersions ? html`<p>The log has older ones.</p>` : nothing}`;
}
