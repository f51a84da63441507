/** How times and counts read on the screen. Times are unix seconds. */

const CLOCK = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZone: "UTC",
});

/** 10:11:14.985, in UTC. */
export function clock(ts: number): string {
  const ms = Math.round(ts * 1000); // a float holds 674.985 as a little less
  return `${CLOCK.format(ms)}.${String(ms % 1000).padStart(3, "0")}`;
}

/** 10:11:14, in UTC. */
export function clockSeconds(ts: number): string {
  return CLOCK.format(ts * 1000);
}

/** The exact time, for a tooltip. */
export function exact(ts: number): string {
  return new Date(ts * 1000).toISOString();
}

/** When a write was seen; of one that was inferred from two lists, between which times it happened: `since` is not 0. */
export function seenAt(ts: number, since: number): string {
  return since === 0 ? clock(ts) : `${clockSeconds(since)}–${clockSeconds(ts)}`;
}

/** 28 ms, 4.1 s, 2 min 5 s, 3 h 20 min, 12 d. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d`;
}

/** How long one write came after another: times are read to the millisecond at best. */
export function lag(seconds: number): string {
  return seconds < 0.001 ? "less than 1 ms" : duration(seconds);
}

/** How long before `now` this was. */
export function ago(ts: number, now: number): string {
  return `${duration(Math.max(0, now - ts))} ago`;
}

/** An RFC 3339 time as unix seconds; undefined where it is none. */
export function parseTime(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

/** 1,234 pods, 1 pod. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** The text, cut with an ellipsis where it is longer. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** The namespace of a ref (`resource:namespace/name`), empty for what has none. */
export function namespaceOf(ref: string): string {
  const key = ref.slice(ref.indexOf(":") + 1);
  const slash = key.indexOf("/");
  return slash < 0 ? "" : key.slice(0, slash);
}

/** Thousandths of a CPU as `kubectl` users say them: 250m, 1.5, 16; "unknown" where that is not told. */
export function cpu(milli: number | null | undefined): string {
  if (milli === null || milli === undefined) return "unknown";
  return Math.abs(milli) < 1000 && milli !== 0 ? `${milli}m` : String(milli / 1000);
}

const UNITS = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];

/** Bytes with a suffix of 1024s, to three digits: 64Mi, 3.75Gi; "unknown" where that is not told. */
export function memory(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return "unknown";
  let [amount, unit] = [bytes, 0];
  while (Math.abs(amount) >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${Number(amount.toPrecision(amount >= 1000 ? 4 : 3))}${UNITS[unit]}`;
}
