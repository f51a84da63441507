/** Questions of one kind that wait for their answers, by id. */
export class Pending<Answer> {
  private readonly waiting = new Map<number, (answer: Answer) => void>();

  get size(): number {
    return this.waiting.size;
  }

  get ids(): readonly number[] {
    return [...this.waiting.keys()];
  }

  /** The answer to the question with this id, when it comes. */
  wait(id: number): Promise<Answer> {
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  /** Hand an answer on, if somebody waits for it here. */
  answer(id: number, answer: Answer): void {
    this.waiting.get(id)?.(answer);
    this.waiting.delete(id);
  }
}
