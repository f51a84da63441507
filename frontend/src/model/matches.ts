/** Which objects meet the filter: whoever draws fades the others. `undefined` stands for no filter, as in `Scene.matches`. */

export interface Matches {
  /** Whether this object (`resource:key`) meets the filter, or did when it was deleted a short while ago. */
  has(ref: string): boolean;
  /** The keys of the objects of one resource that meet it: for whoever asks for very many. */
  of(resource: string): { has(key: string): boolean; readonly size: number };
  /** How many objects that are there meet it. */
  readonly size: number;
  /** Grows whenever the set alters, so that what is computed from it can be kept until then. */
  readonly version: number;
}
