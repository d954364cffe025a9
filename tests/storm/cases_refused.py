"""Cases about rows that are refused: poison of every kind, and a topic for refused rows that is missing or refuses too."""
import random
import re
import time
import urllib.error
import urllib.request

import wire
from cases_data import noise
from failed import require
from field import REFUSED
from poison_rows import PoisonJson, PoisonRows
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


def poison(harness, name="poison", kind=PoisonRows, decode=""):
    """18: NaN, infinities, tombstones, binary, a megabyte, ten thousand columns, unseen categories, cut JSON."""
    rows = kind(2400, random.Random(harness.seed))
    with Storm(harness, name, 0, 400, rows=rows, feed_now=False) as storm:
        worker = storm.field.worker(run=decode)
        storm.send(rows.lines, arguments=("-Z",))
        sums = storm.calm()
        _, delivered, refused, _, skipped = worker.account()
        require((delivered, refused, skipped.get("tombstone")) == (len(rows.good), len(rows.spoilt), rows.tombstones),
                f"I10: the worker counts {worker.account()}")
        return f"{len(rows.spoilt)} refused, {rows.tombstones} tombstones skipped; {sums}"


def poison_json(harness):
    """18: the same for JSON: cut, no JSON numbers, deep, twice the same field, half characters; and what only looks bad."""
    return poison(harness, "poison_json", PoisonJson, '[decode]\nformat = "json"')
