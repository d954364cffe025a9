"""The account of a storm, summed from outside: from the input topic, the output topic and the refused topic alone.

Invariants: I1 nothing lost, I2 nothing twice, I3 order per partition, I4 the values of `churnstream score` to the last
bit, I8 the reader who looked during the storm saw the same rows as one who looks afterwards."""
import json
from collections import Counter

from field import REFUSED, SCORED, SOURCE, Failed


def require(truth, sentence):
    if not truth:
        raise Failed(sentence)


def some(things):
    return ", ".join(str(thing) for thing in sorted(things)[:5]) + (" ..." if len(things) > 5 else "")


def check(field, rows, offline, at_least_once=False):
    """Raises Failed with the invariant's name, or gives a sentence with the sums."""
    sent = {(partition, offset): key.decode() for partition, offset, key, _, _ in field.read_topic(SOURCE)}
    require(len(sent) >= len(rows.lines), f"the feed wrote {len(sent)} of {len(rows.lines)} rows: nothing is proven")
    scored, values, last = Counter(), {}, {}
    for out_partition, _, _, value, _ in field.read_topic(SCORED):
        row = json.loads(value)
        place = (row["source_partition"], row["source_offset"])
        scored[place] += 1
        values[place] = row
        before = last.get((out_partition, place[0]), -1)
        require(at_least_once or place[1] > before, f"I3: after offset {before} of partition {place[0]} came {place[1]}")
        last[(out_partition, place[0])] = place[1]
    refused = Counter()
    for _, _, _, _, headers in field.read_topic(REFUSED):
        refused[(int(headers[b"churnstream.refused.partition"]), int(headers[b"churnstream.refused.offset"]))] += 1

    lost = sent.keys() - scored.keys() - refused.keys()
    require(not lost, f"I1: {len(lost)} rows are lost: {some(lost)}")
    invented = (scored.keys() | refused.keys()) - sent.keys()
    require(not invented, f"I1: {len(invented)} rows were never sent: {some(invented)}")
    twice = {place for place, count in (scored + refused).items() if count > 1}
    require(at_least_once or not twice, f"I2: {len(twice)} rows are there twice: {some(twice)}")
    for place, row in values.items():
        key = sent[place]
        require(row["customer_id"] == key, f"I4: {place} is customer {key} and came out as {row['customer_id']}")
        require((row["probability"], row["prediction"]) == offline[key], f"I4: {place} has another score than offline")
    require({sent[place] for place in refused} == rows.spoilt, "I4: the refused rows are not the spoilt ones")

    seen = Counter()
    for line in field.reader_file.read_bytes().splitlines():
        row = json.loads(line)
        seen[(row["source_partition"], row["source_offset"])] += 1
    require(at_least_once or seen == scored, f"I8: the reader during the storm saw {sum(seen.values())} rows, later there are "
            f"{sum(scored.values())}")
    return f"{len(sent)} sent = {len(scored)} scored + {len(refused)} refused" + (
        f", {len(twice)} of them more than once" if at_least_once else "")
