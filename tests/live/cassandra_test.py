#!/usr/bin/env python3
"""The Cassandra sink against real nodes: the contract, streams that are killed, nodes that are killed and paused, three
nodes with one and two of them stopped, TLS and passwords, past rows, a customer who is forgotten.

    cassandra_test.py PROGRAM [--kills 8] [--only NAME]

Starts its own nodes and its own model; reads the tables with a client that is not ours. The contract's program is built
beside PROGRAM, as tests/cassandra_sink_tests.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/services"))
from cassandra_nodes import Nodes  # noqa: E402
TELCO = ROOT / "data/telco.csv"
CUSTOMERS = 7043
PIPELINE = """
[source]
type = "file"
path = {data}
rate = {rate}
[model]
path = {model}
[score]
value = "MonthlyCharges"
[[sink]]
type = "cassandra"
nodes = {nodes}
keyspace = "{keyspace}"
timeout = "3s"
{more}
[refused]
type = "file"
path = "refused.jsonl"
[run]
state_dir = "state"
batch_rows = 64
commit_interval = "20ms"
"""


class Test:
    def __init__(self, program, folder, kills):
        self.program, self.folder, self.kills = program, folder, kills
        self.chance = random.Random(42)
        self.processes = []  # ended with the test, however it ends
        self.running = []
        self.model, self.offline = self.trained(20)

    def trained(self, trees):
        """A model, and each customer's score by it."""
        recipe, model = self.folder / f"{trees}.toml", self.folder / f"model_{trees}"
        text = (ROOT / "examples/origin/recipe.toml").read_text().replace("../../data", str(ROOT / "data"))
        recipe.write_text(text.replace("numTrees = 20", f"numTrees = {trees}"))
        subprocess.run([self.program, "train", recipe, "--out", model], check=True, capture_output=True)
        out = subprocess.run([self.program, "score", model, TELCO, "--format", "jsonl", "--out", "-"], check=True, capture_output=True).stdout
        return model, [[row["key"], row["probability"][1], row["prediction"]] for row in map(json.loads, out.splitlines())]

    def ok(self, sentence):
        print(f"ok: {sentence}", flush=True)

    def nodes(self, name, *words):
        self.running.append(Nodes(self.folder / name, *words))
        return self.running[-1]

    def single(self):
        """One node for the cases that need no more."""
        if not self.running:
            self.nodes("node")
        return self.running[0]

    def end_nodes(self):
        while self.running:
            self.running.pop().stop()

    def end(self):
        for process in self.processes:
            process.send_signal(signal.SIGCONT)
            process.kill()
        self.end_nodes()

    def pipeline(self, cluster, keyspace, rate=0, more=""):
        place = self.folder / f"pipeline_{keyspace}"
        place.mkdir(exist_ok=True)
        file = place / f"{rate}.toml"
        file.write_text(PIPELINE.format(data=json.dumps(str(TELCO)), model=json.dumps(str(self.model)), rate=rate, more=more,
                                        nodes=json.dumps(cluster.nodes), keyspace=keyspace))
        return file

    def start(self, file):
        log = open(file.parent / "log", "a")
        self.processes.append(subprocess.Popen([self.program, "run", file, "--until-end"], stdout=subprocess.DEVNULL, stderr=log))
        return self.processes[-1]

    def said(self, file):
        return (file.parent / "log").read_text()

    def finish(self, process, file):
        assert process.wait(timeout=180) == 0, self.said(file)
        assert f"{CUSTOMERS:,} rows read = {CUSTOMERS:,} delivered" in self.said(file), self.said(file)

    def run(self, file, code=0, **more):
        done = subprocess.run([self.program, "run", file, "--until-end"], capture_output=True, text=True, timeout=180,
                              env={**os.environ, **more})
        said = done.stdout + done.stderr
        assert done.returncode == code, f"ended with {done.returncode}, not {code}:\n{said}"
        return said

    def stored(self, cluster, keyspace, tries=40):
        return int(cluster.ask(f"SELECT count(*) FROM {keyspace}.churn_events", tries=tries)[0][0])

    def stored_by_now(self, cluster, keyspace):
        try:
            return self.stored(cluster, keyspace, tries=1)
        except RuntimeError:  # not there yet, or nobody answers
            return 0

    def wait_for_rows(self, cluster, keyspace, count, process, file):
        deadline = time.monotonic() + 120
        while self.stored_by_now(cluster, keyspace) < count:
            assert process.poll() is None, f"the stream has ended:\n{self.said(file)}"
            assert time.monotonic() < deadline, f"{self.stored_by_now(cluster, keyspace)} of {count} rows came within two minutes"
            time.sleep(0.05)

    def equals_the_offline_scores(self, cluster, keyspace, offline=None):
        offline = offline or self.offline
        for table in ("churn_events", "churn_scores"):
            rows = cluster.ask(f"SELECT customer_id, probability, prediction FROM {keyspace}.{table}")
            assert len(rows) == len(offline), f"{len(rows)} rows are in {table} and {len(offline)} were read"
            different = [pair for pair in zip(sorted(rows), sorted(offline)) if pair[0] != pair[1]]
            assert not different, f"{len(different)} rows of {table} differ from the offline scores, the first: {different[0]}"

    # The cases.

    def contract(self):
        tests = pathlib.Path(self.program).parent / "tests/cassandra_sink_tests"
        done = subprocess.run([tests], capture_output=True, text=True, timeout=400,
                              env={**os.environ, "CHURNSTREAM_CASSANDRA": self.single().nodes[0]})
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        self.ok("the contract, and what is Cassandra's own, against a real node: " +
                done.stdout.splitlines()[-1].strip())

    def a_stream_is_stored_once(self):
        cluster = self.single()
        file = self.pipeline(cluster, "plain")
        self.run(file)
        self.equals_the_offline_scores(cluster, "plain")
        shutil.rmtree(file.parent / "state")
        self.run(file)  # every row comes again
        self.equals_the_offline_scores(cluster, "plain")
        self.ok("a file is stored once, equal to the offline scores, also when all of it comes again")

    def kills_of_the_program(self):
        cluster = self.single()
        file, counts = self.pipeline(cluster, "killed", rate=2500), []
        for number in range(self.kills):
            process = self.start(file)
            before = self.stored(cluster, "killed")
            wanted = before + self.chance.randint(1, max(2, (CUSTOMERS - before) // (2 * (self.kills - number))))
            self.wait_for_rows(cluster, "killed", wanted, process, file)
            process.kill()
            process.wait()
            counts.append(self.stored(cluster, "killed"))
            assert 0 < counts[-1] < CUSTOMERS, f"the kill came at {counts[-1]} rows"
        self.run(self.pipeline(cluster, "killed"))
        self.equals_the_offline_scores(cluster, "killed")
        self.ok(f"{self.kills} kills of the program at {' '.join(map(str, counts))} rows: each row is there once")

    def a_node_is_killed(self):
        cluster = self.single()
        file = self.pipeline(cluster, "crashed", rate=400)
        process, counts = self.start(file), []
        for wanted in (800, 3000):
            self.wait_for_rows(cluster, "crashed", wanted, process, file)
            counts.append(self.stored(cluster, "crashed"))
            cluster.do("restart")
        self.finish(process, file)
        assert "is in trouble, trying again" in self.said(file) and "works again" in self.said(file), self.said(file)
        self.equals_the_offline_scores(cluster, "crashed")
        self.ok(f"the node was killed at {' and '.join(map(str, counts))} rows and came back: the stream went on, each row is there once")

    def a_node_stands_still(self):
        cluster = self.single()
        file = self.pipeline(cluster, "paused", rate=2500)
        process = self.start(file)
        self.wait_for_rows(cluster, "paused", 500, process, file)
        cluster.do("pause")
        time.sleep(8)  # longer than the timeout
        cluster.do("resume")
        self.finish(process, file)
        assert "is in trouble, trying again" in self.said(file) and "works again" in self.said(file), self.said(file)
        self.equals_the_offline_scores(cluster, "paused")
        self.ok("a node that stood still for longer than the timeout: the stream went on, each row is there once")

    def past_rows_are_brought(self):
        """By a model whose scores are others than those that are there: what stays and what is replaced shows row by row."""
        cluster = self.single()
        file = self.pipeline(cluster, "past", rate=2500)
        process = self.start(file)
        self.wait_for_rows(cluster, "past", 1000, process, file)
        process.kill()
        process.wait()
        streamed = {row[0] for row in cluster.ask("SELECT customer_id FROM past.churn_events")}
        model, offline = self.trained(3)
        other = file.with_name("other.toml")
        other.write_text(file.read_text().replace(json.dumps(str(self.model)), json.dumps(str(model))))
        def backfill(file, *words):
            done = subprocess.run([self.program, "backfill", file, "--sink", "cassandra", *words], capture_output=True, text=True, timeout=180)
            assert done.returncode == 0, done.stdout + done.stderr
        backfill(other, "--from", "earliest")
        # The node may take what the killed stream had sent until the past row comes by.
        may_be = {ours[0]: [ours] if ours[0] in streamed else [ours, theirs] for ours, theirs in zip(self.offline, offline)}
        there = cluster.ask("SELECT customer_id, probability, prediction FROM past.churn_events")
        assert len(there) == len(offline) and any(row in offline and row not in self.offline for row in there), len(there)
        for row in there:
            assert row in may_be[row[0]], f"{row} was replaced or has no offline score"
        backfill(other, "--from", "earliest", "--replace")
        self.equals_the_offline_scores(cluster, "past", offline)
        backfill(file, "--from", "0:1", "--to", "0:2000")
        self.equals_the_offline_scores(cluster, "past", offline)
        backfill(file, "--from", "earliest", "--replace")
        self.equals_the_offline_scores(cluster, "past")
        backfill(other, "--from", "0:100", "--to", "0:200", "--replace")
        mixed = offline[99:199]  # the header line is record 0
        mixed = self.offline[:99] + mixed + self.offline[199:]
        self.equals_the_offline_scores(cluster, "past", mixed)
        self.run(self.pipeline(cluster, "past"))  # the stream that was killed goes on
        self.equals_the_offline_scores(cluster, "past", mixed)
        self.ok(f"past rows are brought beside {len(streamed)} that stay; replaced by another model and by the first one again, none is mixed")

    def a_customer_is_forgotten(self):
        """In months that nobody knows of, and with a cell changed by hand."""
        cluster = self.single()
        file = self.pipeline(cluster, "forgotten")
        self.run(file)
        gone, other = self.offline[77][0], self.offline[78][0]
        theirs = lambda table, customer=gone: cluster.ask(
            f"SELECT source_offset FROM forgotten.{table} WHERE customer_id = '{customer}' ALLOW FILTERING")
        month, when = cluster.ask(f"SELECT month, toUnixTimestamp(event_time) FROM forgotten.churn_events WHERE customer_id = '{gone}' ALLOW FILTERING")[0]
        event = lambda month, millis, offset: cluster.ask(
            "INSERT INTO forgotten.churn_events (customer_id, month, event_time, source_topic, source_partition, source_offset, model) "
            f"VALUES ('{gone}', {month}, {millis}, 'churn', 1, {offset}, 'm') USING TIMESTAMP {millis * 1000 + offset}")
        for number in range(40):
            event(190001 + number, -2208988800000 + number, number)
        event(month, when + 500, 41)
        cluster.ask(f"UPDATE forgotten.churn_events USING TIMESTAMP {when * 1000 + 900_000} SET risk_band = 'by hand' WHERE customer_id = '{gone}' "
                    f"AND month = {month} AND event_time = {when + 500} AND source_topic = 'churn' AND source_partition = 1 AND source_offset = 41")
        forget = lambda *words: subprocess.run([self.program, "forget", file, *words], capture_output=True, text=True, timeout=60)
        said = forget(gone, "--dry-run")
        assert said.returncode == 0 and "42 would go: churn_events" in said.stdout and len(theirs("churn_events")) == 42, said
        said = forget(gone)
        assert said.returncode == 0 and "1 erased: churn_scores" in said.stdout and "42 erased: churn_events" in said.stdout, said
        assert theirs("churn_events") == theirs("churn_scores") == [], "rows of a forgotten customer are there"
        assert len(theirs("churn_events", other)) == len(theirs("churn_scores", other)) == 1, "another customer's rows are gone"
        said = forget(gone)
        assert said.returncode == 0 and "0 erased: churn_events" in said.stdout and "0 erased: churn_scores" in said.stdout, said
        event(month, when + 500, 41)  # the same record again
        assert theirs("churn_events") == []
        event(month, when + 1000, 42)
        assert theirs("churn_events") == [[42]], "a later event of a forgotten customer is not stored"
        self.ok("a customer is forgotten in forty-one months, other customers stay, and what comes later is stored again")

    def the_example_runs(self):
        cluster, kafka = self.single(), ROOT / "tests/services/kafka"
        place = self.folder / "examples"
        for name in ("kafka_to_cassandra", "two_trees"):
            shutil.copytree(ROOT / "examples" / name, place / name)
        said = subprocess.run([kafka, "start", self.folder / "kafka"], check=True, stdout=subprocess.PIPE, text=True).stdout
        brokers = said.split("brokers=")[1].split()[0]
        try:
            file = place / "kafka_to_cassandra/pipeline.toml"
            file.write_text(file.read_text().replace("127.0.0.1:9092", brokers).replace("127.0.0.1:9042", cluster.nodes[0]))
            work = lambda *words: subprocess.run([self.program, *words], check=True, capture_output=True, text=True, timeout=60).stdout
            work("topics", "create", "churn", "--partitions", "2", "--brokers", brokers)
            work("produce", place / "kafka_to_cassandra/customers.csv", "--topic", "churn", "--key", "customer", "--drop", "left",
                 "--brokers", brokers)
            before = work("run", file, "--dry-run")
            assert "Cassandra 5.0.9 is there" in before and "they would be made" in before, before
            assert "10 rows read = 10 delivered" in self.run(file)
            assert "The tables of keyspace churn are there" in work("run", file, "--dry-run")
            page = (place / "kafka_to_cassandra/README.md").read_text()
            question, shown = page.split("cqlsh> ")[1].split(";\n", 1)
            told = [[cell.strip() for cell in line.split("|")] for line in shown.split("\n\n")[0].splitlines()[2:]]
            got = [[str(cell) for cell in row] for row in cluster.ask(question)]
            assert got == told, (got, told)
        finally:
            subprocess.run([kafka, "stop", self.folder / "kafka"], check=True)
        self.ok("the example brings ten customers from Kafka to Cassandra, and its page shows what is there")

    def tls_and_passwords(self):
        self.end_nodes()
        cluster = self.nodes("tls", "--tls")
        told = cluster.told
        login = 'user = "cassandra"\npassword = "${CHURN_PASSWORD}"\n'
        tls = lambda name: f"tls = true\ntls_ca = {json.dumps(told[name])}\n"
        cluster.ask("SELECT release_version FROM system.local")  # the account comes a moment after the port
        said = self.run(self.pipeline(cluster, "tls", more=login + tls("ca")), CHURN_PASSWORD=told["password"])
        assert f"{CUSTOMERS:,} delivered" in said, said
        self.equals_the_offline_scores(cluster, "tls")
        said = self.run(self.pipeline(cluster, "tls", more=login + tls("ca")), code=2, CHURN_PASSWORD="wr0ng-word")
        assert "user, password" in said and "wr0ng-word" not in said, said
        said = self.run(self.pipeline(cluster, "tls", more=login + tls("stranger")), code=2, CHURN_PASSWORD=told["password"])
        assert "certificate verify failed" in said and told["password"] not in said.replace("cassandra\"", ""), said
        missing = tls("ca").replace("ca.pem", "none.pem")
        assert "none.pem" in self.run(self.pipeline(cluster, "tls", more=login + missing), code=2, CHURN_PASSWORD="x")
        said = self.run(self.pipeline(cluster, "tls", more=login.replace("${CHURN_PASSWORD}", "plain-word")), code=2)
        assert "plain-word" not in said, said
        self.ok("TLS and a password: stored; a wrong password, a stranger's certificate and a missing file end the run, secrets unprinted")

    def three_nodes(self):
        self.end_nodes()
        cluster = self.nodes("three", "--nodes", "3")
        file = self.pipeline(cluster, "three", rate=150)
        process = self.start(file)
        self.wait_for_rows(cluster, "three", 400, process, file)
        replicas = cluster.ask("SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = 'three'")[0][0]
        assert "'3'" in str(replicas), replicas
        cluster.do("kill", 3)
        one_down = self.stored(cluster, "three")
        self.wait_for_rows(cluster, "three", one_down + 600, process, file)
        cluster.do("kill", 2)
        time.sleep(3)
        two_down = self.stored(cluster, "three")
        time.sleep(6)
        later = self.stored(cluster, "three")
        assert later - two_down < 300, f"rows are delivered without a quorum: {two_down}, and six seconds later {later}"
        assert process.poll() is None, self.said(file)
        cluster.do("restart", 2)
        cluster.do("restart", 3)
        self.finish(process, file)
        assert "is in trouble, trying again" in self.said(file) and "works again" in self.said(file), self.said(file)
        cluster.client.kill()
        cluster.client.wait()
        cluster.ask("SELECT release_version FROM system.local", level="QUORUM")
        self.equals_the_offline_scores(cluster, "three")
        self.ok(f"three nodes: one stopped at {one_down} rows, the stream went on; two at {two_down}, it waited; all back: each row is there once")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--only", help="one case by its name")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="churnstream_cassandra_") as name:
        folder = pathlib.Path(name)
        test = None
        try:
            test = Test(str(pathlib.Path(arguments.program).resolve()), folder, arguments.kills)
            cases = [test.contract, test.a_stream_is_stored_once, test.kills_of_the_program, test.a_node_is_killed,
                     test.a_node_stands_still, test.past_rows_are_brought, test.a_customer_is_forgotten, test.the_example_runs, test.tls_and_passwords, test.three_nodes]
            for case in cases:
                if arguments.only in (None, case.__name__):
                    case()
        finally:
            if test:
                test.end()
            for log in sorted(folder.glob("*/node*.log")) if sys.exc_info()[0] else []:
                sys.stderr.write(f"{log.parent.name}/{log.name}:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-8:]) + "\n")


if __name__ == "__main__":
    main()
