#!/usr/bin/env python3
"""Who really left, from a real topic: kept once each beside the scores, whatever comes twice, is broken or is killed.

    outcomes_test.py PROGRAM

Starts its own broker and its own model; fills topics with kcat and reads the store with Python, which are not ours.
"""
import argparse
import csv
import json
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from kafka_test import KAFKA, ROOT, TELCO, Test

sys.path.insert(0, str(ROOT / "tests/storm"))
import wire  # noqa: E402

PATIENCE_S = 60
CUSTOMERS = list(csv.DictReader(open(TELCO)))
PIPELINE = """
[source]
type = "kafka"
topic = "churn"
group = "{name}"
brokers = "{brokers}"
[model]
path = "model"
[[sink]]
type = "sqlite"
path = "{name}.db"
[refused]
type = "file"
path = "{name}-refused.jsonl"
[outcomes]
from = "topic"
{outcomes}
[run]
state_dir = "state-{name}"
"""


def told(customers):
    return [(one["customerID"], json.dumps({"customerID": one["customerID"], "Churn": one["Churn"]})) for one in customers]


class OutcomesTest(Test):
    def pipeline(self, name, outcomes):
        file = self.folder / f"{name}.toml"
        file.write_text(PIPELINE.format(name=name, brokers=self.brokers, outcomes=outcomes))
        return file

    def send(self, records, *words, topic="left"):
        subprocess.run(["kcat", "-P", "-b", self.brokers, "-t", topic, "-K", "\t", "-X", "partitioner=murmur2_random", *words], check=True,
                       input="".join(f"{key}\t{value}\n" for key, value in records).encode())

    def ask(self, sql):
        return sqlite3.connect(f"file:{self.folder / 'left.db'}?mode=ro", uri=True).execute(sql).fetchall()

    def holds(self, customers):
        kept = self.ask("SELECT customer_id, has_left FROM churn_outcomes ORDER BY customer_id")
        assert kept == sorted((one["customerID"], int(one["Churn"] == "Yes")) for one in customers), f"{len(kept)} outcomes are kept"

    def patient(self, what, is_so):
        give_up = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < give_up, f"{what}: not within {PATIENCE_S} s"
            time.sleep(0.1)

    def broker(self, action):
        subprocess.run([KAFKA, action, self.folder / "cluster"], check=True)

    def follower(self, pipeline):
        log = self.folder / "follow.log"
        return subprocess.Popen([self.program, "outcomes", pipeline, "--follow"], stdout=subprocess.PIPE, stderr=open(log, "wb"), text=True), log

    # What is proven.

    def a_missing_topic_is_found_before_it_is_needed(self, pipeline):
        said = self.run("run", pipeline, "--dry-run", code=2)
        assert "brings it from topic left at " + self.brokers in said and "outcomes\n  FAIL" in said and "no such topic" in said, said
        assert "no such topic" in self.run("outcomes", pipeline, code=2)
        self.topics("create", "left", "--partitions", "3")
        said = self.run("doctor", pipeline)
        assert "Topic left is there, 3 partitions; at most 0 records wait for churnstream outcomes, by group left.outcomes." in said, said
        self.ok("run --dry-run and doctor ask for the topic of outcomes")

    def each_record_is_kept_unscored_or_refused(self, pipeline):
        self.run("run", pipeline, "--until-end")
        self.holds([])
        first = CUSTOMERS[:400]
        self.send(told(first))
        self.send(told(first[:1]) + [("broken", '{"customerID": "broken", '), ("0000-NOBODY", '{"customerID": "0000-NOBODY", "Churn": "Yes"}')])
        self.send([(first[1]["customerID"], "")], "-Z")
        sum_of_all = "404 records = 401 kept + 1 of customers without a score + 2 refused\n"
        for words in ([], ["--from-start"]):
            said = self.run("outcomes", pipeline, *words, code=1)
            assert sum_of_all in said and said.count("refused: left/") == 2 and "it has no value (a tombstone)" in said, said
            self.holds(first)
        said = self.run("outcomes", pipeline)
        assert "0 records = 0 kept + 0 of customers without a score + 0 refused\n" in said, said
        self.holds(first)
        self.ok("every record is kept once, of a customer without a score, or refused with its position; none is read twice unless asked")

    def killed_between_store_and_offsets_it_reads_again_and_keeps_one_copy(self, pipeline):
        self.send(told(CUSTOMERS[400:]))
        lock = sqlite3.connect(self.folder / "left.db", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        process, log = self.follower(pipeline)
        try:
            # It has read some now and cannot store them; once it can, no broker hears of it. One that only
            # stood still would find the offsets in its socket later.
            self.patient("the store's trouble is told", lambda: "it is tried again" in log.read_text())
            self.broker("kill")
            lock.execute("ROLLBACK")
            self.patient("a transaction is stored", lambda: self.ask("SELECT count(*) FROM churn_outcomes") > [(400,)])
        finally:
            process.kill()
            process.wait()
            self.broker("restart")
        said = self.run("outcomes", pipeline)
        assert "6,643 records = 6,643 kept + 0 of customers without a score + 0 refused\n" in said, said
        self.holds(CUSTOMERS)
        assert "0 records" in self.run("outcomes", pipeline)
        self.ok("killed with -9 when outcomes were stored and their offsets were not, it reads them again, and each is there once")

    def it_follows_until_it_is_told_to_end(self, pipeline):
        someone = CUSTOMERS[0]
        assert someone["Churn"] == "No"
        process, log = self.follower(pipeline)
        try:
            for churn, has_left in (("Yes", 1), ("No", 0)):
                self.send(told([{**someone, "Churn": churn}]))
                self.patient("the correction", lambda: self.ask(f"SELECT has_left FROM churn_outcomes WHERE customer_id = '{someone['customerID']}'") == [(has_left,)])
            self.send([("broken", "no JSON")])
            self.patient("the refusal", lambda: "refused: left/" in log.read_text())
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
            process.wait()
        assert process.returncode == 0 and "3 records = 2 kept + 0 of customers without a score + 1 refused\n" in said, (process.returncode, said)
        assert "0 records" in self.run("outcomes", pipeline), "what it had kept is read again"
        self.holds(CUSTOMERS)
        self.ok("--follow keeps what comes, the last word holds, and SIGTERM ends it with an account and its offsets committed")

    def it_reads_partitions_that_come_while_it_follows(self, pipeline):
        process, log = self.follower(pipeline)
        try:
            self.send([("broken", "no JSON")], "-p", "0")
            self.patient("that it reads", lambda: "refused: left/0/" in log.read_text())
            wire.create_partitions(self.brokers, "left", 12)
            self.send([("broken", "no JSON")], "-p", "11")
            self.patient("the new partition", lambda: "refused: left/11/0" in log.read_text())
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0, log.read_text()
        finally:
            process.kill()
            process.wait()
        self.ok("--follow reads partitions that the topic gets meanwhile")

    def records_that_are_gone_are_told(self, pipeline):
        self.send([("broken", "no JSON")] * 3, "-p", "11")
        wire.delete_records(self.brokers, "left", {11: 3})
        said = self.run("outcomes", pipeline, code=1)
        assert "Records 1 to 2 of left/11 are gone" in said and "refused: left/11/3" in said and " 1 records = " in said, said
        self.ok("records that the topic lost before they were read are told by their offsets")

    def csv_with_times_comes_by_its_columns(self):
        pipeline = self.pipeline("csv", 'topic = "left.csv"\nformat = "csv"\ncolumns = ["who", "left_on", "gone"]')
        self.run("run", pipeline, "--until-end")
        self.topics("create", "left.csv")
        rows = "".join(f"{one['customerID']},{day},{one['Churn']}\n" for one in CUSTOMERS[:3] for day in ("2999-01-01", "1999-12-31"))
        self.produce("-", "--topic", "left.csv", "--key", "who", stdin=("who,left_on,gone\n" + rows).encode())
        said = self.run("outcomes", pipeline, "--customer", "who", "--label", "gone", "--time", "left_on")
        assert "6 records = 3 kept + 3 of customers without a score + 0 refused" in said, said
        self.ok("CSV records come by the columns that are named, each beside the newest score up to its time")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    program = parser.parse_args().program.resolve()
    with tempfile.TemporaryDirectory(prefix="churnstream-outcomes.") as folder:
        folder = pathlib.Path(folder)
        try:
            brokers = subprocess.run([KAFKA, "start", folder / "cluster"], check=True, capture_output=True, text=True).stdout.split("=")[1].split()[0]
            test = OutcomesTest(program, folder, brokers)
            test.run("train", ROOT / "examples/origin/recipe.toml", "--out", folder / "model")
            test.topics("create", "churn", "--partitions", "2")
            test.produce(TELCO, "--topic", "churn")
            pipeline = test.pipeline("left", 'topic = "left"')
            test.a_missing_topic_is_found_before_it_is_needed(pipeline)
            test.each_record_is_kept_unscored_or_refused(pipeline)
            test.killed_between_store_and_offsets_it_reads_again_and_keeps_one_copy(pipeline)
            test.it_follows_until_it_is_told_to_end(pipeline)
            test.it_reads_partitions_that_come_while_it_follows(pipeline)
            test.records_that_are_gone_are_told(pipeline)
            test.csv_with_times_comes_by_its_columns()
            print(f"{test.proven} things proven: 0 failed")
        finally:
            subprocess.run([KAFKA, "stop", folder / "cluster"], check=False)


if __name__ == "__main__":
    sys.exit(main())
