/** One diagram's tables at one place, moved on by what each frame altered, and told whole when a viewer jumps. */

import type { TableData } from "../wire";
import type { TablesData } from "./carried";

interface Table {
  columns: readonly string[];
  readonly rows: Map<string, readonly unknown[]>;
}

export class Tables {
  private readonly tables = new Map<string, Table>();

  constructor(opening: TablesData) {
    this.apply(opening);
  }

  apply(altered: TablesData): void {
    for (const [name, data] of Object.entries(altered)) {
      const table = this.open(name);
      if (data.ids.length > 0) table.columns = Object.keys(data.columns);
      const values = Object.values(data.columns);
      data.ids.forEach((id, index) => {
        table.rows.set(
          id,
          values.map((column) => column[index]),
        );
      });
      for (const id of data.removed ?? []) table.rows.delete(id);
    }
  }

  snapshot(): Record<string, TableData> {
    const told: Record<string, TableData> = {};
    for (const [name, { columns, rows }] of this.tables) {
      const all = [...rows.values()];
      const data = columns.map((column, index) => [column, all.map((row) => row[index])] as const);
      told[name] = { ids: [...rows.keys()], columns: Object.fromEntries(data) };
    }
    return told;
  }

  private open(name: string): Table {
    const known = this.tables.get(name);
    if (known) return known;
    const table: Table = { columns: [], rows: new Map() };
    this.tables.set(name, table);
    return table;
  }
}
