"""Cases about topics that change under a running stream: more partitions, records gone, another topic of the same name."""
import re
import signal
import time

import account
import wire
from failed import require
from feed import Rows
from field import SOURCE
from storm_case import Storm


def wait_until_begun(field, within=30):
    """Until the group says of each partition where it began."""
    deadline = time.monotonic() + within
    while len(wire.committed(field.cluster.brokers, field.group, SOURCE, 4)) < 4:
        require(time.monotonic() < deadline, f"the group has no position in some partition after {within} s")
        time.sleep(0.05)


def more_partitions(harness):
    """13: four partitions become eight while a worker runs that starts at the latest records: it reads the new ones from
    their first record."""
    with Storm(harness, "more_partitions", 8000, 800, feed_now=False) as storm:
        worker = storm.field.worker(start="latest")
        worker.wait_until_said(" reads partition", 30)
        wait_until_begun(storm.field)
        half = len(storm.rows.lines) // 2
        storm.send(storm.rows.lines[:half])
        storm.field.wait_for_rows(500, 30, "the beginning")
        storm.field.partitions = 8
        wire.create_partitions(harness.cluster.brokers, SOURCE, 8)
        storm.send(storm.rows.lines[half:], arguments=("-X", "topic.metadata.refresh.interval.ms=1000"))
        sums = storm.calm()
        new = sum(partition >= 4 for partition, _ in account.source_records(storm.field))
        require(new > 100, f"only {new} rows lay in new partitions: nothing is proven")
        return f"{new} rows in new partitions; {sums}"


def topic_made_anew(harness):
    """14: the topic is deleted and made again: on_data_loss = "stop" stops and says so."""
    with Storm(harness, "topic_made_anew", 2000, 0) as storm:
        worker = storm.field.worker()
        storm.wait_for_all(30)
        worker.stop_well()
        storm.field.make_topic(SOURCE)
        storm.send(storm.rows.lines).finish()
        code = storm.field.worker().must_end(30, "made anew")
        return f"refused with exit code {code}"


def records_gone(harness):
    """14: records are deleted before they were read: on_data_loss stops, or goes on and names every offset that is gone."""
    with Storm(harness, "records_gone", 3000, 0, feed_now=False) as storm:
        parts = [storm.rows.lines[third * 1000:third * 1000 + 1000] for third in range(3)]
        field, gone, sent = storm.field, set(), {}

        def feed(lines):
            storm.send(lines).finish()
            sent.update(account.source_records(field))

        def cut(part):
            """Deletes a part of what is unread; partition -> the first and the last that are gone, and the end."""
            read = wire.committed(harness.cluster.brokers, field.group, SOURCE, 4)
            ends = {p["partition"]: p["high"] for p in field.describe(SOURCE)["partitions"]}
            holes = {p: (read[p], read[p] + int((ends[p] - read[p]) * part) - 1, ends[p]) for p in ends}
            wire.delete_records(harness.cluster.brokers, SOURCE, {p: last + 1 for p, (_, last, _) in holes.items()})
            return holes

        def lose(holes, until):
            for partition, (first, last, end) in holes.items():
                gone.update((partition, offset) for offset in range(first, (last + 1) if until == "earliest" else end))

        feed(parts[0])
        worker = field.worker()
        field.wait_for_rows(sum(key not in storm.rows.spoilt for key in sent.values()), 40, "the first part")
        worker.stop_well()

        feed(parts[1])
        holes = cut(0.4)
        stopped = field.worker()
        code = stopped.must_end(30, "are gone")
        require(any(f"the records from offset {first} to {last} are gone" in stopped.said() for first, last, _ in holes.values()),
                f"the stop does not name the range of any of {holes}:\n{stopped.said()[-1500:]}")

        for policy, part in (("earliest", None), ("latest", parts[2])):
            if part:
                feed(part)
                holes = cut(0.4)
            worker = field.worker(source=f'on_data_loss = "{policy}"')
            for partition, (first, last, end) in holes.items():
                goes_on = end if policy == "latest" else last + 1
                worker.wait_until_said(f"records were lost in {SOURCE}/{partition}: the records from offset {first} to {last} are "
                                       f"gone; reading goes on at offset {goes_on}", 30)
            lose(holes, policy)
            good = sum(key not in storm.rows.spoilt for place, key in sent.items() if place not in gone)
            field.wait_for_rows(good, 40, policy)
            worker.stop_well()
        sums = account.check(field, storm.rows, storm.offline, sent=sent, gone=frozenset(gone))
        return f"stop ends with exit code {code}; earliest and latest name all {len(gone)} records; {sums}"


def cut_while_running(harness):
    """14: records are deleted before a worker that stands still has read them: it goes on and names them."""
    with Storm(harness, "cut_while_running", 0, 0, feed_now=False, rows=Rows(2000, f"{harness.seed} cut", 0)) as storm:
        field = storm.field
        storm.send(storm.rows.lines[:1000]).finish()
        worker = field.worker(lanes=1, source='on_data_loss = "earliest"\nsession_timeout = "30s"')
        field.wait_for_rows(1000, 40, "the first part")
        worker.signal(signal.SIGSTOP)
        for part in (storm.rows.lines[1000:1040], storm.rows.lines[1040:]):  # a question of his may be answered by the first
            storm.send(part).finish()
        sent = account.source_records(field)
        cut = {p["partition"]: p["high"] - 100 for p in field.describe(SOURCE)["partitions"]}
        wire.delete_records(harness.cluster.brokers, SOURCE, cut)
        worker.signal(signal.SIGCONT)
        for partition, low in cut.items():
            worker.wait_until_said(f"to {low - 1} are gone; reading goes on at offset {low}", 40)
        holes = re.findall(rf"lost in {SOURCE}/(\d+): the records from offset (\d+) to (\d+) are gone", worker.said())
        gone = frozenset((int(p), offset) for p, first, last in holes for offset in range(int(first), int(last) + 1))
        field.wait_for_rows(2000 - len(gone), 40, "the rest")
        worker.stop_well()
        return f"all {len(gone)} named; " + account.check(field, storm.rows, storm.offline, sent=sent, gone=gone)
