"""The Kafka cases of scripts/bench: one broker on the same machine, the peers on the same broker in the same run."""
import atexit
import csv
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/churnstream"
KAFKA = ROOT / "tests/services/kafka"
ROWS = 1_000_000
PARTITIONS = 4
PIPELINE = """
[source]
type = "kafka"
brokers = "{brokers}"
topic = "{source}"
group = "{group}"
start = "{start}"
[model]
path = {model}
[[sink]]
type = "kafka"
brokers = "{brokers}"
topic = "out"
delivery = "{delivery}"
columns = ["customer_id", "prediction", "probability"]
headers = false
[refused]
type = "file"
path = "refused-{group}.jsonl"
[run]
instance = "{group}"
state_dir = "state-{group}"
lanes = {lanes}
"""


class Field:
    """A broker, a million rows in a topic, and a model; made once for all cases."""
    made = None

    def __new__(cls):
        if cls.made is None:
            cls.made = super().__new__(cls)
            cls.made.make()
        return cls.made

    def make(self):
        subprocess.run([ROOT / "scripts/setup", "live"], check=True)
        self.place = tempfile.TemporaryDirectory(prefix="churnstream-bench.")
        self.folder = pathlib.Path(self.place.name)
        said = subprocess.run([KAFKA, "start", self.folder / "cluster", "--fast-jit"], check=True, capture_output=True,
                              text=True).stdout
        self.brokers = said.split("=")[1].split()[0]
        self.count = 0
        subprocess.run([PROGRAM, "train", ROOT / "examples/origin/recipe.toml", "--out", self.folder / "model"], check=True,
                       capture_output=True)
        with open(ROOT / "data/telco.csv", newline="") as file:
            self.header, *self.customers = csv.reader(file)
        with open(self.folder / "rows.csv", "w") as file:
            file.write(",".join(self.header) + "\n")
            for number in range(ROWS):
                file.write(f"{number:07d}," + ",".join(self.customers[number % len(self.customers)][1:]) + "\n")
        for topic, partitions in (("in", PARTITIONS), ("out", PARTITIONS), ("live", 1)):
            self.topics("create", topic, "--partitions", str(partitions))
        self.sent, self.pairs = [self.produce("in")], {}
        atexit.register(self.end)

    def end(self):
        subprocess.run([KAFKA, "stop", self.folder / "cluster"], check=False)
        self.place.cleanup()

    def topics(self, *words):
        subprocess.run([PROGRAM, "topics", *words, "--brokers", self.brokers], check=True, capture_output=True)

    def produce(self, topic):
        """Thousand rows a second."""
        said = subprocess.run([PROGRAM, "produce", self.folder / "rows.csv", "--topic", topic, "--brokers", self.brokers],
                              check=True, capture_output=True, text=True).stderr
        return float(said.rsplit(" rows/s")[0].split(",", 3)[-1].strip().split()[-1].replace(",", "")) / 1e3

    def pipeline(self, delivery, source="in", start="earliest", lanes=1):
        self.count += 1
        file = self.folder / f"{delivery}{self.count}.toml"
        file.write_text(PIPELINE.format(brokers=self.brokers, source=source, group=f"bench-{self.count}", delivery=delivery,
                                        start=start, lanes=lanes, model=json.dumps(str(self.folder / "model"))))
        return file

    def drain(self, delivery, lanes=1):
        """Seconds, CPU seconds and peak MB of one run over the backlog. One lane: the broker needs a core as well."""
        begin = time.monotonic()
        process = subprocess.Popen([PROGRAM, "run", self.pipeline(delivery, lanes=lanes), "--until-end"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0 or f"{ROWS:,} rows read = {ROWS:,} delivered" not in said:
            raise RuntimeError(said)
        return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024

    def first_row(self, delivery):
        """Seconds from the start of the process to its first scored row, by the record's own time."""
        topic = f"first{self.count}"
        self.topics("create", topic, "--partitions", "1")
        file = self.pipeline(delivery, lanes=2)
        file.write_text(file.read_text().replace('topic = "out"', f'topic = "{topic}"'))
        begin = time.time()
        subprocess.run([PROGRAM, "run", file, "--until-end"], check=True, capture_output=True)
        at = subprocess.run(["kcat", "-C", "-q", "-b", self.brokers, "-t", topic, "-o", "beginning", "-c", "1", "-f", "%T"],
                            check=True, capture_output=True, text=True).stdout
        return int(at) / 1e3 - begin

    def latencies(self, delivery, seconds=60):
        """Milliseconds from sending a row to a reader of committed rows seeing its score; sorted."""
        return self.probe([PROGRAM, "run", self.pipeline(delivery, "live", "latest")], seconds)

    def loop_latencies(self, delivery, seconds=60):
        """The same with a bare loop on librdkafka in our place."""
        return self.probe([PROGRAM.parent / "bench/kafka_loop", self.brokers, "live", "out", delivery], seconds)

    def latency_pairs(self, delivery):
        """Three times: ours, then the bare loop's; the same runs for every figure."""
        if delivery not in self.pairs:
            self.pairs[delivery] = [(self.latencies(delivery), self.loop_latencies(delivery)) for _ in range(3)]
        return self.pairs[delivery]

    def spark_latencies(self, seconds=60):
        """The same with Spark in our place, in its real-time mode, which is at least once; warm."""
        home = subprocess.run([ROOT / "bench/peers/spark/setup"], check=True, capture_output=True, text=True).stdout.split()[0]
        return self.probe([f"{home}/bin/python", ROOT / "bench/peers/spark/job.py", self.brokers, self.folder / "model", "live",
                           "out", "stream", "--real-time", "--seconds", str(seconds + 120)], seconds, settled_after=60)

    def probe(self, worker, seconds, settled_after=4):
        home = subprocess.run([ROOT / "bench/peers/probe/setup"], check=True, capture_output=True, text=True).stdout.split()[0]
        process = subprocess.Popen(worker, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(settled_after)
        try:
            said = subprocess.run([f"{home}/bin/python", ROOT / "bench/peers/probe/probe.py", self.brokers, "live", "out",
                                   ",".join(self.customers[1][1:]), "--seconds", str(seconds)], check=True,
                                  capture_output=True, text=True).stdout
        finally:
            process.terminate()
            process.wait()
        return json.loads(said)


def quantile(values, part):
    return values[min(len(values) - 1, int(part * len(values)))]


def produce(_):
    field = Field()
    if len(field.sent) == 1:
        field.topics("create", "more", "--partitions", str(PARTITIONS))
        field.sent += [field.produce("more") for _ in range(2)]
    return field.sent, ["churnstream produce rows.csv --topic in"]


def rate(delivery):
    def case(_):
        return [ROWS / Field().drain(delivery)[0] / 1e3 for _ in range(5)], [f"churnstream run {delivery}.toml --until-end"]
    return case


def exactly_against_at_least(_):
    """In turns, once the broker's compiler has come to rest."""
    field, ratios = Field(), []
    for _ in range(3):
        field.drain("at_least_once"), field.drain("exactly_once")
    for _ in range(9):
        least = field.drain("at_least_once")[0]
        ratios.append(least / field.drain("exactly_once")[0])
    return ratios, ["churnstream run exactly_once.toml, beside at_least_once.toml"]


def memory(_):
    return [Field().drain("exactly_once", lanes=2)[2] for _ in range(3)], ["churnstream run exactly_once.toml --until-end, two lanes"]


ALL_SINKS = """
[[sink]]
type = "sqlite"
path = "all/churn.db"
[[sink]]
type = "postgres"
dsn = "${CHURN_DSN}"
[[sink]]
type = "parquet"
path = "all/scored"
roll_mb = 4
[[sink]]
type = "file"
path = "all/scored.jsonl"
"""


def memory_sinks(folder):
    """Peak MB of a minute over the backlog, two lanes, into every store; Parquet's logs become files meanwhile."""
    field, service = Field(), ROOT / "tests/services/postgres"
    said = subprocess.run([service, "start", folder / "server"], check=True, stdout=subprocess.PIPE, text=True).stdout
    try:
        (field.folder / "all").mkdir()
        file = field.pipeline("exactly_once", lanes=2)
        file.write_text(file.read_text() + ALL_SINKS)
        process = subprocess.Popen([PROGRAM, "run", file], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, "CHURN_DSN": said.split("=", 1)[1].strip()})
        time.sleep(60)
        process.terminate()
        told = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        rows = int(re.findall(r"([\d,]+) delivered", told)[-1].replace(",", "")) if status == 0 else 0
        closed = len(list((field.folder / "all/scored").glob("day=*/*")))
        if rows < 100_000 or closed < 8:
            raise RuntimeError(f"{rows} rows and {closed} closed files prove nothing:\n{told}")
        return [usage.ru_maxrss / 1024], ["churnstream run all.toml for a minute, two lanes"]
    finally:
        subprocess.run([service, "stop", folder / "server"], check=True)


def start(delivery):
    def case(_):
        return [Field().first_row(delivery) for _ in range(5)], [f"churnstream run {delivery}.toml"]
    return case


def latency(delivery, part):
    def case(_):
        return ([quantile(ours, part) for ours, _ in Field().latency_pairs(delivery)],
                [f"churnstream run {delivery}.toml, 1,000 rows/s for 60 s"])
    return case


def beside_loop(delivery, part):
    """Our latency over a bare loop's, in turns."""
    def case(_):
        return ([quantile(ours, part) / quantile(loop, part) for ours, loop in Field().latency_pairs(delivery)],
                [f"churnstream run {delivery}.toml, beside bench/kafka_loop"])
    return case


def spark_latency(part):
    """Spark's latency in real-time mode over ours, in turns."""
    def case(_):
        field, ratios = Field(), []
        for _ in range(2):
            ours = quantile(field.latencies("at_least_once"), part)
            ratios.append(quantile(field.spark_latencies(), part) / ours)
        return ratios, ["bench/peers/spark/job.py stream --real-time, beside churnstream run at_least_once.toml"]
    return case


def spark(figure):
    """Our rate, or CPU thrift, over Spark Structured Streaming's on the same backlog; both sides in turns."""
    def case(_):
        field = Field()
        home = subprocess.run([ROOT / "bench/peers/spark/setup"], check=True, capture_output=True, text=True).stdout.split()[0]
        ours = [field.drain("at_least_once") for _ in range(3)]
        said = subprocess.run([f"{home}/bin/python", ROOT / "bench/peers/spark/job.py", field.brokers, field.folder / "model",
                               "in", "out", "drain", "--repeat", "3"], check=True, capture_output=True, text=True).stdout
        queries = [row for row in map(json.loads, said.splitlines()) if row["event"] == "query"][1:]  # warm ones
        ours += [field.drain("at_least_once") for _ in range(2)]
        theirs = min(row["seconds" if figure == "rate" else "cpu_seconds"] for row in queries)
        return [theirs / run[0 if figure == "rate" else 1] for run in ours], ["bench/peers/spark/job.py drain, beside it"]
    return case


CASES = {
    "kafka-produce": (produce, "k rows/s", 400, True, "produce, a million rows"),
    "kafka-once": (rate("exactly_once"), "k rows/s", 130, True, "Kafka to Kafka, exactly once, start and end included"),
    "kafka-least": (rate("at_least_once"), "k rows/s", 130, True, "Kafka to Kafka, at least once, start and end included"),
    "kafka-price": (exactly_against_at_least, "of the rate", 0.85, True, "exactly once beside at least once"),
    "kafka-memory": (memory, "MB", 80, False, "peak resident memory over a backlog of a million rows"),
    "memory-sinks": (memory_sinks, "MB", 120, False, "the same into Kafka, SQLite, PostgreSQL, Parquet and a file at once"),
    "kafka-start": (start("at_least_once"), "s", 1.0, False, "start to the first scored row, two lanes, KIP-848"),
    "kafka-once-start": (start("exactly_once"), "s", 1.8, False, "the same in a classic group, exactly once"),
    "kafka-p50": (latency("at_least_once", 0.5), "ms", 1.5, False, "latency at 1,000 rows/s, at least once, median"),
    "kafka-p99": (latency("at_least_once", 0.99), "ms", 20, False, "the same, 99 of 100"),
    "kafka-once-p50": (latency("exactly_once", 0.5), "ms", 13, False, "latency at 1,000 rows/s, exactly once, median"),
    "kafka-once-p99": (latency("exactly_once", 0.99), "ms", 45, False, "the same, 99 of 100"),
    "kafka-loop": (beside_loop("at_least_once", 0.5), "times", 1.2, False, "median latency beside a bare librdkafka loop's"),
    "kafka-once-loop": (beside_loop("exactly_once", 0.5), "times", 1.2, False, "the same, exactly once"),
    "kafka-spark": (spark("rate"), "times", 5, True, "rate beside Spark Structured Streaming, warm"),
    "kafka-spark-p50": (spark_latency(0.5), "times less", 1, True, "median latency beside Spark's real-time mode"),
    "kafka-spark-cpu": (spark("cpu"), "times less", 10, True, "CPU seconds beside Spark Structured Streaming, warm"),
}
