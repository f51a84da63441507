/**
 * Questions that wait for their answers. Each has an end: it is answered or refused, or, where the connection is lost
 * before, asked once more when it is back, from the same place.
 */

import type {
  ClientMessage,
  Comparison,
  ContainersAnswer,
  FamilyAnswer,
  FieldsAnswer,
  Inspection,
  ManifestAnswer,
  NamespacesAnswer,
  ObjectsAnswer,
  PacketAnswer,
  RbacAnswer,
  RequestsAnswer,
  ResourcesAnswer,
  RulesAnswer,
  SearchAnswer,
  Traced,
} from "../wire";

type Question = Extract<ClientMessage, { id: number }>;

/** What answers each question. */
interface Answers {
  inspect: Inspection;
  trace: Traced;
  ask_rbac: RbacAnswer;
  imagine_rbac: RbacAnswer;
  compare_rbac: RbacAnswer;
  review_rbac: RbacAnswer;
  ask_rules: RulesAnswer;
  follow_packet: PacketAnswer;
  search: SearchAnswer;
  ask_fields: FieldsAnswer;
  ask_containers: ContainersAnswer;
  ask_requests: RequestsAnswer;
  ask_manifest: ManifestAnswer;
  compare_versions: Comparison;
  ask_family: FamilyAnswer;
  ask_resources: ResourcesAnswer;
  ask_objects: ObjectsAnswer;
  ask_namespaces: NamespacesAnswer;
}

export type Told = Answers[Question["op"]];
/** An answer, or why there is none. */
export type Reply<Answer> = Answer | { readonly problem: string };
/** A question that has no number yet. */
type Unnumbered<Op extends Question["op"]> = Omit<Extract<Question, { op: Op }>, "id">;

interface Waiting {
  readonly question: Question;
  readonly resolve: (reply: Reply<Told>) => void;
  isSent: boolean;
  losses: number;
}

const LOST = "The connection was lost twice while this was asked. Go to another moment, or ask again.";

export class Questions {
  private readonly send: (question: Question) => void;
  private readonly waiting = new Map<number, Waiting>();
  private next = 1;
  /** Whether the server has greeted, and can be asked. */
  private isOpen = false;
  /** Why nothing will ever be answered; empty: it may. */
  private end = "";

  constructor(send: (question: Question) => void) {
    this.send = send;
  }

  /** How many wait. */
  get size(): number {
    return this.waiting.size;
  }

  ask<Op extends Question["op"]>(question: Unnumbered<Op> & { op: Op }): Promise<Reply<Answers[Op]>> {
    if (this.end) return Promise.resolve({ problem: this.end });
    const id = this.next++;
    const numbered = { ...question, id } as unknown as Question;
    return new Promise((resolve) => {
      const waiting = {
        question: numbered,
        resolve: resolve as Waiting["resolve"],
        isSent: false,
        losses: 0,
      };
      this.waiting.set(id, waiting);
      if (this.isOpen) this.say(waiting);
    });
  }

  answer(id: number, reply: Reply<Told>): void {
    const found = this.waiting.get(id);
    this.waiting.delete(id);
    found?.resolve(reply);
  }

  /** The server has greeted, and was told where to stand: ask it what waits. */
  open(): void {
    this.isOpen = true;
    for (const waiting of this.waiting.values()) this.say(waiting);
  }

  /** The connection is lost. What was asked is asked once more; what may have been the reason is given up then. */
  lose(): void {
    this.isOpen = false;
    for (const [id, waiting] of [...this.waiting]) {
      if (waiting.isSent) waiting.losses++;
      waiting.isSent = false;
      if (waiting.losses > 1) this.answer(id, { problem: LOST });
    }
  }

  /** There will be no connection any more, for this reason. */
  close(problem: string): void {
    this.isOpen = false;
    this.end = problem;
    for (const id of [...this.waiting.keys()]) this.answer(id, { problem });
  }

  private say(waiting: Waiting): void {
    waiting.isSent = true;
    this.send(waiting.question);
  }
}
