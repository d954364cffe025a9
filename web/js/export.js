// The filtered customers as a CSV file, in the order of the table. A cell that a spreadsheet would run as a formula gets
// an apostrophe in front.

import { filterOf } from "./address.js";
import { ask } from "./question.js";

const columns = ["customer_id", "risk_band", "probability", "prediction", "flagged", "value", "expected_loss", "event_time", "scored_at", "model"];
const customersMax = 200_000;  // what a spreadsheet still opens with ease

export function csvCell(value) {
  const text = value === null || value === undefined ? "" : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
export const csvLine = (cells) => cells.map(csvCell).join(",") + "\r\n";

export async function exportCustomers(state) {
  const params = filterOf(state), lines = [csvLine(columns)];
  params.set("limit", "500");
  params.set("sort", state.sort || "expected_loss");
  if (state.order) params.set("order", state.order);
  for (let count = 0; ;) {
    const page = await ask(`/api/v1/customers?${params}`);
    lines.push(...page.customers.map((customer) => csvLine(columns.map((name) => customer[name]))));
    count += page.customers.length;
    if (!page.next_cursor || count >= customersMax) {
      save(lines);
      return count;
    }
    params.set("cursor", page.next_cursor);
  }
}

function save(lines) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(lines, { type: "text/csv;charset=utf-8" }));
  link.download = `customers-${new Date().toISOString().slice(0, 10)}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
