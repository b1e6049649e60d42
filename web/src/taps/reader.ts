// Reads the stream of a tap until the tap ends. One that breaks is opened again: what came meanwhile is there.

import { BlockParser } from "../stream/parse";
import { SILENCE_MILLIS_MAX } from "../stream/status";
import { happeningOf, type TapHappening } from "./tap";

const RETRY_MILLIS = 1_000;

/** Returns what ends the reading. */
export function readTap(tapId: string, happened: (happening: TapHappening) => void): () => void {
  const closing = new AbortController();
  const { signal } = closing;
  const end = (why: string) => {
    if (!signal.aborted) happened({ kind: "ended", why });
    closing.abort();
  };
  const read = async () => {
    const silence = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const answer = await fetch(`/api/v1/taps/${tapId}/events`, {
      signal: AbortSignal.any([signal, silence.signal]),
      headers: { Accept: "text/event-stream" },
      cache: "no-store",
    });
    if (answer.status >= 400 && answer.status < 500) return end("the server knows it no more");
    if (!answer.ok || answer.body === null) return;
    const parser = new BlockParser();
    const text = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    try {
      for (;;) {
        timer = setTimeout(() => silence.abort(), SILENCE_MILLIS_MAX);
        const { done, value } = await text.read();
        clearTimeout(timer);
        if (done || signal.aborted) return;
        for (const block of parser.push(value)) {
          const happening = happeningOf(block.event, block.data);
          if (happening?.kind === "ended") return end(happening.why);
          if (happening) happened(happening);
        }
      }
    } finally {
      clearTimeout(timer);
    }
  };
  const readAgain = async () => {
    while (!signal.aborted) {
      // A stream that breaks, and a server that does not answer, are tried again until the server says that it is over.
      await read().catch(() => undefined);
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, RETRY_MILLIS));
    }
  };
  void readAgain();
  return () => closing.abort();
}
