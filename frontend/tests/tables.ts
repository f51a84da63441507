/** Rows as they travel, for tests: column by column. */

import type { TableData } from "../src/wire";

type Row = { readonly id: string };

export function tablesOf(
  tables: Readonly<Record<string, readonly Row[] | undefined>>,
  removed: Readonly<Record<string, readonly string[]>> = {},
): Record<string, TableData> {
  const told: Record<string, TableData> = {};
  for (const [name, rows = []] of Object.entries(tables)) {
    const columns: Record<string, unknown[]> = {};
    for (const row of rows) {
      for (const [column, value] of Object.entries(row)) {
        if (column === "id") continue;
        const values = columns[column] ?? [];
        values.push(value);
        columns[column] = values;
      }
    }
    told[name] = { ids: rows.map(({ id }) => id), columns, removed: [...(removed[name] ?? [])] };
  }
  return told;
}
