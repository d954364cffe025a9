// Before anything is drawn, so that no page flashes: the theme of the address, else the one chosen last, else the
// system's. js/theme_switch.js calls it again.

window.setTheme = () => {
  const named = new URLSearchParams(location.search).get("theme");
  let kept = null;
  try { kept = localStorage.getItem("theme"); } catch { /* storage may be switched off */ }
  const chosen = ["light", "dark", "contrast"].find((name) => name === named) ?? ["light", "dark", "contrast"].find((name) => name === kept);
  const system = matchMedia("(prefers-contrast: more)").matches ? "contrast" : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.theme = chosen ?? system;
  return chosen ?? "";
};
window.setTheme();
