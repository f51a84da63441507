import { describe, expect, it } from "vitest";
import { buildRbac, type Lit, type RbacOptions, type RbacTables, refOf } from "../src/layout/rbac";
import { makeMatrix } from "../src/layout/rbacmatrix";
import { PlaceKeeper } from "../src/layout/rbacorder";
import { complete } from "../src/layout/rbacwords";
import type { BindingRow, RoleRow, RuleRow, SubjectRow } from "../src/wire";

const NOTHING: Lit = { ids: new Set(), rules: new Set(), resource: "", members: [] };

function options(more: Partial<RbacOptions> = {}): RbacOptions {
  return { namespace: "", open: new Set(), lit: NOTHING, risky: new Set(), limit: 2000, ...more };
}

function parts(id: string): { id: string; kind: string; namespace: string; name: string } {
  const kind = id.slice(0, id.indexOf(":"));
  const bare = id.slice(kind.length + 1);
  const slash = bare.indexOf("/");
  return { id, kind, namespace: slash < 0 ? "" : bare.slice(0, slash), name: bare.slice(slash + 1) };
}

function tables(bindings: [string, string, string[]][], rules: [string, string[], string[]][]): RbacTables {
  const subjects = new Map<string, SubjectRow>();
  const roles = new Map<string, RoleRow>();
  const rows = new Map<string, BindingRow>();
  const ruleRows = new Map<string, RuleRow>();
  rules.forEach(([role, verbs, resources], index) => {
    const isSystem = role.includes("system:");
    roles.set(role, { ...parts(role), is_aggregated: false, is_system: isSystem, bindings: 0, risks: [] });
    ruleRows.set(`${role}#${index}`, {
      id: `${role}#${index}`,
      role,
      verbs,
      groups: [""],
      resources,
      names: [],
      urls: [],
    });
  });
  for (const [id, role, who] of bindings) {
    const isSystem = id.includes("system:");
    const problem = roles.has(role) ? "" : "no such Role";
    rows.set(id, { ...parts(id), role, subjects: who, problem, is_system: isSystem });
    const held = roles.get(role);
    if (held) roles.set(role, { ...held, bindings: held.bindings + 1 });
    for (const name of who)
      subjects.set(name, { ...parts(name), exists: true, is_system: name.includes("system:"), bindings: 1 });
  }
  return { subjects, bindings: rows, roles, rules: ruleRows };
}

const SMALL = tables(
  [
    ["RoleBinding:shop/read", "ClusterRole:view", ["User:alice", "Group:devs"]],
    ["ClusterRoleBinding:system:node", "ClusterRole:system:node", ["Group:system:nodes"]],
    ["RoleBinding:shop/lost", "Role:shop/gone", ["User:bob"]],
  ],
  [
    ["ClusterRole:view", ["get"], ["pods", "secrets"]],
    ["ClusterRole:system:node", ["get"], ["nodes"]],
    ["Role:shop/unused", ["get"], ["events"]],
  ],
);

