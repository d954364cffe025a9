// Numbers as people read them. The exact value always stands beside the text, in data-value.

import { language, t } from "./words.js";

export const nothing = "–";
const thinSpace = "\u202f";
// Not Intl.NumberFormat: its first use in a tab takes 20 to 35 ms, a tenth of the time to the first frame.
const [comma, point] = language === "fr" ? [thinSpace, ","] : [",", "."];
function written(value, digits) {
  const [whole, part] = value.toFixed(digits).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, comma);
  return part ? grouped + point + part : grouped;
}
const whole = (value) => written(value, 0);
const oneDigit = (value) => written(value, 1);

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

export const count = (value) => (isNumber(value) ? whole(value) : nothing);
// Under a hundred the first decimal still says something.
export const amount = (value) => (isNumber(value) ? (value < 100 ? oneDigit : whole)(value) : nothing);
// The band beside an amount, with as many digits as the amount has.
export const band = (value, beside) => (isNumber(value) ? "± " + (beside < 100 ? oneDigit : whole)(value) : "");
export const percent = (share) => (isNumber(share) ? oneDigit(share * 100) + thinSpace + "%" : nothing);
export const wholePercent = (share) => (isNumber(share) ? whole(share * 100) + thinSpace + "%" : nothing);
// The sign of the currency stands before the sum in English and behind it in French.
export function money(value, currency) {
  if (!isNumber(value)) return nothing;
  const sum = whole(Math.abs(value)), sign = value < 0 ? "−" : "";
  return language === "fr" && currency ? `${sign}${sum}\u00a0${currency}` : sign + currency + sum;
}

export function milliseconds(value) {
  if (!isNumber(value)) return nothing;
  if (value >= 10_000) return oneDigit(value / 1000) + thinSpace + "s";
  return (value < 10 ? value.toFixed(2) : value < 100 ? oneDigit(value) : whole(value)) + thinSpace + "ms";
}

// 14:05:09, by the reader's clock.
export const time = (text) => (text ? new Date(text).toTimeString().slice(0, 8) : nothing);

let dayAndTime = null;  // no first frame needs it
export function dateTime(text) {
  dayAndTime ??= new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "medium", timeStyle: "short" });
  return text ? dayAndTime.format(new Date(text)) : nothing;
}
// A customer's own number, with the digits it has.
export const exact = (value) => String(value);

export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 120) return `${s}${thinSpace}s`;
  return s < 7200 ? `${Math.round(s / 60)}${thinSpace}min` : `${Math.round(s / 3600)}${thinSpace}h`;
}

// "+12 in 60 s"; empty when there is nothing to compare with.
export function change(now, before, seconds, format) {
  if (!isNumber(now) || !isNumber(before) || seconds < 1) return "";
  const moved = now - before;
  const text = format(Math.abs(moved));
  if (text === format(0)) return t`no change in ${duration(seconds)}`;
  return t`${(moved > 0 ? "+" : "−") + text} in ${duration(seconds)}`;
}
