#!/usr/bin/env python3
"""The whole way through a real broker: topics, produce, a stream, and every score equal to `churnstream score`.

    kafka_test.py PROGRAM [--brokers-of kraft|zookeeper]

Starts its own broker and its own model; reads topics with kcat, which is not ours.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KAFKA = ROOT / "tests/services/kafka"
TELCO = ROOT / "data/telco.csv"


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
        for topic in ("churn", "churn.scored", "churn.refused"):
            self.topics("delete", topic, "--yes")
        for topic in ("churn", "churn.scored", "churn.refused"):
            self.topics("create", topic, "--partitions", "4")
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
            version = json.loads((cluster / "cluster.json").read_text())["version"]
            print(f"{test.proven} things proven with Kafka {version}: 0 failed")
        finally:
            subprocess.run([KAFKA, "stop", cluster], check=False)


if __name__ == "__main__":
    sys.exit(main())
