/**
 * The viewer: what this page knows of its log. The place, the pictures and the answers, and the commands that change them.
 *
 * Whoever draws listens to `change`, which comes at most once per animation frame.
 */

import type {
  AskRbac,
  CompareRbac,
  Hello,
  ImagineRbac,
  Inspection,
  Moved,
  RbacAnswer,
  ReviewRbac,
  SnapshotMessage,
  Traced,
  WriteRow,
} from "../wire";
import { Connection, type Status } from "./connection";
import { Picture } from "./picture";

export type DiagramName = SnapshotMessage["diagram"];
export type Answer = Inspection | { readonly problem: string };
export type TraceAnswer = Traced | { readonly problem: string };
export type RbacReply = RbacAnswer | { readonly problem: string };
export type RbacQuestion =
  | Omit<AskRbac, "id">
  | Omit<ImagineRbac, "id">
  | Omit<CompareRbac, "id">
  | Omit<ReviewRbac, "id">;

export class Viewer extends EventTarget {
  status: Status = "connecting";
  hello: Hello | undefined;
  place: Moved | undefined;
  problem = "";
  /** When the connection was lost, as performance.now() tells it; undefined while it stands. */
  lostAtMs: number | undefined;
  readonly pictures: Readonly<Record<DiagramName, Picture>> = {
    flow: new Picture(),
    nodes: new Picture(),
    rbac: new Picture(),
    routing: new Picture(),
  };
  private readonly connection: Connection;
  private readonly subscribed = new Set<DiagramName>();
  private readonly awaited = new Set<DiagramName>();
  private readonly questions = new Map<number, (answer: Answer) => void>();
  private readonly traceQuestions = new Map<number, (answer: TraceAnswer) => void>();
  private readonly rbacQuestions = new Map<number, (answer: RbacReply) => void>();
  private nextQuestion = 1;
  private frame = 0;
  /** Where to stand once connected: what the address asks for, or where the lost connection stood. */
  private wanted: number | undefined;
  private moving = false;

  constructor(url: string, at: number | undefined) {
    super();
    this.wanted = at;
    this.connection = new Connection(url, {
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
    return this.questions.size + this.traceQuestions.size + this.rbacQuestions.size === 0;
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

  seek(seq: number): void {
    this.moving = true;
    this.connection.send({ op: "seek", seq, ts: null });
  }

  seekTime(ts: number): void {
    this.moving = true;
    this.connection.send({ op: "seek", seq: null, ts });
  }

  play(speed: number): void {
    this.connection.send({ op: "play", speed });
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
    return new Promise((resolve) => {
      this.questions.set(id, resolve);
      this.connection.send({ op: "inspect", id, ref, seq: seq ?? null });
    });
  }

  /** The whole trace that the write in this frame belongs to, as far as it has come. */
  trace(seq: number): Promise<TraceAnswer> {
    const id = this.nextQuestion++;
    return new Promise((resolve) => {
      this.traceQuestions.set(id, resolve);
      this.connection.send({ op: "trace", id, seq });
    });
  }

  /** Who can, what can they, what if, what changed: at this viewer's place. */
  askRbac(question: RbacQuestion): Promise<RbacReply> {
    const id = this.nextQuestion++;
    return new Promise((resolve) => {
      this.rbacQuestions.set(id, resolve);
      this.connection.send({ ...question, id });
    });
  }

  private receive(message: Parameters<ConstructorParameters<typeof Connection>[1]["onMessage"]>[0]): void {
    switch (message.op) {
      case "hello":
        this.greet(message);
        break;
      case "snapshot":
        this.pictures[message.diagram].applySnapshot(message);
        this.awaited.delete(message.diagram);
        this.moving = false;
        this.dispatchEvent(new CustomEvent("jump"));
        break;
      case "delta":
        this.applyDelta(message);
        break;
      case "moved":
        this.place = message;
        if (message.seq === this.pictures.flow.seq) this.moving = false;
        break;
      case "inspection":
        this.answer(message.id, message);
        break;
      case "traced":
        this.answerTrace(message.id, message);
        break;
      case "rbac_answer":
        this.answerRbac(message.id, message);
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
    if (was?.mode === "playing") this.play(was.speed);
    for (const diagram of this.subscribed) this.askFor(diagram);
  }

  private applyDelta(message: Parameters<Picture["applyDelta"]>[0]): void {
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
    this.answer(id, { problem });
    this.answerTrace(id, { problem });
    this.answerRbac(id, { problem });
  }

  private answer(id: number, answer: Answer): void {
    this.questions.get(id)?.(answer);
    this.questions.delete(id);
  }

  private answerTrace(id: number, answer: TraceAnswer): void {
    this.traceQuestions.get(id)?.(answer);
    this.traceQuestions.delete(id);
  }

  private answerRbac(id: number, answer: RbacReply): void {
    this.rbacQuestions.get(id)?.(answer);
    this.rbacQuestions.delete(id);
  }

  private setStatus(status: Status): void {
    if (status === "lost" && this.lostAtMs === undefined) this.lostAtMs = performance.now();
    if (status === "lost") {
      for (const id of [
        ...this.questions.keys(),
        ...this.traceQuestions.keys(),
        ...this.rbacQuestions.keys(),
      ])
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
