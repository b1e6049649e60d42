// Single letters and signs as keys can be turned off: who dictates would press them by speaking.

const KEY = "systole-letter-keys";
const CHANGED = "letterkeyschange";

export const areLetterKeysOn = () => localStorage.getItem(KEY) !== "off";

export function turnLetterKeys(isOn: boolean) {
  if (isOn) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, "off");
  window.dispatchEvent(new Event(CHANGED));
}

export function listenLetterKeys(listener: () => void) {
  window.addEventListener(CHANGED, listener);
  return () => window.removeEventListener(CHANGED, listener);
}
