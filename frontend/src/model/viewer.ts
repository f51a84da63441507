/**
 * The viewer: what this page knows of its log. The place, the pictures and the answers, and the commands that change them.
 *
 * Whoever draws listens to `change`, which comes at most once per animation frame.
 */

import type {
  AskObjects,
  AskRbac,
  AskRequests,
  AskRules,
  CompareRbac,
  Comparison,
  ContainersAnswer,
  DeltaMessage,
  FamilyAnswer,
  FieldsAnswer,
  Filtered,
  FollowPacket,
  Hello,
  ImagineRbac,
  Inspection,
  ManifestAnswer,
  Moved,
  NamespacesAnswer,
  ObjectsAnswer,
  PacketAnswer,
  RbacAnswer,
  RequestsAnswer,
  ResourcesAnswer,
  ReviewRbac,
  RulesAnswer,
  SearchAnswer,
  ServerMessage,
  SnapshotMessage,
  Subscribe,
  Traced,
  WriteRow,
} from "../wire";
import type { Status } from "./connection";
import { type Matches, MatchSet } from "./matches";
import type { Line, Origin } from "./origin";
import { Pending } from "./pending";
import { Picture } from "./picture";

export type DiagramName = Subscribe["diagram"];
type PictureName = SnapshotMessage["diagram"];
export type Answer = Inspection | { readonly problem: string };
export type TraceAnswer = Traced | { readonly problem: string };
export type RbacReply = RbacAnswer | { readonly problem: string };
export type RulesReply = RulesAnswer | { readonly problem: string };
export type PacketReply = PacketAnswer | { readonly problem: string };
export type ContainersReply = ContainersAnswer | { readonly problem: string };
export type SearchReply = SearchAnswer | { readonly problem: string };
export type RequestsReply = RequestsAnswer | { readonly problem: string };
export type ManifestReply = ManifestAnswer | { readonly problem: string };
export type ComparisonReply = Comparison | { readonly problem: string };
export type FieldsReply = FieldsAnswer | { readonly problem: string };
export type FamilyReply = FamilyAnswer | { readonly problem: string };
export type ResourcesReply = ResourcesAnswer | { readonly problem: string };
export type ObjectsReply = ObjectsAnswer | { readonly problem: string };
export type NamespacesReply = NamespacesAnswer | { readonly problem: string };
export type RbacQuestion =
  | Omit<AskRbac, "id">
  | Omit<ImagineRbac, "id">
  | Omit<CompareRbac, "id">
  | Omit<ReviewRbac, "id">;

/** A kind of question as far as a problem goes, which may answer any. */
type Refusable = Pick<Pending<{ readonly problem: string }>, "answer" | "ids" | "size">;

export class Viewer extends EventTarget {
  status: Status = "connecting";
  hello: Hello | undefined;
  place: Moved | undefined;
  problem = "";
  /** When the connection was lost, as performance.now() tells it; undefined while it stands. */
  lostAtMs: number | undefined;
  /** What is filtered by, in the search language; empty: nothing. */
  filter = "";
  /** What the server did not understand of it: with any, nothing is filtered. */
  filterProblems: readonly string[] = [];
  readonly pictures: Readonly<Record<DiagramName, Picture>> = {
    flow: new Picture(),
    nodes: new Picture(),
    rbac: new Picture(),
    routing: new Picture(),
  };
  readonly origin: Origin;
  private readonly connection: Line;
  private readonly subscribed = new Set<DiagramName>();
  private readonly awaited = new Set<PictureName>();
  private matchSet: MatchSet | undefined;
  /** The filter that the server tells the matches of; undefined where that is still to be said. */
  private filtered: string | undefined;
  private hasMatches = false;
  private readonly inspecting = new Pending<Answer>();
  private readonly tracing = new Pending<TraceAnswer>();
  private readonly rbac = new Pending<RbacReply>();
  private readonly rules = new Pending<RulesReply>();
  private readonly packets = new Pending<PacketReply>();
  private readonly containers = new Pending<ContainersReply>();
  private readonly searching = new Pending<SearchReply>();
  private readonly fields = new Pending<FieldsReply>();
  private readonly families = new Pending<FamilyReply>();
  private readonly resources = new Pending<ResourcesReply>();
  private readonly lists = new Pending<ObjectsReply>();
  private readonly namespaces = new Pending<NamespacesReply>();
  private readonly requests = new Pending<RequestsReply>();
  private readonly manifests = new Pending<ManifestReply>();
  private readonly comparisons = new Pending<ComparisonReply>();
  private nextQuestion = 1;
  private frame = 0;
  /** Where to stand once connected: what the address asks for, or where the lost connection stood. */
  private wanted: number | undefined;
  private moving = false;
  /** Where playing stops; undefined: at the end. */
  private stop: number | undefined;

