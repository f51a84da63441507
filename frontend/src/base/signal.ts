/** A signal: tells its listeners that something happened. It carries nothing; listeners look for themselves. */

import type { Disposable } from "./disposal";

export class Signal {
  private readonly listeners = new Set<() => void>();

  listen(listener: () => void): Disposable {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  emit(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
