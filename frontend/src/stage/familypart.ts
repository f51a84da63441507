/** The inspector's part “Family”: who an object belongs to, whom it uses, who uses it, and what deleting it would do. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import {
  type Branch,
  type Bunch,
  GROUP_WORDS,
  type Shape,
  SIGNS,
  shapeFamily,
  tally,
} from "../layout/family";
import { DELETIONS, type Deletion, readAddress } from "../model/address";
import { count } from "../model/format";
import type { FamilyReply, Viewer } from "../model/viewer";
import type { FamilyTree, Fate, Hold, Member, Prospect } from "../wire";
import { StageElement } from "./element";
import type { Inspected } from "./parts";

/** So many of one kind stand open; more are folded. */
const OPEN_AT_MOST = 5;

const DELETION_WORDS: Readonly<Record<Exclude<Deletion, "">, string>> = {
  foreground: "Foreground",
  background: "Background",
  orphan: "Orphan",
};

export function drawFamily({ viewer, object }: Inspected): TemplateResult {
  const { deletion } = readAddress(window.location.search);
  return html`<orrery-family .viewer=${viewer} .about=${object.ref} .kind=${object.kind} .name=${object.name} .exists=${object.exists}
    .seq=${object.seq} .deletion=${deletion} .place=${placeOf(viewer)}></orrery-family>`;
}

/** Something that alters when the family may have: each place where it stands still, and every so often while it moves. */
function placeOf({ place }: Viewer): string {
  return place?.mode === "paused" ? String(place.seq) : String(Math.floor((place?.seq ?? 0) / 20));
}

