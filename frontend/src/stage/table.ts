/** The table beside a diagram: the same facts as rows, for reading aloud, searching and copying. */

import { html, type TemplateResult } from "lit";
import type { View } from "../model/address";
import { clock, namespaceOf } from "../model/format";
import type { Viewer } from "../model/viewer";
import { StageElement } from "./element";

export interface Sheet {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | boolean)[])[];
  /** For each row, what a click on it inspects; empty for nothing. */
  readonly refs: readonly string[];
}

const PAGE = 200;

/** The tables of a diagram, in one namespace (empty: all). */
export function sheetsOf(viewer: Viewer, view: View, namespace: string): Sheet[] {
  return view === "flow" ? flowSheets(viewer, namespace) : nodeSheets(viewer, namespace);
}

function flowSheets(viewer: Viewer, namespace: string): Sheet[] {
  const picture = viewer.pictures.flow;
  const writes = [...picture.table("writes").values()]
    .filter((write) => !namespace || namespaceOf(write.ref) === namespace)
    .sort((a, b) => b.seq - a.seq);
  const components = [...picture.table("components").values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const kinds = [...picture.table("kinds").values()].sort((a, b) => b.objects - a.objects);
  return [
    {
      name: "Latest writes",
      columns: ["time", "who", "certainty", "what"],
      rows: writes.map((write) => [clock(write.ts), nameOf(write.component), write.certainty, write.text]),
      refs: writes.map((write) => write.ref),
    },
    {
      name: "Components",
      columns: ["component", "kind", "node", "writes", "last write"],
      rows: components.map((row) => [row.name, row.actor, row.node, row.writes, row.last_text]),
      refs: components.map(() => ""),
    },
    {
      name: "What etcd holds",
      columns: ["kind", "resource", "objects"],
      rows: kinds.map((row) => [row.kind, row.id, row.objects]),
      refs: kinds.map(() => ""),
    },
  ];
}

function nodeSheets(viewer: Viewer, namespace: string): Sheet[] {
  const picture = viewer.pictures.nodes;
  const nodes = [...picture.table("nodes").values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const pods = [...picture.table("pods").values()]
    .filter((pod) => !namespace || pod.namespace === namespace)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const owners = [...picture.table("owners").values()]
    .filter((owner) => !namespace || owner.namespace === namespace)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  return [
    {
      name: "Pods",
      columns: ["namespace", "name", "ready", "status", "restarts", "node", "IP"],
      rows: pods.map((pod) => [
        pod.namespace,
        pod.name,
        `${pod.ready}/${pod.containers}`,
        pod.status,
        pod.restarts,
        pod.node || "none yet",
        pod.ip,
      ]),
      refs: pods.map((pod) => `v1/pods:${pod.id}`),
    },
    {
      name: "Nodes",
      columns: ["name", "ready", "zone", "schedulable", "kubelet", "CPU", "memory", "taints"],
      rows: nodes.map((node) => [
        node.id,
        node.ready,
        node.zone,
        node.unschedulable ? "no, cordoned" : "yes",
        node.kubelet_version,
        node.cpu,
        node.memory,
        node.taints.join(", "),
      ]),
      refs: nodes.map((node) => `v1/nodes:${node.id}`),
    },
    {
      name: "Owners",
      columns: ["kind", "namespace", "name", "ready", "wanted", "owner"],
      rows: owners.map((row) => [
        row.kind,
        row.namespace,
        row.name,
        row.ready ?? "",
        row.wanted ?? "",
        row.owner,
      ]),
      refs: owners.map((row) => row.id),
    },
  ];
}

function nameOf(component: string): string {
  const [actor = "", name = ""] = [
    component.slice(0, component.indexOf(":")),
    component.slice(component.indexOf(":") + 1),
  ];
  return actor === "kubelet" ? `kubelet ${name}` : name;
}

/** A sheet as CSV (RFC 4180). A cell that a spreadsheet would take for a formula is made a text. */
export function toCsv(sheet: Sheet): string {
  const cell = (value: string | number | boolean) => {
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [sheet.columns, ...sheet.rows].map((row) => row.map(cell).join(",")).join("\r\n");
}

/** A sheet as JSON: one object for each row. */
export function toJson(sheet: Sheet): string {
  const objects = sheet.rows.map((row) =>
    Object.fromEntries(sheet.columns.map((name, index) => [name, row[index]])),
  );
  return JSON.stringify(objects, null, 1);
}

export class TableElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    view: { attribute: false },
    namespace: { attribute: false },
    tick: { attribute: false },
    chosen: { state: true },
    page: { state: true },
    copied: { state: true },
  };
  declare viewer: Viewer;
  declare view: View;
  declare namespace: string;
  declare tick: number;
  declare chosen: number;
  declare page: number;
  declare copied: string;

  constructor() {
    super();
    this.chosen = 0;
    this.page = 0;
    this.copied = "";
  }

  protected override render(): TemplateResult {
    const sheets = sheetsOf(this.viewer, this.view, this.namespace);
    const sheet = sheets[Math.min(this.chosen, sheets.length - 1)];
    if (!sheet) return html``;
    const pages = Math.max(1, Math.ceil(sheet.rows.length / PAGE));
    const page = Math.min(this.page, pages - 1);
    const first = page * PAGE;
    return html`
      <div class="tools">
        ${sheets.map((other, index) => html`<button class="button ${other === sheet ? "" : "ghost"}" aria-pressed=${other === sheet} @click=${() => this.choose(index)}>${other.name}</button>`)}
        <button class="button ghost" @click=${() => this.copy("CSV", toCsv(sheet))}>Copy CSV</button>
        <button class="button ghost" @click=${() => this.copy("JSON", toJson(sheet))}>Copy JSON</button>
        <span role="status">${this.copied}</span>
      </div>
      <table>
        <caption>${sheet.name} · ${sheet.rows.length.toLocaleString("en")}</caption>
        <thead><tr>${sheet.columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
        <tbody>${sheet.rows.slice(first, first + PAGE).map((row, index) => {
          const ref = sheet.refs[first + index] ?? "";
          return html`<tr>${row.map(
            (value, column) =>
              html`<td>${ref && column === Math.min(1, row.length - 1) ? html`<button class="link" @click=${() => this.select(ref)}>${value}</button>` : value}</td>`,
          )}</tr>`;
        })}</tbody>
      </table>
      ${
        pages > 1
          ? html`<div class="tools">
        <button class="button ghost" ?disabled=${page === 0} @click=${() => this.turn(page - 1)}>Previous</button>
        <span>rows ${first + 1} to ${Math.min(first + PAGE, sheet.rows.length)}</span>
        <button class="button ghost" ?disabled=${page === pages - 1} @click=${() => this.turn(page + 1)}>Next</button>
      </div>`
          : ""
      }
    `;
  }

  private choose(index: number): void {
    this.chosen = index;
    this.page = 0;
  }

  private turn(page: number): void {
    this.page = page;
  }

  private async copy(name: string, text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.copied = `Copied as ${name}.`;
    } catch {
      this.copied = "The browser does not allow copying here.";
    }
  }
}

customElements.define("orrery-table", TableElement);
