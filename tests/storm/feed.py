"""What a storm sends: real customers, a few of them spoilt on purpose, at a steady rate, by a program that is not ours."""
import csv
import json
import pathlib
import random
import subprocess
import threading
import time

from failed import Failed

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Rows:
    """Real customers, each with an id of its own, a few of them spoilt on purpose."""
    tombstones = 0  # records without a value among the lines, which are no rows
    SPOILS = ["too,few,fields", "\xff\xfe,not,utf8", '"a quote that never ends', "x" * 300]

    def __init__(self, count, seed, spoilt=0.01, spoils=None):
        dice = random.Random(seed)
        with open(ROOT / "data/telco.csv", newline="") as file:
            customers = list(csv.reader(file))
        self.header, self.customers = customers[0], customers[1:]
        self.lines, self.good, self.spoilt = [], [], set()
        for number in range(count):
            key = f"{number:07d}"
            if dice.random() < spoilt:
                line = f"{dice.choice(spoils or self.SPOILS)},{key}".encode("latin-1")
                self.spoilt.add(key)
            else:
                line = ",".join([key, *dice.choice(self.customers)[1:]]).encode()
                self.good.append(line)
            self.lines.append(key.encode() + b"\t" + line)

    def offline_scores(self, program, model, folder):
        """customer id -> (probability, prediction), from `churnstream score` on the same rows; what it refuses is
        spoilt, too."""
        data = folder / "offline.csv"
        data.write_bytes(",".join(self.header).encode() + b"\n" + b"\n".join(self.good) + b"\n")
        out = subprocess.run([program, "score", model, data, "--format", "jsonl", "--out", "-"], check=True,
                             capture_output=True).stdout
        scores = {}
        for line in out.splitlines():
            row = json.loads(line)
            if "refused" in row:
                self.spoilt.add(row["key"])
            else:
                scores[row["key"]] = (row["probability"][1], row["prediction"])
        self.good = [line for line in self.good if line[:line.index(b",")].decode() in scores]
        return scores


class Feed(threading.Thread):
    """Writes the rows into the input topic."""

    def __init__(self, brokers, topic, lines, rows_per_second, arguments=()):
        super().__init__(daemon=True)
        self.lines, self.rate, self.failed = lines, rows_per_second, None
        self.kcat = subprocess.Popen(
            ["kcat", "-P", "-E", "-b", brokers, "-t", topic, "-K", "\t", "-X", "partitioner=murmur2_random", "-X", "acks=all",
             "-X", "enable.idempotence=true", "-X", "message.timeout.ms=300000", "-X", "linger.ms=5", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.start()

    def run(self):
        try:
            self.write()
        except BrokenPipeError:
            pass  # it has ended, and its words say why
        said = self.kcat.stderr.read()
        if self.kcat.wait() != 0:
            self.failed = said.decode(errors="replace")

    def write(self):
        begin = time.monotonic()
        for number, line in enumerate(self.lines):
            if self.rate and number % 50 == 0:
                time.sleep(max(0, begin + number / self.rate - time.monotonic()))
                self.kcat.stdin.flush()
            self.kcat.stdin.write(line + b"\n")
        self.kcat.stdin.close()

    def finish(self, look=lambda: None):
        while self.is_alive():
            look()
            self.join(0.3)
        if self.failed:
            raise Failed(f"the feed itself failed, nothing is proven: {self.failed}")

    def end(self):
        """At once, whatever is left."""
        self.kcat.kill()
