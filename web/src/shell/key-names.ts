// Keys have other names on other machines.

const isMac = /Mac|iP(hone|ad)/.test(navigator.userAgent);

export const paletteKeys = isMac ? "⌘ K" : "Ctrl K";
