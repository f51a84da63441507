/** How to ask for an object: the requests, word by word, as kubectl and curl make them; and what its watch prints next. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { exact, lag } from "../model/format";
import type { RequestsReply, Viewer } from "../model/viewer";
import type { AskRequests, Inspection, RequestsAnswer } from "../wire";
import { StageElement } from "./element";
import type { Inspected } from "./parts";
import "./copy";

type Scope = NonNullable<AskRequests["scope"]>;
type Request = RequestsAnswer["requests"][number];
type WatchLine = RequestsAnswer["lines"][number];

const PROXY = "kubectl proxy --port=8001 &\nAPISERVER=http://127.0.0.1:8001";

export function drawAsk({ viewer, object }: Inspected): TemplateResult {
  const { place } = viewer;
  return html`<orrery-ask .viewer=${viewer} .object=${object} .seq=${place?.seq} .isLive=${place?.mode === "live"}></orrery-ask>`;
}

export class AskElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    object: { attribute: false },
    seq: { attribute: false },
    isLive: { attribute: false },
    scope: { state: true },
    isColumns: { state: true },
    from: { state: true },
    reply: { state: true },
  };
  declare viewer: Viewer;
  declare object: Inspection;
  declare seq: number | undefined;
  declare isLive: boolean;
  declare scope: Scope;
  declare isColumns: boolean;
  /** At a live log’s end: the frame after which the watch began. Elsewhere it begins at the viewer’s place. */
  declare from: number | undefined;
  declare reply: RequestsReply | undefined;
  private asked = "";
  private isAsking = false;

  constructor() {
    super();
    this.scope = "object";
    this.isColumns = false;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!this.isLive) this.from = undefined;
    else if (this.from === undefined || (changed.has("object") && this.isOtherObject(changed)))
      this.from = this.seq;
    const question = `${this.object.ref} ${this.object.seq} ${this.seq} ${this.from} ${this.scope}`;
    if (question !== this.asked && !this.isAsking) void this.ask(question);
  }

  private isOtherObject(changed: PropertyValues): boolean {
    const before = changed.get("object") as Inspection | undefined;
    return before?.ref !== this.object.ref;
  }

  /** One question at a time: at a live log’s end the place moves faster than answers come. */
  private async ask(question: string): Promise<void> {
    this.asked = question;
    this.isAsking = true;
    const { ref, seq } = this.object;
    this.reply = await this.viewer.askRequests({ ref, seq, scope: this.scope, after: this.from ?? null });
    this.isAsking = false;
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const { reply } = this;
    if (reply === undefined) return html`<p role="status">Reading it from the log…</p>`;
    if ("problem" in reply) return html`<p role="status">${reply.problem}</p>`;
    return html`
      <h3>How to ask for it</h3>
      ${reply.requests.map((request, index) => this.drawRequest(request, reply, index === 0))}
      ${reply.requests.length === 0 ? html`<p>The cluster serves no get, list or watch of it.</p>` : nothing}
      <details class="setup"><summary>Where the curl lines go</summary>
        <p>They speak through kubectl, with your kubeconfig’s own credentials. Run this first:</p>
        <orrery-copy .text=${PROXY}></orrery-copy>
        <p>Without kubectl: set <code>APISERVER</code> to the server’s https address, and add <code>--cacert ca.crt --header "Authorization: Bearer $TOKEN"</code>.</p>
      </details>
      ${this.drawNext(reply)}`;
  }

  private drawRequest(request: Request, reply: RequestsAnswer, isOpen: boolean): TemplateResult {
    return html`<details class="request" ?open=${isOpen}>
      <summary>${request.title} <span class="hint">GET · ${request.verb}</span></summary>
      <orrery-copy .text=${request.kubectl}></orrery-copy>
      <orrery-copy .text=${request.curl}></orrery-copy>
      ${request.note ? html`<p class="hint">${request.note}</p>` : nothing}
      <dl class="pieces">${request.pieces.map((piece) => html`<dt><code>${piece.text}</code></dt><dd>${piece.words}</dd>`)}</dl>
      <p>${answerOf(request, reply)}</p>
      <p>It takes <b>${request.need}</b>, and no subresource. <a class="link" href=${this.addressOf(request.question)}>Who may?</a></p>
      <details><summary>Through kubectl, as it comes</summary><orrery-copy .text=${request.raw}></orrery-copy></details>
    </details>`;
  }

  private addressOf(question: string): string {
    const { origin } = this.viewer;
    const fields = new URLSearchParams(origin.readQuery());
    for (const name of ["selected", "version", "part"]) fields.delete(name);
    fields.set("view", "rbac");
    fields.set("ask", question);
    return origin.addressOf(`?${fields}`);
  }

  private drawNext(reply: RequestsAnswer): TemplateResult {
    return html`
      <h3>What the watch prints next</h3>
      <div class="choices">
        <label>of <select @change=${this.chooseScope}>${this.scopes.map(
          ([scope, words]) =>
            html`<option value=${scope} ?selected=${scope === this.scope}>${words}</option>`,
        )}</select></label>
        <label>as <select @change=${this.chooseForm}>
          <option value="json" ?selected=${!this.isColumns}>the API’s lines</option>
          <option value="columns" ?selected=${this.isColumns}>kubectl’s columns</option>
        </select></label>
        ${this.isLive ? html`<button class="button" @click=${this.begin}>Begin anew</button>` : nothing}
      </div>
      ${this.isColumns ? this.drawColumns(reply) : html`<ol class="lines">${reply.lines.map((line) => this.drawLine(line, reply))}</ol>`}
      <p role="status" class="hint">${this.tellEnd(reply)}</p>`;
  }

  private get scopes(): readonly (readonly [Scope, string])[] {
    const { object } = this;
    return [
      ["object", "this object"],
      ...(object.namespace ? ([["namespace", `all like it in ${object.namespace}`]] as const) : []),
      ["all", "all like it"],
    ];
  }

  private chooseScope(event: Event): void {
    const { value } = event.target as HTMLSelectElement;
    this.scope = this.scopes.find(([scope]) => scope === value)?.[0] ?? "object";
  }

  private chooseForm(event: Event): void {
    this.isColumns = (event.target as HTMLSelectElement).value === "columns";
  }

  private begin(): void {
    this.from = this.seq;
  }

  private tellEnd({ lines, isEnd }: RequestsAnswer): string {
    if (!isEnd)
      return lines.length > 0 ? "More follows." : "It is quiet for long: go on in time to see more.";
    if (this.viewer.hello?.isLive) return "The next has not happened yet.";
    return lines.length > 0
      ? "That is the last before the recording ends."
      : "Nothing more happens to it before the recording ends.";
  }

  private drawLine(line: WatchLine, reply: RequestsAnswer): TemplateResult {
    return html`<li>${this.drawWhen(line, reply)}
      <details><summary><code>${line.json.slice(0, 160)}</code></summary><pre tabindex="0">${pretty(line)}</pre></details></li>`;
  }

  private drawColumns(reply: RequestsAnswer): TemplateResult {
    const cells = reply.lines.flatMap((line) => (line.cells ? [line.cells] : []));
    if (reply.lines.length > 0 && cells.length === 0)
      return html`<p>Which columns kubectl prints for this kind is not known here.</p>`;
    return html`<div class="scrolls" tabindex="0"><table class="columns"><thead><tr><th>EVENT</th>${reply.header.map((name) => html`<th>${name}</th>`)}</tr></thead>
      <tbody>${reply.lines.map((line) => html`<tr><td>${line.type}</td>${(line.cells ?? ["?"]).map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
  }

  private drawWhen(line: WatchLine, reply: RequestsAnswer): TemplateResult {
    const after = lag(line.ts - (reply.lines[0]?.ts ?? line.ts));
    const when = line === reply.lines[0] ? exact(line.ts).slice(11, 23) : `${after} later`;
    const inferred =
      line.since > 0 ? html` <span class="hint">told by the next list, not by a watch</span>` : nothing;
    return html`<button class="link" title=${exact(line.ts)} @click=${() => this.select(line.ref, line.seq)}>${when}</button> ${line.type.toLowerCase()}${inferred}`;
  }
}

function answerOf(request: Request, { exists }: RequestsAnswer): TemplateResult {
  if (request.verb === "get")
    return exists
      ? html`At this moment the answer is <b>200 OK</b>, and the object.`
      : html`At this moment the answer is <b>404 Not Found</b>: it is not there.`;
  if (request.verb === "list")
    return html`The answer is <b>200 OK</b>, and a list: none is an empty list, and no error.`;
  return html`The answer is <b>200 OK</b>, and then a line for each change, for some minutes.`;
}

/** The line with its fields under each other; as it is where it was cut. */
function pretty(line: WatchLine): string {
  const hidden = line.length - line.json.length;
  if (hidden > 0) return `${line.json}\n… and ${hidden.toLocaleString("en")} more characters`;
  try {
    return JSON.stringify(JSON.parse(line.json), undefined, 2);
  } catch {
    return line.json;
  }
}

customElements.define("orrery-ask", AskElement);
