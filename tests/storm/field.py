"""The field a storm rages in: a real cluster, an input topic that is being written, workers that stream from it into
an output topic and a refused topic, and a reader who looks at committed rows all the while."""
import csv
import json
import os
import pathlib
import random
import signal
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KAFKA = HERE.parent / "services" / "kafka"
SOURCE, SCORED, REFUSED = "churn", "churn.scored", "churn.refused"

PIPELINE = """
[source]
type = "kafka"
brokers = "{brokers}"
topic = "churn"
group = "{group}"
start = "earliest"
{source}
[source.kafka]
"topic.metadata.refresh.interval.ms" = 2000
[model]
path = {model}
[score]
value = "MonthlyCharges"
[[sink]]
type = "kafka"
brokers = "{brokers}"
topic = "churn.scored"
delivery = "{delivery}"
{sinks}
[refused]
type = "kafka"
brokers = "{brokers}"
topic = "churn.refused"
[run]
instance = "{instance}"
state_dir = "state-{instance}"
lanes = {lanes}
batch_rows = {batch_rows}
{run}
"""


class Failed(Exception):
    """An invariant does not hold."""


class Cluster:
    def __init__(self, folder, *options):
        self.folder = folder
        out = subprocess.run([KAFKA, "start", folder, *options], check=True, capture_output=True, text=True).stdout
        self.brokers = dict(line.split("=", 1) for line in out.split())["brokers"]

    def do(self, action, node=1):
        subprocess.run([KAFKA, action, self.folder, "--node", str(node)], check=True)

    def stop(self):
        subprocess.run([KAFKA, "stop", self.folder], check=False)


class Rows:
    """Real customers, each with an id of its own, a few of them spoilt on purpose."""
    SPOILS = ["too,few,fields", "\xff\xfe,not,utf8", '"a quote that never ends', "x" * 300]

    def __init__(self, count, seed, spoilt=0.01):
        dice = random.Random(seed)
        with open(ROOT / "data/telco.csv", newline="") as file:
            customers = list(csv.reader(file))
        self.header, customers = customers[0], customers[1:]
        self.lines, self.good, self.spoilt = [], [], set()
        for number in range(count):
            key = f"{number:07d}"
            if dice.random() < spoilt:
                line = f"{dice.choice(self.SPOILS)},{key}".encode("latin-1")
                self.spoilt.add(key)
            else:
                customer = [key, *dice.choice(customers)[1:]]
                line = ",".join(customer).encode()
                self.good.append(line)
            self.lines.append(key.encode() + b"\t" + line)

    def offline_scores(self, program, model, folder):
        """customer id -> (probability, prediction), from `churnstream score` on the same rows."""
        data = folder / "offline.csv"
        data.write_bytes(",".join(self.header).encode() + b"\n" + b"\n".join(self.good) + b"\n")
        out = subprocess.run([program, "score", model, data, "--format", "jsonl", "--out", "-"], check=True,
                             capture_output=True).stdout
        scores = {}
        for line in out.splitlines():
            row = json.loads(line)
            scores[row["key"]] = (row["probability"][1], row["prediction"])
        return scores


