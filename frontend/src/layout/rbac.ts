/**
 * The RBAC diagram's model: cards in four columns and the links between them, from the tables. Pure.
 *
 * What Kubernetes brings itself is one card a column until it is opened. Above a limit the rest folds by meaning: the
 * accounts, bindings and roles of one namespace are a card each. What a question lights is never folded away.
 */

import type { BindingRow, RoleRow, RuleRow, SubjectRow } from "../wire";
import { order } from "./rbacorder";

export interface RbacTables {
  readonly subjects: ReadonlyMap<string, SubjectRow>;
  readonly bindings: ReadonlyMap<string, BindingRow>;
  readonly roles: ReadonlyMap<string, RoleRow>;
  readonly rules: ReadonlyMap<string, RuleRow>;
}

/** What a question lights: ids of subjects, bindings and roles, and of rules. */
export interface Lit {
  readonly ids: ReadonlySet<string>;
  readonly rules: ReadonlySet<string>;
  /** The resource that was asked about, as rules write it; empty: all that the rules are about. */
  readonly resource: string;
  /** A subject and a binding that applies to it by a group that it is in. */
  readonly members: readonly (readonly [subject: string, binding: string])[];
}

export interface RbacOptions {
  readonly namespace: string;
  /** The folds that are open. */
  readonly open: ReadonlySet<string>;
  readonly lit: Lit;
  /** Subjects that can come to cluster-admin. */
  readonly risky: ReadonlySet<string>;
  readonly limit: number;
}

export type Column = 0 | 1 | 2 | 3;
export interface Card {
  readonly id: string;
  readonly column: Column;
  readonly name: string;
  readonly said: string;
  /** The same, shorter, where a mark takes the room. */
  readonly brief: string;
  readonly hue: "client" | "controller" | "apiserver" | "etcd" | "ok" | "warn" | "bad";
  /** A word beside the card for what is wrong or dangerous; empty: nothing. */
  readonly mark: string;
  readonly isBroken: boolean;
  readonly isLit: boolean;
  /** The fold that a click opens; empty: it is no fold. */
  readonly fold: string;
}
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly hue: Card["hue"];
  readonly isLit: boolean;
  /** By a group that the subject is in. */
  readonly isMember: boolean;
}
export interface Graph {
  readonly columns: readonly (readonly Card[])[];
  readonly links: readonly Link[];
  /** For each card that is a fold, the ids of what is in it. */
  readonly folds: ReadonlyMap<string, ReadonlySet<string>>;
}

export const SYSTEM = "system";
const FEW_RESOURCES = 4;
const SHOWN_OF_MANY = 3;
const DANGEROUS =
  /^(\*|secrets|pods\/exec|pods\/ephemeralcontainers|serviceaccounts\/token|nodes\/proxy|roles|clusterroles|rolebindings|clusterrolebindings|users|groups|signers|mutatingwebhookconfigurations)$/;
const READS = /^(get|list|watch)$/;

export function buildRbac(tables: RbacTables, options: RbacOptions): Graph {
  return new Builder(tables, options).build();
}

/** What a click or a search calls a party, binding or role without its kind. */
export function bareName(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}

/** The ref by which the inspector finds a binding, role or ServiceAccount; empty for users and groups. */
export function refOf(id: string): string {
  const kind = id.slice(0, id.indexOf(":"));
  if (kind === "ServiceAccount") return `v1/serviceaccounts:${bareName(id)}`;
  if (!/Role(Binding)?$/.test(kind)) return "";
  return `rbac.authorization.k8s.io/v1/${kind.toLowerCase()}s:${bareName(id)}`;
}

class Builder {
  private readonly cards = new Map<string, Card>();
  private readonly links = new Map<string, Link>();
  private readonly isFolding: boolean;
  private readonly tables: RbacTables;
  private readonly options: RbacOptions;

  constructor(tables: RbacTables, options: RbacOptions) {
    this.tables = tables;
    this.options = options;
    this.isFolding = tables.bindings.size + tables.roles.size + tables.subjects.size > options.limit;
  }

  build(): Graph {
    const bindings = [...this.tables.bindings.values()].filter((row) => this.isWanted(row));
    for (const binding of bindings) this.addBinding(binding);
    for (const [subject, binding] of this.options.lit.members) {
      if (this.cards.has(binding))
        this.link(this.placeSubject(subject, false), binding, "client", true, true);
    }
    for (const role of this.tables.roles.values()) if (this.isUnheld(role)) this.placeRole(role.id);
    for (const rule of this.tables.rules.values()) this.gather(rule);
    this.addPermissions();
    const folds = this.countFolds();
    return {
      columns: order([...this.cards.values()], [...this.links.values()]),
      links: [...this.links.values()],
      folds,
    };
  }