describe("the graph", () => {
  it("has four columns, with Kubernetes’ own folded and what is broken marked", () => {
    const { columns, links } = buildRbac(SMALL, options());
    const names = columns.map((cards) => cards.map((card) => card.name));
    expect(names[0]).toEqual(expect.arrayContaining(["alice", "devs", "bob", "1 system subject"]));
    expect(names[1]).toEqual(expect.arrayContaining(["read", "lost", "1 system binding"]));
    expect(names[2]).toEqual(expect.arrayContaining(["view", "unused", "1 system role"]));
    expect(names[3]).toEqual(expect.arrayContaining(["pods", "secrets", "events"]));
    const lost = columns[1]?.find((card) => card.name === "lost");
    expect(lost).toMatchObject({ isBroken: true, mark: "✕ no such Role", said: "→ gone" });
    expect(links.some((link) => link.from === "RoleBinding:shop/lost")).toBe(false);
    const secrets = columns[3]?.find((card) => card.name === "secrets");
    expect(secrets).toMatchObject({ hue: "warn", said: "get · shop" });
  });

  it("shows what is folded when it is opened", () => {
    const { columns } = buildRbac(SMALL, options({ open: new Set(["system"]) }));
    expect(columns[0]?.map((card) => card.name)).toContain("system:nodes");
    expect(columns.flat().some((card) => card.fold === "system")).toBe(false);
  });

  it("lights a question’s paths, unfolded and on top", () => {
    const lit: Lit = {
      ids: new Set(["Group:system:nodes", "ClusterRoleBinding:system:node", "ClusterRole:system:node"]),
      rules: new Set(["ClusterRole:system:node#1"]),
      resource: "nodes",
      members: [["User:carol", "ClusterRoleBinding:system:node"]],
    };
    const { columns, links } = buildRbac(SMALL, options({ lit }));
    expect(columns.slice(1).map((cards) => cards[0]?.name)).toEqual(["system:node", "system:node", "nodes"]);
    expect(links.filter((link) => link.isMember).map((link) => link.from)).toEqual(["User:carol"]);
    expect(links.filter((link) => link.isLit)).toHaveLength(4);
  });

  it("says of what is lit what the lit rules allow, and no more", () => {
    const two = tables(
      [
        ["RoleBinding:shop/read", "Role:shop/reads", ["User:alice"]],
        ["ClusterRoleBinding:all", "ClusterRole:writes", ["User:root"]],
      ],
      [
        ["Role:shop/reads", ["get"], ["secrets"]],
        ["ClusterRole:writes", ["create", "get"], ["secrets"]],
      ],
    );
    const of = (lit: Lit) => buildRbac(two, options({ lit })).columns[3]?.[0]?.said;
    const ids = new Set(["User:alice", "RoleBinding:shop/read", "Role:shop/reads"]);
    expect(of(NOTHING)).toBe("create get · everywhere");
    expect(of({ ids, rules: new Set(["Role:shop/reads#0"]), resource: "secrets", members: [] })).toBe(
      "get · shop",
    );
  });

  it("keeps to a namespace", () => {
    expect(buildRbac(SMALL, options({ namespace: "vault" })).columns.flat()).toEqual([]);
    expect(buildRbac(SMALL, options({ namespace: "shop" })).columns[1]).toHaveLength(2);
  });

  it("folds by namespace above the limit, however large, and opens one", () => {
    const bindings = Array.from({ length: 5000 }, (_, n): [string, string, string[]] => [
      `RoleBinding:team-${n % 50}/b${n}`,
      `Role:team-${n % 50}/r${n % 2000}`,
      [`ServiceAccount:team-${n % 50}/a${n}`],
    ]);
    const rules = Array.from({ length: 2000 }, (_, n): [string, string[], string[]] => [
      `Role:team-${n % 50}/r${n}`,
      ["get"],
      ["pods"],
    ]);
    const large = tables(bindings, rules);
    const folded = buildRbac(large, options());
    expect(folded.columns.flat().length).toBeLessThan(200);
    expect(folded.columns[1]?.map((card) => card.name)).toContain("100 RoleBindings in team-7");
    const opened = buildRbac(large, options({ open: new Set(["ns:team-7"]) }));
    expect(opened.columns[1]?.filter((card) => card.id.startsWith("RoleBinding:team-7/"))).toHaveLength(100);
    expect(opened.columns.flat().length).toBeLessThan(2000);
  });

  it("keeps every card’s place while others come and go", () => {
    const keeper = new PlaceKeeper();
    const before = buildRbac(SMALL, options());
    const [first] = keeper.assign(before.columns, "all");
    const more = tables(
      [
        ["RoleBinding:shop/aaa", "ClusterRole:view", ["User:aaron"]],
        ...[...SMALL.bindings.values()].map((row): [string, string, string[]] => [
          row.id,
          row.role,
          row.subjects,
        ]),
      ],
      [...SMALL.rules.values()].map((row): [string, string[], string[]] => [
        row.role,
        row.verbs,
        row.resources,
      ]),
    );
    const [second] = keeper.assign(buildRbac(more, options()).columns, "all");
    for (const [id, place] of first ?? []) expect(second?.get(id)).toBe(place);
    expect(second?.get("User:aaron")).toBe(first?.size);
  });
});

it("refers to what the inspector can show", () => {
  expect(refOf("RoleBinding:shop/read")).toBe("rbac.authorization.k8s.io/v1/rolebindings:shop/read");
  expect(refOf("ClusterRole:system:node")).toBe("rbac.authorization.k8s.io/v1/clusterroles:system:node");
  expect(refOf("ServiceAccount:shop/api")).toBe("v1/serviceaccounts:shop/api");
  expect(refOf("User:alice")).toBe("");
});

it("crosses subjects with resources", () => {
  const matrix = makeMatrix(SMALL, "", false);
  expect(matrix.columns[0]).toBe("secrets");
  expect(matrix.rows.map((row) => row.id)).toEqual(["Group:devs", "User:alice", "User:bob"]);
  expect(matrix.rows[0]?.cells.get("secrets")).toMatchObject({ short: "▲r", where: "shop", verbs: ["get"] });
  expect(makeMatrix(SMALL, "", true).rows).toHaveLength(4);
});

it("completes a question word by word", () => {
  const words = {
    verbs: [],
    resources: ["pods", "secrets"],
    namespaces: ["shop"],
    subjects: ["alice", "shop/api"],
  };
  expect(complete("wh", words)).toContain("who can");
  expect(complete("who can del", words)[0]).toBe("who can delete");
  expect(complete("who can delete po", words)).toEqual(["who can delete pods"]);
  expect(complete("who can delete pods i", words)[0]).toBe("who can delete pods in");
  expect(complete("who can delete pods in s", words)).toEqual(["who can delete pods in shop"]);
  expect(complete("what can al", words)).toEqual(["what can alice do?"]);
  expect(complete("where does sh", words)).toEqual(["where does shop/api lead?"]);
});
