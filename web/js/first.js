// Before anything is drawn. The theme, so that no page flashes: that of the address, else the one chosen last, else the
// system's; js/theme_switch.js sets it again. The newest snapshot, so that the first frame has numbers: js/main.js takes it.

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
document.documentElement.toggleAttribute("data-kiosk", new URLSearchParams(location.search).has("kiosk"));

// Waited for 3 s at most: the events bring a newer one, and say when the line is cut.
window.firstSnapshot = fetch("/api/v1/summary", { signal: AbortSignal.timeout(3000) }).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