class Feed(threading.Thread):
    """Writes the rows into the input topic at a steady rate, by a program that is not ours."""

    def __init__(self, brokers, lines, rows_per_second):
        super().__init__(daemon=True)
        self.lines, self.rate, self.failed = lines, rows_per_second, None
        self.kcat = subprocess.Popen(
            ["kcat", "-P", "-E", "-b", brokers, "-t", SOURCE, "-K", "\t", "-X", "partitioner=murmur2_random", "-X", "acks=all",
             "-X", "enable.idempotence=true", "-X", "message.timeout.ms=300000", "-X", "linger.ms=5"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.start()

    def run(self):
        begin = time.monotonic()
        for number, line in enumerate(self.lines):
            if self.rate and number % 50 == 0:
                time.sleep(max(0, begin + number / self.rate - time.monotonic()))
                self.kcat.stdin.flush()
            self.kcat.stdin.write(line + b"\n")
        self.kcat.stdin.close()
        said = self.kcat.stderr.read()
        if self.kcat.wait() != 0:
            self.failed = said.decode(errors="replace")

    def finish(self, look=lambda: None):
        while self.is_alive():
            look()
            self.join(0.3)
        if self.failed:
            raise Failed(f"the feed itself failed, nothing is proven: {self.failed}")


class Worker:
    """One process of ours, and what it used at most."""

    def __init__(self, field, instance, environment=None, arguments=()):
        self.field, self.instance = field, instance
        self.config = field.folder / f"{instance}.toml"
        self.log = open(field.folder / f"{instance}.log", "ab")
        self.peak_kb = self.threads = self.descriptors = 0
        self.started = time.monotonic()
        self.process = subprocess.Popen([field.program, "run", self.config, *arguments], stdout=self.log, stderr=self.log,
                                        env={**os.environ, **(environment or {})})
        field.workers.append(self)

    def measure(self):
        try:
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
            fields = dict(line.split(":", 1) for line in status.splitlines())
            self.peak_kb = max(self.peak_kb, int(fields["VmRSS"].split()[0]))
            self.threads = max(self.threads, int(fields["Threads"]))
            self.descriptors = max(self.descriptors, len(os.listdir(f"/proc/{self.process.pid}/fd")))
        except (OSError, KeyError):
            pass

    def alive(self):
        return self.process.poll() is None

    def signal(self, number):
        if self.alive():
            self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, within=40):
        """A polite end; the exit code. One who has only just started cannot be asked yet."""
        time.sleep(max(0, self.started + 1 - time.monotonic()))
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"worker {self.instance} did not end within {within} s of SIGTERM")

    def said(self):
        self.log.flush()
        return (self.field.folder / f"{self.instance}.log").read_text(errors="replace")


class Field:
    def __init__(self, program, model, cluster, folder, partitions=4, replication=1):
        self.program, self.model, self.cluster, self.folder = program, model, cluster, folder
        self.workers = []
        folder.mkdir(parents=True)
        for topic in (SOURCE, SCORED, REFUSED):
            self.topics("delete", topic, "--yes", check=False)
            self.topics("create", topic, "--partitions", str(partitions), "--replication", str(replication))
        self.reader_file = folder / "reader.jsonl"
        self.reader = subprocess.Popen(
            ["kcat", "-C", "-E", "-u", "-b", cluster.brokers, "-t", SCORED, "-o", "beginning", "-X", "isolation.level=read_committed",
             "-X", "topic.metadata.refresh.interval.ms=2000", "-q"], stdout=open(self.reader_file, "wb"), stderr=subprocess.DEVNULL)

    def topics(self, *words, check=True):
        return subprocess.run([self.program, "topics", *words, "--brokers", self.cluster.brokers], check=check,
                              capture_output=True, text=True, timeout=60)

    def worker(self, instance="a", lanes=2, batch_rows=200, delivery="exactly_once", source="", sinks="", run="",
               environment=None, arguments=()):
        (self.folder / f"{instance}.toml").write_text(PIPELINE.format(
            brokers=self.cluster.brokers, model=json.dumps(str(self.model)), instance=instance, lanes=lanes, group=self.folder.name,
            batch_rows=batch_rows, delivery=delivery, source=source, sinks=sinks, run=run))
        return Worker(self, instance, environment, arguments)

    def read_topic(self, topic):
        """Every committed record: (partition, offset, key, value or None, headers)."""
        out = subprocess.run(
            ["kcat", "-C", "-e", "-q", "-b", self.cluster.brokers, "-t", topic, "-o", "beginning", "-X",
             "isolation.level=read_committed", "-X", "fetch.wait.max.ms=100", "-f", "%p\x1f%o\x1f%k\x1f%S\x1f%h\x1f%s\x1e"],
            check=True, capture_output=True, timeout=120).stdout
        records = []
        for record in out.split(b"\x1e")[:-1]:
            partition, offset, key, size, headers, value = record.split(b"\x1f", 5)
            pairs = dict(pair.split(b"=", 1) for pair in headers.split(b",") if b"=" in pair)
            records.append((int(partition), int(offset), key, None if int(size) < 0 else value, pairs))
        return records

    def committed_rows(self):
        """How many rows the reader has seen so far."""
        with open(self.reader_file, "rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))

    def wait_for_rows(self, count, within, what):
        """Until the reader has seen that many; the seconds it took."""
        begin = time.monotonic()
        while self.committed_rows() < count:
            for worker in self.workers:
                worker.measure()
            if time.monotonic() - begin > within:
                raise Failed(f"{what}: {self.committed_rows()} of {count} rows were committed after {within} s")
            time.sleep(0.2)
        return time.monotonic() - begin

    def end(self):
        for worker in self.workers:
            worker.kill()
        self.reader.terminate()
        self.reader.wait()
