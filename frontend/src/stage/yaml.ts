/** An object as YAML, with who owns each field in the margin. Built as text nodes: nothing in it is ever read as markup. */

import { html, type TemplateResult } from "lit";
import { foldLines, type Line, readLines, type Stretch } from "../layout/margin";
import { count, seenAt } from "../model/format";
import type { Inspection, Owner } from "../wire";
import { StageElement } from "./element";

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

export class YamlElement extends StageElement {
  static override properties = { object: { attribute: false }, unfolded: { state: true } };
  declare object: Inspection;
  declare unfolded: ReadonlySet<number>;
  private shown = "";

  constructor() {
    super();
    this.unfolded = new Set();
  }

  protected override willUpdate(): void {
    const { ref, seq } = this.object;
    const shown = `${ref} ${seq}`;
    if (shown !== this.shown) this.unfolded = new Set();
    this.shown = shown;
  }

  protected override render(): TemplateResult {
    const stretches = foldLines(readLines(this.object), this.object.margin.folded, this.unfolded);
    return html`<div class="yaml" role="group" tabindex="0" aria-label="The object as YAML">${stretches.map((stretch) => this.drawStretch(stretch))}</div>`;
  }

  private drawStretch(stretch: Stretch): unknown {
    if (stretch.kind === "lines") return stretch.lines.map((line) => this.drawLine(line));
    const words = stretch.isManagedFields
      ? `managedFields: what the margin says`
      : `${count(stretch.count, "line")} as before`;
    return html`<span class="margin"></span><button class="fold" @click=${() => this.unfold(stretch.from)}>⋯ ${words}</button>`;
  }

  private unfold(from: number): void {
    this.unfolded = new Set([...this.unfolded, from]);
  }

  private drawLine(line: Line): unknown {
    const { indent, key, colon, value } = splitYamlLine(line.text);
    const fresh = line.isFresh ? "fresh" : "";
    const pad = " ".repeat(indent.length);
    return html`${line.before.map((text) => html`<span class="margin"></span><del>${pad}${text}</del>`)}${this.drawMargin(line)}<code class=${fresh}><span
      class="mark">${indent}</span><span class="key">${key}</span><span class="mark">${colon}</span><span class="text">${value}</span></code>`;
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
