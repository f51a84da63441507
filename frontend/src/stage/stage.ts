/**
 * The stage: holds the viewer and the address together, and gives each part what it shows.
 *
 * The address is the state of the screen. What a person chooses makes an entry in the browser's history; playing and
 * dragging only rewrite the present one.
 */

import { html, nothing, type TemplateResult } from "lit";
import { type Address, readAddress, type View, writeAddress } from "../model/address";
import { type Browse, CatalogDesk } from "../model/catalog";
import { type Cluster, ClusterWatch } from "../model/clusters";
import { duration } from "../model/format";
import { HealthWatch } from "../model/health";
import { Namespaces } from "../model/namespaces";
import { type LogName, type Note, type Origin, SERVER } from "../model/origin";
import { RbacDesk } from "../model/rbac";
import { NO_ROUTE, RoutingDesk } from "../model/routing";
import { Traces } from "../model/traces";
import { Viewer } from "../model/viewer";
import "./bar";
import { chosen } from "./choices";
import { type Selected, StageElement } from "./element";
import type { FilterElement } from "./filter";
import { LessonGuide } from "./guide";
import "./inspector";
import "./keys";
import type { KeysElement } from "./keys";
import { drawStanding } from "./reading";
import "./search";
import { type SearchElement, type Sought, viewOf } from "./search";
import "./table";
import { type Scene, TABS, viewOfKey } from "./tabs";
import { switchTheme } from "./theme";
import { SPEEDS, type TimelineElement } from "./timeline";

/** What the aside of a tab is called where it stands behind a lesson. */
const ASIDE_NAMES: Partial<Record<View, string>> = { routing: "Packet", rbac: "Answer" };

export class OrreryStage extends StageElement {
  static override properties = {
    origin: { attribute: false },
    log: {},
    intro: {},
    mayEdit: { type: Boolean, attribute: "may-edit" },
    address: { state: true },
    speed: { state: true },
    tick: { state: true },
    cluster: { state: true },
    logs: { state: true },
    current: { state: true },
    notes: { state: true },
  };
  declare origin: Origin;
  declare log: string;
  declare intro: string;
  /** Whether whoever looks may write the log's lesson. */
  declare mayEdit: boolean;
  declare address: Address;
  declare speed: number;
  declare tick: number;
  /** The cluster that this log follows; undefined for a recording. */
  declare cluster: Cluster | undefined;
  declare logs: readonly LogName[];
  /** The write that the inspector shows, by its frame. */
  declare current: number | undefined;
  declare notes: readonly Note[];
  viewer!: Viewer;
  private traces!: Traces;
  private desk!: RbacDesk;
  private routing!: RoutingDesk;
  private catalog!: CatalogDesk;
  private guide!: LessonGuide;
  private readonly known = new Namespaces();
  private clock: number | undefined;
  /** Whether a person chose what is selected, and its trace is still to be found. */
  private isChosen = false;
  private readonly watch = new ClusterWatch((clusters) => {
    this.cluster = clusters.find(({ log }) => log === this.log);
    this.follow();
  });
  private readonly health = new HealthWatch(() => this.redraw());
  private readonly onKey = (event: KeyboardEvent) => this.handleKey(event);
  private readonly onBack = () => this.returnTo(readAddress(this.origin.readQuery()));

  constructor() {
    super();
    this.origin = SERVER;
    this.address = readAddress("");
    this.mayEdit = false;
    this.speed = 1;
    this.tick = 0;
    this.logs = [];
    this.notes = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.address = readAddress(this.origin.readQuery());
    this.viewer = new Viewer(this.origin, this.log, this.address.at);
    this.traces = new Traces(this.viewer);
    this.desk = new RbacDesk(this.viewer, () => this.redraw());
    this.routing = new RoutingDesk(this.viewer, () => this.redraw());
    this.catalog = new CatalogDesk(this.viewer, () => this.redraw());
    this.guide = new LessonGuide(this, this.log);
    this.viewer.addEventListener("change", () => this.follow());
    // Whatever is shown, these tell the namespaces and where the viewer is.
    this.viewer.subscribe("nodes");
    this.viewer.subscribe("flow");
    this.subscribe();
    this.viewer.open();
    window.addEventListener("keydown", this.onKey);
    window.addEventListener("popstate", this.onBack);
    // The age of a picture whose connection is lost grows without any message.
    this.clock = window.setInterval(() => this.viewer.lostAtMs !== undefined && this.redraw(), 1000);
    this.watch.query = `?brief=true&log=${encodeURIComponent(this.log)}`;
    void this.loadLogs();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.viewer.close();
    this.watch.stop();
    this.health.attend("");
    window.clearInterval(this.clock);
    window.removeEventListener("keydown", this.onKey);
    window.removeEventListener("popstate", this.onBack);
  }

