// Server-sent events out of text that arrives in any pieces. Comments come out too: a keepalive shows that a quiet
// stream lives, which `EventSource` hides. An id is told with its block, also when the block has no data.

export type Block = { event: string; data: string; id: string | null; retryMillis: number | null };

const BUFFER_CHARS_MAX = 4 * 1024 * 1024;

export class BlockParser {
  private rest = "";

  /** The blocks that `text` completes. Throws when a block grows past any that the server sends. */
  push(text: string): Block[] {
    // A carriage return at the end may be half of a line's end, so it waits for what follows.
    const whole = this.rest + text;
    const held = whole.endsWith("\r") ? 1 : 0;
    const lines = whole
      .slice(0, whole.length - held)
      .replaceAll("\r\n", "\n")
      .replaceAll("\r", "\n");
    const parts = lines.split("\n\n");
    this.rest = (parts.pop() ?? "") + (held ? "\r" : "");
    if (this.rest.length > BUFFER_CHARS_MAX) throw new Error("a block without an end");
    return parts.map(blockOf).filter((block) => block !== null);
  }
}

function blockOf(text: string): Block | null {
  const block: Block = { event: "message", data: "", id: null, retryMillis: null };
  const data: string[] = [];
  let isEmpty = true;
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (line === "" || colon === 0) continue;
    isEmpty = false;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data") data.push(value);
    else if (name === "event") block.event = value;
    else if (name === "id" && !value.includes("\0")) block.id = value;
    else if (name === "retry" && /^\d+$/.test(value)) block.retryMillis = Number(value);
  }
  block.data = data.join("\n");
  return isEmpty ? null : block;
}
