import { describe, expect, it } from "vitest";
import { ago, clock, cut, duration, namespaceOf } from "../src/model/format";
import { toCsv, toJson } from "../src/stage/table";
import { splitYamlLine } from "../src/stage/yaml";

describe("times", () => {
  it("read as a person says them", () => {
    expect([0.0284, 4.12, 33.4, 125, 12_000, 1_036_800].map(duration)).toEqual([
      "28 ms",
      "4.1 s",
      "33 s",
      "2 min 5 s",
      "3 h 20 min",
      "12 d",
    ]);
    expect([59.7, 60, 600, 1_079.6, 3_600].map(duration)).toEqual([
      "1 min",
      "1 min",
      "10 min",
      "18 min",
      "1 h",
    ]);
    expect(ago(10, 12)).toBe("2.0 s ago");
    expect(clock(1795428674.985)).toBe("10:11:14.985");
  });
});

it("names of refs have a namespace or none", () => {
  expect(namespaceOf("v1/pods:shop/web-1")).toBe("shop");
  expect(namespaceOf("v1/nodes:node-1")).toBe("");
  expect(cut("replicaset-controller", 8)).toBe("replica…");
});

describe("a line of YAML", () => {
  it.each([
    ["  name: web", "  ", "name", ":", " web"],
    ["- key: a", "- ", "key", ":", " a"],
    ["  app.kubernetes.io/name: x", "  ", "app.kubernetes.io/name", ":", " x"],
    ["- plain", "- ", "", "", "plain"],
    ["  image: registry.lab/web:1.0", "  ", "image", ":", " registry.lab/web:1.0"],
  ])("%s", (line, indent, key, colon, value) => {
    expect(splitYamlLine(line)).toEqual({ indent, key, colon, value });
  });
});

describe("a copied table", () => {
  const sheet = {
    name: "x",
    columns: ["a", "b"],
    rows: [["=1+1", 'say "hi", you'] as const, [2, true] as const],
    refs: ["", ""],
  };

  it("is CSV that no spreadsheet takes for formulas", () => {
    expect(toCsv(sheet)).toBe('a,b\r\n\'=1+1,"say ""hi"", you"\r\n2,true');
  });

  it("is JSON with the columns' names", () => {
    expect(JSON.parse(toJson(sheet))).toEqual([
      { a: "=1+1", b: 'say "hi", you' },
      { a: 2, b: true },
    ]);
  });
});
