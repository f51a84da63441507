/** Subjects by resources: what each was given itself, without what it has through groups. Pure. */

import type { RbacTables } from "./rbac";

export interface Cell {
  readonly verbs: readonly string[];
  /** The verbs in letters: c, r, u, d, * and + for others. */
  readonly short: string;
  /** `everywhere`, a namespace, or how many namespaces. */
  readonly where: string;
  readonly isDangerous: boolean;
}
export interface Matrix {
  /** Resources and URLs, those that most subjects have first. */
  readonly columns: readonly string[];
  readonly rows: readonly { readonly id: string; readonly cells: ReadonlyMap<string, Cell> }[];
}

const LETTERS: Readonly<Record<string, string>> = {
  create: "c",
  get: "r",
  list: "r",
  watch: "r",
  update: "u",
  patch: "u",
  delete: "d",
  deletecollection: "d",
  "*": "*",
};
const DANGEROUS = /^(everything|secrets|pods\/exec|serviceaccounts\/token|nodes\/proxy)$/;
const DANGEROUS_VERBS = new Set(["escalate", "bind", "impersonate", "approve"]);

export function makeMatrix(tables: RbacTables, namespace: string, withSystem: boolean): Matrix {
  const rules = new Map<string, [string, readonly string[]][]>();
  for (const rule of tables.rules.values()) {
    const targets = [
      ...rule.resources.flatMap((name) => rule.groups.map((group) => key(name, group))),
      ...rule.urls,
    ];
    const known = rules.get(rule.role) ?? [];
    known.push(...targets.map((name): [string, readonly string[]] => [name, rule.verbs]));
    rules.set(rule.role, known);
  }
  const found = new Map<string, Map<string, { verbs: Set<string>; where: Set<string> }>>();
  for (const binding of tables.bindings.values()) {
    if (namespace && binding.namespace && binding.namespace !== namespace) continue;
    for (const id of binding.subjects) {
      if (!withSystem && tables.subjects.get(id)?.is_system) continue;
      const cells = found.get(id) ?? new Map<string, { verbs: Set<string>; where: Set<string> }>();
      found.set(id, cells);
      for (const [name, verbs] of rules.get(binding.role) ?? []) {
        const cell = cells.get(name) ?? { verbs: new Set<string>(), where: new Set<string>() };
        for (const verb of verbs) cell.verbs.add(verb);
        cell.where.add(binding.namespace);
        cells.set(name, cell);
      }
    }
  }
  return { columns: columnsOf(found.values()), rows: rowsOf(found) };
}

function key(name: string, group: string): string {
  if (name === "*" && group === "*") return "everything";
  return group && group !== "*" ? `${name}.${group}` : name;
}

function columnsOf(rows: Iterable<ReadonlyMap<string, unknown>>): string[] {
  const counts = new Map<string, number>();
  for (const cells of rows) for (const name of cells.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const rank = (name: string) => (DANGEROUS.test(name) ? 0 : 1);
  return [...counts.keys()].sort(
    (a, b) => rank(a) - rank(b) || (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || (a < b ? -1 : 1),
  );
}

function rowsOf(
  found: ReadonlyMap<string, ReadonlyMap<string, { verbs: Set<string>; where: Set<string> }>>,
): Matrix["rows"] {
  return [...found.keys()].sort().map((id) => ({
    id,
    cells: new Map(
      [...(found.get(id) ?? [])].map(([name, { verbs, where }]) => {
        const words = [...verbs].sort();
        const isDangerous = DANGEROUS.test(name) || words.some((verb) => DANGEROUS_VERBS.has(verb));
        return [
          name,
          {
            verbs: words,
            short: `${isDangerous ? "▲" : ""}${letters(words)}`,
            where: place(where),
            isDangerous,
          },
        ];
      }),
    ),
  }));
}

function letters(verbs: readonly string[]): string {
  if (verbs.includes("*")) return "*";
  const found = new Set(verbs.map((verb) => LETTERS[verb] ?? "+"));
  return ["c", "r", "u", "d", "+"].filter((letter) => found.has(letter)).join("");
}

function place(where: ReadonlySet<string>): string {
  if (where.has("")) return "everywhere";
  const [first = ""] = where;
  return where.size === 1 ? first : `${where.size} namespaces`;
}
