/** What alters which clusters there are, as the API takes it. A kubeconfig goes to the server and never comes back. */

import type { Cluster } from "./clusters";

/** A context of a kubeconfig. `problem` says why it cannot be taken; empty where it can. */
export interface Context {
  readonly name: string;
  readonly server: string;
  readonly user: string;
  readonly namespace: string;
  readonly is_current: boolean;
  readonly problem: string;
}

export type Verb = "get" | "list" | "watch";

export interface Permission {
  readonly resource: string;
  readonly denied: readonly Verb[];
  readonly only_in_namespace: boolean;
  readonly is_granted: boolean;
}

/** What a cluster said of itself. `rules` is YAML: what to add to its ClusterRole so that nothing is denied. */
export interface Checked {
  readonly connected_to: string;
  readonly through: string;
  readonly server_version: string;
  readonly warnings: readonly string[];
  readonly may_ask: boolean;
  readonly permissions: readonly Permission[];
  readonly denied_paths: readonly string[];
  readonly missing: Readonly<Record<string, string>>;
  readonly rules: string;
}

/** A kubeconfig, and which of its contexts. */
export interface Access {
  readonly kubeconfig: string;
  readonly context: string;
}

/** What may be altered of a cluster. Null: to be watched; to be kept as long as the site's settings say. */
export interface Settings {
  readonly name: string;
  readonly poll_seconds: number | null;
  readonly keep_seconds: number | null;
  readonly keep_bytes: number | null;
}

/** A refusal, in the server's words. */
export class Refused extends Error {}

/** Calls of the API that alter something; they carry the page's token. All reject with `Refused`. */
export class Changes {
  private readonly token: string;

  constructor(token: string) {
    this.token = token;
  }

  contexts(kubeconfig: string): Promise<readonly Context[]> {
    return this.call("POST", "/contexts", { kubeconfig });
  }

  check(kubeconfig: string, context: string): Promise<Checked> {
    return this.call("POST", "/check", { kubeconfig, context });
  }

  /** With `pollSeconds` it is not watched, but listed so often; null to watch it. */
  add(name: string, access: Access, pollSeconds: number | null): Promise<Cluster> {
    return this.call("POST", "", { name, ...access, poll_seconds: pollSeconds });
  }

  alter(slug: string, settings: Partial<Settings>): Promise<Cluster> {
    return this.call("PATCH", `/${encodeURIComponent(slug)}`, settings);
  }

  giveAccess(slug: string, access: Access): Promise<Cluster> {
    return this.call("PUT", `/${encodeURIComponent(slug)}/access`, access);
  }

  remove(slug: string, withLog: boolean): Promise<void> {
    return this.call("DELETE", `/${encodeURIComponent(slug)}?with_log=${withLog}`, undefined);
  }

  private call<Answer>(method: string, path: string, body: unknown): Promise<Answer> {
    return send<Answer>(method, `/api/clusters${path}`, body, this.token);
  }
}

/** Send JSON, or a form as it is, and read the answer. Rejects with `Refused`, in words. */
export async function send<Answer>(
  method: string,
  address: string,
  body: unknown,
  token: string,
): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(address, {
      method,
      headers: {
        ...(body instanceof FormData ? {} : { "Content-Type": "application/json" }),
        "X-CSRFToken": token,
      },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
    });
  } catch {
    throw new Refused("The server does not answer. Try again.");
  }
  const text = await response.text();
  if (!response.ok) throw new Refused(problemIn(text) || `The server answered ${response.status}.`);
  return (text ? JSON.parse(text) : undefined) as Answer;
}

/** The token that this site's cookie carries, for pages without a form. */
export function tokenOfCookie(): string {
  return /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}

function problemIn(text: string): string {
  try {
    return (JSON.parse(text) as { readonly problem?: string }).problem ?? "";
  } catch {
    return "";
  }
}
