/**
 * The one redraw scheduler. However often the data alters, everything is drawn at most once an animation frame.
 *
 * Painters are called in the order they were added. One that returns true is in motion and wants the next frame too.
 */

import type { Disposable } from "./disposal";

/** Draws. `now` is in milliseconds, on the clock of animation frames. */
export type Painter = (now: number) => boolean;

export class Redraw {
  private readonly painters = new Set<Painter>();
  private isDue = false;
  private readonly requestFrame: (callback: (now: number) => void) => unknown;

  constructor(requestFrame: (callback: (now: number) => void) => unknown) {
    this.requestFrame = requestFrame;
  }

  /** Whether all that was asked for is drawn and nothing moves. */
  get isQuiet(): boolean {
    return !this.isDue;
  }

  add(painter: Painter): Disposable {
    this.painters.add(painter);
    return { dispose: () => this.painters.delete(painter) };
  }

  /** Draw at the next animation frame. */
  invalidate(): void {
    if (this.isDue) return;
    this.isDue = true;
    this.requestFrame((now) => this.draw(now));
  }

  private draw(now: number): void {
    this.isDue = false;
    let isMoving = false;
    for (const painter of [...this.painters]) {
      if (painter(now)) isMoving = true;
    }
    if (isMoving) this.invalidate();
  }
}
