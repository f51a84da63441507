/** The RBAC diagram's facts as tables, and what was answered. */

import { refOf } from "../layout/rbac";
import { rbacMet } from "../layout/rbacfilter";
import { makeMatrix } from "../layout/rbacmatrix";
import { type RbacDesk, told } from "../model/rbac";
import type { Viewer } from "../model/viewer";
import type { RbacAnswer } from "../wire";
import { matrixSheet } from "./rbacmatrix";
import type { Sheet } from "./sheets";

/** Bindings, subjects, roles, rules and the matrix; in one namespace (empty: all). Before them, the answer. */
export function rbacSheets(viewer: Viewer, desk: RbacDesk, namespace: string): Sheet[] {
  const picture = viewer.pictures.rbac;
  const tables = {
    subjects: picture.table("subjects"),
    bindings: picture.table("bindings"),
    roles: picture.table("roles"),
    rules: picture.table("rules"),
  };
  const { matches } = viewer;
  const met = matches && rbacMet(tables, matches);
  const isMet = (id: string) => !met || met.has(id);
  const sorted = <Row extends { readonly id: string; readonly namespace: string }>(rows: Iterable<Row>) =>
    [...rows]
      .filter((row) => (!namespace || row.namespace === namespace) && isMet(row.id))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  const bindings = sorted(tables.bindings.values());
  const subjects = [...tables.subjects.values()]
    .filter((row) => isMet(row.id))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const roles = sorted(tables.roles.values());
  const shown = new Set(roles.map((role) => role.id));
  const rules = [...tables.rules.values()].filter((rule) => shown.has(rule.role));
  return [
    ...answerSheets(told(desk.answer), "Answer"),
    {
      name: "Bindings",
      columns: ["kind", "name", "namespace", "role", "subjects", "problem"],
      rows: bindings.map((row) => [
        row.kind,
        row.name,
        row.namespace,
        row.role,
        row.subjects.join(", "),
        row.problem,
      ]),
      refs: bindings.map((row) => refOf(row.id)),
    },
    {
      name: "Subjects",
      columns: ["kind", "name", "namespace", "bindings", "there", "can come to cluster-admin"],
      rows: subjects.map((row) => [
        row.kind,
        row.name,
        row.namespace,
        row.bindings,
        row.exists ? "yes" : "no",
        desk.risky.has(row.id) ? "yes" : "",
      ]),
      refs: subjects.map((row) => refOf(row.id)),
    },
    {
      name: "Roles",
      columns: ["kind", "name", "namespace", "aggregated", "bindings", "risks"],
      rows: roles.map((row) => [
        row.kind,
        row.name,
        row.namespace,
        row.is_aggregated ? "yes" : "",
        row.bindings,
        row.risks.join(", "),
      ]),
      refs: roles.map((row) => refOf(row.id)),
    },
    {
      name: "Rules",
      columns: ["role", "verbs", "groups", "resources", "names", "URLs"],
      rows: rules.map((row) => [
        row.role,
        ...[row.verbs, row.groups, row.resources, row.names, row.urls].map((all) => all.join(" ")),
      ]),
      refs: rules.map((row) => refOf(row.role)),
    },
    matrixSheet(makeMatrix(tables, namespace, true)),
    ...answerSheets(told(desk.changed), "Changed since"),
    ...answerSheets(told(desk.review), "Findings"),
  ];
}

function answerSheets(answer: RbacAnswer | undefined, name: string): Sheet[] {
  if (!answer) return [];
  const grants = (answer.holders ?? []).flatMap((holder) =>
    holder.grants.map((grant) => [holder.subject, grant.binding, grant.role, grant.reason]),
  );
  const permissions = (answer.permissions ?? []).flatMap((found) =>
    found.cells.flatMap((cell) =>
      cell.grants.map((grant) => [
        found.subject,
        cell.verb,
        found.group,
        found.resource,
        found.names.join(" "),
        found.namespace,
        grant.binding,
        grant.reason,
      ]),
    ),
  );
  const steps = (answer.paths ?? []).flatMap((path, way) =>
    path.steps.flatMap((step, index) =>
      step.needs.map((need) => [
        way + 1,
        path.start,
        index + 1,
        step.title,
        step.target,
        need.text,
        need.isKnown ? "holds" : "not known",
        need.reason,
      ]),
    ),
  );
  const changes = (answer.changes ?? []).flatMap((change) => [
    ...change.gains.map((line) => [change.subject, "gains", line]),
    ...change.losses.map((line) => [change.subject, "loses", line]),
  ]);
  const findings = (answer.findings ?? []).map((finding) => [finding.kind, finding.where, finding.text]);
  const sheets: Sheet[] = [
    {
      name,
      columns: ["subject", "binding", "role", "the server’s words"],
      rows: grants,
      refs: grants.map((row) => refOf(row[1] ?? "")),
    },
    {
      name,
      columns: [
        "subject",
        "verb",
        "group",
        "resource",
        "names",
        "namespace",
        "binding",
        "the server’s words",
      ],
      rows: permissions,
      refs: permissions.map((row) => refOf(row[6] ?? "")),
    },
    {
      name: answer.kind === "review" ? "Ways to cluster-admin" : name,
      columns: ["way", "from", "step", "by", "to", "precondition", "", "the server’s words"],
      rows: steps,
      refs: steps.map(() => ""),
    },
    { name, columns: ["subject", "", "permissions"], rows: changes, refs: changes.map(() => "") },
    {
      name,
      columns: ["finding", "where", "what"],
      rows: findings,
      refs: findings.map((row) => refOf(row[1] ?? "")),
    },
  ];
  return sheets.filter((sheet) => sheet.rows.length > 0);
}
