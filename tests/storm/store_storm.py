"""A storm into one store and nowhere else, and its account: in the end the store holds every good row once, with the offline
scores, and every other is refused with a reason."""
import json
import time

import account
import wire
from failed import Failed
from field import SOURCE
from storm_case import SHORT_SESSION, Storm


class StoreStorm(Storm):
    """How far it has come is asked of the group's offsets, which move behind the store."""

    def __init__(self, harness, name, make_store, count, rows_per_second, **more):
        super().__init__(harness, name, count, rows_per_second, feed_now=False, **more)
        try:
            self.store = make_store(self.field.folder)
        except BaseException:
            super().__exit__()
            raise
        self.progress.ended.set()  # it looks at the output topic
        self.send(self.rows.lines)

    def __exit__(self, *what):
        super().__exit__(*what)
        self.store.end()

    def worker(self, name="a", environment=None):
        return self.field.worker(name, only_stores=True, sinks=self.store.sink, source=SHORT_SESSION,
                                 refused='type = "file"\npath = "refused.jsonl"',
                                 environment={**self.store.environment, **(environment or {})})

    def refused(self):
        """(partition, offset) -> the reason each time it was refused."""
        reasons = {}
        for line in (self.field.folder / "refused.jsonl").read_text().splitlines():
            row = json.loads(line)
            reasons.setdefault((row["source_partition"], row["source_offset"]), []).append(row["reason"])
        return reasons

    def come(self):
        """How many records are behind us."""
        return sum(wire.committed(self.field.cluster.brokers, self.field.group, SOURCE, self.field.partitions).values())

    def wait_until_come(self, count, within, what):
        begin = time.monotonic()
        while self.come() < count:
            for worker in self.field.workers:
                worker.measure()
            if time.monotonic() - begin > within:
                words = "".join(f"\n{worker.instance}: {worker.said()[-1500:]}" for worker in self.field.workers)
                raise Failed(f"{what}: {self.come()} of {count} records after {within} s{words}")
            time.sleep(0.2)
        return time.monotonic() - begin

    def kill_and_start(self, worker):
        worker.kill()
        return self.worker(worker.instance)

    def kill_while_it_stands_still(self, worker):
        self.store.pause()
        time.sleep(2)
        worker = self.kill_and_start(worker)
        time.sleep(1)
        self.store.resume()
        return worker

    def unwanted(self, every):
        """Good rows that the store is going to refuse, each `every`-th."""
        return [line.split(b",", 1)[0].decode() for line in self.rows.good[::every]]

    def store_refuses(self, customers):
        self.store.refuse(customers)
        self.rows.spoilt.update(customers)
        chosen = set(customers)
        self.rows.good = [line for line in self.rows.good if line.split(b",", 1)[0].decode() not in chosen]

    def settle(self, within=60):
        """Waits for everything, ends the workers politely and sums the account."""
        for feed in self.feeds:
            feed.finish(lambda: [worker.measure() for worker in self.field.workers])
        took = self.wait_until_come(len(self.rows.lines), within, "after the storm")
        for worker in self.field.workers:
            worker.measure()
            if worker.alive():
                worker.stop_well()
        self.offsets.end()
        sums = account.check_store(self.field, self.rows, self.offline, self.store.rows(), self.refused())
        account.check_words(self.field, len(self.rows.good), len(self.rows.spoilt))
        return f"{sums}; all there {took:.1f} s after the last row was sent; {self.most_used()}"
