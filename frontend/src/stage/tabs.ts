/**
 * The tabs of the stage: what each is called, which diagrams of the server it draws from, and its drawing and table.
 *
 * A new tab is a name in `VIEWS` (model/address.ts) and an entry here. Its element is in a file of its own.
 */

import { html, type TemplateResult } from "lit";
import { type Address, VIEWS, type View } from "../model/address";
import type { Browse, CatalogDesk } from "../model/catalog";
import type { Cluster } from "../model/clusters";
import type { HealthNow } from "../model/health";
import type { Look } from "../model/look";
import type { Matches } from "../model/matches";
import type { RbacDesk } from "../model/rbac";
import type { Route, RoutingDesk } from "../model/routing";
import type { Traces } from "../model/traces";
import type { DiagramName, Viewer } from "../model/viewer";
import "./flow";
import "./health";
import { healthSheets } from "./healthsheets";
import "./nodes";
import { nodeSheets } from "./nodesheets";
import "./rbac";
import "./rbacanswer";
import "./objects";
import { objectSheets } from "./objectsheets";
import { rbacSheets } from "./rbacsheets";
import "./routing";
import "./routingpacket";
import type { Note } from "../model/origin";
import { routingSheets } from "./routingsheets";
import { flowSheets, narrow, type Sheet, traceSheet } from "./sheets";

/** What a tab draws: this viewer's pictures, narrowed to a namespace (empty: all), with what is selected. */
export interface Scene {
  readonly viewer: Viewer;
  readonly namespace: string;
  /** What meets the filter; undefined without one. What does not is faded. */
  readonly matches: Matches | undefined;
  readonly selected: string;
  /** The write that is inspected, by its frame; undefined before that is known. */
  readonly current: number | undefined;
  readonly traces: Traces;
  readonly trace: Address["trace"];
  readonly notes: readonly Note[];
  /** The cluster that this log follows; undefined for a recording. */
  readonly cluster: Cluster | undefined;
  readonly health: HealthNow;
  readonly desk: RbacDesk;
  readonly ask: string;
  readonly since: number | undefined;
  readonly matrix: boolean;
  readonly look: Look;
  readonly route: Route;
  readonly routing: RoutingDesk;
  readonly browse: Browse;
  readonly catalog: CatalogDesk;
  /** Grows whenever something altered: handed on, so that the element draws anew. */
  readonly tick: number;
}

export interface Tab {
  readonly name: string;
  /** They are asked for when the tab is first shown. None is drawn before all of them have come. */
  readonly diagrams: readonly DiagramName[];
  readonly draw: (scene: Scene) => TemplateResult;
  /** The same facts as tables; none where the drawing is a table already. */
  readonly sheets: (scene: Scene) => Sheet[];
  /** What stands beside the drawing while nothing is inspected; none: how to read the picture. */
  readonly aside?: (scene: Scene) => TemplateResult;
  /** Whether it shows what only a server tells: a lesson in a file does not have it. */
  readonly needsServer?: boolean;
}

export const TABS: Readonly<Record<View, Tab>> = {
  flow: {
    name: "Flow",
    diagrams: ["flow", "nodes"],
    draw: (scene) =>
      html`<orrery-flow .viewer=${scene.viewer} .namespace=${scene.namespace} .selected=${scene.selected} .current=${scene.current}
        .traces=${scene.traces} .trace=${scene.trace} .notes=${scene.notes} .tick=${scene.tick}></orrery-flow>`,
    sheets: (scene) =>
      narrow([...traceSheets(scene), ...flowSheets(scene.viewer, scene.namespace)], scene.matches),
  },
  routing: {
    name: "Routing",
    diagrams: ["routing", "nodes"],
    draw: (scene) =>
      html`<orrery-routing .viewer=${scene.viewer} .desk=${scene.routing} .route=${scene.route} .namespace=${scene.namespace}
        .selected=${scene.selected} .tick=${scene.tick}></orrery-routing>`,
    sheets: ({ viewer, routing, namespace, route }) => routingSheets(viewer, routing, namespace, route),
    aside: (scene) =>
      html`<orrery-packet .viewer=${scene.viewer} .desk=${scene.routing} .route=${scene.route} .tick=${scene.tick}
        role="complementary" aria-label="Follow a packet" tabindex="0"></orrery-packet>`,
  },
  rbac: {
    name: "RBAC",
    diagrams: ["rbac"],
    draw: (scene) =>
      html`<orrery-rbac .viewer=${scene.viewer} .desk=${scene.desk} .namespace=${scene.namespace} .selected=${scene.selected}
        .ask=${scene.ask} .since=${scene.since} .isMatrix=${scene.matrix} .tick=${scene.tick}></orrery-rbac>`,
    sheets: ({ viewer, desk, namespace }) => rbacSheets(viewer, desk, namespace),
    aside: (scene) =>
      html`<orrery-rbac-answer .desk=${scene.desk} .ask=${scene.ask} .tick=${scene.tick} role="complementary" aria-label="Answer" tabindex="0"></orrery-rbac-answer>`,
  },
  nodes: {
    name: "Nodes",
    diagrams: ["nodes"],
    draw: (scene) =>
      html`<orrery-nodes .viewer=${scene.viewer} .namespace=${scene.namespace} .look=${scene.look} .found=${scene.matches}
        .selected=${scene.selected} .tick=${scene.tick}></orrery-nodes>`,
    sheets: ({ viewer, namespace, matches }) => narrow(nodeSheets(viewer, namespace), matches),
  },
  objects: {
    name: "Objects",
    diagrams: [],
    needsServer: true,
    draw: (scene) =>
      html`<orrery-objects .viewer=${scene.viewer} .desk=${scene.catalog} .browse=${scene.browse} .namespace=${scene.namespace}
        .selected=${scene.selected} .tick=${scene.tick}></orrery-objects>`,
    sheets: ({ catalog, browse }) => objectSheets(catalog, browse),
  },
  health: {
    name: "Health",
    diagrams: [],
    needsServer: true,
    draw: (scene) =>
      html`<orrery-health .viewer=${scene.viewer} .cluster=${scene.cluster} .told=${scene.health} .tick=${scene.tick}></orrery-health>`,
    sheets: ({ health, cluster }) => healthSheets(health, cluster),
  },
};

/** The trace that is shown, as a table: where none was chosen, the one that is followed. */
function traceSheets({ viewer, traces, trace, namespace }: Scene): Sheet[] {
  if (trace === "latest") return [];
  const seq = trace ?? traces.followed(viewer.place?.ts ?? 0, namespace);
  const look = seq === undefined ? undefined : traces.look(seq);
  return look?.kind === "tree" ? [traceSheet(look.tree)] : [];
}

/** The view whose tab has this key: `1` is the first one's. */
export function viewOfKey(key: string): View | undefined {
  return /^[1-9]$/.test(key) ? VIEWS[Number(key) - 1] : undefined;
}
