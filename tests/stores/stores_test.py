#!/usr/bin/env python3
"""Several stores at once, and what is done to them later: an optional one that fails, backfill, forget, retention.

  tests/stores/stores_test.py PROGRAM

Each test is a pipeline in a folder of its own, run by the real program into real stores: SQLite, JSON lines, Parquet.
"""
import csv
import gzip
import json
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
MODELS = {}  # trained once
HEADER, *CUSTOMERS = (ROOT / "data/telco.csv").read_text().splitlines()
SINKS = """
[[sink]]
type = "sqlite"
path = "churn.db"
[[sink]]
type = "file"
path = "scored.jsonl"
[[sink]]
type = "parquet"
path = "scored"
format = "csv"
compression = "gzip"
"""


def run(*arguments, **more):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120, **more)


def trained(trees):
    """A model of the origin's recipe, or one that answers otherwise."""
    if trees not in MODELS:
        folder = pathlib.Path(tempfile.mkdtemp(dir=SHARED.name))
        recipe = (ROOT / "examples/origin/recipe.toml").read_text().replace("../../data", str(ROOT / "data"))
        (folder / "recipe.toml").write_text(recipe.replace("numTrees = 20", f"numTrees = {trees}"))
        ran = run("train", folder / "recipe.toml", "--out", folder / "model")
        assert ran.returncode == 0, ran.stderr
        MODELS[trees] = folder / "model"
    return MODELS[trees]


class House:
    """A pipeline over the first customers of the demo's."""

    def __init__(self, test, rows=200, sinks=SINKS, trees=3):
        folder = tempfile.TemporaryDirectory()
        test.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.lines = CUSTOMERS[:rows]
        (self.folder / "customers.csv").write_text("\n".join([HEADER, *self.lines]) + "\n")
        self.write(sinks, trees)

    def write(self, sinks, trees=3):
        (self.folder / "pipeline.toml").write_text(f"""
[source]
type = "file"
path = "customers.csv"
[decode]
key = "customerID"
label = "Churn"
[model]
path = {json.dumps(str(trained(trees)))}
[score]
value = "MonthlyCharges"
{sinks}
[refused]
type = "file"
path = "refused.jsonl"
[run]
state_dir = "state"
batch_rows = 16
""")

    def stream(self):
        return run("run", self.folder / "pipeline.toml", "--until-end")

    def verb(self, verb, *arguments):
        return run(verb, self.folder / "pipeline.toml", *arguments)

    def wait_for_rows(self, rows):
        """Until the store has so many, at most 20 seconds; what is missing then, the test says."""
        for _ in range(200):
            try:
                if self.ask("SELECT count(*) FROM churn_events")[0][0] >= rows:
                    return
            except sqlite3.OperationalError:
                pass  # not there yet, or somebody writes it
            time.sleep(0.1)

    def ask(self, sql, database="churn.db"):
        store = sqlite3.connect(self.folder / database)
        try:
            return store.execute(sql).fetchall()
        finally:
            store.close()

    def change(self, sql, database="churn.db"):
        store = sqlite3.connect(self.folder / database)
        store.executescript(sql)
        store.close()

    def in_jsonl(self):
        return [json.loads(line)["customer_id"] for line in (self.folder / "scored.jsonl").read_text().splitlines()]

    def manifest(self):
        return [json.loads(line) for line in (self.folder / "scored/_manifest.jsonl").read_text().splitlines()]

    def in_closed_files(self):
        rows = []
        for line in self.manifest():
            with gzip.open(self.folder / "scored" / line["file"], "rt", newline="") as file:
                here = list(csv.DictReader(file))
            assert len(here) == line["rows"], line
            rows += [row["customer_id"] for row in here]
        return rows


def ids(lines):
    return [line.split(",")[0] for line in lines]


