import { describe, expect, it } from "vitest";
import { addressOf, isLabel, placeOf } from "./url";

describe("addresses that stay as they are", () => {
  it.each([
    "/",
    "/?environment=e1",
    "/setup",
    "/fleet",
    "/fleet?q=fra+1&status=DEGRADED&label=zone%3Da&sort=name",
    "/fleet?environment=e1&q=%3Cscript%3E",
    "/fleet?label=a%3Db&label=c%3Dd&view=wall&group=zone",
    "/pipelines",
    "/pipelines?q=nginx",
    "/pipelines/p1",
    "/pipelines/p1/configuration?environment=e1&node=n1",
    "/pipelines/p1/versions?versions=3..draft",
    "/pipelines/p1/versions?versions=12",
    "/pipelines/p1?component=parse+it",
    "/deployments?q=fra&drift=true",
    "/analytics?range=30d",
    "/logs?q=time*&level=ERROR&node=n1&pipeline=p1&range=1h",
    "/settings",
    "/settings/tokens",
    "/settings/audit?action=pipeline.deploy&actor=u1&range=7d",
    "/nodes/n-1_a",
    "/nodes/n1?environment=e1&range=7d",
  ])("%s", (address) => {
    const { pathname, search } = new URL(address, "http://x");
    expect(addressOf(placeOf(pathname, search))).toBe(address);
  });
});

describe("what is not known is left", () => {
  it.each([
    ["/fleet?status=BROKEN", "/fleet"],
    ["/fleet?status=healthy", "/fleet"],
    ["/fleet?label=zone", "/fleet"],
    ["/fleet?sort=colour&q=", "/fleet"],
    ["/fleet/", "/fleet"],
    ["/nodes/n1?range=1y", "/nodes/n1"],
    ["/nodes/n1?range=1h", "/nodes/n1"],
    ["/pipelines/p1/graph?node=a.b", "/pipelines/p1"],
    ["/pipelines/p1/versions?versions=0..x", "/pipelines/p1/versions"],
    ["/logs?level=LOUD&range=1d&node=../x", "/logs"],
    ["/settings/environments", "/settings"],
    ["/settings/tokens?action=x&range=1d", "/settings/tokens"],
    ["/settings/audit?action=%3Cb%3E&actor=a.b&range=30d", "/settings/audit"],
  ])("%s", (address, expected) => {
    const { pathname, search } = new URL(address, "http://x");
    expect(addressOf(placeOf(pathname, search))).toBe(expected);
  });
});

it.each([
  "/nowhere",
  "/nodes",
  "/nodes/",
  "/nodes/a.b",
  "/nodes/n1/more",
  "/fleet/x",
  "/pipelines/p1/x",
  "/settings/x",
  "/logs/x",
  "/pipelines/p/graph/x",
])("%s is no page", (path) => {
  expect(placeOf(path, "").page).toBe("nowhere");
});

it.each([
  ["zone=a", true],
  ["vf.io/os=linux amd", true],
  ["zone", false],
  ["=a", false],
  ["zone=", false],
  ["a b=c", false],
])("label %j", (text, expected) => {
  expect(isLabel(text)).toBe(expected);
});
