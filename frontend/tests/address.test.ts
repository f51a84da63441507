import { expect, it } from "vitest";
import { type Address, elsewhere, readAddress, writeAddress } from "../src/model/address";
import { NO_BROWSE } from "../src/model/catalog";
import { NO_LOOK } from "../src/model/look";
import { NO_ROUTE } from "../src/model/routing";

it("reads back what it wrote", () => {
  const address: Address = {
    view: "nodes",
    at: 170,
    namespace: "shop",
    filter: 'kind:pod app=web restarts>3 -"a b"',
    selected: "v1/pods:shop/web-1",
    version: 92,
    part: "history",
    trace: 63,
    table: true,
    ask: "who can get secrets in shop?",
    since: 12,
    matrix: true,
    look: { group: "pool", colour: "owner", only: ["apps/v1/deployments:shop/web", "a,b"] },
    route: {
      service: "shop/web",
      port: "shop/web:http/TCP",
      node: "node-2",
      mode: "nftables",
      traffic: "outside",
      from: "outside",
      to: "node-1:32445",
      via: "node-1",
    },
    deletion: "foreground",
    browse: {
      sub: "namespaces",
      resource: "apps/v1/deployments",
      words: "app=web",
      order: "age",
      isReversed: true,
    },
    lesson: 3,
    presenter: true,
  };
  expect(readAddress(writeAddress(address))).toEqual(address);
  expect(writeAddress(address)).toContain("selected=v1/pods:shop/web-1");
});

it("takes nothing from an address for granted", () => {
  expect(
    readAddress(
      "?view=<script>&at=-1&version=1e99&part=none&table=1&group=all&colour=red&sub=x&order=y&deletion=z",
    ),
  ).toEqual({
    view: "flow",
    at: undefined,
    namespace: "",
    filter: "",
    selected: "",
    version: undefined,
    part: "object",
    trace: undefined,
    table: false,
    ask: "",
    since: undefined,
    matrix: false,
    look: NO_LOOK,
    route: NO_ROUTE,
    deletion: "",
    browse: NO_BROWSE,
    lesson: undefined,
    presenter: false,
  });
});

it("leaves out of the address what goes without saying", () => {
  expect(writeAddress(readAddress(""))).toBe("");
});

it("takes only the diagram and the table along to another log", () => {
  const address = readAddress(
    "?view=nodes&at=170&namespace=shop&selected=v1/pods:shop/a&version=92&trace=63&table=yes",
  );
  expect(writeAddress(elsewhere(address))).toBe("?view=nodes&table=yes");
});
