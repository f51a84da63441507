/**
 * The websocket to one log. It connects again with growing pauses when it is lost, and says in which state it is.
 * What the messages mean is the viewer's business (viewer.ts).
 */

import type { ClientMessage, ServerMessage } from "../wire";

export type Status = "connecting" | "open" | "lost" | "missing" | "forbidden";

export interface Listener {
  onMessage(message: ServerMessage): void;
  onStatus(status: Status): void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const NO_SUCH_LOG = 4404;
const NOT_ALLOWED = 4403;

export class Connection {
  private readonly url: string;
  private readonly listener: Listener;
  private socket: WebSocket | undefined;
  private pauseMs = FIRST_PAUSE_MS;
  private timer: number | undefined;
  /** Messages are unpacked one after another, so that they stay in order. */
  private unpacking: Promise<void> = Promise.resolve();

  constructor(url: string, listener: Listener) {
    this.url = url;
    this.listener = listener;
  }

  open(): void {
    this.listener.onStatus("connecting");
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.pauseMs = FIRST_PAUSE_MS;
      this.listener.onStatus("open");
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.receive(socket, event.data);
    socket.onclose = (event) => this.lose(event.code);
    this.socket = socket;
  }

  send(message: ClientMessage): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  close(): void {
    window.clearTimeout(this.timer);
    if (this.socket) this.socket.onclose = null;
    this.socket?.close();
  }

  private receive(socket: WebSocket, data: string | ArrayBuffer): void {
    this.unpacking = this.unpacking
      .then(async () => {
        const text = typeof data === "string" ? data : await unpack(data);
        const told = JSON.parse(text) as ServerMessage | ServerMessage[];
        if (socket !== this.socket) return;
        for (const message of Array.isArray(told) ? told : [told]) this.listener.onMessage(message);
      })
      .catch((error: unknown) => {
        console.error("A message could not be read; connecting again.", error);
        socket.close();
      });
  }

  private lose(code: number): void {
    if (code === NO_SUCH_LOG) {
      this.listener.onStatus("missing");
      return;
    }
    if (code === NOT_ALLOWED) {
      this.listener.onStatus("forbidden");
      return;
    }
    this.listener.onStatus("lost");
    this.timer = window.setTimeout(() => this.open(), this.pauseMs * (0.75 + Math.random() / 2));
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

async function unpack(data: ArrayBuffer): Promise<string> {
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}