export class FamilyElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    about: { attribute: false },
    kind: { attribute: false },
    name: { attribute: false },
    exists: { attribute: false },
    seq: { attribute: false },
    deletion: { attribute: false },
    place: { attribute: false },
    reply: { state: true },
  };
  declare viewer: Viewer;
  declare about: string;
  declare kind: string;
  declare name: string;
  declare exists: boolean;
  declare seq: number;
  declare deletion: Deletion;
  declare place: string;
  declare reply: FamilyReply | undefined;
  private askedFor = "";

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("about")) this.reply = undefined;
    const question = `${this.about} ${this.place} ${this.seq}`;
    if (this.exists && this.viewer.status === "open" && question !== this.askedFor) void this.ask(question);
  }

  protected override render(): TemplateResult {
    if (!this.exists)
      return html`<p role="status">A family is of a moment: go to one when this object is there.</p>`;
    const { reply } = this;
    if (reply === undefined) return html`<p role="status">Looking for its family…</p>`;
    if ("problem" in reply) return html`<p role="status">${reply.problem}</p>`;
    const { family } = reply;
    const asked = family.isGoing ? "" : this.deletion;
    const prospect = family.prospects.find(({ policy }) => policy === asked);
    return html`
      ${family.isGoing ? this.drawHolds(family) : nothing}
      ${family.isGoing ? nothing : this.drawChoice(family.prospects)}
      ${prospect ? drawProspect(prospect) : nothing}
      ${this.drawShape(shapeFamily(family), prospect)}
      ${family.members.length === 0 ? html`<p>Nothing owns it, nothing names it, and it names nothing.</p>` : nothing}`;
  }

  private async ask(question: string): Promise<void> {
    this.askedFor = question;
    const reply = await this.viewer.askFamily(this.about);
    if (this.askedFor === question) this.reply = reply;
  }

  private drawHolds({ holds, members }: FamilyTree): TemplateResult {
    return html`<div class="holds" role="status"><p><b>It is being deleted.</b> ${
      holds.length === 0 ? "Nothing that is known here holds it." : "What holds it:"
    }</p>
      <ul>${holds.map((hold) => this.drawHold(hold, members))}</ul></div>`;
  }

  private drawHold(hold: Hold, members: readonly Member[]): TemplateResult {
    const waits = members.filter(({ id }) => hold.members.includes(id));
    return html`<li><code>${hold.name}</code> ${hold.words} ${hold.who ? html`<span class="who">Taken away by ${hold.who}.</span>` : nothing}
      ${
        waits.length > 0
          ? html`<div class="waits">${waits.slice(0, OPEN_AT_MOST).map(({ ref, kind, name }) => html`<button class="link" @click=${() => this.select(ref)}>${kind} ${name}</button> `)}${
              waits.length > OPEN_AT_MOST ? `and ${count(waits.length - OPEN_AT_MOST, "more", "more")}` : ""
            }</div>`
          : nothing
      }</li>`;
  }

  private drawChoice(prospects: readonly Prospect[]): TemplateResult {
    const tell = (value: Deletion) =>
      this.dispatchEvent(new CustomEvent("bar", { detail: { name: "deletion", value }, bubbles: true }));
    return html`<div class="if-deleted" role="group" aria-label="If it were deleted">
      <span class="asks">If it were deleted:</span>
      ${DELETIONS.filter((way) => way !== "").map((way) => {
        const isChosen = way === this.deletion;
        return html`<button class="chip" aria-pressed=${isChosen} ?disabled=${prospects.length === 0} @click=${() => tell(isChosen ? "" : way)}>${DELETION_WORDS[way]}</button>`;
      })}
    </div>`;
  }

  private drawShape(shape: Shape, prospect: Prospect | undefined): TemplateResult {
    const fates = new Map((prospect?.fates ?? []).map((fate) => [fate.member, fate]));
    const owned = shape.groups.get("owned");
    return html`
      ${
        shape.above.length > 0 || owned
          ? html`<h3>Owners and what it owns</h3><ul class="tree">
        ${shape.above.map(({ member, depth }) => html`<li .style=${`--depth:${depth}`}>${this.drawMember(member, fates)}</li>`)}
        <li class="self ${prospect ? "gone" : ""}" .style=${`--depth:${shape.depth}`}><span class="row"><span class="rail"></span><span class="kind">${this.kind}</span> <b>${this.name}</b>${prospect ? html`<span class="fate gone"><i aria-hidden="true">−</i> deleted</span>` : nothing}</span></li>
        ${owned ? this.drawBunches(owned, shape.depth + 1, fates) : nothing}</ul>`
          : nothing
      }
      ${[...shape.groups].map(([group, bunches]) =>
        group === "owned"
          ? nothing
          : html`<h3>${GROUP_WORDS[group]}</h3><ul class="tree">${this.drawBunches(bunches, 0, fates)}</ul>`,
      )}`;
  }

  private drawBunches(
    bunches: readonly Bunch[],
    depth: number,
    fates: ReadonlyMap<number, Fate>,
  ): TemplateResult[] {
    return bunches.map((bunch) => {
      const rows = html`${bunch.branches.map((branch) => this.drawBranch(branch, depth, fates))}
        ${bunch.more > 0 ? html`<li class="rest" .style=${`--depth:${depth}`}>and ${bunch.more.toLocaleString("en")} more of kind ${bunch.kind}</li>` : nothing}`;
      const number = bunch.branches.length + bunch.more;
      if (number <= OPEN_AT_MOST) return rows;
      return html`<li class="fold" .style=${`--depth:${depth}`}><details><summary>${count(number, bunch.kind)} ${drawSummary(bunch, fates)}</summary><ul class="tree">${rows}</ul></details></li>`;
    });
  }

  private drawBranch(branch: Branch, depth: number, fates: ReadonlyMap<number, Fate>): TemplateResult {
    return html`<li .style=${`--depth:${depth}`}>${this.drawMember(branch.member, fates)}</li>
      ${this.drawBunches(branch.below, depth + 1, fates)}`;
  }

  private drawMember(member: Member, fates: ReadonlyMap<number, Fate>): TemplateResult {
    const fate = fates.get(member.id);
    const isThere = (member.state ?? "there") === "there";
    const isBroken = member.state === "missing" && !member.isOptional;
    const tone = fate && isThere ? SIGNS[fate.outcome].tone : "";
    return html`<span class="row ${member.certainty} ${member.state ?? "there"} ${tone}">
        <span class="rail" title="${member.certainty}: ${member.how}"></span>
        <span class="kind">${member.kind}</span>
        ${
          isThere
            ? html`<button class="link" @click=${() => this.select(member.ref)} title="${member.namespace ? `${member.namespace}/` : ""}${member.name}">${member.name}</button>`
            : html`<b class=${isBroken ? "bad" : ""}>${member.name}</b><span class=${isBroken ? "bad" : "as"}>${member.state === "missing" ? "✕ not there" : "not recorded"}</span>`
        }
        <span class="as" title=${member.how}>${relationOf(member)}</span>
        ${member.isGoing ? html`<span class="going" title="Its deletion was asked for">◔ being deleted</span>` : nothing}
        ${fate && isThere ? drawFate(fate) : nothing}
      </span>
      ${member.problem ? html`<span class="why ${isBroken ? "bad" : ""}">${member.problem}</span>` : nothing}`;
  }
}

/** As what it is related; nothing where that goes without saying: most of what is owned is waited for. */
function relationOf({ group, relation, isController, blocks }: Member): string {
  if (group === "owned") return blocks || relation === "made for it" ? "" : "does not block";
  return group === "owners" && isController ? "" : relation;
}

function drawFate(fate: Fate): TemplateResult {
  const { mark, words, tone } = SIGNS[fate.outcome];
  return html`<span class="fate ${tone}" title=${fate.words}><i aria-hidden="true">${mark}</i> ${words}</span>`;
}

/** What happens to all of a bunch, where it is the same. */
function drawSummary(bunch: Bunch, fates: ReadonlyMap<number, Fate>): TemplateResult | typeof nothing {
  const outcomes = new Set(bunch.branches.map(({ member }) => fates.get(member.id)?.outcome));
  const [only] = outcomes;
  if (outcomes.size !== 1 || only === undefined || bunch.more > 0) return nothing;
  const { mark, words, tone } = SIGNS[only];
  return html`<span class="fate ${tone}"><i aria-hidden="true">${mark}</i> ${words}</span>`;
}

function drawProspect(prospect: Prospect): TemplateResult {
  return html`<div class="prospect" role="status"><ol>${prospect.steps.map((step) => html`<li>${step}</li>`)}</ol>
    <p>Of its family: ${tally(prospect.fates)}.</p></div>`;
}

customElements.define("orrery-family", FamilyElement);
