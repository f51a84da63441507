/** The table beside a diagram: the same facts as rows, for reading aloud, searching and copying. */

import { html, type TemplateResult } from "lit";
import { StageElement } from "./element";
import type { Sheet } from "./sheets";

const PAGE = 200;

/** A sheet as CSV (RFC 4180). A cell that a spreadsheet would take for a formula is made a text. */
export function toCsv(sheet: Sheet): string {
  const cell = (value: string | number | boolean) => {
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [sheet.columns, ...sheet.rows.slice()].map((row) => row.map(cell).join(",")).join("\r\n");
}

/** A sheet as JSON: one object for each row. */
export function toJson(sheet: Sheet): string {
  const objects = sheet.rows
    .slice()
    .map((row) => Object.fromEntries(sheet.columns.map((name, index) => [name, row[index]])));
  return JSON.stringify(objects, null, 1);
}

export class TableElement extends StageElement {
  static override properties = {
    sheets: { attribute: false },
    chosen: { state: true },
    page: { state: true },
    copied: { state: true },
  };
  declare sheets: readonly Sheet[];
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
    const { sheets } = this;
    const sheet = sheets[Math.min(this.chosen, sheets.length - 1)];
    if (!sheet) return html`<p class="none">There is nothing to tabulate here.</p>`;
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
          const ref = sheet.refs.at(first + index) ?? "";
          return html`<tr>${row.map(
            (value, column) =>
              html`<td>${ref && column === Math.min(1, row.length - 1) ? html`<button class="link" @click=${() => this.select(ref, sheet.versions?.[first + index])}>${value}</button>` : value}</td>`,
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
