/** Disposal: whoever registers something anywhere keeps the way to take it back. */

export interface Disposable {
  dispose(): void;
}

/** Several disposables as one; what was added last goes first. */
export class Disposables implements Disposable {
  private readonly held: Disposable[] = [];

  add<T extends Disposable>(disposable: T): T {
    this.held.push(disposable);
    return disposable;
  }

  /** Listen to events of a DOM target until disposed. */
  listen<E extends Event>(
    target: EventTarget,
    type: string,
    listener: (event: E) => void,
    options?: AddEventListenerOptions,
  ): void {
    const heard = listener as (event: Event) => void;
    target.addEventListener(type, heard, options);
    this.add({ dispose: () => target.removeEventListener(type, heard, options) });
  }

  dispose(): void {
    for (const disposable of this.held.splice(0).reverse()) disposable.dispose();
  }
}