class SeveralStores(unittest.TestCase):
    def test_each_of_three_stores_holds_every_row_once(self):
        house = House(self)
        ran = house.stream()
        self.assertEqual(ran.returncode, 0, ran.stderr)
        wanted = sorted(ids(house.lines))
        self.assertEqual(sorted(row[0] for row in house.ask("SELECT customer_id FROM churn_events")), wanted)
        self.assertEqual(sorted(house.in_jsonl()), wanted)
        self.assertEqual(sorted(house.in_closed_files()), wanted)

    def test_an_optional_store_that_is_wrong_is_left_out_counted_and_brought_later(self):
        house = House(self)
        optional = SINKS + '[[sink]]\ntype = "sqlite"\nname = "second"\npath = "second.db"\nrequired = false\n'
        house.write(optional)
        (house.folder / "second.db").write_text("this is no database")
        ran = house.stream()
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("200 rows read = 200 delivered", ran.stderr.replace(",", ""))
        self.assertIn('the optional sink "second" was left out of 200 rows, --from 0:1 --to 0:201', ran.stderr)
        (house.folder / "second.db").unlink()
        ran = house.verb("backfill", "--sink", "second", "--from", "0:1", "--to", "0:201")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        same = "SELECT customer_id, probability, source_offset FROM churn_events ORDER BY source_offset"
        self.assertEqual(house.ask(same, "second.db"), house.ask(same))

    def test_a_required_store_that_is_wrong_starts_nothing(self):
        house = House(self)
        (house.folder / "churn.db").write_text("this is no database")
        ran = house.stream()
        self.assertEqual(ran.returncode, 2, ran.stderr)
        self.assertEqual((house.folder / "scored.jsonl").read_text(), "")

    def test_an_optional_store_that_is_locked_for_a_while_goes_on_when_it_is_free(self):
        house = House(self)
        house.write('[[sink]]\ntype = "file"\npath = "scored.jsonl"\n'
                    '[[sink]]\ntype = "sqlite"\npath = "churn.db"\nrequired = false\n')
        self.assertEqual(house.stream().returncode, 0)
        (house.folder / "customers.csv").write_text("\n".join([HEADER, *CUSTOMERS[:600]]) + "\n")
        holder = sqlite3.connect(house.folder / "churn.db", isolation_level=None, check_same_thread=False)
        holder.execute("BEGIN IMMEDIATE")
        stream = subprocess.Popen([PROGRAM, "run", house.folder / "pipeline.toml"], stderr=subprocess.PIPE, text=True)
        try:
            for _ in range(200):  # the required one is not held up
                if len(house.in_jsonl()) == 600:
                    break
                time.sleep(0.1)
            self.assertEqual(len(house.in_jsonl()), 600)
        finally:
            holder.execute("ROLLBACK")
            holder.close()
            house.wait_for_rows(201)
            stream.send_signal(signal.SIGINT)
            said = stream.communicate(timeout=60)[1]
        self.assertEqual(stream.returncode, 0, said)
        self.assertIn("left out of", said)
        self.assertGreater(house.ask("SELECT count(*) FROM churn_events")[0][0], 200, said)


class Backfill(unittest.TestCase):
    def scores(self, house):
        return house.ask("SELECT customer_id, probability, model FROM churn_events ORDER BY source_offset")

    def test_rows_that_are_there_stay_and_what_is_missing_comes(self):
        house = House(self)
        house.stream()
        before = self.scores(house)
        house.change("DELETE FROM churn_events WHERE source_offset BETWEEN 50 AND 99;"
                     "DELETE FROM churn_scores WHERE source_offset BETWEEN 50 AND 99")
        ran = house.verb("backfill", "--sink", "sqlite", "--from", "40", "--to", "120")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("80 rows read = 80 delivered + 0 refused", ran.stderr)
        self.assertEqual(self.scores(house), before)
        self.assertEqual(house.ask("SELECT count(*) FROM churn_scores"), [(200,)])

    def test_only_the_stretch_is_written_and_positions_stay(self):
        house = House(self)
        house.stream()
        positions = house.ask("SELECT * FROM churn_positions")
        house.change("DELETE FROM churn_events; DELETE FROM churn_scores")
        ran = house.verb("backfill", "--sink", "sqlite", "--from", "0:10", "--to", "0:20")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(house.ask("SELECT min(source_offset), max(source_offset), count(*) FROM churn_events"),
                         [(10, 19, 10)])
        self.assertEqual(house.ask("SELECT * FROM churn_positions"), positions)
        self.assertEqual(house.stream().returncode, 0)
        self.assertEqual(house.ask("SELECT count(*) FROM churn_events"), [(10,)], "the stream skipped or repeated")

    def test_replace_scores_anew_by_the_present_model(self):
        house = House(self)
        house.stream()
        before = self.scores(house)
        house.write(SINKS, trees=5)
        for arguments, changed in ((), 0), (("--replace",), 100):
            ran = house.verb("backfill", "--sink", "sqlite", "--from", "0:1", "--to", "0:101", *arguments)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            after = self.scores(house)
            self.assertEqual(sum(a[2] != b[2] for a, b in zip(after, before)), changed)
            scores = house.ask("SELECT count(*) FROM churn_scores s JOIN churn_events e USING (customer_id)"
                               " WHERE s.model = e.model AND s.probability = e.probability")
            self.assertEqual(scores, [(200,)], "both tables say the same")

    def test_again_and_beside_a_stream_changes_nothing(self):
        house = House(self)
        stream = subprocess.Popen([PROGRAM, "run", house.folder / "pipeline.toml"], stderr=subprocess.DEVNULL)
        try:
            house.wait_for_rows(200)
            before = house.ask("SELECT * FROM churn_events ORDER BY source_offset")
            for _ in range(2):
                ran = house.verb("backfill", "--sink", "sqlite", "--from", "earliest")
                self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertEqual(house.ask("SELECT * FROM churn_events ORDER BY source_offset"), before)
        finally:
            stream.send_signal(signal.SIGINT)
            self.assertEqual(stream.wait(30), 0)

    def test_what_cannot_be_done_says_so(self):
        house = House(self)
        for arguments, words in (
                (("--sink", "parquet", "--from", "earliest"), "in the order of the stream alone"),
                (("--sink", "nobody", "--from", "earliest"), "it has sqlite, file, parquet"),
                (("--sink", "sqlite", "--from", "yesterday"), "is no place in the source"),
                (("--sink", "sqlite", "--from", "2026-01-31T08:00:00Z"), "numbers of records")):
            ran = house.verb("backfill", *arguments)
            self.assertEqual(ran.returncode, 2, ran.stderr)
            self.assertIn(words, ran.stderr)


