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
  ])("%s", (address, expected) => {
    const { pathname, search } = new URL(address, "http://x");
    expect(addressOf(placeOf(pathname, search))).toBe(expected);
  });
});

it.each(["/nowhere", "/nodes", "/nodes/", "/nodes/a.b", "/nodes/n1/more", "/fleet/x"])("%s is no page", (path) => {
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