  protected override render(): TemplateResult {
    const { viewer, address, tick } = this;
    return html`
      <orrery-bar .viewer=${viewer} .address=${address} .log=${this.log} .logs=${this.logs} .namespaces=${this.namespaces} .cluster=${this.cluster}
        .hasLesson=${this.guide.desk.lesson !== undefined} .mayWrite=${this.mayEdit && this.guide.desk.isLoaded} .tick=${tick} @bar=${this.handleBar}></orrery-bar>
      <main class="canvas ${viewer.lostAtMs === undefined ? "" : "stale"}" id="diagram" role="tabpanel"
        aria-labelledby="tab-${address.view}" @select-object=${this.handleSelect} @select-trace=${this.handleTrace} @bar=${this.handleBar}>${this.drawMain()}</main>
      ${this.drawAside()}
      <orrery-timeline .viewer=${viewer} .log=${this.log} .speed=${this.speed} .tick=${tick}
        @transport=${this.handleTransport} @speed=${this.handleSpeed} @loaded=${this.handleLoaded} role="region" aria-label="Timeline"></orrery-timeline>
      <orrery-keys></orrery-keys>
      <orrery-search .viewer=${viewer} @sought=${this.handleSought} @bar=${this.handleBar}></orrery-search>
    `;
  }

  /** The lesson, where one is open, with the inspector behind it; else that. */
  private drawAside(): TemplateResult {
    const { address, guide } = this;
    if (guide.number === undefined && !guide.isEditing) return this.drawInspector();
    const { aside } = TABS[address.view];
    const isBeside = address.selected !== "" || aside !== undefined;
    const name = address.selected ? "Inspector" : (ASIDE_NAMES[address.view] ?? "");
    return guide.draw(name, isBeside ? this.drawInspector() : undefined, this.mayEdit, this.tick);
  }

  /** The inspector, or what the tab has to say while nothing is inspected. */
  private drawInspector(): TemplateResult {
    const { viewer, address, tick } = this;
    const { aside, diagrams } = TABS[address.view];
    if (aside && !address.selected && diagrams.every((name) => !viewer.pictures[name].isEmpty))
      return html`<div class="aside" @bar=${this.handleBar} @select-object=${this.handleSelect}>${aside(this.scene)}</div>`;
    return html`<orrery-inspector .viewer=${viewer} .view=${address.view} .selected=${address.selected} .version=${address.version} .chosenPart=${address.part} .intro=${this.intro} .cluster=${this.cluster}
        .traces=${this.traces} .tick=${tick} @select-object=${this.handleSelect} @inspected=${this.handleInspected} @bar=${this.handleBar} role="complementary" aria-label="Inspector" tabindex="0"></orrery-inspector>`;
  }

  protected override updated(): void {
    this.dress();
    this.health.attend(this.address.view === "health" ? (this.cluster?.slug ?? "") : "");
    this.desk.cluster = this.viewer.place?.mode === "live" ? (this.cluster?.slug ?? "") : "";
    if (this.address.view === "rbac") this.desk.follow({ text: this.address.ask, since: this.address.since });
    if (this.address.view === "routing") this.routing.follow(this.address.route);
    if (this.address.view === "objects") this.catalog.follow(this.address.browse, this.address.namespace);
    const timeline = this.querySelector<TimelineElement>("orrery-timeline");
    const { diagrams } = TABS[this.address.view];
    const isDrawn = diagrams.every(
      (name) => !this.viewer.mayOpen(name) || !this.viewer.pictures[name].isEmpty,
    );
    const idle = this.viewer.isIdle && timeline?.isLoaded === true && this.guide.isBegun && isDrawn;
    document.documentElement.dataset.idle = String(idle || this.viewer.status === "missing");
    document.documentElement.dataset.seq = String(this.viewer.place?.seq ?? "");
  }

