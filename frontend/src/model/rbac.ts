/** The desk: what this viewer asked about RBAC and was told, asked again when what may be done alters. */

import type { RbacAnswer, RbacReview } from "../wire";
import { Refused, send, tokenOfCookie } from "./changes";
import type { RbacReply, Viewer } from "./viewer";

export interface Asked {
  /** The question in words; empty: none. */
  readonly text: string;
  /** The frame from which changes are told; undefined: the log's first. */
  readonly since: number | undefined;
}

/** What a cluster itself says: its verdict, or why it could not be asked. */
export type ServerSays =
  | { readonly allowed: boolean; readonly reason: string; readonly problem: string }
  | { readonly refused: string };

export class RbacDesk {
  /** The cluster that this log follows, while it is live; empty: there is none to ask. */
  cluster = "";
  /** What the cluster was asked and said, by subject. */
  server: ReadonlyMap<string, ServerSays> = new Map();
  answer: RbacReply | undefined;
  changed: RbacReply | undefined;
  review: RbacReply | undefined;
  /** What would be, and of what. */
  imagined: RbacReply | undefined;
  private readonly viewer: Viewer;
  private readonly redraw: () => void;
  private known = { text: "", since: "", version: -1 };

  constructor(viewer: Viewer, redraw: () => void) {
    this.viewer = viewer;
    this.redraw = redraw;
  }

  /** Ask what is to be shown and is not known of this moment. */
  follow(asked: Asked): void {
    const { viewer, known } = this;
    const picture = viewer.pictures.rbac;
    if (viewer.status !== "open" || picture.isEmpty || !viewer.hello) return;
    const since = String(asked.since ?? viewer.hello.firstSeq);
    const isMoved = picture.version !== known.version;
    if (isMoved || asked.text !== known.text) void this.askWords(asked.text);
    if (isMoved || since !== known.since) void this.compare(Number(since));
    if (isMoved) {
      this.imagined = undefined;
      void this.lookThrough();
    }
    this.known = { text: asked.text, since, version: picture.version };
  }

  async imagine(yaml: string, remove: readonly string[]): Promise<void> {
    this.imagined = await this.viewer.askRbac({ op: "imagine_rbac", yaml, remove: [...remove] });
    this.redraw();
  }

  /** A rule in words: what it is about, and the verbs; empty where it is not there by now. */
  ruleWords(id: string): string {
    const rule = this.viewer.pictures.rbac.table("rules").get(id);
    if (!rule) return "";
    const about = [...rule.resources, ...rule.urls].map((name) => (name === "*" ? "everything" : name));
    const names = rule.names.length ? ` named ${rule.names.join(", ")}` : "";
    const shown =
      about.length > 4 ? `${about.slice(0, 4).join(", ")} and ${about.length - 4} more` : about.join(", ");
    return `${shown}${names}: ${rule.verbs.map((verb) => (verb === "*" ? "any verb" : verb)).join(", ")}`;
  }

  /** Ask the cluster's own authorizers, by SubjectAccessReviews. */
  async askServer(reviews: readonly RbacReview[]): Promise<void> {
    const address = `/api/clusters/${encodeURIComponent(this.cluster)}/access-reviews`;
    for (const { subject, allowed: _ours, ...asked } of reviews) {
      const says = await send<ServerSays>("POST", address, asked, tokenOfCookie()).catch((error: unknown) => {
        if (error instanceof Refused) return { refused: error.message };
        throw error;
      });
      this.server = new Map([...this.server, [subject, says]]);
      this.redraw();
    }
  }

  forget(): void {
    this.imagined = undefined;
    this.redraw();
  }

  /** The subjects that can come to cluster-admin. */
  get risky(): ReadonlySet<string> {
    return new Set(told(this.review)?.risky ?? []);
  }

  private async askWords(text: string): Promise<void> {
    this.answer = undefined;
    this.imagined = undefined;
    this.server = new Map();
    if (!text) return;
    const answer = await this.viewer.askRbac({ op: "ask_rbac", text });
    if (this.known.text === text) this.answer = answer;
    this.redraw();
  }

  private async compare(since: number): Promise<void> {
    this.changed = await this.viewer.askRbac({ op: "compare_rbac", since });
    this.redraw();
  }

  private async lookThrough(): Promise<void> {
    this.review = await this.viewer.askRbac({ op: "review_rbac" });
    this.redraw();
  }
}

/** The answer, where there is one. */
export function told(reply: RbacReply | undefined): RbacAnswer | undefined {
  return reply && "kind" in reply ? reply : undefined;
}
