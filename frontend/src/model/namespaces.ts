/** The namespaces that a viewer can choose from: those in which the Nodes diagram has Pods or their owners. */

import { namespaceOf } from "./format";
import type { Viewer } from "./viewer";

/** With more Pods than this, a namespace that is gone is looked for only now and then. */
const MANY_PODS = 5_000;
const LOOK_MS = 2_000;

/** Their names in order. One that is new is seen at once, in whatever a large cluster alters. */
export class Namespaces {
  private version = -1;
  private lookedMs = 0;
  private known: readonly string[] = [];

  /** The names as of now, with the one that is chosen (empty: none) even where nothing is in it. */
  of(viewer: Viewer, chosen: string): readonly string[] {
    this.catchUp(viewer);
    if (!chosen || this.known.includes(chosen)) return this.known;
    return [...this.known, chosen].sort();
  }

  private catchUp(viewer: Viewer): void {
    const picture = viewer.pictures.nodes;
    if (this.version === picture.version) return;
    const atMs = performance.now();
    const pods = picture.alteredSince(this.version, "pods");
    const owners = picture.alteredSince(this.version, "owners");
    this.version = picture.version;
    const isFew = picture.table("pods").size < MANY_PODS;
    if (isFew || !pods || !owners || atMs - this.lookedMs > LOOK_MS) {
      this.known = find(viewer);
      this.lookedMs = atMs;
      return;
    }
    const names = new Set(this.known);
    for (const id of pods) if (picture.table("pods").has(id)) names.add(namespaceOf(id));
    for (const id of owners) if (picture.table("owners").has(id)) names.add(namespaceOf(id));
    if (names.size > this.known.length) this.known = [...names].sort();
  }
}

function find(viewer: Viewer): string[] {
  const names = new Set<string>();
  for (const pod of viewer.pictures.nodes.table("pods").values()) names.add(pod.namespace);
  for (const owner of viewer.pictures.nodes.table("owners").values()) names.add(owner.namespace);
  return [...names].sort();
}
