import { expect, it } from "vitest";
import { inEnvironment } from "./environment";
import { addressOf, placeOf } from "./url";

it.each([
  ["/?environment=a", "/?environment=b"],
  ["/setup", "/?environment=b"],
  ["/fleet?environment=a&q=fra&status=DEGRADED", "/fleet?environment=b"],
  ["/nodes/n1?environment=a", "/?environment=b"],
  ["/pipelines?q=nginx", "/pipelines?environment=b"],
  ["/pipelines/p1/versions", "/?environment=b"],
  ["/deployments?drift=true", "/deployments?environment=b"],
  ["/logs?node=n1", "/logs?environment=b"],
  ["/analytics?environment=a&range=30d", "/analytics?environment=b&range=30d"],
  ["/settings/audit?actor=u1", "/settings/audit?environment=b&actor=u1"],
])("%s becomes %s", (address, expected) => {
  const { pathname, search } = new URL(address, "http://x");
  expect(addressOf(inEnvironment(placeOf(pathname, search), "b"))).toBe(expected);
});
