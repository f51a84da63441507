/** YAML with light colouring, built as text nodes: nothing in an object is ever read as markup. */

import { html, type TemplateResult } from "lit";

const LINE = /^(\s*(?:- )*)((?:"[^"]*"|'[^']*'|[^\s:'"][^:]*?)(?=:(?:\s|$)))?(:?)(.*)$/s;

export interface YamlLine {
  readonly indent: string;
  readonly key: string;
  readonly colon: string;
  readonly value: string;
}

export function splitYamlLine(line: string): YamlLine {
  const match = LINE.exec(line);
  if (!match) return { indent: "", key: "", colon: "", value: line };
  const [, indent = "", key = "", colon = "", value = ""] = match;
  if (!key) return { indent, key: "", colon: "", value: `${colon}${value}` };
  return { indent, key, colon, value };
}

export function drawYaml(text: string): TemplateResult {
  const lines = text.trimEnd().split("\n").map(splitYamlLine);
  return html`<pre class="yaml" tabindex="0" aria-label="The object as YAML">${lines.map(
    (
      line,
    ) => html`<span class="mark">${line.indent}</span><span class="key">${line.key}</span><span class="mark">${line.colon}</span><span class="text">${line.value}</span>
`,
  )}</pre>`;
}
