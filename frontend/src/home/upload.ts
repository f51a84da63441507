/** The first page's hands: a file dropped or chosen is imported, and one's own recordings can be deleted. */

interface Problem {
  readonly problem?: string;
}

export class UploadElement extends HTMLElement {
  private readonly onDrag = (event: DragEvent) => this.hover(event);
  private readonly onDrop = (event: DragEvent) => this.drop(event);

  connectedCallback(): void {
    window.addEventListener("dragover", this.onDrag);
    window.addEventListener("drop", this.onDrop);
    this.addEventListener("change", (event) => {
      const file = (event.target as HTMLInputElement).files?.[0];
      if (file) void this.upload(file);
    });
    this.addEventListener("click", (event) => {
      const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button.delete");
      if (button) void this.delete(button);
    });
  }

  disconnectedCallback(): void {
    window.removeEventListener("dragover", this.onDrag);
    window.removeEventListener("drop", this.onDrop);
  }

  private hover(event: DragEvent): void {
    event.preventDefault();
    this.tell("Drop it to import it.");
  }

  private drop(event: DragEvent): void {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) void this.upload(file);
  }

  private get token(): string {
    return this.querySelector<HTMLInputElement>("#recording")?.dataset.csrf ?? "";
  }

  private tell(text: string, kind: "" | "bad" = ""): void {
    const state = this.querySelector(".upload-state");
    if (!state) return;
    state.textContent = text;
    state.classList.toggle("bad", kind === "bad");
  }

  /** With XMLHttpRequest, because fetch does not tell how much has been sent. */
  private upload(file: File): Promise<void> {
    const form = new FormData();
    form.append("recording", file);
    const request = new XMLHttpRequest();
    request.open("POST", "/api/logs");
    request.setRequestHeader("X-CSRFToken", this.token);
    request.upload.onprogress = (event) => {
      const share = event.total ? Math.round((event.loaded / event.total) * 100) : 0;
      this.tell(share < 100 ? `Sending ${file.name}: ${share} %` : `Reading ${file.name}…`);
    };
    return new Promise((resolve) => {
      request.onload = () => {
        const answer = parse(request.responseText);
        if (request.status === 201 && answer.slug) window.location.assign(`/logs/${answer.slug}/`);
        else this.tell(answer.problem ?? `The server answered ${request.status}.`, "bad");
        resolve();
      };
      request.onerror = () => {
        this.tell("The file could not be sent: the server does not answer.", "bad");
        resolve();
      };
      request.send(form);
    });
  }

  private async delete(button: HTMLButtonElement): Promise<void> {
    const { slug = "", title = "" } = button.dataset;
    if (!window.confirm(`Delete “${title}” for good?`)) return;
    const response = await fetch(`/api/logs/${encodeURIComponent(slug)}`, {
      method: "DELETE",
      headers: { "X-CSRFToken": this.token },
    });
    if (response.ok) button.closest("li")?.remove();
    else
      this.tell(
        ((await response.json()) as Problem).problem ?? `The server answered ${response.status}.`,
        "bad",
      );
  }
}

function parse(text: string): Problem & { readonly slug?: string } {
  try {
    return JSON.parse(text) as Problem & { readonly slug?: string };
  } catch {
    return {};
  }
}

customElements.define("orrery-upload", UploadElement);
