"""The account of a storm, summed from outside: from the input topic, the output topic and the refused topic alone.

Invariants: I1 nothing lost, I2 nothing twice, I3 order per partition, I4 the values of `churnstream score` to the last
bit, I8 the reader who looked during the storm saw the same rows as one who looks afterwards, I9 what the worker says of
itself is what the topics hold."""
import json
from collections import Counter

from failed import require, some
from field import REFUSED, SCORED, SOURCE


def source_records(field):
    """(partition, offset) -> key, of every record that is there to be read and is a row."""
    return {(partition, offset): key.decode() for partition, offset, key, value, _ in field.read_topic(SOURCE) if value is not None}


def check(field, rows, offline, at_least_once=False, sent=None, gone=frozenset()):
    """Raises Failed with the invariant's name, or gives a sentence with the sums. `sent`: what was written, where the topic
    does not hold it any more; `gone`: what the case took away before it was read, which nobody may have scored."""
    sent = source_records(field) if sent is None else sent
    scored, values, last = Counter(), {}, {}
    for out_partition, _, _, value, _ in field.read_topic(SCORED):
        if value is None:  # a customer who is deleted is no row
            continue
        row = json.loads(value)
        place = (row["source_partition"], row["source_offset"])
        scored[place] += 1
        values[place] = (row["customer_id"], row["probability"], row["prediction"])
        before = last.get((out_partition, place[0]), -1)
        require(at_least_once or place[1] > before, f"I3: after offset {before} of partition {place[0]} came {place[1]}")
        last[(out_partition, place[0])] = place[1]
    refused, twice = judge(sent, scored, values, refused_records(field), rows, offline, at_least_once, gone)

    seen = Counter()
    for line in filter(None, field.reader_file.read_bytes().splitlines()):
        row = json.loads(line)
        seen[(row["source_partition"], row["source_offset"])] += 1
    require(at_least_once or seen == scored, f"I8: the reader during the storm saw {sum(seen.values())} rows, later there are "
            f"{sum(scored.values())}")
    return f"{len(sent)} sent = {len(scored)} scored + {len(refused)} refused" + (
        f" + {len(gone)} gone" if gone else "") + (f", {len(twice)} of them more than once" if at_least_once else "")


def refused_records(field):
    """(partition, offset) -> the reason each time it was refused."""
    reasons = {}
    for _, _, _, _, headers in field.read_topic(REFUSED):
        place = (int(headers[b"churnstream.refused.partition"]), int(headers[b"churnstream.refused.offset"]))
        reasons.setdefault(place, []).append(headers[b"churnstream.refused.reason"].decode(errors="replace"))
    return reasons


def judge(sent, scored, values, reasons, rows, offline, at_least_once=False, gone=frozenset()):
    """I1, I2 and I4. scored: how often each place is there; values: place -> (customer, probability, prediction). Gives how
    often each place was refused, and which are there twice."""
    refused = Counter({place: len(told) for place, told in reasons.items()})
    count = len(rows.lines) - rows.tombstones
    require(len(sent) >= count, f"the feed wrote {len(sent)} of {count} rows: nothing is proven")
    lost = sent.keys() - scored.keys() - refused.keys() - gone
    require(not lost, f"I1: {len(lost)} rows are lost: {some(lost)}")
    invented = (scored.keys() | refused.keys()) - (sent.keys() - gone)
    require(not invented, f"I1: {len(invented)} rows were never sent: {some(invented)}")
    twice = {place for place, count in (scored + refused).items() if count > 1}
    require(at_least_once or not twice, f"I2: {len(twice)} rows are there twice: {some(twice)}")
    for place, (customer, *score) in values.items():
        key = sent[place]
        require(customer == key, f"I4: {place} is customer {key} and came out as {customer}")
        require(tuple(score) == offline[key], f"I4: {place} has another score than offline: {score}, not {offline[key]}")
    spoilt = {key for place, key in sent.items() if key in rows.spoilt and place not in gone}
    wrong = {sent[place] for place in refused} ^ spoilt
    require(not wrong, f"I4: the refused rows are not the spoilt ones: {some(wrong)}")
    silent = {place for place, told in reasons.items() if not all(told)}
    require(not silent, f"I4: rows were refused without a reason: {some(silent)}")
    return refused, twice


def check_store(field, rows, offline, stored, reasons):
    """The same where a store takes the place of the output topic. stored: (partition, offset, customer, probability,
    prediction) of each row in it; reasons: of each refused place, each time."""
    scored = Counter((row[0], row[1]) for row in stored)
    values = {(row[0], row[1]): tuple(row[2:]) for row in stored}
    sent = source_records(field)
    refused, _ = judge(sent, scored, values, reasons, rows, offline)
    return f"{len(sent)} sent = {len(stored)} stored + {len(refused)} refused"


def check_words(field, scored, refused):
    """I9: each worker that ended politely gives an account that balances; the only one there ever was, the whole sum."""
    for worker in field.workers:
        if worker.process.returncode != 0:
            continue
        told = worker.account()
        require(told is not None, f"I9: worker {worker.instance} ended without its account")
        read, delivered, turned_down, under_way, _ = told
        require(read == delivered + turned_down + under_way and under_way == 0, f"I9: worker {worker.instance} says {told}")
        if field.starts == 1 and "lost already" not in worker.said():
            require((delivered, turned_down) == (scored, refused),
                    f"I9: the worker says {told}, and the topics hold {scored} scored and {refused} refused")
