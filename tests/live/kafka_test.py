#!/usr/bin/env python3
"""The whole way through a real broker: topics, produce, a stream, and every score equal to `churnstream score`.

    kafka_test.py PROGRAM [--brokers-of kraft|zookeeper]

Starts its own broker and its own model; reads topics with kcat, which is not ours.
"""
import argparse
import csv
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KAFKA = ROOT / "tests/services/kafka"
TELCO = ROOT / "data/telco.csv"
STREAM = ("churn", "churn.scored", "churn.refused")


class Test:
    def __init__(self, program, folder, brokers):
        self.program, self.folder, self.brokers, self.proven = program, folder, brokers, 0

    def run(self, *words, code=0, stdin=None):
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, input=stdin, timeout=120)
        said = (done.stdout + done.stderr).decode(errors="replace")
        assert done.returncode == code, f"{words} ended with {done.returncode}, not {code}:\n{said}"
        return said

    def topics(self, *words, **more):
        return self.run("topics", *words, "--brokers", self.brokers, **more)

    def fresh_topics(self, partitions=4):
        """Those of the stream, empty. Under ZooKeeper a deleted topic's name is free only a little later."""
        for topic in STREAM:
            self.topics("delete", topic, "--yes")
        for topic in STREAM:
            words = [self.program, "topics", "create", topic, "--partitions", str(partitions), "--brokers", self.brokers]
            for _ in range(40):
                done = subprocess.run(words, capture_output=True, text=True)
                if done.returncode == 0:
                    break
                assert "already" in done.stderr, done.stderr
                time.sleep(0.5)
            else:
                raise AssertionError(f"{topic} was not gone within 20 s")

    def produce(self, *words, **more):
        return self.run("produce", *words, "--brokers", self.brokers, **more)

    def read(self, topic, form="%k\x1f%s\x1e"):
        """Committed records of a topic: lists of the parts of `form`."""
        out = subprocess.run(["kcat", "-C", "-e", "-q", "-b", self.brokers, "-t", topic, "-o", "beginning", "-X",
                              "isolation.level=read_committed", "-f", form], check=True, capture_output=True, timeout=60).stdout
        return [record.split(b"\x1f") for record in out.split(b"\x1e")[:-1]]

    def ok(self, sentence):
        self.proven += 1
        print(f"ok: {sentence}", flush=True)

    def pipeline(self, example, model, group):
        text = (ROOT / "examples" / example / "pipeline.toml").read_text()
        text = text.replace("127.0.0.1:9092", self.brokers).replace('"../telco/model"', json.dumps(str(model)))
        text = text.replace('group = "churnstream"', f'group = "{group}"')
        file = self.folder / f"{group}.toml"
        file.write_text(text + f'[run]\ninstance = "{group}"\nstate_dir = "state-{group}"\nlanes = 2\n')
        return file

    # Topics.

    def topics_are_made_described_and_deleted(self):
        self.topics("create", "t", "--partitions", "3", "--config", "retention.ms=1000000")
        assert "there is a topic of this name already" in self.topics("create", "t", code=2)
        told = json.loads(self.topics("describe", "t", "--json"))
        assert len(told["partitions"]) == 3 and told["config"] == {"retention.ms": "1000000"}, told
        assert "there is no such topic" in self.topics("describe", "u", code=2)
        assert "nobody is there to ask" in self.topics("delete", "t", code=2, stdin=b"")
        self.topics("delete", "t", "--yes")
        assert "t " not in [line.split(" ")[0] + " " for line in self.topics("list").splitlines()]
        assert "replication" in self.topics("create", "t", "--replication", "9", code=2).lower()
        self.ok("topics are made, described, deleted, and refused with a reason")

    # Produce.

    def rows_are_sent_as_they_are(self):
        self.topics("create", "rows", "--partitions", "2")
        said = self.produce(TELCO, "--topic", "rows")
        assert "7,043 rows sent, 7,043 acknowledged" in said, said
        lines = TELCO.read_bytes().split(b"\n")[1:-1]
        sent = self.read("rows")
        assert sorted(value for _, value in sent) == sorted(lines), "the values are not the lines"
        assert all(value.split(b",")[0] == key for key, value in sent), "the keys are not the customers"
        self.ok("produce sends each line as it is, keyed by customer")

    def rows_come_from_json_and_standard_input(self):
        self.topics("create", "json")
        rows = b'{"customerID": "a", "x": 1}\n{"customerID": "b", "x": 2}\n'
        self.produce("-", "--format", "jsonl", "--topic", "json", stdin=rows)
        assert self.read("json") == [[b"a", b'{"customerID": "a", "x": 1}'], [b"b", b'{"customerID": "b", "x": 2}']]
        self.produce("-", "--topic", "json", "--drop", "y", "--key", "x", stdin=b"x,y\n1,2\n")
        assert self.read("json")[-1] == [b"1", b"1"], self.read("json")
        assert "no column \"z\"" in self.produce("-", "--topic", "json", "--key", "z", stdin=b"x,y\n1,2\n", code=2)
        assert "no such topic" in self.produce(TELCO, "--topic", "nowhere", code=2)
        self.ok("produce reads JSON lines and standard input, and says what is wrong")

    def rows_come_from_parquet(self, model):
        self.topics("create", "parquet")
        file = next(model.glob("stages/*StringIndexer*/data/*.parquet"))
        said = self.produce(file, "--topic", "parquet", "--send-header")
        sent = [value for _, value in self.read("parquet")]
        assert sent[0] == b"labelsArray" and len(sent) == 2 and b"Fiber optic" in sent[1], (said, sent)
        self.ok("produce reads Parquet: Spark's own, of a saved StringIndexerModel")

    def the_originals_stream_is_sent_byte_for_byte(self):
        self.topics("create", "churn")
        few = b"\n".join(TELCO.read_bytes().split(b"\n")[:40]) + b"\n"
        self.produce("-", "--topic", "churn", "--as-original", "--rate", "200", stdin=few)
        values = [value for _, value in self.read("churn")]
        assert b"".join(values) == few and len(values) == 40, "not the lines with their ends"
        assert all(key == b"" for key, _ in self.read("churn")), "a record has a key"
        self.ok("produce --as-original sends header line, line ends and all, without keys")

    # Streams.

    def offline(self, model):
        out = subprocess.run([self.program, "score", model, TELCO, "--format", "jsonl", "--out", "-"], check=True,
                             capture_output=True).stdout
        return {row["key"]: (row["probability"][1], row["prediction"]) for row in map(json.loads, out.splitlines())}

    def scored(self):
        rows = [json.loads(value) for _, value in self.read("churn.scored")]
        return {row["customer_id"]: (row["probability"], row["prediction"]) for row in rows}, len(rows), rows

    def the_originals_stream_is_scored(self, model):
        for topic in ("churn.scored", "churn.refused"):
            self.topics("create", topic, "--partitions", "2")
        said = self.run("run", self.pipeline("original_stream", model, "original"), "--until-end")
        assert "39 rows read = 39 delivered + 0 refused + 0 under way; skipped: header 1" in said, said
        scores, count, rows = self.scored()
        offline = self.offline(model)
        assert count == 39 and all(offline[key] == score for key, score in scores.items()), "other scores than offline"
        assert all("Churn" not in row for row in rows), "the label is in a scored record"
        self.ok("the original's own stream is scored, header and label taken off at the door")

    def a_stream_is_scored_exactly_once(self, model):
        self.fresh_topics()
        self.produce(TELCO, "--topic", "churn")
        self.produce("-", "--topic", "churn", "--send-header", "--key", "customerID", stdin=b"customerID,x\ntoo,few\n")
        pipeline = self.pipeline("kafka_to_kafka", model, "whole")
        assert "exactly once" in self.run("run", pipeline, "--check")
        said = self.run("run", pipeline, "--until-end")
        assert "7,045 rows read = 7,043 delivered + 2 refused + 0 under way" in said, said
        assert "0 rows read" in self.run("run", pipeline, "--until-end"), "a second run reads again"
        scores, count, _ = self.scored()
        assert count == 7043 and scores == self.offline(model), "other scores than offline"
        refused = self.read("churn.refused", "%k\x1f%s\x1f%h\x1e")
        assert sorted(value for _, value, _ in refused) == [b"customerID,x", b"too,few"], refused
        assert all(b"churnstream.refused.stage=decode" in headers for _, _, headers in refused), refused
        groups = json.loads(self.topics("describe", "churn", "--json"))["groups"]
        committed = sum(groups[0]["committed"].values())
        assert committed == 7045, groups
        self.ok("7,043 customers are scored once, two bad rows refused with their bytes, the offsets committed")

    def at_least_once_into_kafka_and_sqlite(self, model):
        pipeline = self.pipeline("kafka_to_kafka", model, "plain")
        pipeline.write_text(pipeline.read_text().replace('topic = "churn.scored"\n', 'topic = "churn.scored"\n'
                            'delivery = "at_least_once"\ncolumns = ["customer_id", "probability"]\nformat = "csv"\n'
                            '[[sink]]\ntype = "sqlite"\npath = "churn.db"\n'))
        before = len(self.read("churn.scored"))
        said = self.run("run", pipeline, "--until-end")
        assert "7,045 rows read = 7,043 delivered + 2 refused" in said, said
        new = self.read("churn.scored")
        assert len(new) == before + 7043 and b"," in min(value for _, value in new), "the rows are not there"
        stored = subprocess.run(["sqlite3", self.folder / "churn.db", "SELECT count(*) FROM churn_events"], check=True,
                                capture_output=True, text=True).stdout.strip()
        assert stored == "7043", stored
        self.ok("at least once into a topic as CSV, and exactly once into SQLite beside it")

    def latest_is_the_end_at_the_first_start(self, model):
        self.fresh_topics()
        self.produce(TELCO, "--topic", "churn")
        pipeline = self.pipeline("kafka_to_kafka", model, "from_the_end")
        pipeline.write_text(pipeline.read_text().replace('topic = "churn"\n', 'topic = "churn"\nstart = "latest"\n', 1))
        assert "0 rows read" in self.run("run", pipeline, "--until-end")
        self.produce(TELCO, "--topic", "churn")
        said = self.run("run", pipeline, "--until-end")
        assert "7,043 rows read" in said, said
        self.ok("a group that started at the latest records reads all that came since, also while it did not run")

    # Refused rows.

    def watermarks(self, topic):
        return [(part["low"], part["high"]) for part in json.loads(self.topics("describe", topic, "--json"))["partitions"]]

    def a_dry_run_looks_and_touches_nothing(self, model):
        pipeline = self.pipeline("kafka_to_kafka", model, "dry")
        before = [self.watermarks(topic) for topic in ("churn", "churn.scored", "churn.refused")]
        said = self.run("run", pipeline, "--dry-run")
        assert "7,045 records would be read" in said and "group dry has committed nothing" in said, said
        assert "Topic churn.refused is there" in said and not (self.folder / "state-dry").exists(), said
        assert before == [self.watermarks(topic) for topic in ("churn", "churn.scored", "churn.refused")]
        assert "dry" not in [group["group"] for group in json.loads(self.topics("describe", "churn", "--json"))["groups"]]
        pipeline.write_text(pipeline.read_text().replace('"churn.scored"', '"nowhere"'))
        assert "there is no such topic" in self.run("run", pipeline, "--dry-run", code=2)
        self.ok("a dry run asks the brokers, says what would be read, and leaves no trace")

    def refused_rows_are_sent_again_after_a_fix(self, model):
        self.fresh_topics()
        header, *lines = TELCO.read_text().splitlines()
        few = "".join(f"{line.split(',')[0]}\t{line}\n" for line in lines[:300])
        subprocess.run(["kcat", "-P", "-b", self.brokers, "-t", "churn", "-K", "\t", "-X", "partitioner=murmur2_random", "-H",
                        "trace=\xffabc"], check=True,
                       input=few.encode())
        right = self.pipeline("kafka_to_kafka", model, "fixed")
        wrong = self.folder / "unfixed.toml"  # a column too many is expected: every row is refused
        columns = json.dumps(header.split(",")[:-1] + ["Region", "City", "Churn"])
        wrong.write_text(right.read_text().replace("[model]", f"[decode]\ncolumns = {columns}\n[model]"))
        assert "300 rows read = 0 delivered + 300 refused" in self.run("run", wrong, "--until-end")
        told = self.run("refused", "list", right)
        assert "300 refused rows, not sent again yet" in told and "decode: it has 21 fields and not 23" in told, told
        every = [json.loads(line) for line in self.run("refused", "list", right, "--json").splitlines()]
        assert {row["raw"] for row in every} == set(lines[:300]), "the bytes are not those that came"
        assert all(row["headers"] == [{"name": "trace", "value_base64": "w79hYmM="}] for row in every), every[0]
        assert "300 rows sent again to topic churn" in self.run("refused", "replay", right)
        assert "0 rows sent again" in self.run("refused", "replay", right), "sent twice"
        again = self.read("churn", "%k\x1f%s\x1f%h\x1f%T\x1e")
        assert len(again) == 600, len(again)
        first, second = ({(key, value, time) for key, value, headers, time in again if (b"replayed" in headers) is sent_again}
                         for sent_again in (False, True))
        assert first == second, "key, value or time have changed"
        assert "300 rows read = 300 delivered + 0 refused" in self.run("run", right, "--until-end")
        scores, count, _ = self.scored()
        offline = self.offline(model)
        assert count == 300 and all(offline[key] == score for key, score in scores.items()), "other scores than offline"
        assert "No row is refused that was not sent again" in self.run("refused", "list", right)
        self.ok("300 refused rows are listed, sent again once with key, headers and time, and scored after a fix")

    def refused_rows_of_a_file_are_sent_again(self, model):
        pipeline = self.pipeline("kafka_to_kafka", model, "file")
        text = pipeline.read_text()
        before, _, rest = text.partition("[refused]")
        pipeline.write_text(before + '[refused]\ntype = "file"\npath = "refused-file.jsonl"\n[run]' + rest.partition("[run]")[2])
        self.produce("-", "--topic", "churn", stdin=b"customerID,x\nk9,few\n")
        assert "1 refused" in self.run("run", pipeline, "--until-end")
        assert "1 rows sent again" in self.run("refused", "replay", pipeline)
        assert "0 rows sent again" in self.run("refused", "replay", pipeline)
        sent = [(key, value) for key, value in self.read("churn") if key == b"k9"]
        assert sent == [(b"k9", b"k9,few")] * 2, sent
        self.ok("refused rows of a file go back to their topic with the key they came with")

    def json_in_an_envelope_is_scored_like_csv(self, model):
        """As Debezium sends changes: the row under payload.after, a deletion with none, then a tombstone."""
        self.fresh_topics()
        with open(TELCO, newline="") as file:
            customers = list(csv.DictReader(file))
        records = []
        for customer in customers:
            row = {**customer, "SeniorCitizen": int(customer["SeniorCitizen"]), "tenure": int(customer["tenure"]),
                   "MonthlyCharges": float(customer["MonthlyCharges"])}
            records.append((customer["customerID"], json.dumps({"payload": {"op": "c", "before": None, "after": row}})))
        records.append((customers[0]["customerID"], json.dumps({"payload": {"op": "d", "before": {}, "after": None}})))
        records.append(("broken", '{"payload": {"after": {"customerID": "broken", "tenure": '))
        subprocess.run(["kcat", "-P", "-b", self.brokers, "-t", "churn", "-K", "\t", "-X", "partitioner=murmur2_random"], check=True,
                       input="".join(f"{key}\t{value}\n" for key, value in records).encode())
        pipeline = self.pipeline("kafka_to_kafka", model, "json")
        pipeline.write_text(pipeline.read_text().replace("[model]", '[decode]\nformat = "json"\nroot = "payload.after"\n[model]'))
        said = self.run("run", pipeline, "--until-end")
        assert "7,044 rows read = 7,043 delivered + 1 refused + 0 under way; skipped: delete 1" in said, said
        scores, count, _ = self.scored()
        assert count == 7043 and scores == self.offline(model), "other scores than offline"
        assert "decode: " in self.run("refused", "list", pipeline)
        self.ok("7,043 customers as JSON in Debezium's envelope get the scores that they get as CSV")

    def a_tombstone_forgets_the_customer(self, model):
        pipeline = self.pipeline("kafka_to_kafka", model, "forget")
        pipeline.write_text(pipeline.read_text().replace("[refused]", '[[sink]]\ntype = "sqlite"\npath = "forget.db"\n[refused]'))
        gone = TELCO.read_text().splitlines()[1].split(",")[0]
        subprocess.run(["kcat", "-P", "-Z", "-b", self.brokers, "-t", "churn", "-K", ":", "-X", "partitioner=murmur2_random"], check=True, input=f"{gone}:\n".encode())
        assert "tombstone 1" in self.run("run", pipeline, "--until-end")
        count = subprocess.run(["sqlite3", self.folder / "forget.db", f"SELECT count(*), sum(customer_id = '{gone}') FROM churn_scores"],
                               check=True, capture_output=True, text=True).stdout.strip()
        assert count == "299|0", count
        sizes = [int(size) for key, size in self.read("churn.scored", "%k\x1f%S\x1e") if key == gone.encode()]
        assert sizes[-1] == -1, sizes
        self.ok("a tombstone takes the customer out of the store and is passed on")


    # Looking after stores.

    def past_rows_of_a_topic_come_into_a_store_and_the_group_stays(self, model):
        self.fresh_topics(3)
        self.produce(TELCO, "--topic", "churn")
        pipeline = self.pipeline("kafka_to_kafka", model, "past")
        pipeline.write_text(pipeline.read_text().replace("[refused]", '[[sink]]\ntype = "sqlite"\npath = "past.db"\n[refused]'))
        self.run("run", pipeline, "--until-end")
        group = lambda: json.loads(self.topics("describe", "churn", "--json"))["groups"]
        database = sqlite3.connect(self.folder / "past.db", isolation_level=None)
        ask = lambda sql: database.execute(sql).fetchall()
        scores = "SELECT customer_id, probability FROM churn_scores ORDER BY 1"
        events, places = "SELECT * FROM churn_events ORDER BY source_partition, source_offset", "SELECT * FROM churn_positions"
        before = group(), ask(scores), ask(events), ask(places), self.watermarks("churn.scored")
        ask("DELETE FROM churn_events WHERE source_partition = 1 AND source_offset BETWEEN 100 AND 899")
        ask("DELETE FROM churn_events WHERE source_partition = 2 AND source_offset BETWEEN 5 AND 6")
        said = self.run("backfill", pipeline, "--sink", "sqlite", "--from", "1:100,2:5", "--to", "1:900,2:7")
        assert "802 rows read = 802 delivered + 0 refused" in said, said
        same_but_scored_at = lambda rows: [row[:8] + row[9:] for row in rows]
        after = group(), ask(scores), ask(events), ask(places), self.watermarks("churn.scored")
        assert same_but_scored_at(after[2]) == same_but_scored_at(before[2]), "other events than before"
        assert after[:2] + after[3:] == before[:2] + before[3:], "something else changed"
        ask("DELETE FROM churn_events")
        said = self.run("backfill", pipeline, "--sink", "sqlite", "--from", "1970-01-01T00:00:00Z", "--to", "latest")
        assert "7,043 rows read = 7,043 delivered" in said, said
        assert same_but_scored_at(ask(events)) == same_but_scored_at(before[2]), "other events than before"
        said = self.run("backfill", pipeline, "--sink", "sqlite", "--from", "2999-01-01T00:00:00Z")
        assert "No record lies" in said, said
        assert "no partition 3" in self.run("backfill", pipeline, "--sink", "sqlite", "--from", "3:0", code=2)
        assert group() == before[0], "the group moved"
        self.ok("past rows of a topic come by offset and by time; no offset, position or other sink moves")

    def a_customer_is_forgotten_by_a_tombstone(self, model):
        pipeline, customer = self.folder / "past.toml", TELCO.read_text().splitlines()[5].split(",")[0]
        said = self.run("forget", pipeline, customer, code=1)
        assert 'sink "kafka": 1 erased: a tombstone in topic churn.scored' in said and "is not compacted" in said, said
        sizes = [int(size) for key, size in self.read("churn.scored", "%k\x1f%S\x1e") if key == customer.encode()]
        assert sizes[-1] == -1 and len(sizes) > 1, sizes
        self.ok("a customer is forgotten by a tombstone, and what stays in the topics is named")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--brokers-of", choices=["kraft", "zookeeper"], default="kraft")
    arguments = parser.parse_args()
    program = arguments.program.resolve()
    with tempfile.TemporaryDirectory(prefix="churnstream-kafka.") as folder:
        folder = pathlib.Path(folder)
        cluster = folder / "cluster"
        options = ["--zookeeper"] if arguments.brokers_of == "zookeeper" else []
        brokers = subprocess.run([KAFKA, "start", cluster, *options], check=True, capture_output=True,
                                 text=True).stdout.split("=")[1].split()[0]
        try:
            test = Test(program, folder, brokers)
            model = folder / "model"
            test.run("train", ROOT / "examples/origin/recipe.toml", "--out", model)
            test.topics_are_made_described_and_deleted()
            test.rows_are_sent_as_they_are()
            test.rows_come_from_json_and_standard_input()
            test.the_originals_stream_is_sent_byte_for_byte()
            test.the_originals_stream_is_scored(model)
            test.a_stream_is_scored_exactly_once(model)
            test.at_least_once_into_kafka_and_sqlite(model)
            test.rows_come_from_parquet(model)
            test.a_dry_run_looks_and_touches_nothing(model)
            test.refused_rows_are_sent_again_after_a_fix(model)
            test.refused_rows_of_a_file_are_sent_again(model)
            test.a_tombstone_forgets_the_customer(model)
            test.json_in_an_envelope_is_scored_like_csv(model)
            test.past_rows_of_a_topic_come_into_a_store_and_the_group_stays(model)
            test.a_customer_is_forgotten_by_a_tombstone(model)
            test.latest_is_the_end_at_the_first_start(model)
            version = json.loads((cluster / "cluster.json").read_text())["version"]
            print(f"{test.proven} things proven with Kafka {version}: 0 failed")
        finally:
            subprocess.run([KAFKA, "stop", cluster], check=False)


if __name__ == "__main__":
    sys.exit(main())
