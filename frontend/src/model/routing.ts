/** The desk for routing: a Service's rules on a node, and a packet's way; asked again when they may have altered. */

import type { PacketAnswer, ProxyRule, RulesAnswer } from "../wire";
import type { PacketReply, RulesReply, Viewer } from "./viewer";

/** What the address says is to be shown of routing; empty texts: nothing. */
export interface Route {
  /** `namespace/name`. */
  readonly service: string;
  readonly port: string;
  readonly node: string;
  readonly mode: "iptables" | "nftables";
  readonly traffic: "inside" | "outside";
  /** Who sends the packet that is followed, where to, and at which node it comes in from outside. */
  readonly from: string;
  readonly to: string;
  readonly via: string;
}

export const NO_ROUTE: Route = {
  service: "",
  port: "",
  node: "",
  mode: "iptables",
  traffic: "inside",
  from: "",
  to: "",
  via: "",
};

export class RoutingDesk {
  rules: RulesReply | undefined;
  packet: PacketReply | undefined;
  private readonly viewer: Viewer;
  private readonly redraw: () => void;
  private asked = { rules: "", packet: "" };

  constructor(viewer: Viewer, redraw: () => void) {
    this.viewer = viewer;
    this.redraw = redraw;
  }

  /** The node whose rules are shown: the one that was chosen, else the first by name; empty where there is none. */
  nodeOf(route: Route): string {
    const nodes = this.viewer.pictures.nodes.table("nodes");
    return nodes.has(route.node) ? route.node : ([...nodes.keys()].sort()[0] ?? "");
  }

  /** Ask what is to be shown and is not known of this moment. */
  follow(route: Route): void {
    const { viewer } = this;
    if (viewer.status !== "open" || viewer.pictures.routing.isEmpty) return;
    const node = this.nodeOf(route);
    const moment = this.moment;
    const rules = route.service && node ? `${route.service} ${node} ${route.mode} ${moment}` : "";
    if (rules !== this.asked.rules) void this.askRules(rules, route, node);
    const packet = route.to ? `${route.from} ${route.to} ${route.via} ${route.mode} ${moment}` : "";
    if (packet !== this.asked.packet) void this.followPacket(packet, route);
  }

  /** It alters when rules or a packet's way may have: with every step while paused, with Services, Pods and nodes else. */
  private get moment(): string {
    const { place, pictures } = this.viewer;
    return place?.mode === "paused"
      ? String(place.seq)
      : `${pictures.routing.version} ${pictures.nodes.version}`;
  }

  private async askRules(question: string, route: Route, node: string): Promise<void> {
    this.asked.rules = question;
    const reply = question
      ? await this.viewer.askRules({ service: route.service, node, mode: route.mode })
      : undefined;
    if (this.asked.rules !== question) return;
    this.rules = reply;
    this.redraw();
  }

  private async followPacket(question: string, route: Route): Promise<void> {
    this.asked.packet = question;
    const { from, to, via, mode } = route;
    const reply = question
      ? await this.viewer.followPacket({ sender: from || "outside", to, mode, via })
      : undefined;
    if (this.asked.packet !== question) return;
    this.packet = reply;
    this.redraw();
  }
}

/** The rules, where they were told. */
export function rulesIn(reply: RulesReply | undefined): RulesAnswer | undefined {
  return reply && "rules" in reply ? reply : undefined;
}

/** The way, where it was told. */
export function wayIn(reply: PacketReply | undefined): PacketAnswer["way"] | undefined {
  return reply && "way" in reply ? reply.way : undefined;
}

export const NOTHING_MATCHED: ReadonlySet<string> = new Set();

/** What a packet matched: rules as `chain text`, and elements of maps as their text. */
export function matchedIn(reply: PacketReply | undefined): ReadonlySet<string> {
  const rules = (wayIn(reply)?.hops ?? []).flatMap((hop) => hop.rules ?? []);
  return new Set(
    rules.flatMap((rule) => [
      `${chainName(rule.chain)} ${rule.text}`,
      ...(rule.element ? [rule.element] : []),
    ]),
  );
}

/** Whether this rule is among those that were matched. */
export function isMatched(rule: ProxyRule, matched: ReadonlySet<string>): boolean {
  return matched.has(`${chainName(rule.chain)} ${rule.text}`) || matched.has(rule.text);
}

/** A chain without its table. */
function chainName(chain: string): string {
  return chain.slice(chain.lastIndexOf(" ") + 1);
}
