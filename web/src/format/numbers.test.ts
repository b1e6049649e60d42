import { describe, expect, it } from "vitest";
import { bytes, bytesPerSecond, count, latency, percent, quantity } from "./numbers";

const table = <T>(name: string, format: (value: T) => string, cases: [T, string][]) =>
  describe(name, () => {
    it.each(cases)("%s", (value, text) => {
      expect(format(value)).toBe(text);
    });
  });

table<number | null>("counts", count, [
  [null, "—"],
  [0, "0"],
  [1204, "1,204"],
]);
table<number | null>("quantities", quantity, [
  [null, "—"],
  [0, "0"],
  [-0.01, "0"],
  [0.04, "0"],
  [0.44, "0.4"],
  [9.96, "10"],
  [12.4, "12"],
  [999, "999"],
  [999.6, "1.0 k"],
  [1_000, "1.0 k"],
  [131_365, "131 k"],
  [999_600, "1.0 M"],
  [2_540_000, "2.5 M"],
  [3e9, "3.0 G"],
]);
table<number | null>("bytes", bytes, [
  [null, "—"],
  [0, "0 B"],
  [1_023, "1,023 B"],
  [1_024, "1.0 KiB"],
  [53_859_872, "51.4 MiB"],
  [8_589_934_592, "8.0 GiB"],
  [2 ** 40, "1.0 TiB"],
]);
table<number | null>("bytes per second", bytesPerSecond, [
  [null, "—"],
  [2_048, "2.0 KiB/s"],
]);
table<number | null>("latencies", latency, [
  [null, "—"],
  [0, "0 ms"],
  [0.0001, "1 µs"],
  [0.25, "250 µs"],
  [0.9996, "1.0 ms"],
  [1.463, "1.5 ms"],
  [999.6, "1.00 s"],
  [1_500, "1.50 s"],
]);
table<number | null>("percents", percent, [
  [null, "—"],
  [5, "5 %"],
  [5.87, "5.9 %"],
  [100, "100 %"],
]);
