import { expect, it } from "vitest";
import { readAddress, writeAddress } from "../src/model/address";
import { chosen } from "../src/stage/choices";

const HERE = readAddress("?at=170&namespace=shop&selected=v1/pods:shop/a&version=92");

function after(name: string, value: unknown): string | undefined {
  const address = chosen(HERE, name, value);
  return address && writeAddress(address);
}

it("leaves what a choice does not speak of", () => {
  expect(after("namespace", "bank")).toBe("?at=170&namespace=bank&selected=v1/pods:shop/a&version=92");
  expect(after("part", "history")).toContain("&part=history");
  expect(after("filter", "kind:pod")).toContain("filter=kind:pod");
});

it("closes the inspector for what stands in its place", () => {
  expect(after("ask", "what can alice do?")).toBe("?at=170&namespace=shop&ask=what+can+alice+do%3F");
  expect(after("who", "who can list pods?")).toBe(
    "?view=rbac&at=170&namespace=shop&ask=who+can+list+pods%3F",
  );
  expect(after("route", { service: "shop/web" })).toBe("?at=170&namespace=shop&service=shop/web");
});

it("has nothing to say of what is no choice of what to show", () => {
  expect(after("theme", "")).toBeUndefined();
  expect(after("constructor", "")).toBeUndefined();
});
