// The page's words in the reader's language. English stands in the page itself, js/french.js has the French for it: a
// sentence that is missing there stays English. What comes from the server (reasons, errors, names) is shown as it comes.

const languages = ["en", "fr"];
const kept = () => { try { return localStorage.getItem("lang"); } catch { return null; } };  // storage may be switched off

export const language = [new URLSearchParams(location.search).get("lang"), kept(), ...navigator.languages.map((one) => one.slice(0, 2))]
  .find((name) => languages.includes(name)) ?? "en";
const dictionary = language === "fr" ? await import("./french.js").then(({ french }) => french, () => ({})) : {};  // the line is cut: English

// t("Pause"), or with values: t`${shown} of ${all} customers`, which the dictionary has as "{0} of {1} customers".
export function t(text, ...values) {
  const english = typeof text === "string" ? text : text.reduce((whole, part, place) => `${whole}{${place - 1}}${part}`);
  const found = Object.hasOwn(dictionary, english) ? dictionary[english] : english;
  return found.replace(/\{(\d+)\}/g, (_, place) => values[Number(place)]);
}

// What stands in the page's own markup.
export function translatePage() {
  document.documentElement.lang = language;
  if (language === "en") return;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const english = node.data.trim();
    if (Object.hasOwn(dictionary, english)) node.data = node.data.replace(english, dictionary[english]);
  }
  for (const name of ["aria-label", "placeholder"])
    for (const element of document.querySelectorAll(`[${name}]`)) element.setAttribute(name, t(element.getAttribute(name)));
}
translatePage();  // before any other part of the page takes a word from it

const chooser = document.getElementById("lang");
chooser.value = language;
chooser.addEventListener("change", () => {
  try { localStorage.setItem("lang", chooser.value); } catch { /* the address keeps it */ }
  const wanted = new URL(location.href);
  wanted.searchParams.set("lang", chooser.value);
  location.assign(wanted);
});