  private isWanted(binding: BindingRow): boolean {
    const { namespace } = this.options;
    if (!namespace || this.options.lit.ids.has(binding.id)) return true;
    if (binding.namespace) return binding.namespace === namespace;
    return binding.subjects.some((id) => id.startsWith(`ServiceAccount:${namespace}/`));
  }

  private isUnheld(role: RoleRow): boolean {
    const { namespace, lit } = this.options;
    if (lit.ids.has(role.id)) return true;
    return role.bindings === 0 && !role.is_system && (!namespace || role.namespace === namespace);
  }

  private addBinding(binding: BindingRow): void {
    const place = this.placeBinding(binding);
    const isLit = this.options.lit.ids.has(binding.id);
    for (const id of binding.subjects) {
      const from = this.placeSubject(id, binding.is_system);
      const isBoth = isLit && this.options.lit.ids.has(id);
      this.link(from, place, this.cards.get(from)?.hue ?? "client", isBoth);
    }
    if (binding.problem.startsWith("no such")) return;
    const to = this.placeRole(binding.role);
    if (to) this.link(place, to, "apiserver", isLit && this.options.lit.ids.has(binding.role));
  }

  private placeBinding(row: BindingRow): string {
    const fold = this.foldOf(row.id, row.is_system, row.namespace, "binding");
    if (fold) return this.putFold(1, fold, "apiserver");
    return this.put({
      id: row.id,
      column: 1,
      name: row.name,
      said: row.problem
        ? `→ ${bareName(row.role).replace(`${row.namespace}/`, "")}`
        : `${row.kind}${row.namespace ? ` · ${row.namespace}` : ""}`,
      hue: row.problem ? "bad" : "apiserver",
      brief: `→ ${bareName(row.role).replace(`${row.namespace}/`, "")}`,
      mark: row.problem ? `✕ ${row.problem}` : "",
      isBroken: row.problem !== "",
      isLit: this.options.lit.ids.has(row.id),
      fold: "",
    });
  }

  private placeSubject(id: string, isOwn: boolean): string {
    const row = this.tables.subjects.get(id);
    const isAccount = id.startsWith("ServiceAccount:");
    const hue = isAccount ? "controller" : "client";
    const fold = this.foldOf(id, isOwn && (row?.is_system ?? true), row?.namespace ?? "", "subject");
    if (fold) return this.putFold(0, fold, hue);
    const isRisky = this.options.risky.has(id);
    const isGone = row !== undefined && !row.exists;
    return this.put({
      id,
      column: 0,
      name: row?.name ?? bareName(id),
      said: `${row?.kind ?? `${id.slice(0, id.indexOf(":"))} · bound to nothing itself`}${row?.namespace ? ` · ${row.namespace}` : ""}`,
      hue: isGone ? "bad" : hue,
      brief: isAccount ? `SA · ${row?.namespace ?? ""}` : (row?.kind ?? ""),
      mark: isGone ? "✕ not there" : isRisky ? "▲ can escalate" : "",
      isBroken: isGone,
      isLit: this.options.lit.ids.has(id),
      fold: "",
    });
  }

  private placeRole(id: string): string {
    const row = this.tables.roles.get(id);
    if (!row) return "";
    const isHeldBySystemOnly = row.is_system && !this.isHeldByOthers.has(id);
    const fold = this.foldOf(id, isHeldBySystemOnly, row.namespace, "role");
    if (fold) return this.putFold(2, fold, "etcd");
    const said = `${row.kind}${row.namespace ? ` · ${row.namespace}` : ""}${row.is_aggregated ? " · aggregated" : ""}`;
    const risk = row.risks[0];
    return this.put({
      id,
      column: 2,
      name: row.name,
      said: row.bindings === 0 ? `${said} · held by nobody` : said,
      hue: "etcd",
      brief: `${row.kind}${row.namespace ? ` · ${row.namespace}` : ""}`,
      mark: risk ? `▲ ${risk}` : "",
      isBroken: false,
      isLit: this.options.lit.ids.has(id),
      fold: "",
    });
  }

  /** The roles that a binding not of Kubernetes' own refers to. */
  private get isHeldByOthers(): ReadonlySet<string> {
    this.held ??= new Set(
      [...this.tables.bindings.values()]
        .filter((row) => !row.is_system && this.isWanted(row))
        .map((row) => row.role),
    );
    return this.held;
  }
  private held: ReadonlySet<string> | undefined;

  /** The fold that this is in; empty: it has a card of its own. */
  private foldOf(
    id: string,
    isSystem: boolean,
    namespace: string,
    noun: "subject" | "binding" | "role",
  ): string {
    const { lit, open } = this.options;
    if (lit.ids.has(id)) return "";
    if (isSystem) return open.has(SYSTEM) ? "" : `${SYSTEM}|system ${noun}`;
    if (!this.isFolding) return "";
    const kind = id.slice(0, id.indexOf(":"));
    const meaning = namespace ? `ns:${namespace}` : `kind:${kind}`;
    return open.has(meaning) ? "" : `${meaning}|${kind}${namespace ? ` in ${namespace}` : ""}`;
  }

