/**
 * One viewer's place in the recording that the page carries, and what it is told: the counterpart of the server's session
 * (visualizer/live/session.py), with the same messages in the same order.
 */

import type { Listener } from "../model/connection";
import type { Line } from "../model/origin";
import type { ClientMessage, DeltaMessage, ServerMessage, SnapshotMessage } from "../wire";
import type { Carried, FrameData, Pictures, Start } from "./carried";
import { Tables } from "./tables";
import { NOT_CARRIED, type Question, Tapes } from "./tapes";

type PictureName = SnapshotMessage["diagram"];

/** How often the picture moves on while playing. */
const TICK_MS = 50;
const MIN_SPEED = 0.1;
const MAX_SPEED = 100;
/** Kinds of frames: a write, and one to a Lease or an Event (visualizer/log/chunks.py). */
const WRITE = 2;
const ROUTINE = 3;

export class Replay implements Line {
  private readonly carried: Carried;
  private readonly listener: Listener;
  private start!: Start;
  private pictures!: Pictures;
  private isOpen = false;
  private seq = 0;
  /** Where the log's clock stands. */
  private ts = 0;
  private speed = 1;
  /** When the clock was last read, as performance.now() tells it; undefined while paused. */
  private readAt: number | undefined;
  private timer: number | undefined;
  /** By what they are called here: a diagram's own name, or `matches` and the filter. */
  private tables = new Map<string, Tables>();
  private tapes: Tapes | undefined;
  /** What is looked at, and up to which frame it was told. */
  private readonly told = new Map<PictureName, number>();
  private filter = "";
  /** The frame after which playing stops. */
  private until: number | undefined;
  /** What is said is done one after another. */
  private doing: Promise<void> = Promise.resolve();

  constructor(carried: Carried, listener: Listener) {
    this.carried = carried;
    this.listener = listener;
  }

  open(): void {
    this.listener.onStatus("connecting");
    this.do(async () => {
      this.start = await this.carried.start();
      this.pictures = await this.carried.pictures();
      this.isOpen = true;
      this.listener.onStatus("open");
      this.tell(this.start.hello);
      this.go(this.first);
    });
  }

  send(message: ClientMessage): void {
    if (this.isOpen) this.do(() => this.hear(message)); // who greets the viewer is told again what was asked before
  }

  close(): void {
    window.clearTimeout(this.timer);
    this.readAt = undefined;
  }

  private do(what: () => void | Promise<void>): void {
    this.doing = this.doing
      .then(what)
      .catch((error: unknown) => console.error("What this file carries cannot be read.", error));
  }

  private hear(message: ClientMessage): void | Promise<void> {
    switch (message.op) {
      case "subscribe":
        return this.tellSnapshot(message.diagram);
      case "unsubscribe":
        this.told.delete(message.diagram);
        return;
      case "seek":
        return this.seek(message.seq ?? undefined, message.ts ?? undefined);
      case "play":
        return this.play(message.speed ?? 1, message.until ?? undefined);
      case "pause":
        return this.pause();
      case "step":
        return this.step(message.direction ?? 1, message.every ?? false);
      case "live":
        return this.refuse("This is a recording: it has an end, and nothing is live.");
      case "filter":
        return this.filterBy(message.text);
      default:
        return this.answer(message);
    }
  }

  private get first(): number {
    return this.start.hello.firstSeq;
  }

  private get last(): number {
    return this.start.hello.lastSeq;
  }

  private frame(seq: number): FrameData | undefined {
    return this.pictures.frames[seq - this.first - 1];
  }

  private timeOf(seq: number): number {
    return this.frame(seq)?.[0] ?? this.start.openingTs;
  }

  /** Stand after this frame, with new snapshots of everything. */
  private go(seq: number): void {
    this.moveTables(Math.max(this.first, Math.min(seq, this.last)));
    this.arrive(this.timeOf(this.seq));
  }

  private arrive(ts: number): void {
    this.place(ts);
    for (const picture of this.told.keys()) this.tellSnapshot(picture);
    this.tellPlace();
  }

  private place(ts: number): void {
    this.ts = ts;
    if (this.readAt !== undefined) this.readAt = performance.now();
  }

  /** Make every diagram what it is after this frame: from the opening anew where that is before. */
  private moveTables(seq: number): void {
    if (seq < this.seq || this.tables.size === 0) {
      const opening = Object.entries(this.pictures.opening);
      this.tables = new Map(opening.map(([name, tables]) => [name, new Tables(tables)]));
      this.seq = this.first;
    }
    while (this.seq < seq) this.takeIn();
  }

  /** Take the next frame in, and give what it altered. */
  private takeIn(): FrameData[2] {
    this.seq++;
    const altered = this.frame(this.seq)?.[2] ?? {};
    for (const [name, tables] of Object.entries(altered)) this.tables.get(name)?.apply(tables);
    return altered;
  }

