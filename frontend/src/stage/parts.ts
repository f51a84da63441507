/**
 * The parts of the inspector: what each is called, which objects have it, and how it is drawn.
 *
 * A new part is a name in `PART_NAMES` (model/address.ts) and an entry here. Its drawing is in a file of its own. What
 * the inspection does not carry, a part asks for itself.
 */

import { html, type TemplateResult } from "lit";
import type { PartName } from "../model/address";
import type { Traces } from "../model/traces";
import type { Viewer } from "../model/viewer";
import type { Inspection } from "../wire";
import { drawAsk } from "./askpart";
import { drawFamily } from "./familypart";
import "./containers";
import { drawHistory } from "./historypart";
import { drawObject } from "./objectpart";

/** What a part draws: one object at this viewer's moment. */
export interface Inspected {
  readonly viewer: Viewer;
  readonly object: Inspection;
  /** The frame whose version was asked for; undefined: the one of this moment. */
  readonly version: number | undefined;
  readonly traces: Traces;
  /** Inspect another object, or one version of it. */
  readonly select: (ref: string, version?: number) => void;
}

export interface Part {
  readonly name: string;
  readonly isFor: (object: Inspection) => boolean;
  readonly draw: (inspected: Inspected) => TemplateResult;
}

export const PARTS: Readonly<Record<PartName, Part>> = {
  object: { name: "Object", isFor: () => true, draw: drawObject },
  history: { name: "History", isFor: () => true, draw: drawHistory },
  family: { name: "Family", isFor: () => true, draw: drawFamily },
  containers: {
    name: "Containers",
    isFor: ({ ref }) => ref.startsWith("v1/pods:"),
    draw: ({ viewer, object, version }) =>
      html`<orrery-containers .viewer=${viewer} .pod=${object.ref} .version=${version} .seq=${viewer.place?.seq}></orrery-containers>`,
  },
  ask: { name: "Ask", isFor: () => true, draw: drawAsk },
};
