"""The field a storm rages in: a real cluster, an input topic that is being written, workers that stream from it into
an output topic and a refused topic, and a reader who looks at committed rows all the while."""
import json
import pathlib
import subprocess
import time

import wire
from failed import Failed
from worker import Worker

KAFKA = pathlib.Path(__file__).resolve().parent.parent / "services" / "kafka"
SOURCE, SCORED, REFUSED = "churn", "churn.scored", "churn.refused"

PIPELINE = """
[source]
type = "kafka"
brokers = "{brokers}"
topic = "churn"
group = "{group}"
start = "{start}"
{source}
[source.kafka]
"topic.metadata.refresh.interval.ms" = 2000
[model]
path = {model}
[score]
value = "MonthlyCharges"
{scored}{sinks}
[refused]
{refused}
[run]
instance = "{instance}"
state_dir = "{state}"
lanes = {lanes}
batch_rows = {batch_rows}
{run}
"""
SCORED_SINK = """
[[sink]]
type = "kafka"
brokers = "{brokers}"
topic = "churn.scored"
delivery = "{delivery}"
{sink}
"""
SQLITE_SINK = '[[sink]]\ntype = "sqlite"\npath = "{}"\n'


class Cluster:
    def __init__(self, folder, *options):
        self.folder = folder
        out = subprocess.run([KAFKA, "start", folder, *options], check=True, capture_output=True, text=True).stdout
        places = dict(line.split("=", 1) for line in out.split())
        self.brokers, self.proxied, self.behind = places["brokers"], places.get("proxied"), places.get("behind")

    def do(self, action, node=1):
        subprocess.run([KAFKA, action, self.folder, "--node", str(node)], check=True)

    def stop(self):
        subprocess.run([KAFKA, "stop", self.folder], check=False)


class Field:
    def __init__(self, program, model, cluster, folder, partitions=4, replication=1, topics=None):
        """topics: name -> properties of its own."""
        self.program, self.model, self.cluster, self.folder, self.partitions = program, model, cluster, folder, partitions
        self.group, self.workers, self.starts = folder.name, [], 0
        folder.mkdir(parents=True)
        for topic in (SOURCE, SCORED, REFUSED):
            self.make_topic(topic, replication, (topics or {}).get(topic, {}))
        self.reader_file = folder / "reader.jsonl"
        self.reader = subprocess.Popen(
            ["kcat", "-C", "-E", "-u", "-b", cluster.brokers, "-t", SCORED, "-o", "beginning",
             "-X", "isolation.level=read_committed", "-X", "topic.metadata.refresh.interval.ms=2000", "-q"],
            stdout=open(self.reader_file, "wb"), stderr=subprocess.DEVNULL)

    def make_topic(self, topic, replication=1, properties=None):
        """Empty, whatever was there before."""
        self.delete_topic(topic)
        wire.create_topic(self.cluster.brokers, topic, self.partitions, replication, properties or {})

    def delete_topic(self, topic):
        wire.delete_topic(self.cluster.brokers, topic)

    def describe(self, topic):
        """What `churnstream topics describe --json` says."""
        return json.loads(subprocess.run([self.program, "topics", "describe", topic, "--json", "--brokers", self.cluster.brokers],
                                         check=True, capture_output=True, text=True, timeout=60).stdout)

    def worker(self, instance="a", lanes=2, batch_rows=200, delivery="exactly_once", start="earliest", source="", sink="",
               sinks="", refused=None, run="", brokers=None, group=None, state=None, only_stores=False, environment=None,
               arguments=(), program=None):
        """A process with a pipeline.toml of its own. The words are further lines of the sections they are named after:
        `sink` of the one that writes scored records, `sinks` are whole sections beside it."""
        brokers = brokers or self.cluster.brokers
        scored = "" if only_stores else SCORED_SINK.format(brokers=brokers, delivery=delivery, sink=sink)
        (self.folder / f"{instance}.toml").write_text(PIPELINE.format(
            brokers=brokers, model=json.dumps(str(self.model)), instance=instance, lanes=lanes, group=group or self.group,
            start=start, batch_rows=batch_rows, source=source, scored=scored, sinks=sinks, run=run,
            state=state or f"state-{instance}",
            refused=refused or f'type = "kafka"\nbrokers = "{brokers}"\ntopic = "{REFUSED}"'))
        self.starts += 1
        return Worker(self, instance, environment, arguments, program)

    def read_topic(self, topic):
        """Every committed record: (partition, offset, key, value or None, headers)."""
        out = subprocess.run(
            ["kcat", "-C", "-e", "-q", "-b", self.cluster.brokers, "-t", topic, "-o", "beginning", "-X",
             "isolation.level=read_committed", "-X", "fetch.wait.max.ms=100", "-f", "%p %o %K %S %h\x1e%k%s"],
            check=True, capture_output=True, timeout=120).stdout
        records, at = [], 0
        while at < len(out):
            head = out.index(b"\x1e", at)
            partition, offset, key_size, size, headers = out[at:head].split(b" ", 4)
            key_end = head + 1 + max(0, int(key_size))
            at = key_end + max(0, int(size))
            pairs = dict(pair.split(b"=", 1) for pair in headers.split(b",") if b"=" in pair)
            records.append((int(partition), int(offset), out[head + 1:key_end], None if int(size) < 0 else out[key_end:at], pairs))
        return records

    def committed_rows(self):
        """How many rows the reader has seen so far."""
        with open(self.reader_file, "rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))

    def wait_for_rows(self, count, within, what):
        """Until the reader has seen that many; the seconds it took."""
        begin = time.monotonic()
        while self.committed_rows() < count:
            if self.reader.poll() is not None:
                raise Failed("the reader has ended: nothing is proven")
            for worker in self.workers:
                worker.measure()
            if time.monotonic() - begin > within:
                words = "".join(f"\n{worker.instance}: {worker.said()[-1000:]}" for worker in self.workers if worker.alive())
                there = ", ".join(f"{len(self.read_topic(topic))} records in {topic}" for topic in (SOURCE, SCORED, REFUSED))
                raise Failed(f"{what}: {self.committed_rows()} of {count} rows were committed after {within} s; {there}{words}")
            time.sleep(0.2)
        return time.monotonic() - begin

    def end(self):
        for worker in self.workers:
            worker.kill()
        self.reader.terminate()
        self.reader.wait()
