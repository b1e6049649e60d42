// The server's time, which ages are counted by: the clock of whoever reads may be wrong by minutes. It goes on from
// the newest time that was told.

let toldMillis = 0;
let atMillis = 0;

export function noteServerTime(millis: number) {
  if (!(millis > serverNow())) return;
  toldMillis = millis;
  atMillis = performance.now();
}

export const serverNow = () => (toldMillis === 0 ? 0 : toldMillis + performance.now() - atMillis);
