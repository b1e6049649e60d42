// Dark, light, or as the system has it. Colours follow from `color-scheme` alone.

export const THEMES = ["system", "dark", "light"] as const;
export type Theme = (typeof THEMES)[number];

export const themeNames: Record<Theme, string> = { system: "As the system", dark: "Dark", light: "Light" };

const KEY = "systole-theme";

export function storedTheme(): Theme {
  const text = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === text) ?? "system";
}

export function applyTheme(theme: Theme) {
  localStorage.setItem(KEY, theme);
  document.documentElement.style.colorScheme = theme === "system" ? "dark light" : theme;
  window.dispatchEvent(new Event("themechange"));
}

/** The theme may be changed from several places; each shows what holds. */
export function listenTheme(listener: () => void) {
  window.addEventListener("themechange", listener);
  return () => window.removeEventListener("themechange", listener);
}
