/** An object as YAML, with who owns each field in the margin. Built as text nodes: nothing in it is ever read as markup. */

import { html, nothing, type TemplateResult } from "lit";
import { foldLines, type Line, readLines, type Stretch } from "../layout/margin";
import { readSections, type Section } from "../layout/sections";
import { count, seenAt } from "../model/format";
import type { FieldsReply, Viewer } from "../model/viewer";
import type { Inspection, Owner } from "../wire";
import { StageElement } from "./element";
import { drawFieldWords } from "./fieldwords";

const LINE = /^(\s*(?:- )*)((?:"[^"]*"|'[^']*'|[^\s:'"][^:]*?)(?=:(?:\s|$)))?(:?)(.*)$/s;

export interface YamlLine {
  readonly indent: string;
  readonly key: string;
  readonly colon: string;
  readonly value: string;
}

export function splitYamlLine(line: string): YamlLine {
  const match = LINE.exec(line);
  if (!match) return { indent: "", key: "", colon: "", value: line };
  const [, indent = "", key = "", colon = "", value = ""] = match;
  if (!key) return { indent, key: "", colon: "", value: `${colon}${value}` };
  return { indent, key, colon, value };
}

/** So many lines are drawn, and so much of one line, until more is asked for: a ConfigMap may have a megabyte. */
const LINES_AT_ONCE = 2_000;
const CHARACTERS_AT_MOST = 2_000;
const REST_MS = 120;

export class YamlElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    object: { attribute: false },
    unfolded: { state: true },
    most: { state: true },
    current: { state: true },
    fields: { state: true },
  };
  declare viewer: Viewer;
  declare object: Inspection;
  declare unfolded: ReadonlySet<number>;
  /** How many lines are drawn at most. */
  declare most: number;
  /** The line whose field is told; undefined: none was looked at yet. */
  declare current: number | undefined;
  declare fields: FieldsReply | undefined;
  private shown = "";
  private resting = 0;

  constructor() {
    super();
    this.unfolded = new Set();
    this.most = LINES_AT_ONCE;
  }

  protected override willUpdate(): void {
    const { ref, seq } = this.object;
    const shown = `${ref} ${seq}`;
    if (shown === this.shown) return;
    this.shown = shown;
    this.unfolded = new Set();
    this.most = LINES_AT_ONCE;
    this.current = undefined;
    void this.askFields(shown);
  }

  /** The words stay until those of the next version have come: they are mostly the same. */
  private async askFields(shown: string): Promise<void> {
    const reply = await this.viewer.askFields(this.object.ref, this.object.seq);
    if (this.shown === shown) this.fields = reply;
  }

  protected override render(): TemplateResult {
    const lines = readLines(this.object);
    const sections = readSections(lines);
    const stretches = foldLines(lines.slice(0, this.most), this.object.margin.folded, this.unfolded);
    const hidden = lines.length - this.most;
    return html`<div class="yaml" role="group" tabindex="0" aria-label="The object as YAML; arrows up and down go through its fields"
        @keydown=${this.handleKey} @pointermove=${this.handlePointer} @pointerleave=${this.handlePointer} @click=${this.handleClick}>${stretches.map((stretch) => this.drawStretch(stretch, sections))}${
          hidden > 0
            ? html`<span class="margin"></span><button class="fold" @click=${this.drawMore}>⋯ ${count(hidden, "more line")}</button>`
            : nothing
        }</div>
      <div class="field-words" role="status" aria-label="The schema on this field" tabindex="0">${drawFieldWords(this.fields, this.current)}</div>`;
  }

  private drawStretch(stretch: Stretch, sections: ReadonlyMap<number, Section>): unknown {
    if (stretch.kind === "lines")
      return stretch.lines.map((line) => this.drawLine(line, sections.get(line.number)));
    const words = stretch.isManagedFields
      ? `managedFields: what the margin says`
      : `${count(stretch.count, "line")} as before`;
    return html`<span class="margin"></span><button class="fold" @click=${() => this.unfold(stretch.from)}>⋯ ${words}</button>`;
  }

  private unfold(from: number): void {
    this.unfolded = new Set([...this.unfolded, from]);
  }

  private drawMore(): void {
    this.most += LINES_AT_ONCE;
  }

  private handlePointer(event: PointerEvent): void {
    clearTimeout(this.resting);
    const line = lineAt(event);
    if (line === undefined || event.pointerType === "touch") return;
    this.resting = window.setTimeout(() => {
      this.current = line;
    }, REST_MS);
  }

  private handleClick(event: MouseEvent): void {
    this.current = lineAt(event) ?? this.current;
  }

  private handleKey(event: KeyboardEvent): void {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (way === undefined || event.target !== event.currentTarget) return;
    event.preventDefault();
    event.stopPropagation();
    const drawn = [...this.querySelectorAll<HTMLElement>("code[data-line]")];
    const at = drawn.findIndex((code) => Number(code.dataset.line) === this.current);
    const next = drawn[Math.max(0, Math.min(drawn.length - 1, at + way))];
    if (!next) return;
    this.current = Number(next.dataset.line);
    const group = event.currentTarget as HTMLElement;
    const left = group.scrollLeft; // a line is as wide as the widest: it would scroll sideways too
    next.scrollIntoView({ block: "nearest" });
    group.scrollLeft = left;
  }

  private drawLine(line: Line, section: Section | undefined): unknown {
    const { indent, key, colon, value } = splitYamlLine(line.text);
    const classes = `${line.isFresh ? "fresh" : ""} ${line.number === this.current ? "current" : ""}`;
    const pad = " ".repeat(indent.length);
    return html`${section ? drawSection(section) : nothing}${line.before.map((text) => html`<span class="margin"></span><del>${pad}${cut(text)}</del>`)}${this.drawMargin(line)}<code class=${classes} data-line=${line.number}><span
      class="mark">${indent}</span><span class="key">${key}</span><span class="mark">${colon}</span><span class="text">${cut(value)}</span></code>`;
  }

  private drawMargin(line: Line): TemplateResult {
    const { version } = line;
    const sure = line.owners.length > 0 ? "observed" : (version?.writer.certainty ?? "untold");
    const hue = `margin hue-${line.actor} ${sure} ${line.name ? "" : "nobody"}`;
    if (!line.begins || (!line.name && !version))
      return html`<span class=${hue} title=${explain(line)}></span>`;
    if (!version || version.type === "LISTED")
      return html`<span class=${hue} title=${explain(line)}>${line.name}</span>`;
    return html`<button class=${hue} title=${explain(line)} aria-label=${explain(line)}
      @click=${() => this.select(this.object.ref, version.seq)}>${line.name || "unknown"}</button>`;
  }
}

