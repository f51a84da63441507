/** Dark or light: the system's choice, unless this browser was told otherwise. */

const KEY = "orrery-theme";

export function applyTheme(): void {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
}

export function switchTheme(): void {
  const isLight = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "light"
    : window.matchMedia("(prefers-color-scheme: light)").matches;
  localStorage.setItem(KEY, isLight ? "dark" : "light");
  applyTheme();
}