  private putFold(column: Column, fold: string, hue: Card["hue"]): string {
    const [meaning = "", noun = ""] = fold.split("|");
    const id = `fold:${column}:${fold}`;
    if (this.cards.has(id)) return id;
    return this.put({
      id,
      column,
      name: noun,
      said: "folded ▸",
      hue,
      brief: "",
      mark: "",
      isBroken: false,
      isLit: false,
      fold: meaning,
    });
  }

  /** Folds are named by how many things are in them, each counted once. */
  private countFolds(): ReadonlyMap<string, ReadonlySet<string>> {
    const counts = new Map<string, Set<string>>();
    const count = (fold: string, column: Column, id: string) => {
      if (!fold) return;
      const key = `fold:${column}:${fold}`;
      const members = counts.get(key) ?? new Set();
      members.add(id);
      counts.set(key, members);
    };
    for (const row of this.tables.bindings.values()) {
      if (!this.isWanted(row)) continue;
      count(this.foldOf(row.id, row.is_system, row.namespace, "binding"), 1, row.id);
      for (const id of row.subjects) {
        const subject = this.tables.subjects.get(id);
        count(
          this.foldOf(id, row.is_system && (subject?.is_system ?? true), subject?.namespace ?? "", "subject"),
          0,
          id,
        );
      }
      const role = this.tables.roles.get(row.role);
      if (role)
        count(
          this.foldOf(role.id, role.is_system && !this.isHeldByOthers.has(role.id), role.namespace, "role"),
          2,
          role.id,
        );
    }
    for (const [id, members] of counts) {
      const card = this.cards.get(id);
      if (!card) continue;
      // Who has a card of their own is not folded away, though a binding that is would fold them.
      const hidden = [...members].filter((member) => !this.cards.has(member)).length;
      if (hidden === 0) this.drop(id);
      else this.cards.set(id, { ...card, name: named(hidden, card.name) });
    }
    return counts;
  }

  private drop(id: string): void {
    this.cards.delete(id);
    for (const [key, link] of this.links) if (link.from === id || link.to === id) this.links.delete(key);
  }

  // What roles allow.

  private readonly allowed = new Map<string, Map<string, { verbs: Set<string>; isLit: boolean }>>();

  private gather(rule: RuleRow): void {
    if (!this.cards.has(rule.role)) return;
    const { lit } = this.options;
    const ofRole = this.allowed.get(rule.role) ?? new Map();
    this.allowed.set(rule.role, ofRole);
    const targets = rule.resources.flatMap((resource) => rule.groups.map((group) => target(resource, group)));
    for (const key of [...targets, ...rule.urls]) {
      const entry = ofRole.get(key) ?? { verbs: new Set<string>(), isLit: false };
      const resource = plainName(key);
      const isAbout =
        lit.resource === "" || resource === lit.resource || resource === "everything" || key === lit.resource;
      const isLit = lit.rules.has(rule.id) && isAbout;
      if (isLit && !entry.isLit) entry.verbs = new Set(); // what is lit says what its rules allow, and no more
      if (isLit || !entry.isLit) for (const verb of rule.verbs) entry.verbs.add(verb);
      entry.isLit ||= isLit;
      ofRole.set(key, entry);
    }
  }

  private addPermissions(): void {
    const cards = new Map<
      string,
      { verbs: Set<string>; scopes: Set<string>; isLit: boolean; froms: [string, boolean][] }
    >();
    for (const [role, targets] of this.allowed) {
      const { shown, rest } = this.choose(role, targets);
      for (const key of shown) {
        const entry = targets.get(key);
        if (!entry) continue;
        const card = cards.get(key) ?? { verbs: new Set(), scopes: new Set(), isLit: false, froms: [] };
        if (entry.isLit && !card.isLit) {
          card.verbs = new Set();
          card.scopes = new Set();
        }
        if (entry.isLit || !card.isLit) {
          for (const verb of entry.verbs) card.verbs.add(verb);
          for (const scope of this.scopesOf(role, entry.isLit)) card.scopes.add(scope);
        }
        card.isLit ||= entry.isLit;
        card.froms.push([role, entry.isLit]);
        cards.set(key, card);
      }
      if (rest > 0) this.addMore(role, rest);
    }
    const plain = new Map<string, number>();
    for (const key of cards.keys()) plain.set(plainName(key), (plain.get(plainName(key)) ?? 0) + 1);
    for (const [key, { verbs, scopes, isLit, froms }] of cards) {
      const resource = plainName(key);
      const isDangerous =
        resource === "everything" || (DANGEROUS.test(resource) && !isHarmless(resource, verbs));
      this.put({
        id: `allow:${key}`,
        column: 3,
        name: plain.get(resource) === 1 ? resource : key,
        said: `${verbWords(verbs)}${key.startsWith("/") ? "" : ` · ${scopeWords(scopes)}`}`,
        hue: isDangerous ? "warn" : "ok",
        brief: "",
        mark: "",
        isBroken: false,
        isLit,
        fold: "",
      });
      for (const [role, isRoleLit] of froms) this.link(role, `allow:${key}`, "etcd", isRoleLit);
    }
  }

