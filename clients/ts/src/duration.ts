/** A length of time in the API's words, such as `24h`, `1h30m`, `90s`, `1.5s` or `500ms`; `d` is 24 hours. */
export type Duration = string;

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** How many milliseconds a duration has. Throws a `TypeError` that names what it was given as. */
export function milliseconds(duration: Duration, name: string): number {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== duration) {
    throw new TypeError(`${name} must be a duration such as 30s or 1h30m`);
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit!]!, 0);
}

/** A duration in milliseconds, or in seconds from one on: `340ms`, `1.25s`. */
export function durationOf(ms: number): Duration {
  return ms < 1_000 ? `${Math.round(ms)}ms` : `${Number((ms / 1_000).toFixed(2))}s`;
}
