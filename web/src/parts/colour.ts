// A canvas takes no variables, so colours are read from an element that uses them.

export function colourOf(variable: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${variable})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

/** Calls when colours are others: by choice, or as the system turns dark. */
export function listenColours(listener: () => void): () => void {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  window.addEventListener("themechange", listener);
  system.addEventListener("change", listener);
  return () => {
    window.removeEventListener("themechange", listener);
    system.removeEventListener("change", listener);
  };
}
