/** A text in the search language while it is typed: what it finds, how it may go on, and what is wrong with it. */

import type { SearchAnswer } from "../wire";
import type { SearchReply, Viewer } from "./viewer";

export class Inquiry {
  text = "";
  reply: SearchReply | undefined;
  isAsking = false;
  private readonly viewer: () => Viewer;
  private readonly changed: () => void;

  /** `changed` is called whenever something of this altered. */
  constructor(viewer: () => Viewer, changed: () => void) {
    this.viewer = viewer;
    this.changed = changed;
  }

  get answer(): SearchAnswer | undefined {
    return this.reply && "hits" in this.reply ? this.reply : undefined;
  }

  /** Whole texts that this one may become, the likeliest first. */
  get completions(): readonly string[] {
    return this.answer?.completions ?? [];
  }

  /** Where the term begins that is being typed. */
  get stem(): number {
    return this.text.lastIndexOf(" ") + 1;
  }

  /** What is wrong, in sentences; empty where nothing is. */
  get problem(): string {
    if (this.reply && "problem" in this.reply) return this.reply.problem;
    return this.text.trim() ? (this.answer?.problems.join(" ") ?? "") : "";
  }

  /** Ask this. One question at a time; of what is typed meanwhile only the last is asked. */
  async ask(text: string): Promise<void> {
    this.text = text;
    this.changed();
    if (this.isAsking) return;
    this.isAsking = true;
    let asked: string | undefined;
    while (asked !== this.text) {
      asked = this.text;
      this.reply = await this.viewer().search(asked);
      this.changed();
    }
    this.isAsking = false;
  }
}
