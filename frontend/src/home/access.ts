/** What a cluster said when it was asked: its version, what is amiss, and which resources may be read. */

import { html, nothing, type TemplateResult } from "lit";
import type { Checked, Permission, Verb } from "../model/changes";
import { count } from "../model/format";

const VERBS: readonly Verb[] = ["get", "list", "watch"];

/** `isWhole`: with the resources that may be read. */
export function drawChecked(
  checked: Checked,
  isWhole: boolean,
  showWhole: () => void,
  copy: () => void,
): TemplateResult {
  return html`<section class="checked" aria-label="What the cluster said">
    <p class="good">✓ Connected to <b>${checked.connected_to}</b>${checked.through ? html` through the proxy <b>${checked.through}</b>` : nothing}: Kubernetes ${checked.server_version}</p>
    ${checked.warnings.map((warning) => html`<p class="warning">▲ ${warning}</p>`)}
    ${checked.may_ask ? drawPermissions(checked, isWhole, showWhole) : html`<p class="warning">▲ The cluster does not let this user ask what it may do. What may not be read will be named on the stage.</p>`}
    ${checked.rules ? drawRules(checked.rules, copy) : nothing}
  </section>`;
}

function drawPermissions(checked: Checked, isWhole: boolean, showWhole: () => void): TemplateResult {
  const { permissions, denied_paths, missing } = checked;
  const readable = permissions.filter(
    ({ denied }) => !denied.includes("list") && !denied.includes("watch"),
  ).length;
  const partly = permissions.filter(({ denied }) => denied.length > 0);
  const shown = isWhole ? permissions : partly;
  const silent = Object.entries(missing);
  return html`<p class=${readable === permissions.length ? "good" : "warning"}>
      ${readable === permissions.length ? "✓ All" : `▲ ${readable} of`} ${count(permissions.length, "resource")} may be listed and watched.
      ${readable < permissions.length ? "The others are named on the stage, and all else works." : nothing}
    </p>
    ${
      shown.length + denied_paths.length + silent.length === 0
        ? nothing
        : html`<div class="table-scroll" tabindex="0" role="region" aria-label="Resources and what may be done with them">
      <table class="permissions">
        <thead><tr><th scope="col">resource</th>${VERBS.map((verb) => html`<th scope="col">${verb}</th>`)}<th scope="col"></th></tr></thead>
        <tbody>
          ${shown.map(drawPermission)}
          ${denied_paths.map((path) => html`<tr><th scope="row">${path}</th>${drawMay(false)}<td></td><td></td><td></td></tr>`)}
          ${silent.map(([group, why]) => html`<tr><th scope="row">${group}</th><td colspan="4">${why}</td></tr>`)}
        </tbody>
      </table></div>`
    }
    ${isWhole || partly.length === permissions.length ? nothing : html`<p><button class="link" type="button" @click=${showWhole}>Show all ${count(permissions.length, "resource")}</button></p>`}`;
}

function drawPermission(permission: Permission): TemplateResult {
  const words = permission.only_in_namespace
    ? "only in the context’s namespace"
    : permission.is_granted
      ? ""
      : "not in deploy/rbac.yaml";
  return html`<tr><th scope="row">${permission.resource}</th>
    ${VERBS.map((verb) => drawMay(!permission.denied.includes(verb)))}
    <td>${permission.denied.length > 0 ? words : nothing}</td></tr>`;
}

function drawMay(may: boolean): TemplateResult {
  return may
    ? html`<td class="may">✓<span class="visually-hidden">yes</span></td>`
    : html`<td class="may-not">✕ no</td>`;
}

function drawRules(rules: string, copy: () => void): TemplateResult {
  return html`<details class="rules">
    <summary>What to add to its ClusterRole, as in <code>deploy/rbac.yaml</code></summary>
    <pre tabindex="0"><code>${rules}</code></pre>
    <button class="button" type="button" @click=${copy}>Copy</button>
  </details>`;
}
