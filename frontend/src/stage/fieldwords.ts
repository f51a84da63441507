/** What the schema says of one field, in a panel that keeps its place below the YAML. */

import { html, nothing, type TemplateResult } from "lit";
import type { FieldsReply } from "../model/viewer";
import type { FieldsAnswer } from "../wire";
import "./copy";

type Field = FieldsAnswer["fields"][number];

/** `line` is the one that is looked at; undefined: none yet. */
export function drawFieldWords(reply: FieldsReply | undefined, line: number | undefined): TemplateResult {
  if (reply === undefined) return html`<p class="hint">Reading the schema…</p>`;
  if ("problem" in reply) return html`<p class="hint">${reply.problem}</p>`;
  if (reply.source === "none") return html`<p class="hint">${reply.words}</p>`;
  const field = line === undefined ? undefined : reply.fields[reply.lines[line] ?? -1];
  if (!field)
    return html`<p class="hint">Rest on a field (or <kbd>↑</kbd> <kbd>↓</kbd>): what the schema says.</p>`;
  return html`
    <div class="field-name"><b>${field.path || "the object"}</b> <code>${field.type}</code>${drawMarks(field)} ${drawExplain(reply, field)}</div>
    ${field.isKnown ? nothing : html`<p class="hint">The schema does not name what is in here. This is what it says of <b>${field.path || "the object"}</b>:</p>`}
    <p class="said">${field.words || "The schema has no words on it."}</p>
    ${field.enum.length > 0 && !field.words.includes("Possible enum values") ? html`<p>One of ${field.enum.join(", ")}.</p>` : nothing}
    ${field.notes.map((note) => html`<p>${note}</p>`)}
    <p class="hint">${reply.words}</p>`;
}

function drawMarks(field: Field): TemplateResult {
  return html`${field.required ? html` <span class="mark-required">required</span>` : nothing}${
    field.default ? html` <span class="hint">default ${field.default}</span>` : nothing
  }`;
}

function drawExplain({ explain }: FieldsAnswer, field: Field): TemplateResult {
  const line = field.path ? `${explain}.${field.path}` : explain;
  return html`<orrery-copy .text=${line} .label=${"Copy kubectl explain"} .isHidden=${true} title=${line}></orrery-copy>`;
}