  /** What the style sheets go by. */
  private dress(): void {
    const { address, guide } = this;
    this.classList.toggle("with-lesson", guide.number !== undefined || guide.isEditing);
    this.classList.toggle("editing", guide.isEditing);
    this.classList.toggle(
      "beside-lesson",
      !guide.isEditing && this.querySelector(".lesson-aside > .beside") !== null,
    );
    document.documentElement.toggleAttribute("data-presenter", address.presenter);
  }

  private drawMain(): TemplateResult {
    const { viewer, address } = this;
    if (viewer.status === "missing") {
      return html`<div class="designed-state"><h2>There is no such recording</h2><p>It may have been deleted. <a href="/">All recordings</a> are on the first page.</p></div>`;
    }
    if (viewer.status === "forbidden") {
      return html`<div class="designed-state"><h2>You may not see this recording</h2><p>Ask whoever runs this server, or go to <a href="/">what you may see</a>.</p></div>`;
    }
    const tab = TABS[address.view];
    if (tab.diagrams.some((name) => !viewer.mayOpen(name))) {
      return html`<div class="designed-state"><h2>You may not see who may do what here</h2><p>It takes a permission of its own, <b>visualizer.view_rbac</b>. Ask whoever runs this server for it; the other diagrams are open to you.</p></div>`;
    }
    if (tab.diagrams.some((name) => viewer.pictures[name].isEmpty)) {
      const words =
        viewer.lostAtMs === undefined
          ? "Opening the recording…"
          : "The server does not answer. Trying again…";
      return html`<div class="designed-state" role="status"><h2>${words}</h2></div>`;
    }
    const age = viewer.lostAtMs === undefined ? "" : duration((performance.now() - viewer.lostAtMs) / 1000);
    const { scene } = this;
    return html`
      ${age ? html`<div class="banner" role="status">Not connected. This picture is ${age} old; trying again.</div>` : nothing}
      ${!age && this.cluster && viewer.place?.mode === "live" ? drawStanding(this.cluster) : nothing}
      ${!age && scene.matches?.size === 0 ? this.drawNothingMet() : nothing}
      <div class="split ${address.table ? "with-table" : ""}">
        <div class="diagram">${tab.draw(scene)}</div>
        ${address.table ? html`<orrery-table .sheets=${tab.sheets(scene)} tabindex="0" role="region" aria-label="The same facts as a table"></orrery-table>` : nothing}
      </div>`;
  }

  private drawNothingMet(): TemplateResult {
    return html`<div class="banner unmet-all" role="status">Nothing at this moment meets <code>${this.address.filter}</code>.
      <button class="button" @click=${() => this.setAddress({ ...this.address, filter: "" }, "enter")}>Clear the filter</button></div>`;
  }

  private get scene(): Scene {
    const { viewer, traces, current, notes, cluster, desk, routing, catalog, tick } = this;
    const { namespace, selected, trace, ask, since, matrix, look, route, browse } = this.address;
    const health = this.health.now;
    return {
      viewer,
      namespace,
      matches: viewer.matches,
      selected,
      current,
      traces,
      trace,
      notes,
      cluster,
      health,
      desk,
      ask,
      since,
      matrix,
      look,
      route,
      routing,
      catalog,
      browse,
      tick,
    };
  }

  private get namespaces(): readonly string[] {
    return this.known.of(this.viewer, this.address.namespace);
  }

  redraw(): void {
    this.tick++;
  }

  /** Show another address, and go to its place where that is another. */
  show(address: Address, how: "enter" | "rewrite"): void {
    const { hello, place } = this.viewer;
    const seq = address.at ?? hello?.firstSeq;
    const isOnItsWay = !this.viewer.isIdle; // perhaps to somewhere else
    if (seq !== undefined && (seq !== place?.seq || isOnItsWay)) this.viewer.seek(seq);
    else if (place?.mode === "playing") this.viewer.pause();
    this.setAddress(address, how);
  }

