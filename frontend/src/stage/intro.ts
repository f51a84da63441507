/** How to read each diagram, for who sees it for the first time. It stands in the inspector while nothing is inspected. */

import { html, type TemplateResult } from "lit";
import type { View } from "../model/address";

export function drawHowToRead(view: View): TemplateResult {
  return html`<h3>How to read it</h3>
    ${WORDS[view]()}
    <h3>What to do</h3>
    <p>Press <kbd>space</kbd> to play, <kbd>→</kbd> to step to the next write, or drag the timeline. ${CLICKS[view]} <kbd>?</kbd> lists all keys.</p>`;
}

const CLICKS: Readonly<Record<View, string>> = {
  flow: "Click any pod, node, write or pill to see it here.",
  routing: "Choose a Service to see every node’s rules for it.",
  rbac: "Click a subject, binding or role to see it here.",
  nodes: "Click any pod or node to see it here.",
  objects: "Choose a resource for its objects, and an object to see it here.",
  health: "The timeline does not move this page: it is of the present.",
};

const WORDS: Readonly<Record<View, () => TemplateResult>> = {
  flow: () => html`<p>Every change in a cluster is a write to the <b>API server</b>, which keeps it in <b>etcd</b>. A dot runs from the component that wrote to the API server. Who watches that kind then acts in turn.</p>
    <div class="evidence">solid · <b>observed</b>: the object itself names who wrote it</div>
    <div class="evidence inferred">dashed · <b>inferred</b>: a rule tells who it must have been</div>
    <div class="evidence unknown">dotted · <b>unknown</b>: nothing here tells</div>`,
  routing: () =>
    html`<p>A <b>Service</b> is a name and an address that no machine has. On every node <b>kube-proxy</b> programs rules that send its packets on to a ready Pod.</p>`,
  rbac: () =>
    html`<p>A <b>Role</b> is a list of what is allowed, and a <b>RoleBinding</b> gives it to subjects. Only both together allow anything, and nothing ever forbids.</p>`,
  nodes:
    () => html`<p>A <b>node</b> is a machine, and each square in its tray is a <b>Pod</b> that the scheduler gave to it. The <b>kubelet</b> there runs it, and renews the node’s <b>lease</b> every ten seconds: a lease that stands still is the first sign of a node that fails.</p>
    <p>Bars are what the Pods <b>request</b>, of what the node can give: the scheduler counts with requests, not with what is really used. Pods of DaemonSets stand apart: each node has its own.</p>`,
  objects:
    () => html`<p>All that a cluster knows are <b>objects</b>, each of one <b>kind</b>. The API server serves a kind under a <b>resource</b>, such as <code>pods</code>, in a group and version, such as <code>apps/v1</code>.</p>
    <p>Most objects are in a <b>namespace</b>. Deleting that deletes them all.</p>`,
  health: () =>
    html`<p>What cannot be watched is asked now and then. Each panel says when it was asked last, and what came of it.</p>`,
};
