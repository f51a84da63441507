/** What every element of the stage shares: it draws into the page itself, so the style sheets reach it. */

import { LitElement } from "lit";

export class StageElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Tell whoever holds this element that an object was chosen, and, if one version of it, which. */
  protected select(ref: string, version?: number): void {
    this.dispatchEvent(
      new CustomEvent<Selected>("select-object", { detail: { ref, version }, bubbles: true, composed: true }),
    );
  }
}

export interface Selected {
  readonly ref: string;
  readonly version: number | undefined;
}

/** Do as a click does on Enter and Space, for drawn things that take the focus. */
export function onActivate(action: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
}