  constructor(origin: Origin, log: string, at: number | undefined) {
    super();
    this.origin = origin;
    this.wanted = at;
    this.connection = origin.connect(log, {
      onMessage: (message) => this.receive(message),
      onStatus: (status) => this.setStatus(status),
    });
  }

  open(): void {
    this.connection.open();
  }

  close(): void {
    this.connection.close();
    cancelAnimationFrame(this.frame);
  }

  /** Whether everything that was asked for has come. */
  get isIdle(): boolean {
    return this.status === "open" && !this.moving && this.awaited.size === 0 && this.isAnswered;
  }

  private get isAnswered(): boolean {
    return this.pending.every((kind) => kind.size === 0);
  }

  private get pending(): readonly Refusable[] {
    return [
      this.inspecting,
      this.tracing,
      this.rbac,
      this.rules,
      this.packets,
      this.searching,
      this.fields,
      this.families,
      this.resources,
      this.lists,
      this.namespaces,
      this.containers,
      this.requests,
      this.manifests,
      this.comparisons,
    ];
  }

  /** Whether this viewer may see the diagram. */
  mayOpen(diagram: DiagramName): boolean {
    return !this.hello?.forbidden?.includes(diagram);
  }

  subscribe(diagram: DiagramName): void {
    if (this.subscribed.has(diagram)) return;
    this.subscribed.add(diagram);
    this.askFor(diagram);
  }

  /** What meets the filter; undefined without one, and before it is known. */
  get matches(): Matches | undefined {
    return this.hasMatches ? this.matchSet : undefined;
  }

  /** Narrow to what meets this from now on; empty: to nothing. */
  filterBy(text: string): void {
    if (text === this.filter) return;
    this.filter = text;
    this.filterProblems = [];
    if (!text.trim()) this.hasMatches = false;
    this.askForMatches();
    this.changed();
  }

  seek(seq: number): void {
    this.moving = true;
    this.connection.send({ op: "seek", seq, ts: null });
  }

  seekTime(ts: number): void {
    this.moving = true;
    this.connection.send({ op: "seek", seq: null, ts });
  }

  /** Play on, to the log's end or until after this frame. */
  play(speed: number, until?: number): void {
    this.stop = until;
    this.connection.send({ op: "play", speed, until: until ?? null });
  }

  /** Go on playing to the same end, at another speed. */
  pace(speed: number): void {
    this.play(speed, this.stop);
  }

  pause(): void {
    this.connection.send({ op: "pause" });
  }

  step(direction: 1 | -1, every: boolean): void {
    this.moving = true;
    this.connection.send({ op: "step", direction, every });
  }

  goLive(): void {
    this.connection.send({ op: "live" });
  }

  inspect(ref: string, seq: number | undefined): Promise<Answer> {
    const id = this.nextQuestion++;
    this.connection.send({ op: "inspect", id, ref, seq: seq ?? null });
    return this.inspecting.wait(id);
  }

  /** The whole trace that the write in this frame belongs to, as far as it has come. */
  trace(seq: number): Promise<TraceAnswer> {
    const id = this.nextQuestion++;
    this.connection.send({ op: "trace", id, seq });
    return this.tracing.wait(id);
  }

  /** Who can, what can they, what if, what changed: at this viewer's place. */
  askRbac(question: RbacQuestion): Promise<RbacReply> {
    const id = this.nextQuestion++;
    this.connection.send({ ...question, id });
    return this.rbac.wait(id);
  }

