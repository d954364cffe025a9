// What the charts need to know of css/palette.css.

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
export function fontSize(rem) {
  return Math.round(rem * parseFloat(getComputedStyle(document.documentElement).fontSize));
}
export const fontFamily = () => getComputedStyle(document.body).fontFamily;
export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Calls back when light turns dark or back.
export function onThemeChange(callback) {
  addEventListener("themechange", callback);
}
