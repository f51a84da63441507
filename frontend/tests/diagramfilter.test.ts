import { expect, it } from "vitest";
import { buildRbac } from "../src/layout/rbac";
import { cardsMet, rbacMet } from "../src/layout/rbacfilter";
import type { RouteCard } from "../src/layout/routing";
import { isCardMet, servicesMet } from "../src/layout/routingfilter";
import { narrow } from "../src/stage/sheets";
import type { BindingRow, EndpointRow, RoleRow, RuleRow, ServiceRow, SubjectRow } from "../src/wire";

const byId = <Row extends { readonly id: string }>(rows: readonly Row[]) =>
  new Map(rows.map((row) => [row.id, row]));

const subject = (id: string): SubjectRow =>
  ({ id, kind: "ServiceAccount", namespace: "shop", name: id, exists: true, is_system: false }) as SubjectRow;
const binding = (id: string, role: string, subjects: string[], isSystem = false): BindingRow =>
  ({
    id,
    kind: "RoleBinding",
    namespace: "shop",
    name: id,
    role,
    subjects,
    problem: "",
    is_system: isSystem,
  }) as BindingRow;
const role = (id: string, isSystem = false): RoleRow =>
  ({
    id,
    kind: "Role",
    namespace: "shop",
    name: id,
    is_system: isSystem,
    bindings: 1,
    risks: [],
  }) as unknown as RoleRow;

const RBAC = {
  subjects: byId([subject("ServiceAccount:shop/api"), subject("ServiceAccount:shop/web")]),
  bindings: byId([
    binding("RoleBinding:shop/read", "Role:shop/reader", [
      "ServiceAccount:shop/api",
      "ServiceAccount:shop/web",
    ]),
    binding("RoleBinding:shop/write", "Role:shop/writer", ["ServiceAccount:shop/web"]),
    binding("RoleBinding:kube-system/own", "Role:kube-system/own", ["User:system:kube-scheduler"], true),
  ]),
  roles: byId([role("Role:shop/reader"), role("Role:shop/writer"), role("Role:kube-system/own", true)]),
  rules: byId([
    {
      id: "Role:shop/reader#0",
      role: "Role:shop/reader",
      verbs: ["get"],
      groups: [""],
      resources: ["pods"],
      names: [],
      urls: [],
    },
  ] as RuleRow[]),
};

const only = (...refs: string[]) => ({ has: (ref: string) => refs.includes(ref) });

it("keeps of RBAC an account with its bindings and roles, and not who else is bound", () => {
  expect([...rbacMet(RBAC, only("v1/serviceaccounts:shop/api"))].sort()).toEqual([
    "Role:shop/reader",
    "RoleBinding:shop/read",
    "ServiceAccount:shop/api",
  ]);
});

it("keeps of RBAC a role with all who hold it", () => {
  expect(rbacMet(RBAC, only("rbac.authorization.k8s.io/v1/roles:shop/reader"))).toEqual(
    new Set([
      "RoleBinding:shop/read",
      "Role:shop/reader",
      "ServiceAccount:shop/api",
      "ServiceAccount:shop/web",
    ]),
  );
  expect(rbacMet(RBAC, only()).size).toBe(0);
});

it("keeps what a role allows, and the fold that something is in", () => {
  const lit = { ids: new Set<string>(), rules: new Set<string>(), resource: "", members: [] };
  const graph = buildRbac(RBAC, { namespace: "", open: new Set(), lit, risky: new Set(), limit: 2000 });
  const met = cardsMet(graph, rbacMet(RBAC, only("rbac.authorization.k8s.io/v1/roles:shop/reader")));
  const [subjects = [], , , allowed = []] = graph.columns;
  expect(subjects.filter((card) => !met.has(card.id)).map((card) => card.fold)).toEqual(["system"]);
  expect(allowed.filter((card) => met.has(card.id)).length).toBe(1);
  const own = cardsMet(graph, rbacMet(RBAC, only("rbac.authorization.k8s.io/v1/roles:kube-system/own")));
  expect([...own].every((id) => id.startsWith("fold:"))).toBe(true);
  expect(own.size).toBe(3);
});

it("keeps of routing Services that meet the filter, or a Pod of which does", () => {
  const services = byId(
    ["shop/api", "shop/web", "lab/db"].map(
      (id) => ({ id, namespace: id.split("/")[0], application: "" }) as ServiceRow,
    ),
  );
  const endpoints = byId([{ id: "e", port: "shop/web:http/TCP", pod: "shop/web-1" } as EndpointRow]);
  const keys: Readonly<Record<string, ReadonlySet<string>>> = {
    "v1/pods": new Set(["shop/web-1"]),
    "v1/services": new Set(["lab/db"]),
  };
  const matches = { of: (resource: string) => keys[resource] ?? new Set<string>(), has: () => false };
  const met = servicesMet({ services, endpoints, leftout: new Map(), ways: new Map() }, matches);
  expect([...met].sort()).toEqual(["lab/db", "shop/web"]);
  const card = (kind: "service" | "fold", of: string) => ({ action: { kind, of } }) as RouteCard;
  expect(isCardMet(card("service", "shop/api"), met, services)).toBe(false);
  expect(isCardMet(card("fold", "namespace:lab"), met, services)).toBe(true);
  expect(isCardMet(card("fold", "namespace:other"), met, services)).toBe(false);
  expect(isCardMet(card("fold", "application:shop/"), met, services)).toBe(true);
});

it("narrows tables to the rows of what meets the filter, and leaves those that are about no object", () => {
  const pods = {
    name: "Pods",
    columns: ["name"],
    rows: [["a"], ["b"]],
    refs: ["v1/pods:a", "v1/pods:b"],
    versions: [1, 2],
  };
  const kinds = { name: "Kinds", columns: ["kind"], rows: [["Pod"]], refs: [""] };
  expect(
    narrow([pods, kinds], only("v1/pods:b")).map((sheet) => ({ ...sheet, rows: sheet.rows.slice() })),
  ).toEqual([{ ...pods, rows: [["b"]], refs: ["v1/pods:b"], versions: [2] }, kinds]);
  expect(narrow([pods], undefined).map((sheet) => ({ ...sheet, rows: sheet.rows.slice() }))).toEqual([pods]);
});
