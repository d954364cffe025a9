// A stream to look at: real customers, some of them broken, one with markup for a name, walked by the real program.

import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = new URL("../..", import.meta.url).pathname;
const customers = readFileSync(join(root, "data/telco.csv"), "utf8").split("\n").filter((line) => line !== "");
const markupAt = 2700;  // behind the moments and the screenshot
export const markupId = "<b onclick=alert(1)>0000-XSSXS</b>";

// One customer in forty is broken, in two ways; every fiftieth comes a second time with another charge.
function lines(from, to) {
  const made = [];
  for (let index = from; index < to; ++index) {
    const line = customers[1 + index];
    made.push(line);
    if (index % 40 === 7) made.push(line.split(",").slice(0, 5).join(","));
    if (index % 40 === 27) made.push(line.split(",").map((cell, column) => (column === 18 ? "twelve" : cell)).join(","));
    if (index % 50 === 3) made.push(line.split(",").map((cell, column) => (column === 18 ? "99.5" : cell)).join(","));
    if (index === markupAt) made.push(`"${markupId}",Female,1,No,No,1,Yes,Yes,Fiber optic,No,No,No,No,Yes,Yes,Month-to-month,Yes,Electronic check,118.7,118.7,Yes`);
  }
  return made;
}
export const isBroken = (line) => line.split(",").length < 21 || line.includes(",twelve,");

export class Stream {
  constructor(program, folder, { rows, rate }) {
    Object.assign(this, { program, folder, rate, port: 0, rowsWritten: rows, process: null, output: "", moreSinks: "", morePage: "" });
    this.input = join(folder, "customers.csv");
    this.store = join(folder, "churn.db");
    this.refusedFile = join(folder, "refused.jsonl");
    writeFileSync(this.input, [customers[0], ...lines(0, rows), ""].join("\n"));
  }

  train() {
    const recipe = join(root, "examples/origin/recipe.toml");
    const trained = spawnSync(this.program, ["train", recipe, "--out", join(this.folder, "model")], { encoding: "utf8" });
    if (trained.status !== 0) throw new Error(`train: exit ${trained.status}\n${trained.stderr}`);
  }

  // Starts the walk; the answer is the page's address, as the program prints it.
  async start() {
    const config = join(this.folder, "pipeline.toml");
    writeFileSync(config, `[source]
type = "file"
path = "customers.csv"
rate = ${this.rate}
follow = true
[decode]
format = "csv"
key = "customerID"
label = "Churn"
[model]
path = "model"
[score]
value = "MonthlyCharges"
[[sink]]
type = "sqlite"
path = "churn.db"
${this.moreSinks}
[refused]
type = "file"
path = "refused.jsonl"
[outcomes]
from = "column"
[page]
listen = "127.0.0.1:${this.port}"
title = "Telco customers"
currency = "$"
${this.morePage}
[run]
lanes = 1
state_dir = "state"
`);
    this.output = "";
    this.process = spawn(this.program, ["run", config], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on("data", (text) => (this.output += text));
    this.ended = new Promise((resolve) => this.process.on("exit", (code, signal) => resolve({ code, signal })));
    for (const end = Date.now() + 20_000; Date.now() < end && this.process.exitCode === null; await pause(50)) {
      const found = this.output.match(/http:\/\/127\.0\.0\.1:(\d+)\//);
      if (!found) continue;
      this.port = Number(found[1]);
      return found[0];
    }
    throw new Error(`the program printed no address:\n${this.output}`);
  }

  addRows(more) {
    appendFileSync(this.input, lines(this.rowsWritten, this.rowsWritten + more).join("\n") + "\n");
    this.rowsWritten += more;
  }
  dataLines() {
    return readFileSync(this.input, "utf8").split("\n").slice(1).filter((line) => line !== "");
  }

  // By its own id, never by name.
  async end(signal) {
    if (this.process === null || this.process.exitCode !== null || this.process.signalCode !== null) return null;
    this.process.kill(signal);
    return this.ended;
  }

  // What the page should show of the first `events` rows of the store.
  numbers(events) {
    return this.#storeSays(events);
  }
  // The newest row of every customer, as it lies in the store.
  customers() {
    return this.#storeSays("customers");
  }
  // Every row that was stored.
  events() {
    return this.#storeSays("events");
  }
  // What SQLite itself answers.
  sql(statement) {
    return this.#storeSays("sql", statement);
  }
  // Of customers whose outcome is stored: those whose probability reaches step / 100, and who left.
  outcomesFrom(step) {
    return this.#storeSays(`outcomes:${step}`);
  }
  notes() {
    return JSON.parse(readFileSync(join(this.folder, "model/churnstream.json"), "utf8"));
  }
  #storeSays(...what) {
    const asked = spawnSync("python3", [join(root, "tests/browser/store_numbers.py"), this.store, ...what.map(String)],
                            { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    if (asked.status !== 0) throw new Error(asked.stderr);
    return JSON.parse(asked.stdout);
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
