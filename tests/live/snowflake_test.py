#!/usr/bin/env python3
"""The Snowflake sink's statements and views against an emulator that runs them (snowduck, on DuckDB).

    snowflake_test.py PROGRAM

The emulator checks no login, knows no request ids and is slow: few rows. What it does not give is tested in tests/snowflake/.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/powerbi"))
import pbip  # noqa: E402

SERVICE = ROOT / "tests/services/snowflake"
CUSTOMERS, EVENTS = 40, 120
PIPELINE = """
[source]
type = "file"
path = {data}
[model]
path = {model}
[score]
value = "charges"
[[sink]]
type = "snowflake"
mode = "{mode}"
url = "{url}"
account = "myorg-test"
user = "churn"
private_key = "file:{key}"
database = "CHURN"
schema = "{schema}"
view = "{view}"
{more}
[refused]
type = "file"
path = "refused.jsonl"
[run]
state_dir = "state"
batch_rows = 50
"""


class Test:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        said = subprocess.run([SERVICE, "emulator", folder / "emulator"], check=True, stdout=subprocess.PIPE, text=True).stdout
        self.told = dict(line.split("=", 1) for line in said.splitlines())
        self.data = folder / "customers.csv"
        rows = [f"{number * 7 % CUSTOMERS:04},{('month', 'year', 'weekly')[number % 3]},{number % 70},{number / 8},No" for number in range(EVENTS)]
        rows[5] = "0035,\"it's \"\"quoted\"\", żółć 🐟\",,1e-3,No"
        self.data.write_text("\n".join(["customer,contract,tenure,charges,left", *rows]) + "\n")
        self.model = ROOT / "examples/two_trees/model"
        out = subprocess.run([program, "score", self.model, self.data, "--format", "jsonl", "--out", "-"], check=True, capture_output=True).stdout
        self.offline = [(row["key"], row["probability"][1], row["prediction"]) for row in map(json.loads, out.splitlines())]

    def ok(self, sentence):
        print(f"ok: {sentence}", flush=True)

    def ask(self, sql):
        request = urllib.request.Request(self.told["url"] + "/api/v2/statements", json.dumps({"statement": sql}).encode(),
                                         {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "test/1"})
        return json.load(urllib.request.urlopen(request, timeout=60))["data"]

    def run(self, mode, schema, view="", more=""):
        place = self.folder / schema
        place.mkdir(exist_ok=True)
        file = place / "pipeline.toml"
        file.write_text(PIPELINE.format(data=json.dumps(str(self.data)), model=json.dumps(str(self.model)), mode=mode, schema=schema, view=view,
                                        url=self.told["url"], key=self.told["key"], more=more))
        done = subprocess.run([self.program, "run", file, "--until-end"], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return place

    def compare(self, schema):
        events = self.ask(f'SELECT CUSTOMER_ID, PROBABILITY, PREDICTION FROM "CHURN"."{schema}"."CHURN_EVENTS" ORDER BY SOURCE_OFFSET')
        got = [(customer, float(probability), label) for customer, probability, label in events]
        assert got == self.offline, f"{len(got)} events differ from the {len(self.offline)} offline scores"
        newest = {customer: (probability, label) for customer, probability, label in self.offline}  # later rows are newer
        scores = self.ask(f'SELECT CUSTOMER_ID, PROBABILITY, PREDICTION FROM "CHURN"."{schema}"."CHURN_SCORES"')
        got = {customer: (float(probability), label) for customer, probability, label in scores}
        assert len(scores) == CUSTOMERS and got == newest, "churn_scores does not hold each customer's newest event"

    def original(self, schema, name):
        """The original's columns, and a prediction of 0.0 or 1.0 beside the class."""
        rows = self.ask(f'SELECT CUSTOMER, CONTRACT, TENURE, CHARGES, CHURN, PREDICTION FROM "CHURN"."{schema}"."{name}"')
        assert len(rows) == CUSTOMERS and all((row[4], float(row[5])) in (("No", 0.0), ("Yes", 1.0)) for row in rows), rows[:3]

    def merge(self):
        place = self.run("merge", "MERGED", "CHURN.CHURN")
        self.compare("MERGED")
        self.original("CHURN", "CHURN")
        odd = self.ask('SELECT CONTRACT, TENURE, EVENT_TIME FROM "CHURN"."MERGED"."CHURN_EVENTS" WHERE CONTRACT LIKE \'it%\'')
        assert odd[0][:2] == ['it\'s "quoted", żółć 🐟', None], odd
        shutil.rmtree(place / "state")
        self.ask('DELETE FROM "CHURN"."MERGED"."CHURN_POSITIONS"')  # nobody knows how far it came: all of it again
        self.run("merge", "MERGED", "CHURN.CHURN")
        self.compare("MERGED")
        self.ok(f"merge: {EVENTS} events of {CUSTOMERS} customers, twice, are there once; the newest of each in churn_scores; the view")

    def streaming(self):
        # The emulator appends to a table called as the pipe.
        place = self.run("streaming", "STREAMED", "ORIGINAL.CHURN", 'pipe = "CHURN_EVENTS"')
        self.compare("STREAMED")
        self.original("ORIGINAL", "CHURN")
        shutil.rmtree(place / "state")
        self.run("streaming", "STREAMED", "ORIGINAL.CHURN", 'pipe = "CHURN_EVENTS"')
        self.compare("STREAMED")
        self.ok("streaming: the same through a channel; a lost state folder doubles nothing; churn_scores as a view")

    def powerbi(self):
        """A Power BI project against the emulator's catalog: the view, and churn_scores of each mode without one."""
        for schema, table in (("MERGED", "CHURN.CHURN"), ("MERGED", "MERGED.CHURN_SCORES"), ("STREAMED", "ORIGINAL.CHURN"), ("STREAMED", "STREAMED.CHURN_SCORES")):
            place, (where, name) = self.folder / f"{schema}-{table}", table.split(".")
            place.mkdir()
            text = (self.folder / schema / "pipeline.toml").read_text()
            if where == schema:
                text = text.replace('view = "', 'view = ""  # ')
            (place / "pipeline.toml").write_text(text)
            done = subprocess.run([self.program, "powerbi", place / "pipeline.toml", "--out", place / "out"], capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            stored = dict(self.ask(f"SELECT COLUMN_NAME, DATA_TYPE FROM \"CHURN\".INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = '{where}' AND TABLE_NAME = '{name}'"))
            assert len(stored) > 10 and pbip.problems(place / "out", stored) == [], (stored, pbip.problems(place / "out", stored))
            kind = self.ask(f"SELECT TABLE_TYPE FROM \"CHURN\".INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = '{where}' AND TABLE_NAME = '{name}'")[0][0]
            query = pbip.Model(place / "out/Churn.SemanticModel").tables["CHURN"]["query"]
            assert f'[Name="{where}", Kind="Schema"]' in query and f'[Name="{name}", Kind="{"View" if kind == "VIEW" else "Table"}"]' in query, (kind, query)
            del stored["TENURE"]
            assert "column TENURE: the store has no column TENURE" in pbip.problems(place / "out", stored)
        self.ok("powerbi: its columns are those of the views and tables in both modes")

    def forgotten(self):
        """The view and tombstones: what came before one is hidden, what came back behind it is not."""
        topic, time = self.ask('SELECT SOURCE_TOPIC, EVENT_TIME FROM "CHURN"."STREAMED"."CHURN_EVENTS" WHERE CUSTOMER_ID = \'0000\' ORDER BY SOURCE_OFFSET DESC')[0]
        offsets = {customer: [int(row[0]) for row in self.ask(
            f'SELECT SOURCE_OFFSET FROM "CHURN"."STREAMED"."CHURN_EVENTS" WHERE CUSTOMER_ID = \'{customer}\' ORDER BY SOURCE_OFFSET')]
            for customer in ("0000", "0007", "0014")}
        gone = lambda customer, time, offset: self.ask(
            f'INSERT INTO "CHURN"."STREAMED"."CHURN_FORGOTTEN" VALUES (\'{customer}\', \'{time}\', \'{topic}\', 0, {offset})')
        gone("0000", "2100-01-01T00:00:00", offsets["0000"][-1] + 1)  # behind the last one: gone
        gone("0007", "2100-01-01T00:00:00", offsets["0007"][0] + 1)   # before the last one: came back
        gone("0014", "1970-01-01T00:00:00", offsets["0014"][-1] + 1)  # of an older time: a newer score stays
        shown = {row[0] for row in self.ask('SELECT CUSTOMER_ID FROM "CHURN"."STREAMED"."CHURN_SCORES"')}
        assert "0000" not in shown and {"0007", "0014"} <= shown and len(shown) == CUSTOMERS - 1, sorted(shown)
        self.ok("streaming: a tombstone hides its customer until a later event comes")

    def look(self):
        """The emulator has no IS_ROLE_IN_SESSION: our rights cannot be read, and that is no more than a note."""
        for schema in ("MERGED", "STREAMED"):
            done = subprocess.run([self.program, "run", self.folder / schema / "pipeline.toml", "--dry-run"], capture_output=True, text=True, timeout=120)
            said = done.stdout + done.stderr
            assert done.returncode == 0 and "are there, as the rows need them" in said, said
            assert "Its clock agrees with ours" in said and "Our rights cannot be read" in said, said
        self.ok("--dry-run: the clock is asked, rights that cannot be read are a note")

    def old(self):
        """Retention: what is older goes with the next start."""
        events = lambda: int(self.ask('SELECT COUNT(*) FROM "CHURN"."MERGED"."CHURN_EVENTS"')[0][0])
        assert events() > 0
        self.ask('UPDATE "CHURN"."MERGED"."CHURN_EVENTS" SET EVENT_TIME = CURRENT_TIMESTAMP() WHERE SOURCE_OFFSET BETWEEN 10 AND 20')
        kept = int(self.ask('SELECT COUNT(*) FROM "CHURN"."MERGED"."CHURN_EVENTS" WHERE SOURCE_OFFSET BETWEEN 10 AND 20')[0][0])
        self.run("merge", "MERGED", "CHURN.CHURN", 'retention = { churn_events = "30d" }')
        assert events() == kept, (events(), kept)
        self.ok("retention: old rows go, new ones stay")

    def backfill(self):
        """Rows that are gone come back, rows that are wrong are replaced, and no position moves."""
        for schema in ("MERGED", "STREAMED"):
            ask = lambda sql: self.ask(sql.replace("EVENTS", f'"CHURN"."{schema}"."CHURN_EVENTS"'))
            ask("DELETE FROM EVENTS WHERE SOURCE_OFFSET BETWEEN 20 AND 60")
            ask("UPDATE EVENTS SET PROBABILITY = -1 WHERE SOURCE_OFFSET < 10")
            for more in ([], ["--replace"]):
                done = subprocess.run([self.program, "backfill", self.folder / schema / "pipeline.toml", "--sink", "snowflake", "--from", "earliest", *more],
                                      capture_output=True, text=True, timeout=120)
                assert done.returncode == 0, done.stdout + done.stderr
                left = ask("SELECT COUNT(*) FROM EVENTS WHERE PROBABILITY = -1")[0][0]
                assert (int(left) == 0) == bool(more), left
            self.compare(schema)
        self.ok("backfill: gone rows come back, rows that are there stay, or are replaced, in both modes")

    def forget(self):
        """Behind the other cases: rows of one customer go out of each table, whatever their tombstones hide."""
        for schema, tables in (("MERGED", ["churn_scores", "churn_events"]), ("STREAMED", ["churn_events", "churn_forgotten"])):
            words = [self.program, "forget", self.folder / schema / "pipeline.toml", "0000"]
            count = lambda table: int(self.ask(f'SELECT COUNT(*) FROM "CHURN"."{schema}"."{table.upper()}" WHERE CUSTOMER_ID = \'0000\'')[0][0])
            expected = {table: count(table) for table in tables}
            assert all(expected.values()), expected
            for what, more in (("would go", ["--dry-run"]), ("erased", [])):
                done = subprocess.run([*words, *more], capture_output=True, text=True, timeout=120)
                said = done.stdout + done.stderr
                assert done.returncode == 0 and all(f"{rows} {what}: {table}" in said for table, rows in expected.items()), said
            assert not any(count(table) for table in tables)
        self.ok("forget: a customer's rows go out of each table of both modes")


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="churnstream-snowduck."))
    try:
        test = Test(program, folder)
        print("snowduck 0.3.0", flush=True)
        test.merge()
        test.streaming()
        test.powerbi()
        test.look()
        test.backfill()
        test.forgotten()
        test.forget()
        test.old()
    finally:
        if (folder / "emulator/server.json").exists():
            subprocess.run([SERVICE, "stop", folder / "emulator"], check=True)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
