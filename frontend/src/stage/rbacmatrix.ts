/** The matrix: subjects by resources, each cell with the verbs. The second view of the RBAC diagram. */

import { html, nothing, type TemplateResult } from "lit";
import { bareName } from "../layout/rbac";
import { type Matrix, makeMatrix } from "../layout/rbacmatrix";
import type { Viewer } from "../model/viewer";
import { StageElement } from "./element";
import type { Sheet } from "./sheets";
import { toCsv } from "./table";

const ROWS = 200;
const COLUMNS = 30;

export class RbacMatrixElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    namespace: { attribute: false },
    version: { attribute: false },
    withSystem: { state: true },
  };
  declare viewer: Viewer;
  declare namespace: string;
  declare version: number;
  declare withSystem: boolean;
  private known: { key: string; matrix: Matrix } | undefined;

  constructor() {
    super();
    this.withSystem = false;
  }

  protected override render(): TemplateResult {
    const matrix = this.matrix();
    const columns = matrix.columns.slice(0, COLUMNS);
    const left = matrix.columns.length - columns.length;
    return html`<div class="tools">
        <label><input type="checkbox" .checked=${this.withSystem} @change=${this.toggle} /> Kubernetes’ own too</label>
        <button class="button" @click=${this.download}>Download CSV</button>
        <span>${matrix.rows.length} subjects, ${matrix.columns.length} resources${left > 0 ? `; ${left} more columns and all rows in the CSV` : ""}</span>
      </div>
      <div class="matrix-scroll" tabindex="0" role="region" aria-label="Subjects by resources">
      <table class="matrix"><thead><tr><th scope="col">subject</th>${columns.map((name) => html`<th scope="col"><span>${name}</span></th>`)}</tr></thead>
      <tbody>${matrix.rows.slice(0, ROWS).map(
        (
          row,
        ) => html`<tr><th scope="row"><button class="link" @click=${() => this.ask(row.id)}>${row.id.replace(":", " ")}</button></th>
          ${columns.map((name) => {
            const cell = row.cells.get(name);
            return cell
              ? html`<td class=${cell.isDangerous ? "dangerous" : ""} title=${`${cell.verbs.join(", ")} ${name}, ${cell.where}`}>${cell.short}${cell.where === "everywhere" ? "" : html`<sub>${cell.where}</sub>`}</td>`
              : html`<td>${nothing}</td>`;
          })}</tr>`,
      )}</tbody></table></div>
      <p class="rbac-legend">c create · r get list watch · u update patch · d delete · * anything · + other verbs · ▲ leads further</p>`;
  }

  private matrix(): Matrix {
    const key = `${this.version} ${this.namespace} ${this.withSystem}`;
    if (this.known?.key !== key) {
      const picture = this.viewer.pictures.rbac;
      const tables = {
        subjects: picture.table("subjects"),
        bindings: picture.table("bindings"),
        roles: picture.table("roles"),
        rules: picture.table("rules"),
      };
      this.known = { key, matrix: makeMatrix(tables, this.namespace, this.withSystem) };
    }
    return this.known.matrix;
  }

  private toggle(event: Event): void {
    this.withSystem = (event.target as HTMLInputElement).checked;
  }

  private ask(id: string): void {
    const kind = id.slice(0, id.indexOf(":"));
    const words = kind === "ServiceAccount" ? "service account" : kind.toLowerCase();
    this.dispatchEvent(new CustomEvent("ask", { detail: `what can ${words} ${bareName(id)} do?` }));
  }

  private download(): void {
    const url = URL.createObjectURL(new Blob([toCsv(matrixSheet(this.matrix()))], { type: "text/csv" }));
    const anchor = document.createElement("a");
    anchor.href = url;
    anchor.download = "rbac-matrix.csv";
    anchor.click();
    URL.revokeObjectURL(url);
  }
}

/** The whole matrix as a sheet: verbs in full, with where they hold. */
export function matrixSheet(matrix: Matrix): Sheet {
  return {
    name: "Matrix",
    columns: ["subject", ...matrix.columns],
    rows: matrix.rows.map((row) => [
      row.id,
      ...matrix.columns.map((name) => {
        const cell = row.cells.get(name);
        return cell ? `${cell.verbs.join(" ")} (${cell.where})` : "";
      }),
    ]),
    refs: matrix.rows.map(() => ""),
  };
}

customElements.define("orrery-rbac-matrix", RbacMatrixElement);
