/** The answer to a question about RBAC, beside the diagram: who, by what, where it leads, and what if. */

import { html, nothing, type TemplateResult } from "lit";
import { bareName, refOf } from "../layout/rbac";
import { type RbacDesk, told } from "../model/rbac";
import type { RbacReply } from "../model/viewer";
import type {
  RbacAnswer,
  RbacChange,
  RbacFinding,
  RbacGrant,
  RbacHolder,
  RbacPath,
  RbacPermission,
  RbacReview,
  RbacStep,
} from "../wire";
import { StageElement } from "./element";

const HOLDERS = 40;
const LINES = 80;
const PATHS = 12;
const FINDINGS = 40;
const SAMPLE = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: try, namespace: shop}
roleRef: {kind: ClusterRole, name: edit}
subjects: [{kind: User, name: alice}]`;

export class RbacAnswerElement extends StageElement {
  static override properties = {
    desk: { attribute: false },
    ask: { attribute: false },
    tick: { attribute: false },
    yaml: { state: true },
  };
  declare desk: RbacDesk;
  declare ask: string;
  declare tick: number;
  declare yaml: string;
  /** The what-if that was last brought into sight. */
  private seen: RbacReply | undefined;

  constructor() {
    super();
    this.yaml = "";
  }

  protected override updated(): void {
    if (this.desk.imagined === this.seen) return;
    this.seen = this.desk.imagined;
    if (this.seen) this.querySelector(".imagined")?.scrollIntoView({ block: "nearest" });
  }

  protected override render(): TemplateResult {
    const reply = this.ask ? this.desk.answer : this.desk.review;
    return html`
      ${this.ask ? html`<button class="close" aria-label="Close the answer" @click=${() => this.tell("")}>×</button>` : nothing}
      <div aria-live="polite">${this.drawReply(reply)}</div>
      ${this.drawWhatIf(told(reply))}
    `;
  }

  private drawReply(reply: RbacReply | undefined): TemplateResult {
    if (reply === undefined)
      return html`<h2>${this.ask || "What to look at"}</h2><p role="status">Working it out…</p>`;
    if ("problem" in reply)
      return html`<h2>${this.ask || "What to look at"}</h2><p role="alert">${reply.problem}</p>`;
    return html`<h2>${reply.title}</h2><div class="sub">${reply.summary}</div>${this.drawBody(reply)}
      ${reply.leftOff ? html`<p>${reply.leftOff.toLocaleString("en")} more are not listed.</p>` : nothing}`;
  }

  private drawBody(answer: RbacAnswer): TemplateResult {
    switch (answer.kind) {
      case "who":
        return this.drawHolders(answer.holders ?? []);
      case "can":
        return html`${this.drawServer(answer.reviews ?? [])}${this.drawHolders(answer.holders ?? [])}`;
      case "what":
        return this.drawPermissions(answer.permissions ?? []);
      case "leads":
        return html`${(answer.paths ?? []).slice(0, PATHS).map((path, index) => this.drawPath(path, index, answer.paths?.length ?? 0))}`;
      case "review":
        return this.drawReview(answer);
      case "imagined":
      case "compared":
        return drawDifferences(answer);
    }
  }

  private drawHolders(holders: readonly RbacHolder[]): TemplateResult {
    const all = holders.flatMap((holder) =>
      holder.grants.map((grant) => ({ subject: holder.subject, grant })),
    );
    return html`${all.slice(0, HOLDERS).map(
      ({ subject, grant }, index) => html`<h3>Path ${index + 1} of ${all.length}</h3>
        <p><button class="link who hue-${subject.startsWith("ServiceAccount") ? "controller" : "client"}" @click=${() => this.tell(`what can ${spoken(subject)} do?`)}>${words(subject)}</button></p>
        ${this.drawGrant(grant)}`,
    )}${all.length > HOLDERS ? html`<p>and ${all.length - HOLDERS} more paths</p>` : nothing}`;
  }

  /** What the cluster itself says, beside what is decided here: a webhook may say otherwise. */
  private drawServer(reviews: readonly RbacReview[]): TemplateResult | typeof nothing {
    if (!this.desk.cluster) return nothing;
    return html`<p><button class="button" @click=${() => this.desk.askServer(reviews)} title="By a SubjectAccessReview, which writes nothing">Ask the server</button></p>
      <div aria-live="polite">${reviews.map((review) => {
        const says = this.desk.server.get(review.subject);
        if (!says) return nothing;
        if ("refused" in says) return html`<p role="alert">${says.refused}</p>`;
        if (says.allowed === review.allowed)
          return html`<p><b>The server agrees</b> about ${words(review.subject)}. ${says.reason}</p>`;
        return html`<p class="differs"><b>▲ The server says ${says.allowed ? "yes" : "no"}</b> to ${words(review.subject)}. ${says.reason} ${says.problem} Another authorizer (a webhook) decides there too, or Orrery is behind.</p>`;
      })}</div>`;
  }

  private drawGrant(grant: RbacGrant): TemplateResult {
    return html`<div class="evidence"><b>observed</b> · ${this.link(grant.binding)}<br />→ ${this.link(grant.role)}<br />→ rule ${this.desk.ruleWords(grant.rule)}</div>
      <p class="server"><span>The server’s words:</span><code>${grant.reason}</code></p>`;
  }

  private drawPermissions(permissions: readonly RbacPermission[]): TemplateResult {
    const subjects = [...new Set(permissions.map((permission) => permission.subject))];
    return html`${subjects.map(
      (subject) => html`
      <p><button class="button" @click=${() => this.tell(`where does ${spoken(subject)} lead?`)}>Where does it lead?</button></p>
      ${subjects.length > 1 ? html`<h3>${words(subject)}</h3>` : nothing}
      <table class="permissions"><thead><tr><th scope="col">may</th><th scope="col">on</th><th scope="col">by</th></tr></thead><tbody>
      ${ownFirst(permissions)
        .filter((permission) => permission.subject === subject)
        .slice(0, LINES)
        .map((permission) => this.drawPermission(permission))}</tbody></table>`,
    )}${permissions.length > LINES ? html`<p>and ${permissions.length - LINES} more lines, in the table (t)</p>` : nothing}`;
  }

  private drawPermission(permission: RbacPermission): TemplateResult {
    const bindings = [
      ...new Set(permission.cells.flatMap((cell) => cell.grants.map((grant) => grant.binding))),
    ];
    const verbs = permission.cells.map((cell) => (cell.verb === "*" ? "anything" : cell.verb)).join(" ");
    const resource = permission.resource === "*" ? "all resources" : permission.resource;
    const group = permission.group && permission.group !== "*" ? `.${permission.group}` : "";
    const names = permission.names.length ? ` ${permission.names.join(", ")}` : "";
    const where = permission.isUrl ? "" : permission.namespace ? ` in ${permission.namespace}` : "";
    return html`<tr><td>${verbs}</td><td><b title=${`${resource}${group}`}>${resource}</b>${names}${where}</td><td>${bindings.map((id) => html`${this.link(id, bareName(id))} `)}</td></tr>`;
  }

  private drawPath(path: RbacPath, index: number, all: number): TemplateResult {
    const unknown = path.steps.flatMap((step) => step.needs).filter((need) => !need.isKnown).length;
    return html`<h3>Way ${index + 1} of ${all}</h3>
      <p><b>${words(path.start)}</b> can become more than it was given:</p>
      <ol class="path">${path.steps.map((step) => this.drawStep(step))}</ol>
      <p class="verdict ${unknown ? "" : "certain"}">${unknown ? `? ${unknown} not known` : "▲ every precondition holds"}</p>`;
  }

  private drawStep(step: RbacStep): TemplateResult {
    return html`<li><b>${step.title}</b>, ${step.words}
      <ul>${step.needs.map(
        (need) => html`<li class=${need.isKnown ? "" : "unsure"}>${need.isKnown ? "+" : "?"} ${need.text}
          ${need.binding ? html`<span title=${need.reason}>by ${this.link(need.binding, bareName(need.binding))}</span>` : nothing}</li>`,
      )}</ul></li>`;
  }

  private drawReview(answer: RbacAnswer): TemplateResult {
    const findings = groupFindings(answer.findings ?? []);
    const own = (id: string) => /^(User|Group):system:|^ServiceAccount:kube-system\//.test(id);
    const paths = [...(answer.paths ?? [])].sort((a, b) => Number(own(a.start)) - Number(own(b.start)));
    return html`
      <h3>Lies about</h3>
      ${findings.length === 0 ? html`<p>Nothing.</p>` : nothing}
      <ul>${findings.slice(0, FINDINGS).map((finding) => html`<li><span class="finding">▲ ${finding.kind}</span> ${this.link(finding.where)}${finding.others ? ` and ${finding.others} more` : nothing}<br />${finding.text}</li>`)}</ul>
      ${findings.length > FINDINGS ? html`<p>and ${findings.length - FINDINGS} more, in the table (t)</p>` : nothing}
      <h3>Can come to cluster-admin</h3>
      <ul>${paths.slice(0, PATHS * 2).map((path) => {
        const unknown = path.steps.some((step) => step.needs.some((need) => !need.isKnown));
        return html`<li><button class="link" @click=${() => this.tell(`where does ${spoken(path.start)} lead?`)}>${words(path.start)}</button>
          in ${path.steps.length === 1 ? "one step" : `${path.steps.length} steps`}${unknown ? ", not certain" : ""}: ${path.steps[0]?.title ?? ""}</li>`;
      })}</ul>`;
  }

  private drawWhatIf(answer: RbacAnswer | undefined): TemplateResult {
    const grants = [
      ...(answer?.holders ?? []).flatMap((holder) => holder.grants),
      ...(answer?.permissions ?? []).flatMap((permission) => permission.cells.flatMap((cell) => cell.grants)),
    ];
    const own = (id: string) => Number(bareName(id).startsWith("system:"));
    const bindings = [...new Set(grants.map((grant) => grant.binding))]
      .sort((a, b) => own(a) - own(b))
      .slice(0, 12);
    const imagined = this.desk.imagined;
    return html`<section class="what-if needs-server" aria-label="What if">
      <h3>What if</h3>
      <div class="removals">${bindings.map(
        (id) =>
          html`<button class="button" @click=${() => this.desk.imagine("", [id])} title="Who would lose what">remove ${bareName(id)}</button>`,
      )}</div>
      <details ?open=${this.yaml !== ""}><summary>or paste a role or binding</summary>
        <textarea rows="6" spellcheck="false" aria-label="Roles and bindings as YAML" placeholder=${SAMPLE} .value=${this.yaml} @input=${this.type}></textarea>
        <button class="button" @click=${() => this.desk.imagine(this.yaml, [])}>Try it</button>
      </details>
      <div aria-live="polite" class="imagined">${this.drawImagined(imagined)}</div>
    </section>`;
  }

  private drawImagined(reply: RbacReply | undefined): TemplateResult | typeof nothing {
    if (reply === undefined) return nothing;
    if ("problem" in reply) return html`<p role="alert">${reply.problem}</p>`;
    return html`<p><b>${reply.title}</b></p><p>${reply.summary}</p>${drawDifferences(reply)}
      <p><button class="link" @click=${() => this.desk.forget()}>forget it: nothing was changed</button></p>`;
  }

  private link(id: string, text = words(id)): TemplateResult {
    const ref = id.includes("/") && id.startsWith("v1/") ? id : refOf(id);
    return ref
      ? html`<button class="link" @click=${() => this.select(ref)}>${text}</button>`
      : html`<b>${text}</b>`;
  }

  private type(event: Event): void {
    this.yaml = (event.target as HTMLTextAreaElement).value;
  }

  private tell(text: string): void {
    this.dispatchEvent(new CustomEvent("bar", { detail: { name: "ask", value: text }, bubbles: true }));
  }
}

function drawDifferences(answer: RbacAnswer): TemplateResult {
  return html`<ul>${(answer.changes ?? []).slice(0, HOLDERS).map((change) => drawDifference(change))}</ul>`;
}

function drawDifference(change: RbacChange): TemplateResult {
  const lines = (all: readonly string[], sign: string) =>
    all.slice(0, 8).map((line) => html`<br /><span>${sign} ${line}</span>`);
  return html`<li><b>${words(change.subject)}</b>
    ${change.gains.length ? html`<span class="gain">${lines(change.gains, "+")}</span>` : nothing}
    ${change.losses.length ? html`<span class="loss">${lines(change.losses, "−")}${change.losses.length > 8 ? html`<br />and ${change.lost - 8} more` : nothing}</span>` : nothing}</li>`;
}

/** What Kubernetes grants everybody comes last. */
function ownFirst(permissions: readonly RbacPermission[]): RbacPermission[] {
  const isOwn = ({ cells }: RbacPermission) =>
    cells.every(({ grants }) => grants.every(({ binding }) => bareName(binding).startsWith("system:")));
  return [...permissions].sort((a, b) => Number(isOwn(a)) - Number(isOwn(b)));
}

/** Findings that say the same of several things, once. */
function groupFindings(findings: readonly RbacFinding[]): (RbacFinding & { readonly others: number })[] {
  const found = new Map<string, RbacFinding & { readonly others: number }>();
  for (const finding of findings) {
    const key = finding.kind === "idle token" ? finding.text : `${finding.where} ${finding.text}`;
    const known = found.get(key);
    found.set(key, known ? { ...known, others: known.others + 1 } : { ...finding, others: 0 });
  }
  return [...found.values()];
}

/** `Group developers`, `ServiceAccount shop/api`. */
function words(id: string): string {
  return id.replace(":", " ");
}

/** A party as a question names it. */
export function spoken(id: string): string {
  const kind = id.slice(0, id.indexOf(":"));
  return `${kind === "ServiceAccount" ? "service account" : kind.toLowerCase()} ${bareName(id)}`;
}

customElements.define("orrery-rbac-answer", RbacAnswerElement);
