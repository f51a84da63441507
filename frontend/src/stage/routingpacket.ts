/** Follow a packet: from whom, to where, and what becomes of it hop by hop, with the rules that match. */

import { html, nothing, type TemplateResult } from "lit";
import { portsOf, type RoutingTables } from "../layout/routing";
import { type Route, type RoutingDesk, wayIn } from "../model/routing";
import type { Viewer } from "../model/viewer";
import type { Hop, Matched, Option } from "../wire";
import { StageElement } from "./element";
import { shorten } from "./proxyrules";

const SUGGESTED = 200;
const KINDS: Readonly<Record<Hop["kind"], string>> = {
  sends: "is sent",
  name: "name",
  balancer: "load balancer",
  node: "kube-proxy",
  crosses: "crosses",
  policy: "NetworkPolicy",
  arrives: "arrives",
  leaves: "leaves the cluster",
};

export class PacketElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    desk: { attribute: false },
    route: { attribute: false },
    tick: { attribute: false },
  };
  declare viewer: Viewer;
  declare desk: RoutingDesk;
  declare route: Route;
  declare tick: number;

  protected override render(): TemplateResult {
    const { from, to } = this.route;
    return html`
      ${to ? html`<button class="close" aria-label="Stop following" @click=${() => this.tell({ from: "", to: "", via: "" })}>×</button>` : nothing}
      <h2>Follow a packet</h2>
      <div class="sub">${to ? `${from || "outside"} → ${to}` : "from any Pod, node or the outside, to any name or address"}</div>
      ${this.drawForm()}
      <div aria-live="polite">${to ? this.drawAnswer() : this.drawHelp()}</div>
    `;
  }

  private drawForm(): TemplateResult {
    const { route } = this;
    const nodes = [...this.viewer.pictures.nodes.table("nodes").keys()].sort();
    return html`<form class="packet" @submit=${this.submit}>
      <label>from <input name="from" list="packet-senders" .value=${route.from || "outside"} autocomplete="off" spellcheck="false" /></label>
      <label>to <input name="to" list="packet-targets" .value=${route.to || (this.targets[0] ?? "")} autocomplete="off" spellcheck="false" placeholder="web.shop:80" /></label>
      <label>comes in at <select name="via">
        <option value="">any node</option>
        ${nodes.map((node) => html`<option ?selected=${node === route.via}>${node}</option>`)}
      </select></label>
      <button class="button">Follow</button>
      <datalist id="packet-senders">${this.senders.map((name) => html`<option value=${name}></option>`)}</datalist>
      <datalist id="packet-targets">${this.targets.map((name) => html`<option value=${name}></option>`)}</datalist>
    </form>`;
  }

  private drawHelp(): TemplateResult {
    return html`<h3>How to read it</h3>
      <p>A <b>Service</b> is a name and an address that no machine has. On every node <b>kube-proxy</b> programs rules that
      choose one of its endpoints and rewrite the packet's destination to that Pod's own address.</p>
      <p>A line from a node to a Pod is a choice that the node makes, with its chance. Choose a node to see its very rules; point at a rule to see whom it leads to.</p>
      <div class="evidence inferred">dashed · <b>not used</b>: nothing goes this way now</div>
      <p>The rules are worked out from the objects as kube-proxy works them out. What a node really has may lag behind by a moment.</p>`;
  }

  private drawAnswer(): TemplateResult {
    const reply = this.desk.packet;
    if (reply && "problem" in reply) return html`<p role="alert">${reply.problem}</p>`;
    const way = wayIn(reply);
    if (!way) return html`<p role="status">Following it…</p>`;
    return html`
      <p class="outcome ${way.isDelivered ? "ok" : "bad"}">${way.isDelivered ? "● Delivered: " : "✕ Not delivered: "}${way.text}</p>
      <ol class="hops">${way.hops.map((hop, index) => this.drawHop(hop, index))}</ol>`;
  }

  private drawHop(hop: Hop, index: number): TemplateResult {
    return html`<li class=${hop.isBroken ? "broken" : ""}>
      <h3>Hop ${index + 1} · ${hop.place} · ${KINDS[hop.kind]}</h3>
      <p>${hop.isBroken ? "✕ " : ""}${hop.text}</p>
      ${(hop.rules ?? []).length ? html`<div class="evidence">${(hop.rules ?? []).map((rule) => drawMatched(rule))}</div>` : nothing}
      ${hop.after ? drawRewrite(hop.before ?? "", hop.after) : nothing}
      ${(hop.options ?? []).length > 1 ? html`<ul class="options">${(hop.options ?? []).map((option) => this.drawOption(option))}</ul>` : nothing}
      ${hop.conntrack ? html`<p class="quiet">remembered by conntrack: <code>${hop.conntrack}</code></p>` : nothing}
    </li>`;
  }

  private drawOption(option: Option): TemplateResult {
    const name = option.pod || option.endpoint;
    return html`<li class=${option.isChosen ? "chosen" : ""}>${option.isChosen ? "→ " : ""}${Math.round(option.chance * 1000) / 10}% ${
      option.pod
        ? html`<button class="link" @click=${() => this.select(`v1/pods:${option.pod}`)}>${name}</button>`
        : name
    } ${option.node ? html`<span class="quiet">on ${option.node}</span>` : nothing}</li>`;
  }

  private get senders(): readonly string[] {
    const { nodes } = this.viewer.pictures;
    const pods = [...nodes.table("pods").keys()].sort().slice(0, SUGGESTED);
    return ["outside", ...[...nodes.table("nodes").keys()].sort(), ...pods];
  }

  /** Where packets for the chosen Service, or for any, may be sent. */
  private get targets(): readonly string[] {
    const { routing } = this.viewer.pictures;
    const tables: Pick<RoutingTables, "ports"> = { ports: routing.table("ports") };
    const found: string[] = [];
    for (const service of routing.table("services").values()) {
      if (this.route.service && service.id !== this.route.service) continue;
      for (const port of portsOf(tables, service.id)) {
        const suffix = port.protocol === "TCP" ? "" : `/${port.protocol}`;
        found.push(`${service.name}.${service.namespace}:${port.number}${suffix}`);
        for (const ip of service.cluster_ips)
          found.push(`${ip.includes(":") ? `[${ip}]` : ip}:${port.number}${suffix}`);
        if (port.node_port) {
          const node = [...this.viewer.pictures.nodes.table("nodes").keys()].sort()[0];
          if (node) found.unshift(`${node}:${port.node_port}${suffix}`);
        }
      }
      if (found.length > SUGGESTED) break;
    }
    for (const way of routing.table("ways").values()) {
      if (this.route.service && way.service !== this.route.service) continue;
      if ((way.kind === "LoadBalancer" || way.kind === "ExternalIP") && way.address)
        found.unshift(`${way.address}:${way.number}`);
    }
    return found.slice(0, SUGGESTED);
  }

  private readonly submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => String(fields.get(name) ?? "").trim();
    this.tell({ from: text("from"), to: text("to"), via: text("via") });
  };

  private tell(value: Partial<Route>): void {
    this.dispatchEvent(new CustomEvent("bar", { detail: { name: "route", value }, bubbles: true }));
  }
}

function drawMatched(rule: Matched): TemplateResult {
  return html`<div><code class="chain">${rule.chain.split(" ").at(-1)}</code> <code title=${rule.text}>${shorten(rule.text)}</code>
    ${rule.element ? html`<code>${rule.element}</code>` : nothing}</div>`;
}

/** Source and destination before and after: what altered is bright. */
function drawRewrite(before: string, after: string): TemplateResult {
  const [sourceBefore = "", targetBefore = ""] = before.split(" → ");
  const [sourceAfter = "", targetAfter = ""] = after.split(" → ");
  const row = (name: string, old: string, fresh: string) =>
    html`<tr><th scope="row">${name}</th><td>${old}</td><td class=${old === fresh ? "" : "altered"}>${fresh}</td></tr>`;
  return html`<table class="rewrite"><thead><tr><th></th><th scope="col">before</th><th scope="col">after</th></tr></thead>
    <tbody>${row("src", sourceBefore, sourceAfter)}${row("dst", targetBefore, targetAfter)}</tbody></table>`;
}

customElements.define("orrery-packet", PacketElement);