function lineAt(event: Event): number | undefined {
  const code = event.target instanceof Element ? event.target.closest<HTMLElement>("code[data-line]") : null;
  return code === null ? undefined : Number(code.dataset.line);
}

function drawSection({ sign, words, writers }: Section): TemplateResult {
  const by = writers.length > 0 ? ` · written by ${writers.join(", ")}` : "";
  return html`<span class="margin"></span><span class="section"><span class="sign" aria-hidden="true">${sign}</span> ${words}${by}</span>`;
}

function cut(text: string): string {
  const hidden = text.length - CHARACTERS_AT_MOST;
  return hidden > 0 ? `${text.slice(0, CHARACTERS_AT_MOST)} … and ${count(hidden, "more character")}` : text;
}

/** The margin in sentences. */
function explain(line: Line): string {
  if (line.isFilledIn) return `The API server fills this in, whoever writes. ${describeWrite(line)}`;
  const owned =
    line.owners.length > 0
      ? line.owners.map(describeOwner).join("; ")
      : "No manager owns this field by itself";
  return `${owned}. ${describeWrite(line)}`;
}

function describeOwner(owner: Owner): string {
  const part = owner.subresource ? ` through ${owner.subresource}` : "";
  const time = owner.time ? `, last altered at ${owner.time.slice(11, 19)}` : "";
  return `${owner.manager} owns it (${owner.operation}${part}${time})`;
}

function describeWrite(line: Line): string {
  const { version } = line;
  if (!version) return "What set it is not in the versions told here.";
  if (version.type === "LISTED") return "It was set before the log saw it.";
  const { writer } = version;
  const who = writer.actor === "unknown" ? "an unknown writer" : writer.client || writer.component;
  const where = writer.node ? ` on ${writer.node}` : "";
  return `Set ${version.since === 0 ? "at " : ""}${seenAt(version.ts, version.since)} by ${who}${where} (${writer.certainty}), frame ${version.seq}.`;
}

customElements.define("orrery-yaml", YamlElement);