  /** Draw what changed, and keep the place in the address without an entry in the history. */
  private follow(): void {
    const { place, hello } = this.viewer;
    if (hello?.isLive) this.watch.start();
    if (place && hello && this.viewer.isIdle) {
      const at = place.mode === "live" || place.seq === hello.firstSeq ? undefined : place.seq;
      if (at !== this.address.at && place.mode !== "playing")
        this.setAddress({ ...this.address, at }, "rewrite");
    }
    this.guide.follow();
    this.redraw();
  }

  private setAddress(address: Address, how: "enter" | "rewrite"): void {
    this.address = address;
    this.subscribe();
    const url = this.origin.addressOf(writeAddress(address));
    if (how === "enter") window.history.pushState(null, "", url);
    else window.history.replaceState(null, "", url);
  }

  private subscribe(): void {
    for (const name of TABS[this.address.view].diagrams) this.viewer.subscribe(name);
    this.viewer.filterBy(this.address.filter);
  }

  private returnTo(address: Address): void {
    const moved = address.at !== this.address.at;
    this.address = address;
    this.subscribe();
    if (moved) this.viewer.seek(address.at ?? this.viewer.hello?.firstSeq ?? 0);
  }

  private async loadLogs(): Promise<void> {
    this.logs = (await this.origin.logs()) ?? this.logs;
  }

  private handleSelect(event: CustomEvent<Selected>): void {
    const { ref, version } = event.detail;
    this.isChosen = ref !== "";
    this.guide.look(ref !== "");
    this.setAddress({ ...this.address, selected: ref, version: ref ? version : undefined }, "enter");
  }

  /** Go to an object that was searched for: to the diagram that shows it best, and where it is not narrowed away. */
  private handleSought(event: CustomEvent<Sought>): void {
    const { ref, namespace } = event.detail;
    const { address } = this;
    this.isChosen = true;
    this.guide.look(true);
    const isNarrowedAway = namespace !== "" && namespace !== address.namespace;
    this.setAddress(
      {
        ...address,
        view: viewOf(ref, address.view),
        namespace: isNarrowedAway ? "" : address.namespace,
        selected: ref,
        version: undefined,
        route: ref.startsWith("v1/services:")
          ? { ...NO_ROUTE, service: ref.slice(ref.indexOf(":") + 1) }
          : address.route,
      },
      "enter",
    );
  }

  /** The inspector shows this write: its trace is the one to show, where somebody chose the object. */
  private handleInspected(event: CustomEvent<{ readonly seq: number | undefined }>): void {
    const { seq } = event.detail;
    this.current = seq;
    const { trace } = this.address;
    if (!this.isChosen || seq === undefined || trace === "latest" || this.isUntraced(seq)) return;
    this.isChosen = false;
    const look = typeof trace === "number" ? this.traces.look(trace) : undefined;
    const isShown = look?.kind === "tree" && look.tree.writes.some((write) => write.seq === seq);
    if (!isShown) this.setAddress({ ...this.address, trace: seq }, "rewrite");
  }

  /** Whether this write is known to be in no trace: lease renewals and heartbeats are not. */
  private isUntraced(seq: number): boolean {
    return this.viewer.pictures.flow.table("writes").get(String(seq))?.trace === 0;
  }

  private handleTrace(event: CustomEvent<{ readonly trace: Address["trace"] }>): void {
    this.setAddress({ ...this.address, trace: event.detail.trace }, "enter");
  }

  private handleLoaded(): void {
    this.notes = this.querySelector<TimelineElement>("orrery-timeline")?.data?.notes ?? [];
    this.redraw();
  }

  private handleBar(event: CustomEvent<{ readonly name: string; readonly value: unknown }>): void {
    const { name, value } = event.detail;
    const address = chosen(this.address, name, value);
    if (address) this.setAddress(address, "enter");
    else if (name === "browse") this.browseOn(value as Partial<Browse>);
    else if (name === "lesson") this.guide.toggle();
    else if (name === "write") this.guide.edit();
    else if (name === "search") this.openSearch();
    else if (name === "logs") void this.loadLogs();
    else if (name === "theme") switchTheme();
    else if (name === "keys") this.querySelector<KeysElement>("orrery-keys")?.open();
    if (name === "ask" || name === "route") this.guide.look(true);
    this.redraw();
  }

