/** What a writer is called on the screen. */

import type { Attribution } from "../wire";

export function writerName(writer: Attribution): string {
  if (writer.actor === "unknown") return "unknown writer";
  if (writer.client) return writer.client;
  return writer.node ? `${writer.component} on ${writer.node}` : writer.component;
}
