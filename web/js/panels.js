// What stands below the cards and on the other tabs, behind the first numbers.

import { drawAtRisk } from "./at_risk_table.js";
import { drawCards } from "./cards.js";
import { loadCharts } from "./charts.js";
import { withChosen } from "./chosen.js";
import { drawCustomer } from "./customer_panel.js";
import { drawDrift } from "./drift_panel.js";
import "./filters.js";
import { drawFlowLine } from "./flow_line.js";
import { drawHeatMap } from "./heat_map.js";
import { drawHistogram } from "./histogram.js";
import { drawModel } from "./model_panel.js";
import { drawOriginal } from "./original_report.js";
import { drawRefused } from "./refused_panel.js";
import { drawSinks } from "./sinks_panel.js";
import "./tabs.js";
import "./theme_switch.js";
import { drawThreshold } from "./threshold.js";

export { loadCharts };

// The cards and the spread tell the customers that the filters choose, all others those of the snapshot.
export function drawPanels(snapshot) {
  const chosen = withChosen(snapshot);
  drawCards(chosen);
  for (const draw of [drawAtRisk, drawHeatMap, drawModel, drawOriginal, drawDrift, drawFlowLine, drawSinks, drawRefused, drawCustomer, drawThreshold]) draw(snapshot);
  drawHistogram(chosen);
}
