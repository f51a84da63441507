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
import { Picture } from "./picture";
import { Questions, type Reply } from "./questions";

export type DiagramName = Subscribe["diagram"];
type PictureName = SnapshotMessage["diagram"];
export type Answer = Reply<Inspection>;
export type TraceAnswer = Reply<Traced>;
export type RbacReply = Reply<RbacAnswer>;
export type RulesReply = Reply<RulesAnswer>;
export type PacketReply = Reply<PacketAnswer>;
export type ContainersReply = Reply<ContainersAnswer>;
export type SearchReply = Reply<SearchAnswer>;
export type RequestsReply = Reply<RequestsAnswer>;
export type ManifestReply = Reply<ManifestAnswer>;
export type ComparisonReply = Reply<Comparison>;
export type FieldsReply = Reply<FieldsAnswer>;
export type FamilyReply = Reply<FamilyAnswer>;
export type ResourcesReply = Reply<ResourcesAnswer>;
export type ObjectsReply = Reply<ObjectsAnswer>;
export type NamespacesReply = Reply<NamespacesAnswer>;
export type RbacQuestion =
  | Omit<AskRbac, "id">
  | Omit<ImagineRbac, "id">
  | Omit<CompareRbac, "id">
  | Omit<ReviewRbac, "id">;

/** Why nothing is answered where there is no connection to be had. */
const CLOSED = {
  missing: "This log is not there any more.",
  forbidden: "You may not see this log, or are not logged in any more.",
} as const;

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
  private readonly questions: Questions;
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
    this.questions = new Questions((question) => this.connection.send(question));
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
    return this.status === "open" && !this.moving && this.awaited.size === 0 && this.questions.size === 0;
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
    return this.questions.ask({ op: "inspect", ref, seq: seq ?? null });
  }

  /** The whole trace that the write in this frame belongs to, as far as it has come. */
  trace(seq: number): Promise<TraceAnswer> {
    return this.questions.ask({ op: "trace", seq });
  }

  /** Who can, what can they, what if, what changed: at this viewer's place. */
  askRbac(question: RbacQuestion): Promise<RbacReply> {
    return this.questions.ask(question);
  }

  /** What a node's kube-proxy programs for one Service, at this viewer's place. */
  askRules(question: Omit<AskRules, "id" | "op">): Promise<RulesReply> {
    return this.questions.ask({ op: "ask_rules", ...question });
  }

  /** A packet's way, hop by hop, at this viewer's place. */
  followPacket(question: Omit<FollowPacket, "id" | "op">): Promise<PacketReply> {
    return this.questions.ask({ op: "follow_packet", ...question });
  }

  /** Objects at this viewer's place, in the search language. */
  search(text: string): Promise<SearchReply> {
    if (this.status !== "open")
      return Promise.resolve({ problem: "Not connected: nothing can be looked for until it is back." });
    return this.questions.ask({ op: "search", text });
  }

  /** What the schema says of each field of an object, as this frame wrote it. */
  askFields(ref: string, seq: number): Promise<FieldsReply> {
    return this.questions.ask({ op: "ask_fields", ref, seq });
  }

  /** Who belongs to an object, and what deleting it would do, at this viewer's place. */
  askFamily(ref: string): Promise<FamilyReply> {
    return this.questions.ask({ op: "ask_family", ref });
  }

  /** What the cluster serves, with how many objects there are at this viewer's place. */
  askResources(): Promise<ResourcesReply> {
    return this.questions.ask({ op: "ask_resources" });
  }

  /** A stretch of the objects of one resource, at this viewer's place. */
  askObjects(question: Omit<AskObjects, "id" | "op">): Promise<ObjectsReply> {
    return this.questions.ask({ op: "ask_objects", ...question });
  }

  /** The namespaces at this viewer's place, and with a name one of them whole. */
  askNamespaces(name: string): Promise<NamespacesReply> {
    return this.questions.ask({ op: "ask_namespaces", name });
  }

  /** A Pod's containers and probes at this viewer's place; with `seq`, as that frame wrote the Pod. */
  askContainers(ref: string, seq: number | undefined): Promise<ContainersReply> {
    return this.questions.ask({ op: "ask_containers", ref, seq: seq ?? null });
  }

  /** How an object is asked for, and what its watch prints next. */
  askRequests(question: Omit<AskRequests, "id" | "op">): Promise<RequestsReply> {
    return this.questions.ask({ op: "ask_requests", ...question });
  }

  /** An object as one would apply it elsewhere, as this frame wrote it. */
  askManifest(ref: string, seq: number): Promise<ManifestReply> {
    return this.questions.ask({ op: "ask_manifest", ref, seq });
  }

  /** What differs between an object as one frame wrote it, and as a later one did. */
  compareVersions(ref: string, older: number, seq: number): Promise<ComparisonReply> {
    return this.questions.ask({ op: "compare_versions", ref, older, seq });
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
      case "traced":
      case "rbac_answer":
      case "rules":
      case "packet":
      case "containers":
      case "found":
      case "fields":
      case "family":
      case "resources":
      case "objects":
      case "namespaces":
      case "requests":
      case "manifest":
      case "comparison":
        this.questions.answer(message.id, message);
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
    this.questions.open();
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
    else this.questions.answer(id, { problem: text });
  }

  private setStatus(status: Status): void {
    if (status === "lost" && this.lostAtMs === undefined) this.lostAtMs = performance.now();
    if (status === "lost") this.questions.lose();
    if (status === "missing" || status === "forbidden") this.questions.close(CLOSED[status]);
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