class Forget(unittest.TestCase):
    def test_a_customer_is_gone_from_every_store_and_nobody_else(self):
        house = House(self)
        customer, other = ids(house.lines)[7], ids(house.lines)[8]
        broken = [customer + ",broken", other + ",broken", "x" + customer + ",broken"]
        (house.folder / "customers.csv").write_text("\n".join([HEADER, *house.lines, *broken]) + "\n")
        house.stream()
        self.assertEqual(len((house.folder / "refused.jsonl").read_text().splitlines()), 3)
        looked = house.verb("forget", customer, "--dry-run")
        self.assertEqual(looked.returncode, 0, looked.stderr + looked.stdout)
        for line in ('sink "sqlite": 1 would go: churn_scores', 'sink "sqlite": 1 would go: churn_events',
                     'sink "file": 1 would go: records', 'sink "parquet": 1 would go: closed files',
                     "refused rows: 1 would go: refused rows"):
            self.assertIn(line, looked.stdout)
        self.assertIn(customer, house.in_jsonl(), "a dry run changes nothing")
        ran = house.verb("forget", customer)
        self.assertEqual(ran.returncode, 0, ran.stderr + ran.stdout)
        self.assertIn('sink "parquet": 1 erased: closed files', ran.stdout)
        left = sorted(set(ids(house.lines)) - {customer})
        for table in "churn_scores", "churn_events":
            self.assertEqual(sorted(row[0] for row in house.ask(f"SELECT customer_id FROM {table}")), left)
        self.assertEqual(sorted(house.in_jsonl()), left)
        self.assertEqual(sorted(house.in_closed_files()), left)
        self.assertEqual(len((house.folder / "refused.jsonl").read_text().splitlines()), 2)
        for path in house.folder.rglob("*"):
            if path.is_file() and path.name not in ("customers.csv", "refused.jsonl"):
                self.assertNotIn(customer.encode(), path.read_bytes(), path)
        again = house.verb("forget", customer)
        self.assertIn('sink "sqlite": 0 erased: churn_scores', again.stdout)
        ran = house.stream()  # positions stand as they did: nobody comes back, and what is new is stored
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertNotIn(customer, house.in_jsonl())

    def test_a_store_that_cannot_be_erased_is_named_and_the_others_are(self):
        house = House(self, rows=20)
        house.stream()
        customer = ids(house.lines)[3]
        (house.folder / "scored/_manifest.jsonl").write_text("{}\n" * 40)
        ran = house.verb("forget", customer)
        self.assertEqual(ran.returncode, 1, ran.stdout)
        self.assertIn('sink "parquet": nothing was erased', ran.stdout)
        self.assertNotIn(customer, house.in_jsonl())

    def test_files_of_a_running_stream_are_left_and_sqlite_is_not(self):
        house = House(self, rows=20)
        customer = ids(house.lines)[3]
        stream = subprocess.Popen([PROGRAM, "run", house.folder / "pipeline.toml"], stderr=subprocess.DEVNULL)
        try:
            house.wait_for_rows(20)
            ran = house.verb("forget", customer)
            self.assertEqual(ran.returncode, 1)
            self.assertIn('sink "sqlite": 1 erased: churn_events', ran.stdout)
            self.assertIn("another process is writing it", ran.stdout)
            self.assertIn("stop the stream", ran.stdout)
        finally:
            stream.send_signal(signal.SIGINT)
            self.assertEqual(stream.wait(30), 0)


if __name__ == "__main__":
    SHARED = tempfile.TemporaryDirectory()
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
