import { expect, it } from "vitest";
import { uptimePercent } from "./uptime";

it.each([
  [null, "—"],
  [100, "100 %"],
  [99.9999, "99.999 %"],
  [99.9967, "99.996 %"],
  [99.9, "99.90 %"],
  [99.899, "99.89 %"],
  [50, "50.00 %"],
  [0, "0.00 %"],
])("%s reads %j", (percent, expected) => {
  expect(uptimePercent(percent)).toBe(expected);
});
