"""Cases about what is in the records: too large for the topic they go to, poisonous, out of time, sent again."""
import base64
import random
import sqlite3
import time

import wire
from failed import require
from feed import Rows
from field import SCORED, SOURCE, SQLITE_SINK
from storm_case import Storm


def noise(dice, size):
    """Letters that no compression makes shorter than three quarters."""
    return base64.b64encode(dice.randbytes(size * 3 // 4)).decode()


class TooLargeRows(Rows):
    """Some customers have an id so long that the topic for scores does not take their records."""

    def __init__(self, count, dice, every, size):
        super().__init__(count, dice.random(), spoilt=0)
        lines, self.lines, self.good = self.lines, [], []
        for number, line in enumerate(lines):
            key, row = line.split(b"\t", 1)
            if number % every == every // 2:
                key += b"-" + noise(dice, size).encode()
                row = key + row[row.index(b","):]
                self.spoilt.add(key.decode())
            else:
                self.good.append(row)
            self.lines.append(key + b"\t" + row)


def rejected_record(harness, name="rejected_record", delivery="exactly_once"):
    """16: the topic for scores refuses one record in the middle for good, and the batches are larger than it takes, too: the
    offsets do not pass before it is in the refused topic, and its neighbours are not refused with it."""
    rows = TooLargeRows(6000, random.Random(harness.seed), 400, 16_000)
    with Storm(harness, name, 0, 0, rows=rows,
               topics={SCORED: {"max.message.bytes": 12000}}) as storm:
        storm.field.worker(delivery=delivery, batch_rows=1000)
        return f"{len(rows.spoilt)} records too large; " + storm.calm(within=90, at_least_once=delivery != "exactly_once")


def rejected_record_plain(harness):
    """16: the same without transactions."""
    return rejected_record(harness, "rejected_record_plain", "at_least_once")


def store_contents(file):
    """Both tables without the times of scoring: what a second delivery may not change."""
    with sqlite3.connect(file) as store:
        events = store.execute("SELECT source_partition, source_offset, customer_id, probability, prediction, event_time FROM "
                               "churn_events ORDER BY 1, 2").fetchall()
        scores = store.execute("SELECT customer_id, source_partition, source_offset, probability, prediction, event_time FROM "
                               "churn_scores ORDER BY 1").fetchall()
    return events, scores


def late_and_repeated(harness):
    """23: events of a customer come late and out of order, and the same offsets are read again by hand, by another group and
    into a store that has forgotten its positions: one row per position, the newest event of each customer wins."""
    with Storm(harness, "late_and_repeated", 0, 0, rows=Rows(300, harness.seed, spoilt=0), feed_now=False) as storm:
        field, broker, store = storm.field, harness.cluster.brokers, storm.field.folder / "churn.db"
        minutes = list(range(150)) * 2  # each time twice: then the later position wins
        storm.dice.shuffle(minutes)
        sent = []  # as the table of events has them, without the score
        for number, line in enumerate(storm.rows.good):
            pattern, rest = line.decode().split(",", 1)
            customer, time_ms = f"c{number % 60}", 1_700_000_000_000 + minutes[number] * 60_000
            offset = wire.produce(broker, SOURCE, number % 4, customer.encode(), f"{customer},{rest}".encode(), time_ms)
            sent.append((number % 4, offset, customer, *storm.offline[pattern], time_ms * 1000))
        newest = {}
        for event in sorted(sent, key=lambda event: (event[5], event[0], event[1])):
            newest[event[2]] = event
        wished = (sorted(sent), [(event[2], event[0], event[1], *event[3:]) for _, event in sorted(newest.items())])

        def read_again(what, group):
            worker = field.worker(only_stores=True, sinks=SQLITE_SINK.format("churn.db"), group=group, state=f"state-{group}",
                                  arguments=("--until-end",))
            require(worker.process.wait(60) == 0, f"{what}: the worker ended badly:\n{worker.said()[-2000:]}")
            require(store_contents(store) == wished, f"I2: {what}: the store is not what was sent")
            return worker.account()[0]

        counts = [read_again("the first time", "first"), read_again("by another group", "second")]
        wire.set_committed(broker, "first", SOURCE, {partition: 0 for partition in range(4)})
        counts.append(read_again("after the offsets were set back", "first"))
        with sqlite3.connect(store) as forgetful:
            forgetful.execute("DELETE FROM churn_positions")
        counts.append(read_again("into a store without positions", "third"))
        require(counts == [len(sent)] * 4, f"{counts} rows were read: nothing is proven")
        return f"{len(sent)} events of {len(newest)} customers read {len(counts)} times, the store is the same each time"


def strange_times(harness):
    """22: records of the year 1970 and of 2100 between those of today: their time is kept, nothing is lost."""
    with Storm(harness, "strange_times", 0, 0, rows=Rows(400, harness.seed), feed_now=False,
               topics={SOURCE: {"message.timestamp.after.max.ms": 2**63 - 1}}) as storm:
        now = int(time.time() * 1000)
        times, when = {"1970": 1, "2100": 4_102_444_800_000, "today": now}, {}
        storm.field.worker(sinks=SQLITE_SINK.format("churn.db"))
        for number, line in enumerate(storm.rows.lines):
            key, value = line.split(b"\t", 1)
            time_ms = list(times.values())[number % 3]
            when[key.decode()] = time_ms
            wire.produce(harness.cluster.brokers, SOURCE, number % 4, key, value, time_ms)
        sums = storm.calm()
        with sqlite3.connect(storm.field.folder / "churn.db") as store:
            told = dict(store.execute("SELECT customer_id, event_time FROM churn_events"))
        wrong = {key for key, time_us in told.items() if time_us != when[key] * 1000}
        require(len(told) == len(storm.rows.good) and not wrong, f"{len(wrong)} events have another time than their record: "
                f"{[(key, told[key], when[key]) for key in list(wrong)[:3]]}")
        return f"records of {', '.join(times)}; {sums}"
