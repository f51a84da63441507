/** The page itself as where a stage has from what it shows. The address is in its fragment: a file has no query. */

import type { Origin } from "../model/origin";
import type { Carried, Start } from "./carried";
import { Replay } from "./replay";

/** `start` is what it carries of that name. Without a fragment the page opens at the beginning of its lesson. */
export function originOf(carried: Carried, start: Start): Origin {
  return {
    isFile: true,
    connect: (_log, listener) => new Replay(carried, listener),
    timeline: () => Promise.resolve(start.timeline),
    logs: () => Promise.resolve(undefined),
    lesson: () => Promise.resolve(start.lesson ?? undefined),
    readQuery() {
      const fragment = window.location.hash.slice(1);
      return fragment || !start.lesson ? `?${fragment}` : "?lesson=0";
    },
    addressOf: (query) => query.replace(/^\?/, "#") || "#",
  };
}
