/** The page itself as where a stage has from what it shows. The address is in its fragment: a file has no query. */

import type { Origin } from "../model/origin";
import type { Carried } from "./carried";
import { Replay } from "./replay";

export function originOf(carried: Carried): Origin {
  return {
    isFile: true,
    connect: (_log, listener) => new Replay(carried, listener),
    timeline: async () => (await carried.start()).timeline,
    logs: () => Promise.resolve(undefined),
    lesson: async () => (await carried.start()).lesson ?? undefined,
    readQuery: () => window.location.hash.replace(/^#/, "?"),
    addressOf: (query) => query.replace(/^\?/, "#") || "#",
  };
}
