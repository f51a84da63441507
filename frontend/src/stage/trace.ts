/** Below the flow diagram: one trace as a waterfall, which trace that is, and ways to have it explained. */

import { html, nothing, type TemplateResult } from "lit";
import { outcome } from "../layout/outcome";
import { nameOf } from "../layout/waterfall";
import { cut, namespaceOf } from "../model/format";
import type { Traces } from "../model/traces";
import type { Viewer } from "../model/viewer";
import type { Tree, WriteRow } from "../wire";
import { StageElement } from "./element";
import "./explain";
import type { Note } from "../model/origin";
import type { ExplainElement } from "./explain";
import { drawLatest, LANE_SECONDS } from "./latest";
import "./waterfall";

export class TraceElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    traces: { attribute: false },
    trace: { attribute: false },
    namespace: { attribute: false },
    current: { attribute: false },
    notes: { attribute: false },
    tick: { attribute: false },
  };
  declare viewer: Viewer;
  declare traces: Traces;
  /** The trace that was chosen, by a write of it; "latest" for the latest writes; undefined: the one that is going on. */
  declare trace: number | "latest" | undefined;
  declare namespace: string;
  declare current: number | undefined;
  declare notes: readonly Note[];
  declare tick: number;
  protected override render(): TemplateResult {
    return html`<section class="trace" aria-label="The trace">${this.trace === "latest" ? this.drawLatest() : this.drawTrace()}</section>`;
  }

  private get now(): number {
    return this.viewer.place?.ts ?? this.viewer.pictures.flow.ts;
  }

  private get writes(): WriteRow[] {
    const writes = [...this.viewer.pictures.flow.table("writes").values()];
    const { matches } = this.viewer;
    return writes.filter(
      ({ ref }) => (!this.namespace || namespaceOf(ref) === this.namespace) && (!matches || matches.has(ref)),
    );
  }

  private drawTrace(): TemplateResult {
    const seq = typeof this.trace === "number" ? this.trace : this.traces.followed(this.now, this.namespace);
    if (seq === undefined)
      return html`${this.drawHead(undefined)}<p class="quiet">${this.viewer.matches ? "Nothing was set off that has to do with what meets the filter." : "Nothing was set off yet."} Play (space), or step to the next write (→).</p>`;
    const look = this.traces.look(seq);
    if (look.kind === "asked")
      return html`${this.drawHead(undefined)}<p class="quiet" role="status">Reading the trace…</p>`;
    if (look.kind === "problem") {
      return html`${this.drawHead(undefined)}<p class="quiet" role="status">${look.text}</p>`;
    }
    // In steps that are no pixel wide, so that playing does not draw the whole trace anew sixty times a second.
    const { tree } = look;
    const grain = Math.max(0.001, (tree.last - tree.started) / 400);
    const now = Math.min(tree.last + grain, Math.round(this.now / grain) * grain);
    return html`${this.drawHead(tree)}
      <orrery-waterfall .viewer=${this.viewer} .tree=${tree} .notes=${this.notes} .current=${this.current} .now=${now}
        .met=${this.viewer.matches} .metVersion=${this.viewer.matches?.version}></orrery-waterfall>
      <orrery-explain .tree=${tree}></orrery-explain>`;
  }

  private drawHead(tree: Tree | undefined): TemplateResult {
    return html`<header>
      <h2>${tree ? html`Trace: <span>${title(tree)}</span>` : "Trace"}</h2>
      ${tree ? html`<span class="outcome ${tree.unfinished > 0 ? "open" : ""}">${outcome(tree)}</span>` : nothing}
      <span class="tools">
        ${
          tree
            ? html`<button class="button ghost" @click=${this.explain}>Explain this trace</button>
            <a class="button ghost needs-server" href=${this.addressOf(tree)} download title="Download it for Jaeger, Tempo and the like (OTLP)">⤓ OTLP</a>`
            : nothing
        }
        ${this.drawChoice(tree)}
      </span>
    </header>`;
  }

  /** Where the trace is to be had as a file, as far as it has come. */
  private addressOf(tree: Tree): string {
    const { hello, place } = this.viewer;
    return `/api/logs/${encodeURIComponent(hello?.slug ?? "")}/traces/${tree.seq}/otlp?at=${place?.seq ?? tree.seq}`;
  }

  private drawChoice(tree: Tree | undefined): TemplateResult {
    const rows = this.traces.rows(this.namespace).sort((a, b) => b.seq - a.seq);
    const chosen =
      this.trace === "latest" ? "latest" : typeof this.trace === "number" ? (tree?.seq ?? this.trace) : "";
    const known = rows.some((row) => row.seq === chosen);
    return html`<select aria-label="Which trace" @change=${this.choose}>
      <option value="" ?selected=${chosen === ""}>follow what goes on</option>
      <option value="latest" ?selected=${chosen === "latest"}>the latest writes</option>
      ${typeof chosen === "number" && !known && tree ? html`<option value=${chosen} selected>${cut(title(tree), 48)}</option>` : nothing}
      ${rows.map((row) => html`<option value=${row.seq} ?selected=${row.seq === chosen}>${cut(`${nameOf(row.component)} ${row.text}`, 48)} · ${row.writes}</option>`)}
    </select>`;
  }

  private drawLatest(): TemplateResult {
    const components = this.viewer.pictures.flow.table("components");
    return html`<header><h2>The last ${LANE_SECONDS} seconds</h2><span class="outcome">who wrote, and when · click a mark to see the write</span>
        <span class="tools">${this.drawChoice(undefined)}</span></header>
      <div class="falls">${drawLatest(components, this.writes, this.now, Math.max(320, this.clientWidth - 48), this.narrowed, (ref, seq) => this.select(ref, seq))}</div>`;
  }

  private get narrowed(): string {
    const met = this.viewer.matches ? " of what meets the filter" : "";
    return `${met}${this.namespace ? ` in ${this.namespace}` : ""}`;
  }

  private explain(): void {
    void this.querySelector<ExplainElement>("orrery-explain")?.open();
  }

  private choose(event: Event): void {
    const { value } = event.target as HTMLSelectElement;
    const trace = value === "" ? undefined : value === "latest" ? "latest" : Number(value);
    this.dispatchEvent(new CustomEvent("select-trace", { detail: { trace }, bubbles: true }));
  }
}

function title(tree: Tree): string {
  const [root] = tree.writes;
  return root?.seq === tree.seq ? `${nameOf(root.component)} ${tree.text}` : tree.text;
}

customElements.define("orrery-trace", TraceElement);