  /** Go on to this frame, and tell what altered on the way in what is looked at. */
  private advance(until: number): void {
    while (this.seq < until) {
      const altered = this.takeIn();
      // What meets the filter first: the diagrams are drawn by it.
      const pictures = [...this.told.keys()].sort(
        (a, b) => Number(b === "matches") - Number(a === "matches"),
      );
      for (const picture of pictures) {
        const tables = altered[this.nameOf(picture)];
        if (tables) this.tellDelta(picture, tables);
      }
    }
    for (const [picture, seq] of this.told)
      if (seq < this.seq && picture !== "matches") this.tellDelta(picture, {});
  }

  private nameOf(picture: PictureName): string {
    return picture === "matches" ? `matches ${this.filter}` : picture;
  }

  private seek(seq: number | undefined, ts: number | undefined): void {
    if ((seq === undefined) === (ts === undefined)) {
      this.refuse("A seek names either a frame (seq) or a time (ts).");
    } else if (seq !== undefined) {
      this.go(seq);
    } else if (ts !== undefined) {
      this.moveTables(this.lastFrameBy(ts));
      this.arrive(Math.max(this.timeOf(this.seq), Math.min(ts, this.start.hello.lastTs)));
    }
  }

  /** The last frame not later than this. */
  private lastFrameBy(ts: number): number {
    return this.first + 1 + this.pictures.frames.findLastIndex(([seen]) => seen <= ts);
  }

  private play(speed: number, until: number | undefined): void {
    if (!(speed >= MIN_SPEED && speed <= MAX_SPEED)) {
      this.refuse(`The speed is from ${MIN_SPEED} to ${MAX_SPEED} times.`);
      return;
    }
    this.speed = speed;
    this.until = until;
    this.readAt = performance.now();
    if (this.seq >= this.last) this.go(this.first);
    this.tellPlace();
    this.wake();
  }

  private pause(): void {
    this.stop();
    this.tellPlace();
  }

  private stop(): void {
    this.readAt = undefined;
    window.clearTimeout(this.timer);
  }

  private step(direction: number, every: boolean): void {
    this.pause();
    const found = this.nextWrite(direction, every);
    if (direction < 0) {
      this.go(found ?? this.first);
      return;
    }
    this.advance(found ?? this.last);
    this.place(this.timeOf(this.seq));
    this.tellPlace();
  }

  private nextWrite(direction: number, every: boolean): number | undefined {
    for (let seq = this.seq + direction; seq > this.first && seq <= this.last; seq += direction) {
      const kind = this.frame(seq)?.[1];
      if (kind === WRITE || (every && kind === ROUTINE)) return seq;
    }
    return undefined;
  }

  private wake(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.do(() => this.playOn()), TICK_MS);
  }

  /** Take in the frames that the clock has passed. Pause where it is to stop, and at the end. */
  private playOn(): void {
    if (this.readAt === undefined) return;
    const now = performance.now();
    this.ts += ((now - this.readAt) / 1000) * this.speed;
    this.readAt = now;
    const most = Math.min(this.last, this.until ?? this.last);
    let until = this.seq;
    while (until < most && this.timeOf(until + 1) <= this.ts) until++;
    this.advance(until);
    if (this.until !== undefined && this.seq >= this.until) {
      this.stop();
      this.ts = this.timeOf(this.seq);
    } else if (this.seq >= this.last) {
      this.stop();
      this.ts = this.start.hello.lastTs;
    } else {
      this.wake();
    }
    this.tellPlace();
  }

  private async answer(question: Question): Promise<void> {
    this.tapes ??= new Tapes(await this.carried.answers());
    this.tell(this.tapes.answer(question, this.seq));
  }

  private filterBy(text: string): void {
    const problems = text.trim() ? (this.pictures.filters[text] ?? [NOT_CARRIED]) : [];
    this.filter = text;
    this.told.delete("matches");
    this.tell({ op: "filtered", text, problems: [...problems] });
    if (text.trim() && problems.length === 0) this.tellSnapshot("matches");
  }

  private tellSnapshot(picture: PictureName): void {
    const tables = this.tables.get(this.nameOf(picture))?.snapshot() ?? {};
    this.told.set(picture, this.seq);
    this.tell({ op: "snapshot", diagram: picture, seq: this.seq, ts: this.timeOf(this.seq), tables });
  }

  private tellDelta(picture: PictureName, tables: DeltaMessage["tables"]): void {
    const { seq } = this;
    const base = this.told.get(picture) ?? seq;
    this.told.set(picture, seq);
    this.tell({ op: "delta", diagram: picture, base, seq, ts: this.timeOf(seq), tables });
  }

  private tellPlace(): void {
    this.tell({
      op: "moved",
      seq: this.seq,
      ts: this.ts,
      mode: this.readAt === undefined ? "paused" : "playing",
      speed: this.speed,
      lastSeq: this.last,
      lastTs: this.start.hello.lastTs,
    });
  }

  private refuse(text: string): void {
    this.tell({ op: "problem", text });
  }

  private tell(message: ServerMessage): void {
    this.listener.onMessage(message);
  }
}