  /** What a node's kube-proxy programs for one Service, at this viewer's place. */
  askRules(question: Omit<AskRules, "id" | "op">): Promise<RulesReply> {
    const id = this.nextQuestion++;
    this.connection.send({ op: "ask_rules", ...question, id });
    return this.rules.wait(id);
  }

  /** A packet's way, hop by hop, at this viewer's place. */
  followPacket(question: Omit<FollowPacket, "id" | "op">): Promise<PacketReply> {
    const id = this.nextQuestion++;
    this.connection.send({ op: "follow_packet", ...question, id });
    return this.packets.wait(id);
  }

  /** Objects at this viewer's place, in the search language. */
  search(text: string): Promise<SearchReply> {
    if (this.status !== "open")
      return Promise.resolve({ problem: "Not connected: nothing can be looked for until it is back." });
    const id = this.nextQuestion++;
    this.connection.send({ op: "search", id, text });
    return this.searching.wait(id);
  }

  /** What the schema says of each field of an object, as this frame wrote it. */
  askFields(ref: string, seq: number): Promise<FieldsReply> {
    const id = this.nextQuestion++;
    this.connection.send({ op: "ask_fields", id, ref, seq });
    return this.fields.wait(id);
  }

  /** Who belongs to an object, and what deleting it would do, at this viewer's place. */
  askFamily(ref: string): Promise<FamilyReply> {
    const id = this.nextQuestion++;
    this.connection.send({ op: "ask_family", id, ref });
    return this.families.wait(id);
  }

  /** What the cluster serves, with how many objects there are at this viewer's place. */
  askResources(): Promise<ResourcesReply> {
    const id = this.nextQuestion++;
    this.connection.send({ op: "ask_resources", id });
    return this.resources.wait(id);
  }

  /** A stretch of the objects of one resource, at this viewer's place. */
  askObjects(question: Omit<AskObjects, "id" | "op">): Promise<ObjectsReply> {
    const id = this.nextQuestion++;
    this.connection.send({ op: "ask_objects", ...question, id });
    return this.lists.wait(id);
  }

  /** The namespaces at this viewer's place, and with a name one of them whole. */
  askNamespaces(name: string): Promise<NamespacesReply> {
    const id = this.nextQuestion++;
    this.connection.send({ op: "ask_namespaces", id, name });
    return this.namespaces.wait(id);
  }

  /** A Pod's containers and probes at this viewer's place; with `seq`, as that frame wrote the Pod. */
  askContainers(ref: string, seq: number | undefined): Promise<ContainersReply> {
    const id = this.nextQuestion++;
    this.connection.send({ op: "ask_containers", id, ref, seq: seq ?? null });
    return this.containers.wait(id);
  }

  /** How an object is asked for, and what its watch prints next. */
  askRequests(question: Omit<AskRequests, "id" | "op">): Promise<RequestsReply> {
    const id = this.nextQuestion++;
    this.connection.send({ op: "ask_requests", ...question, id });
    return this.requests.wait(id);
  }

  /** An object as one would apply it elsewhere, as this frame wrote it. */
  askManifest(ref: string, seq: number): Promise<ManifestReply> {
    const id = this.nextQuestion++;
    this.connection.send({ op: "ask_manifest", id, ref, seq });
    return this.manifests.wait(id);
  }

  /** What differs between an object as one frame wrote it, and as a later one did. */
  compareVersions(ref: string, older: number, seq: number): Promise<ComparisonReply> {
    const id = this.nextQuestion++;
    this.connection.send({ op: "compare_versions", id, ref, older, seq });
    return this.comparisons.wait(id);
  }

