/** What an object is: who wrote it, what that set off, its YAML, and its owners. */

import { html, nothing, type TemplateResult } from "lit";
import { clockSeconds } from "../model/format";
import type { Related, Version } from "../wire";
import { drawCauses } from "./causes";
import type { Inspected } from "./parts";
import { ruleWords } from "./rules";
import { drawWaiting } from "./waiting";
import { writerName } from "./writername";
import "./manifest";
import "./yaml";

export function drawObject({ viewer, object, traces, select }: Inspected): TemplateResult {
  const version = object.versions[0];
  return html`
    ${object.waiting ? drawWaiting(object.waiting, viewer.place?.ts ?? object.ts, select) : nothing}
    ${version ? drawWriter(version) : nothing}
    ${
      version && version.type !== "LISTED"
        ? drawCauses(
            traces.look(version.seq),
            version.seq,
            viewer.pictures.flow.table("writes").get(String(version.seq)),
            select,
          )
        : nothing
    }
    <h3>${version?.type === "MODIFIED" ? "The write" : "The object"}</h3>
    <orrery-manifest .viewer=${viewer} .object=${object}></orrery-manifest>
    ${object.kind === "Secret" ? html`<p class="hint">What is in a Secret is never read: this is its metadata.</p>` : nothing}
    <orrery-yaml .viewer=${viewer} .object=${object}></orrery-yaml>
    ${object.owners.length > 0 ? html`<h3>Owned by</h3>${drawRelated(object.owners, select)}` : nothing}
    ${object.owned.length > 0 ? html`<h3>Owns</h3>${drawRelated(object.owned, select)}` : nothing}
  `;
}

function drawWriter(version: Version): TemplateResult {
  const { writer } = version;
  const verb = { ADDED: "created it", MODIFIED: "wrote this version", DELETED: "deleted it", LISTED: "" }[
    version.type
  ];
  if (version.type === "LISTED") {
    return html`<h3>Who wrote it</h3><p>It was there when the log began. Who wrote it before is not in this log.</p>`;
  }
  return html`<h3>Who wrote it</h3>
    <p><span class="who hue-${writer.actor}">${writerName(writer)}</span> ${verb}</p>
    ${version.since === 0 ? nothing : html`<p>This cluster is listed, not watched: it was written between ${clockSeconds(version.since)} and ${clockSeconds(version.ts)}, and perhaps more than once.</p>`}
    <div class="evidence ${writer.certainty}"><b>${writer.certainty}</b> · ${ruleWords(writer.rule)}</div>`;
}

function drawRelated(related: readonly Related[], select: Inspected["select"]): TemplateResult {
  return html`<ul>${related.map(
    (other) =>
      html`<li>${other.kind} ${
        other.exists
          ? html`<button class="link" @click=${() => select(other.ref)}>${other.name}</button>`
          : html`<b>${other.name}</b> · not there`
      }</li>`,
  )}</ul>`;
}
