// What the model is: asked of the API once for each fingerprint, when its view is opened. What the model and its notes do
// not hold is not shown; thresholds are those that count now.

import { onAddressChange } from "./address.js";
import * as format from "./format.js";
import { ask } from "./question.js";
import { setHidden, setText } from "./show.js";
import { fillTable } from "./table_view.js";
import { openTab } from "./tabs.js";
import { t } from "./words.js";

const importancesShown = 15;
const parts = [["test", t("Test")], ["train", t("Training")]];
const figures = {
  rows: [t("Rows"), format.count], accuracy: [t("Accuracy"), format.percent], areaUnderROC: [t("Area under ROC"), (value) => value.toFixed(4)],
  areaUnderPR: [t("Area under precision and recall"), (value) => value.toFixed(4)], f1: ["F1", (value) => value.toFixed(4)],
  brier: [t("Brier score"), (value) => value.toFixed(4)], logLoss: [t("Log loss"), (value) => value.toFixed(4)],
  lift10: [t("Lift of the riskiest tenth"), (value) => value.toFixed(2)], ece: [t("Calibration error"), (value) => value.toFixed(4)],
};
const place = (name) => document.getElementById(`model-${name}`);
let snapshot = null;
let asked = null;  // the fingerprint
let model = null;

function facts() {
  const { data } = model, terms = snapshot.model ?? {};
  const trained = data && [data.rowsTrained && t`${format.count(data.rowsTrained)} rows`, data.file && t`of ${data.file}`].filter(Boolean).join(" ");
  return [
    ["name", t("Name"), model.name], ["kind", t("Kind"), model.kind], ["trees", t("Trees"), format.count(model.trees)],
    ["nodes", t("Nodes"), format.count(model.nodes)], ["depth", t("Depth"), format.count(model.depth)],
    ["features", t("Features"), format.count(model.num_features)], ["saved", t("Saved"), model.saved_at && format.dateTime(model.saved_at)],
    ["trained", t("Learned from"), trained], ["label", t("Predicts"), model.label && `${model.label} = ${model.positive}`],
    ["threshold", t("Flagged from"), terms.threshold?.toFixed(2)],
    ["bands", t("Risk bands"), terms.band_medium && t`medium from ${terms.band_medium.toFixed(2)}, high from ${terms.band_high.toFixed(2)}`],
    ["fingerprint", t("Fingerprint"), model.fingerprint],
  ].filter(([, , value]) => value);
}

function drawFacts() {
  const list = place("facts"), found = facts(), text = JSON.stringify(found);
  if (list.dataset.drawn === text) return;
  list.dataset.drawn = text;
  list.replaceChildren(...found.map(([name, label, value]) => {
    const pair = document.createElement("div"), term = document.createElement("dt"), what = document.createElement("dd");
    what.dataset.testid = `model_${name}`;
    term.textContent = label;
    what.textContent = value;
    pair.append(term, what);
    return pair;
  }));
}

function drawQuality() {
  const known = parts.filter(([part]) => model.metrics?.[part]);
  setHidden(place("quality-panel"), known.length === 0);
  const head = place("quality").tHead.rows[0];
  while (head.cells.length > 1) head.lastElementChild.remove();
  for (const [, label] of known) {
    const cell = document.createElement("th");
    Object.assign(cell, { scope: "col", className: "number", textContent: label });
    head.append(cell);
  }
  const rows = Object.entries(figures).filter(([name]) => known.some(([part]) => typeof model.metrics[part][name] === "number"));
  place("quality").tBodies[0].replaceChildren();
  fillTable(place("quality"), rows.map(([name, [label, written]]) => [{ text: label, value: name }, ...known.map(([part]) => {
    const value = model.metrics[part][name];
    return { text: typeof value === "number" ? written(value) : format.nothing, value };
  })]));
}

function drawImportances() {
  const shown = model.importances.slice(0, importancesShown);
  setHidden(place("importances-panel"), shown.length === 0);
  setText(place("importances-aside"), model.importances.length > shown.length ? t`the ${shown.length} largest` : "");
  fillTable(place("importances"), shown.map(({ feature, importance }) => [{ text: feature, value: feature }, { text: format.percent(importance), value: importance }]));
  const largest = shown[0]?.importance ?? 1;
  shown.forEach(({ importance }, row) => place("importances").tBodies[0].rows[row].cells[1].style.setProperty("--share", importance / largest));
}

function draw() {
  setText(place("trouble"), "");
  for (const part of [drawFacts, drawQuality, drawImportances]) part();
}

async function refresh() {
  const fingerprint = snapshot?.model?.fingerprint;
  if (openTab() !== "model" || !fingerprint) return;
  if (asked === fingerprint) return model && drawFacts();  // a threshold may have been taken anew
  asked = fingerprint;
  try {
    model = await ask("/api/v1/model");
    draw();
  } catch (error) {
    asked = null;
    setText(place("trouble"), t`cannot be shown: ${error.message}`);
  }
}
onAddressChange(refresh);

export function drawModel(newest) {
  snapshot = newest;
  refresh();
}