  private receive(message: ServerMessage): void {
    switch (message.op) {
      case "hello":
        this.greet(message);
        break;
      case "snapshot":
        this.applySnapshot(message);
        break;
      case "delta":
        this.applyDelta(message);
        break;
      case "filtered":
        this.receiveFiltered(message);
        break;
      case "moved":
        this.place = message;
        if (message.seq === this.pictures.flow.seq) this.moving = false;
        break;
      case "inspection":
        this.inspecting.answer(message.id, message);
        break;
      case "traced":
        this.tracing.answer(message.id, message);
        break;
      case "rbac_answer":
        this.rbac.answer(message.id, message);
        break;
      case "rules":
        this.rules.answer(message.id, message);
        break;
      case "packet":
        this.packets.answer(message.id, message);
        break;
      case "containers":
        this.containers.answer(message.id, message);
        break;
      case "found":
        this.searching.answer(message.id, message);
        break;
      case "fields":
        this.fields.answer(message.id, message);
        break;
      case "family":
        this.families.answer(message.id, message);
        break;
      case "resources":
        this.resources.answer(message.id, message);
        break;
      case "objects":
        this.lists.answer(message.id, message);
        break;
      case "namespaces":
        this.namespaces.answer(message.id, message);
        break;
      case "requests":
        this.requests.answer(message.id, message);
        break;
      case "manifest":
        this.manifests.answer(message.id, message);
        break;
      case "comparison":
        this.comparisons.answer(message.id, message);
        break;
      case "problem":
        this.receiveProblem(message.id ?? undefined, message.text);
        break;
      default:
        message satisfies never;
    }
    this.changed();
  }

  private greet(hello: Hello): void {
    this.hello = hello;
    this.lostAtMs = undefined;
    const was = this.place;
    const at = was && was.mode !== "live" ? was.seq : this.wanted;
    if (at !== undefined && at !== hello.firstSeq) this.seek(at);
    if (was?.mode === "playing") this.pace(was.speed);
    if (this.filter.trim()) this.askForMatches();
    for (const diagram of this.subscribed) this.askFor(diagram);
  }

  private applySnapshot(message: SnapshotMessage): void {
    if (message.diagram === "matches") {
      if (!this.filter.trim() || this.filtered !== this.filter) return;
      this.matchSet = new MatchSet(message, (this.matchSet?.version ?? 0) + 1);
      this.hasMatches = true;
      this.awaited.delete("matches");
      return;
    }
    this.pictures[message.diagram].applySnapshot(message);
    this.awaited.delete(message.diagram);
    this.moving = false;
    this.dispatchEvent(new CustomEvent("jump"));
  }

  private receiveFiltered({ text, problems }: Filtered): void {
    if (text !== this.filter) return;
    this.filtered = text;
    this.filterProblems = problems;
    if (problems.length === 0) return;
    this.hasMatches = false;
    this.awaited.delete("matches");
  }

  private askForMatches(): void {
    if (this.filter.trim()) this.awaited.add("matches");
    else this.awaited.delete("matches");
    this.filtered = undefined;
    this.connection.send({ op: "filter", text: this.filter });
  }

  private applyDelta(message: DeltaMessage): void {
    if (message.diagram === "matches") {
      const isAwaited = this.awaited.has("matches");
      if (this.hasMatches && !isAwaited && !this.matchSet?.apply(message)) this.askForMatches();
      return;
    }
    const picture = this.pictures[message.diagram];
    const known = message.diagram === "flow" ? new Set(picture.table("writes").keys()) : undefined;
    if (!picture.applyDelta(message)) {
      if (!this.awaited.has(message.diagram)) this.askFor(message.diagram);
      return;
    }
    if (known === undefined) return;
    const fresh = [...picture.table("writes").values()].filter((write) => !known.has(write.id));
    if (fresh.length > 0) this.dispatchEvent(new CustomEvent<WriteRow[]>("writes", { detail: fresh }));
  }

  private askFor(diagram: DiagramName): void {
    if (!this.mayOpen(diagram)) {
      this.awaited.delete(diagram);
      return;
    }
    this.awaited.add(diagram);
    this.connection.send({ op: "subscribe", diagram });
  }

  private receiveProblem(id: number | undefined, text: string): void {
    if (id === undefined) this.problem = text;
    else this.refuse(id, text);
  }

  private refuse(id: number, problem: string): void {
    for (const kind of this.pending) kind.answer(id, { problem });
  }

  private setStatus(status: Status): void {
    if (status === "lost" && this.lostAtMs === undefined) this.lostAtMs = performance.now();
    if (status === "lost") {
      for (const id of this.pending.flatMap((kind) => kind.ids))
        this.refuse(id, "The connection was lost. Ask again when it is back.");
    }
    this.status = status;
    this.changed();
  }

  private changed(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.dispatchEvent(new CustomEvent("change"));
    });
  }
}
