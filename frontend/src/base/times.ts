/** Times in words. Moments are unix seconds, spans are seconds; the exact time is always UTC, as in the objects. */

import { utcFormat } from "d3-time-format";

const clock = utcFormat("%H:%M:%S.%L");
const clockSeconds = utcFormat("%H:%M:%S");
const exact = utcFormat("%Y-%m-%d %H:%M:%S.%L UTC");

const date = (ts: number): Date => new Date(Math.round(ts * 1000));

/** `10:11:14.985` */
export const clockOf = (ts: number): string => clock(date(ts));

/** `10:11:14` */
export const clockSecondsOf = (ts: number): string => clockSeconds(date(ts));

/** `2026-11-23 10:11:14.985 UTC`, for hovering. */
export const exactOf = (ts: number): string => exact(date(ts));

/** A written time (RFC 3339) as unix seconds; undefined where it is none. */
export function readTime(text: string): number | undefined {
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

/** A span in the unit that suits it: `28 ms`, `4.1 s`, `33 s`, `12 min`, `3 h`, `9 d`. */
export function spanOf(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 0.9995) return `${Math.round(size * 1000)} ms`;
  if (size < 9.95) return `${size.toFixed(1)} s`;
  if (size < 120) return `${Math.round(size)} s`;
  if (size < 7200) return `${Math.round(size / 60)} min`;
  if (size < 172_800) return `${Math.round(size / 3600)} h`;
  return `${Math.round(size / 86_400)} d`;
}

/** How long before `now` a moment was: `28 ms ago`, or `now`, or `in 3 s`. */
export function agoOf(ts: number, now: number): string {
  const age = now - ts;
  if (Math.abs(age) < 0.0005) return "now";
  return age > 0 ? `${spanOf(age)} ago` : `in ${spanOf(age)}`;
}

/** A length as on a player: `0:35`, `1:02:07`. */
export function lengthOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