  /** Of a role with many resources: what is lit, and the most dangerous few. */
  private choose(
    role: string,
    targets: ReadonlyMap<string, { isLit: boolean }>,
  ): { shown: string[]; rest: number } {
    const keys = [...targets.keys()].sort();
    if (keys.length <= FEW_RESOURCES || this.options.open.has(`role:${role}`))
      return { shown: keys, rest: 0 };
    const lit = keys.filter((key) => targets.get(key)?.isLit && this.options.lit.resource !== "");
    const dangerous = keys.filter((key) => !lit.includes(key) && DANGEROUS.test(key.split(".")[0] ?? key));
    const shown = [...lit, ...dangerous.slice(0, SHOWN_OF_MANY)];
    return { shown, rest: keys.length - shown.length };
  }

  private addMore(role: string, rest: number): void {
    const id = `more:${role}`;
    this.put({
      id,
      column: 3,
      name: `${rest} ${rest === 1 ? "resource" : "resources"} of ${bareName(role)}`,
      said: "folded ▸",
      hue: "ok",
      brief: "",
      mark: "",
      isBroken: false,
      isLit: this.options.lit.ids.has(role) && this.options.lit.resource === "",
      fold: `role:${role}`,
    });
    this.link(role, id, "etcd", this.options.lit.ids.has(role) && this.options.lit.resource === "");
  }

  /** Where a role holds: by all bindings to somebody, or by those that are lit. */
  private scopesOf(role: string, isLit: boolean): ReadonlySet<string> {
    this.scopes ??= scopesByRole(this.tables.bindings.values());
    const lit = this.options.lit.ids;
    this.litScopes ??= scopesByRole([...this.tables.bindings.values()].filter((row) => lit.has(row.id)));
    return (isLit ? this.litScopes : this.scopes).get(role) ?? new Set();
  }
  private scopes: Map<string, Set<string>> | undefined;
  private litScopes: Map<string, Set<string>> | undefined;

  private put(card: Card): string {
    this.cards.set(card.id, card);
    return card.id;
  }

  private link(from: string, to: string, hue: Card["hue"], isLit: boolean, isMember = false): void {
    const key = `${from}→${to}`;
    if (this.links.get(key)?.isLit) return;
    this.links.set(key, { from, to, hue: hue === "bad" ? "client" : hue, isLit, isMember });
  }
}

/** A resource without its group, which is said only where two are called alike. A URL is as it is. */
function plainName(key: string): string {
  return key.startsWith("/") ? key : (key.split(".")[0] ?? key);
}

function target(resource: string, group: string): string {
  if (resource === "*" && group === "*") return "everything";
  const name = resource === "*" ? "all resources" : resource;
  return group && group !== "*" ? `${name}.${group}` : name;
}

/** Reading roles and bindings, and users' names, leads nowhere; reading Secrets and proxying does. */
function isHarmless(resource: string, verbs: ReadonlySet<string>): boolean {
  if (resource === "secrets" || resource === "nodes/proxy" || resource === "*") return false;
  return [...verbs].every((verb) => READS.test(verb));
}

function verbWords(verbs: ReadonlySet<string>): string {
  if (verbs.has("*")) return "any verb";
  const words = [...verbs].sort();
  return words.length > 4 ? `${words.slice(0, 3).join(" ")} +${words.length - 3}` : words.join(" ");
}

function scopeWords(scopes: ReadonlySet<string>): string {
  if (scopes.size === 0) return "nobody";
  if (scopes.has("")) return "everywhere";
  const [first = ""] = scopes;
  return scopes.size === 1 ? first : `${scopes.size} namespaces`;
}

function scopesByRole(bindings: Iterable<BindingRow>): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { role, namespace, subjects } of bindings) {
    if (subjects.length === 0) continue;
    const scopes = found.get(role) ?? new Set();
    scopes.add(namespace);
    found.set(role, scopes);
  }
  return found;
}

function named(number: number, noun: string): string {
  const [kind = "", ...where] = noun.split(" in ");
  const words = number === 1 ? kind : `${kind}s`;
  return [`${number.toLocaleString("en")} ${words}`, ...where].join(" in ");
}
