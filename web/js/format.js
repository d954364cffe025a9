// Numbers as people read them. The exact value always stands beside the text, in data-value.

import { language, t } from "./words.js";

const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const clockTime = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export const nothing = "–";
const thinSpace = "\u202f";
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

export const count = (value) => (isNumber(value) ? whole.format(value) : nothing);
// Under a hundred the first decimal still says something.
export const amount = (value) => (isNumber(value) ? (value < 100 ? oneDigit : whole).format(value) : nothing);
// The band beside an amount, with as many digits as the amount has.
export const band = (value, beside) => (isNumber(value) ? "± " + (beside < 100 ? oneDigit : whole).format(value) : "");
export const percent = (share) => (isNumber(share) ? oneDigit.format(share * 100) + thinSpace + "%" : nothing);
export const wholePercent = (share) => (isNumber(share) ? whole.format(share * 100) + thinSpace + "%" : nothing);
// The sign of the currency stands before the sum in English and behind it in French.
export function money(value, currency) {
  if (!isNumber(value)) return nothing;
  const sum = whole.format(Math.abs(value)), sign = value < 0 ? "−" : "";
  return language === "fr" && currency ? `${sign}${sum}\u00a0${currency}` : sign + currency + sum;
}

export function milliseconds(value) {
  if (!isNumber(value)) return nothing;
  if (value >= 10_000) return oneDigit.format(value / 1000) + thinSpace + "s";
  return (value < 10 ? value.toFixed(2) : value < 100 ? oneDigit.format(value) : whole.format(value)) + thinSpace + "ms";
}

export const time = (text) => (text ? clockTime.format(new Date(text)) : nothing);

const dayAndTime = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "medium", timeStyle: "short" });
export const dateTime = (text) => (text ? dayAndTime.format(new Date(text)) : nothing);
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
