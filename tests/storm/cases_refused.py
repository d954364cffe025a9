"""Cases about rows that are refused: poison of every kind, and a topic for refused rows that is missing or refuses too."""
import json
import random
import re
import time
import urllib.error
import urllib.request

import wire
from cases_data import noise
from failed import require
from feed import Rows
from field import REFUSED
from storm_case import Storm

OPS = '[ops]\nlisten = "127.0.0.1:0"\nstall_max = "2s"'


class Ready:
    """What /readyz of a worker says."""

    def __init__(self, worker):
        worker.wait_until_said("figures for operators are at ", 30)
        self.address = re.search(r"operators are at (http://\S+/)metrics", worker.said()).group(1)

    def look(self):
        try:
            with urllib.request.urlopen(self.address + "readyz", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as red:
            return red.code, red.read().decode()

    def wait_for(self, code, within=30):
        end = time.monotonic() + within
        while (seen := self.look())[0] != code:
            require(time.monotonic() < end, f"/readyz was not {code} within {within} s: {seen}")
            time.sleep(0.3)
        return seen[1].strip().replace("\n", "; ")


def refused_topic_missing(harness):
    """19: the topic for refused rows is not there: nothing starts; it goes away while rows are refused: the run waits, says
    so, is not ready, and loses nothing."""
    with Storm(harness, "refused_topic_missing", 3000, 600, feed_now=False, spoilt=0.02) as storm:
        field, rows = storm.field, storm.rows
        field.delete_topic(REFUSED)
        time.sleep(1)
        code = field.worker("before", run=OPS).must_end(30, "there is no such topic")
        field.make_topic(REFUSED)
        worker = field.worker(run=OPS)
        ready = Ready(worker)
        good_first = sorted(rows.lines, key=lambda line: line.split(b"\t")[0].decode() in rows.spoilt)
        storm.send(good_first[:1500])
        field.wait_for_rows(1000, 30, "the beginning")
        ready.wait_for(200)
        field.delete_topic(REFUSED)
        time.sleep(1)
        storm.send(rows_shuffled(good_first[1500:], storm.dice))
        word = ready.wait_for(503, 40)
        worker.wait_until_said(REFUSED, 20)
        field.make_topic(REFUSED)
        sums = storm.calm(within=90)
        return f"missing at the start: exit code {code}; missing later: \"{word}\"; {sums}"


def rows_shuffled(lines, dice):
    dice.shuffle(lines)
    return lines


def refused_topic_refuses(harness):
    """19: the topic for refused rows does not take a refused row: the run waits, says so, is not ready, and goes on once the
    topic takes it."""
    spoils = [noise(random.Random(harness.seed), 6000)]
    with Storm(harness, "refused_topic_refuses", 3000, 600, spoilt=0.005, spoils=spoils,
               topics={REFUSED: {"max.message.bytes": 2000}}) as storm:
        worker = storm.field.worker(run=OPS)
        word = Ready(worker).wait_for(503, 40)
        require(REFUSED in worker.said() and "large" in worker.said(), f"the log does not say why:\n{worker.said()[-2000:]}")
        wire.set_topic_option(harness.cluster.brokers, REFUSED, "max.message.bytes", "1000000")
        return f"\"{word}\"; " + storm.calm(within=90)


class PoisonRows(Rows):
    """Among ordinary customers: whatever may come out of a broken system."""

    def __init__(self, count, dice):
        super().__init__(count, dice.random(), spoilt=0)
        lines, self.lines, self.good, self.tombstones = self.lines, [], [], 0
        for number, line in enumerate(lines):
            key, row = line.split(b"\t", 1)
            made = self.poison(row, dice, number // 20) if number % 20 == 10 else row
            self.lines.append(key + b"\t" + made)
            if not made:
                self.tombstones += 1
            elif made.startswith(key + b",") and made.count(b",") == row.count(b","):
                self.good.append(made)  # as far as its form goes: `churnstream score` says whether it is
            else:
                self.spoilt.add(key.decode())

    def poison(self, row, dice, number):
        def changed(name, value):
            values = row.decode().split(",")
            values[self.header.index(name)] = value
            return ",".join(values).encode()
        whole = json.dumps(dict(zip(self.header, row.decode().split(",")))).encode()
        kinds = [
            lambda: changed("MonthlyCharges", "NaN"),
            lambda: changed("TotalCharges", "-inf"),
            lambda: changed("tenure", "1e999"),
            lambda: changed("Contract", "never seen before"),
            lambda: changed("PaymentMethod", "x" * 950_000),
            lambda: b"",  # a tombstone: the customer is to be deleted
            lambda: bytes(range(1, 9)) + bytes(range(11, 32)) + b"\xff\xfe",
            lambda: b",".join([b"column"] * 10_000),
            lambda: row + b",one,more",
            lambda: b'"' + row,
            lambda: row.split(b",", 1)[1],
            lambda: whole[:dice.randint(1, len(whole) - 1)],
        ]
        return kinds[number % len(kinds)]()


def poison(harness):
    """18: NaN, infinities, tombstones, binary, a megabyte, ten thousand columns, unseen categories, cut JSON."""
    rows = PoisonRows(2400, random.Random(harness.seed))
    with Storm(harness, "poison", 0, 400, rows=rows, feed_now=False) as storm:
        worker = storm.field.worker()
        storm.send(rows.lines, arguments=("-Z",))
        sums = storm.calm()
        _, delivered, refused, _, skipped = worker.account()
        require((delivered, refused, skipped.get("tombstone")) == (len(rows.good), len(rows.spoilt), rows.tombstones),
                f"I10: the worker counts {worker.account()}")
        return f"{len(rows.spoilt)} refused, {rows.tombstones} tombstones skipped; {sums}"
