#!/usr/bin/env python3
"""How long a row takes from its producer to a reader of committed rows behind a worker.

    probe.py BROKERS IN OUT ROW --seconds 30 --rate 1000

ROW is a CSV line; in front of it goes the time of sending, as the customer's id, which the worker hands on as the key.
Writes the milliseconds of each row but those of the first third, sorted, as a JSON array.
"""
import argparse
import json
import threading
import time

from confluent_kafka import Consumer, Producer, TopicPartition

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
for name in ("brokers", "source", "out", "row"):
    parser.add_argument(name)
parser.add_argument("--seconds", type=float, default=30)
parser.add_argument("--rate", type=float, default=1000)
arguments = parser.parse_args()

reader = Consumer({"bootstrap.servers": arguments.brokers, "group.id": "probe", "enable.auto.commit": False,
                   "isolation.level": "read_committed", "fetch.wait.max.ms": 100})
partitions = reader.list_topics(arguments.out).topics[arguments.out].partitions
places = [TopicPartition(arguments.out, number) for number in partitions]
for place in places:
    place.offset = reader.get_watermark_offsets(place)[1]
reader.assign(places)
taken, ended = [], threading.Event()


def read():
    while not ended.is_set():
        message = reader.poll(0.1)
        if message is not None and message.error() is None:
            taken.append((time.time_ns() - int(message.key())) / 1e6)


thread = threading.Thread(target=read)
thread.start()
time.sleep(2)
writer = Producer({"bootstrap.servers": arguments.brokers, "linger.ms": 0, "acks": "all"})
begin = time.monotonic()
sent = int(arguments.seconds * arguments.rate)
for number in range(sent):
    time.sleep(max(0, begin + number / arguments.rate - time.monotonic()))
    writer.produce(arguments.source, f"{time.time_ns()},{arguments.row}".encode())
    writer.poll(0)
writer.flush()
give_up = time.monotonic() + 10
while len(taken) < sent and time.monotonic() < give_up:
    time.sleep(0.1)
ended.set()
thread.join()
if len(taken) != sent:
    raise SystemExit(f"{sent} rows went in and {len(taken)} came out")
print(json.dumps(sorted(taken[sent // 3:])))
