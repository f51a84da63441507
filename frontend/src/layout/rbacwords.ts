/** Questions in words: what could come next in what is being typed. */

export interface Words {
  readonly verbs: readonly string[];
  readonly resources: readonly string[];
  readonly namespaces: readonly string[];
  readonly subjects: readonly string[];
}

const MOST = 12;
const VERBS = [
  "get",
  "list",
  "watch",
  "create",
  "update",
  "patch",
  "delete",
  "deletecollection",
  "bind",
  "escalate",
  "impersonate",
];

/** Whole questions that begin with this text, the likeliest first. */
export function complete(text: string, words: Words): string[] {
  const typed = text.replace(/\s+/g, " ").trimStart();
  const options = nextWords(typed, words);
  const head = typed.slice(0, typed.lastIndexOf(" ") + 1);
  const last = typed.slice(head.length).toLowerCase();
  const begin = options.filter((word) => word.toLowerCase().startsWith(last));
  const within = options.filter((word) => !begin.includes(word) && word.toLowerCase().includes(last));
  return [...begin, ...within].slice(0, MOST).map((word) => `${head}${word}`);
}

function nextWords(typed: string, words: Words): readonly string[] {
  const verbs = [...new Set([...VERBS, ...words.verbs])];
  if (/^who can \S+ \S+ in \S*$/i.test(typed) || /^what can .+ do in \S*$/i.test(typed))
    return words.namespaces;
  if (/^who can \S+ \S+ \S*$/i.test(typed)) return ["in", "anywhere", "everywhere"];
  if (/^who can \S+ \S*$/i.test(typed)) return words.resources;
  if (/^who can \S*$/i.test(typed)) return verbs;
  if (/^what can (?!.* )\S*$/i.test(typed)) return words.subjects.map((name) => `${name} do?`);
  if (/^where does (?!.* )\S*$/i.test(typed)) return words.subjects.map((name) => `${name} lead?`);
  if (/^can \S+ \S+ \S*$/i.test(typed)) return words.resources;
  if (/^can \S+ \S*$/i.test(typed)) return verbs;
  if (/^can \S*$/i.test(typed)) return words.subjects;
  return typed.includes(" ") ? [] : ["who can", "what can", "where does", "can"];
}
