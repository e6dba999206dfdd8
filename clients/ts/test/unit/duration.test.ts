import { describe, expect, it } from "vitest";
import { durationOf, milliseconds } from "../../src/duration.js";

describe("a duration", () => {
  it.each([
    ["0s", 0],
    ["500ms", 500],
    ["1.5s", 1_500],
    ["90s", 90_000],
    ["1h30m", 5_400_000],
    ["24h", 86_400_000],
    ["7d", 604_800_000],
    ["1m1ms", 60_001],
  ])("%s is read as the API reads it", (text, ms) => {
    expect(milliseconds(text, "timeout")).toBe(ms);
  });

  it.each(["", "30", "s", "-1s", "1 s", "1S", "1y", "1s1", "1.s", ".5s", "1e3s", "1h 30m", "∞"])(
    "%j is none",
    (text) => {
      expect(() => milliseconds(text, "timeout")).toThrow(
        new TypeError("timeout must be a duration such as 30s or 1h30m"),
      );
    },
  );

  it.each([
    [0, "0ms"],
    [340.4, "340ms"],
    [1_000, "1s"],
    [1_254, "1.25s"],
    [30_000, "30s"],
    [330_000, "330s"],
  ])("of %d ms is %s", (ms, text) => {
    expect(durationOf(ms)).toBe(text);
    expect(milliseconds(text, "")).toBeCloseTo(ms, -1);
  });
});
