// Dark, light, or as the system has it. Colours follow from `color-scheme` alone.

export const THEMES = ["system", "dark", "light"] as const;
export type Theme = (typeof THEMES)[number];

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
