/**
 * A kubeconfig to be given: pasted, dropped or chosen; then one of its contexts; then what the cluster says to it.
 *
 * It tells `ready` when a context was checked and nothing was altered since, and `unready` when something was. What was
 * pasted is put out of sight as soon as it was read.
 */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { type Access, Changes, type Checked, type Context, Refused } from "../model/changes";
import { count } from "../model/format";
import { drawChecked } from "./access";

const LARGEST_BYTES = 256 * 1024;

export class KubeconfigElement extends LitElement {
  static override properties = {
    csrf: {},
    contexts: { state: true },
    chosen: { state: true },
    checked: { state: true },
    problem: { state: true },
    doing: { state: true },
    isWhole: { state: true },
    isOver: { state: true },
  };
  declare csrf: string;
  declare contexts: readonly Context[];
  declare chosen: string;
  declare checked: Checked | undefined;
  declare problem: string;
  declare doing: "" | "reading" | "checking";
  declare isWhole: boolean;
  declare isOver: boolean;
  private text = "";

  constructor() {
    super();
    this.contexts = [];
    this.chosen = "";
    this.problem = "";
    this.doing = "";
    this.isWhole = false;
    this.isOver = false;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    return html`
      ${this.contexts.length === 0 ? this.drawField() : this.drawContexts()}
      <p class="form-state ${this.problem ? "bad" : ""}" role=${this.problem ? "alert" : "status"}>${this.problem || this.words}</p>
      ${
        this.checked
          ? drawChecked(
              this.checked,
              this.isWhole,
              () => this.showWhole(),
              () => void this.copyRules(),
            )
          : nothing
      }
    `;
  }

  private get words(): string {
    if (this.doing === "reading") return "Reading it…";
    const server = this.contexts.find(({ name }) => name === this.chosen)?.server ?? "";
    return this.doing === "checking" ? `Connecting to ${server}, and asking what may be read there…` : "";
  }

  private drawField(): TemplateResult {
    return html`<div class="drop ${this.isOver ? "over" : ""}" @dragover=${this.hover} @dragleave=${this.leave} @drop=${this.drop}>
      <label for="kubeconfig">Kubeconfig</label>
      <textarea id="kubeconfig" rows="9" spellcheck="false" autocomplete="off" autocapitalize="none" aria-describedby="kubeconfig-help"
        placeholder="apiVersion: v1&#10;kind: Config&#10;…" @input=${this.typed} @paste=${this.pasted}></textarea>
      <p class="row"><button class="button" type="button" @click=${this.read} ?disabled=${this.doing !== ""}>Read it</button>
        <label class="button ghost" for="kubeconfig-file">Choose a file…</label>
        <input class="visually-hidden" type="file" id="kubeconfig-file" @change=${this.choose}>
        <span class="hint">or drop one here</span></p>
      <div class="hint" id="kubeconfig-help">
        <p>It may hold tokens, certificates and keys as data. Programs (exec) and files on other machines are refused. Make one with
        <code>kubectl config view --raw --flatten --minify</code>; best with the token of a service account that may only read:
        <code>deploy/rbac.yaml</code> makes one.</p>
        <p>It is sealed before it is stored, and never shown again.</p>
      </div>
    </div>`;
  }

  private drawContexts(): TemplateResult {
    return html`<fieldset class="contexts"><legend>${count(this.contexts.length, "context")} in this kubeconfig
        <button class="link" type="button" @click=${this.reset}>Give another</button></legend>
      ${this.contexts.map(
        (context, index) => html`<div class="context ${context.problem ? "refused" : ""}">
        <input type="radio" name="context" id="context-${index}" .checked=${context.name === this.chosen} ?disabled=${context.problem !== ""}
          @change=${() => this.pick(context.name)}>
        <label for="context-${index}"><span><b>${context.name}</b> ${context.is_current ? html`<span class="hint">current</span>` : nothing}</span>
          <span class="where">${context.server}${context.user ? ` as ${context.user}` : ""}</span>
          ${context.problem ? html`<span class="bad">${context.problem}</span>` : nothing}</label></div>`,
      )}
    </fieldset>
    <p class="row"><button class="button" type="button" @click=${this.check} ?disabled=${!this.chosen || this.doing !== ""}>${this.checked ? "Check again" : "Check it"}</button>
      ${this.checked ? nothing : html`<span class="hint">Orrery then connects to this address, from where it runs.</span>`}</p>`;
  }

  private readonly typed = (event: Event): void => {
    this.text = (event.target as HTMLTextAreaElement).value;
    this.problem = "";
  };

  /** What is pasted whole is read at once. */
  private readonly pasted = (): void => {
    window.setTimeout(() => {
      if (/kind:\s*"?Config|"kind":\s*"Config"/.test(this.text)) void this.read();
    });
  };

  private readonly hover = (event: DragEvent): void => {
    event.preventDefault();
    this.isOver = true;
  };

  private readonly leave = (): void => {
    this.isOver = false;
  };

  private readonly drop = (event: DragEvent): void => {
    event.preventDefault();
    this.isOver = false;
    const file = event.dataTransfer?.files[0];
    if (file) void this.take(file);
  };

  private readonly choose = (event: Event): void => {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (file) void this.take(file);
  };

  private async take(file: File): Promise<void> {
    if (file.size > LARGEST_BYTES) {
      this.problem = `${file.name} is larger than 256 KiB. Keep only the contexts that are needed in it.`;
      return;
    }
    this.text = await file.text();
    await this.read();
  }

  private readonly read = async (): Promise<void> => {
    if (!this.text.trim()) {
      this.problem = "There is nothing to read yet: paste a kubeconfig, or choose its file.";
      return;
    }
    await this.attempt("reading", async () => {
      this.contexts = await new Changes(this.csrf).contexts(this.text);
      const usable = this.contexts.filter(({ problem }) => problem === "");
      this.pick((usable.find(({ is_current }) => is_current) ?? usable[0])?.name ?? "");
    });
  };

  private readonly check = async (): Promise<void> => {
    this.forget();
    await this.attempt("checking", async () => {
      const context = this.chosen;
      this.checked = await new Changes(this.csrf).check(this.text, context);
      this.tell("ready", { kubeconfig: this.text, context });
    });
  };

  private readonly reset = (): void => {
    this.text = "";
    this.contexts = [];
    this.chosen = "";
    this.forget();
  };

  private pick(name: string): void {
    this.chosen = name;
    this.forget();
    this.tell("context", name);
  }

  /** What was checked counts no more. */
  private forget(): void {
    this.checked = undefined;
    this.problem = "";
    this.isWhole = false;
    this.tell("unready", undefined);
  }

  private async attempt(doing: "reading" | "checking", act: () => Promise<void>): Promise<void> {
    this.problem = "";
    this.doing = doing;
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.problem = error.message;
    } finally {
      this.doing = "";
    }
  }

  private showWhole(): void {
    this.isWhole = true;
  }

  private async copyRules(): Promise<void> {
    await navigator.clipboard.writeText(this.checked?.rules ?? "");
  }

  private tell(name: string, detail: Access | string | undefined): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

customElements.define("orrery-kubeconfig", KubeconfigElement);