  private openSearch(): void {
    if (!this.origin.isFile) this.querySelector<SearchElement>("orrery-search")?.open();
  }

  /** Show something else of the tab “Objects”. What is typed rewrites the present entry of the history. */
  private browseOn(value: Partial<Browse>): void {
    const browse = { ...this.address.browse, ...value };
    const isTyped = Object.keys(value).join() === "words" && this.address.browse.words !== "";
    this.setAddress({ ...this.address, browse }, isTyped ? "rewrite" : "enter");
  }

  private handleSpeed(event: CustomEvent<number>): void {
    this.speed = event.detail;
    if (this.viewer.place?.mode === "playing") this.viewer.pace(this.speed);
  }

  private handleTransport(event: CustomEvent<string>): void {
    this.transport(event.detail);
  }

  private transport(name: string): void {
    const { viewer } = this;
    if (name === "play") {
      const stop = this.guide.desk.stopOf(this.guide.number);
      viewer.play(stop?.speed ?? this.speed, stop?.seq);
    }
    if (name === "pause") viewer.pause();
    else if (name === "step") viewer.step(1, false);
    else if (name === "back") viewer.step(-1, false);
    else if (name === "start") viewer.seek(viewer.hello?.firstSeq ?? 0);
    else if (name === "end") viewer.seek(viewer.hello?.lastSeq ?? 0);
    else if (name === "live") viewer.goLive();
    document.documentElement.dataset.idle = "false";
    this.redraw();
  }

  private handleKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key === "k") {
      event.preventDefault();
      this.openSearch();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName))
      return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === " " && target.tagName === "BUTTON") return;
    const action = this.actionOf(event);
    if (!action) return;
    event.preventDefault();
    action();
  }

  private actionOf(event: KeyboardEvent): (() => void) | undefined {
    const { viewer, address } = this;
    const view = viewOfKey(event.key);
    if (view && !(TABS[view].needsServer && this.origin.isFile))
      return () => this.setAddress({ ...address, view }, "enter");
    switch (event.key) {
      case " ":
        return () => this.transport(viewer.place?.mode === "playing" ? "pause" : "play");
      case "ArrowRight":
        return () => viewer.step(1, event.shiftKey);
      case "ArrowLeft":
        return () => viewer.step(-1, event.shiftKey);
      case "Home":
        return () => this.transport("start");
      case "End":
        return () => this.transport("end");
      case "r":
        return () =>
          this.viewer.hello?.isLive && this.querySelector<TimelineElement>("orrery-timeline")?.toggleRecord();
      case "w": {
        const falls = this.querySelector<SVGElement>("orrery-waterfall svg");
        return falls ? () => falls.focus() : undefined;
      }
      case "f":
        return () => this.querySelector<FilterElement>("orrery-filter")?.focus();
      case "n":
      case "p": {
        const { number } = this.guide;
        const by = event.key === "n" ? 1 : -1;
        return number === undefined ? undefined : () => this.guide.enter(number + by);
      }
      case "P":
        return () => this.setAddress({ ...address, presenter: !address.presenter }, "rewrite");
      case "t":
        return () => this.setAddress({ ...address, table: !address.table }, "enter");
      case "+":
      case "-":
        return () => this.changeSpeed(event.key === "+" ? 1 : -1);
      case "?":
        return () => this.querySelector<KeysElement>("orrery-keys")?.open();
      case "Escape":
        if (this.guide.isLooking) return () => this.guide.look(false);
        if (address.selected)
          return () => this.setAddress({ ...address, selected: "", version: undefined }, "enter");
        if (address.ask) return () => this.setAddress({ ...address, ask: "" }, "enter");
        return address.route.service
          ? () => this.setAddress({ ...address, route: NO_ROUTE }, "enter")
          : undefined;
      case "/":
        return () => this.querySelector<HTMLInputElement>("input[name=ask]")?.focus();
      default:
        return undefined;
    }
  }

  private changeSpeed(direction: 1 | -1): void {
    const index = SPEEDS.indexOf(this.speed as (typeof SPEEDS)[number]);
    const speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, index + direction))] ?? 1;
    this.speed = speed;
    if (this.viewer.place?.mode === "playing") this.viewer.pace(speed);
  }
}

customElements.define("orrery-stage", OrreryStage);
