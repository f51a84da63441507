/** The answers that a file carries: each question's, by place (visualizer/offline/tapes.py writes them). */

import type { ClientMessage, ServerMessage } from "../wire";
import type { Answers } from "./carried";

/** Stands for the `seq` of an answer that repeats the place where it was asked. */
const HERE = -1;

export type Question = Extract<ClientMessage, { readonly id: number }>;

/** What this file says where it has no answer. It never makes one up. */
export const NOT_CARRIED =
  "This file carries only what can be clicked on, and what its lesson asks. Open the recording in Orrery to ask this.";

export class Tapes {
  private readonly answers: Answers;
  private readonly known = new Map<number, unknown>();

  constructor(answers: Answers) {
    this.answers = answers;
  }

  /** What a server would answer at this place. */
  answer(question: Question, seq: number): ServerMessage {
    const tape = this.answers.tapes[keyOf(question)];
    const index = tape ? tape.places.findLastIndex((place) => place <= seq) : -1;
    const number = tape?.answers[index] ?? -1;
    if (number < 0) return { op: "problem", id: question.id, text: NOT_CARRIED };
    const told = this.take(number) as { readonly seq?: number };
    const placed = told.seq === HERE ? { ...told, seq } : told;
    return { ...placed, id: question.id } as unknown as ServerMessage;
  }

  private take(number: number): unknown {
    if (!this.known.has(number)) this.known.set(number, this.fill(this.answers.pool[number]));
    return this.known.get(number);
  }

  /** The value with the parts that it shares with others. */
  private fill(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((part) => this.fill(part));
    if (typeof value !== "object" || value === null) return value;
    const shared = (value as { readonly $?: unknown }).$;
    if (typeof shared === "number") return this.take(shared);
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [
        name.startsWith("$") ? name.slice(1) : name,
        this.fill(part),
      ]),
    );
  }
}

/** The question as the tapes name it: without its id and what it leaves open, its fields in the order of their names. */
export function keyOf(question: Question): string {
  const said = Object.entries(question).filter(([name, value]) => name !== "id" && !isLeftOpen(value));
  return JSON.stringify(Object.fromEntries(said.sort(([one], [other]) => (one < other ? -1 : 1))));
}

function isLeftOpen(value: unknown): boolean {
  return value === null || value === "" || value === false || (Array.isArray(value) && value.length === 0);
}
