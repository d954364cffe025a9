"""Cases about stores: a store that is killed, stands still, refuses, is slow or has no room, and our process killed all the
while. In the end the store holds every good row once, with the offline scores, and every other is refused with a reason."""
import json
import time

import account
import wire
from failed import Failed, require
from field import SOURCE
from storm_case import SHORT_SESSION, Storm
from stores import Cassandra, Files, Postgres, Redis, Snowflake, Sqlite

MEMORY_MAX_KB = 120 * 1024  # of an ordinary build


class StoreStorm(Storm):
    """Into one store and nowhere else. How far it has come is asked of the group's offsets, which move behind the store."""

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


def store_sqlite(harness):
    """15, 20: SQLite: locked by somebody else, no room, and our process killed, each a few seconds."""
    with StoreStorm(harness, "store_sqlite", Sqlite, 5000, 500) as storm:
        worker = storm.worker()
        storm.wait_until_come(500, 20, "the beginning")
        storm.store.pause()
        time.sleep(2)
        worker = storm.kill_and_start(worker)
        time.sleep(1)
        storm.store.resume()
        storm.wait_until_come(storm.come() + 300, 20, "going on after the lock")
        storm.store.disk.fill()
        worker.wait_until_said("full", 20)
        worker = storm.kill_and_start(worker)
        storm.store.disk.free()
        return storm.settle()


def killed_and_paused(harness, name, make_store):
    """A store is killed and started again, stands still for three seconds, and our process is killed."""
    with StoreStorm(harness, name, make_store, 5000, 500) as storm:
        worker = storm.worker()
        storm.wait_until_come(500, 20, "the beginning")
        storm.store.kill()
        time.sleep(1)
        storm.store.restart()
        storm.wait_until_come(storm.come() + 300, 20, "going on after the kill")
        storm.store.pause()
        time.sleep(2)
        worker = storm.kill_and_start(worker)
        time.sleep(1)
        storm.store.resume()
        return storm.settle()


def store_postgres(harness):
    """15, 20: PostgreSQL: killed and started again, stands still for three seconds, and our process killed."""
    return killed_and_paused(harness, "store_postgres", Postgres)


def store_cassandra(harness):
    """15, 20: Cassandra: killed and started again, stands still for three seconds, and our process killed."""
    return killed_and_paused(harness, "store_cassandra", Cassandra)


def store_redis(harness):
    """15, 20: Redis: killed and started again, stands still for three seconds, and our process killed."""
    return killed_and_paused(harness, "store_redis", Redis)


def store_parquet(harness):
    """15, 20: Parquet: no room, a read-only folder, and our process killed while logs become files."""
    with StoreStorm(harness, "store_parquet", Files, 5000, 500) as storm:
        worker = storm.worker()
        storm.wait_until_come(500, 20, "the beginning")
        for _ in range(3):
            time.sleep(storm.dice.uniform(0.3, 1.2))
            worker = storm.kill_and_start(worker)
        storm.store.disk.fill()
        worker.wait_until_said("No space left", 20)
        time.sleep(1)
        storm.store.disk.free()
        storm.wait_until_come(storm.come() + 300, 20, "going on once there is room")
        worker.kill()
        storm.store.disk.may_be_written(False)
        storm.worker().must_end(20, "ead-only")
        storm.store.disk.may_be_written(True)
        storm.worker()
        return storm.settle()


def killed_thrice(harness, name, make_store):
    """A store is killed three times, and our process at random in between."""
    with StoreStorm(harness, name, make_store, 12000, 500) as storm:
        worker = storm.worker()
        for _ in range(3):
            time.sleep(storm.dice.uniform(2, 4))
            storm.store.kill()
            time.sleep(storm.dice.uniform(0.5, 2))
            worker = storm.kill_and_start(worker)
            storm.store.restart()
        return storm.settle()


def store_killed(harness):
    """15: PostgreSQL is killed three times, and our process at random in between."""
    return killed_thrice(harness, "store_killed", Postgres)


def store_killed_cassandra(harness):
    """15: Cassandra is killed three times, and our process at random in between."""
    return killed_thrice(harness, "store_killed_cassandra", Cassandra)


def store_killed_redis(harness):
    """15: Redis is killed three times, and our process at random in between."""
    return killed_thrice(harness, "store_killed_redis", Redis)


def stands_still(harness, name, make_store):
    """A store stands still for twenty seconds: the write is given up after its timeout and done again."""
    with StoreStorm(harness, name, make_store, 14000, 500) as storm:
        worker = storm.worker()
        storm.wait_until_come(500, 20, "the beginning")
        storm.store.pause()
        worker.wait_until_said("in trouble", 20)
        time.sleep(20)
        storm.store.resume()
        return storm.settle()


def store_paused(harness):
    """15: PostgreSQL stands still for twenty seconds: the write is given up after its timeout and done again."""
    return stands_still(harness, "store_paused", Postgres)


def store_paused_cassandra(harness):
    """15: Cassandra stands still for twenty seconds: the write is given up after its timeout and done again."""
    return stands_still(harness, "store_paused_cassandra", Cassandra)


def store_paused_redis(harness):
    """15: Redis stands still for twenty seconds: the write is given up after its timeout and done again."""
    return stands_still(harness, "store_paused_redis", Redis)


def store_refuses(harness):
    """16: PostgreSQL refuses some rows for a reason of its own; then our right to write is taken away: a clear stop, and the
    next start with the right goes on."""
    with StoreStorm(harness, "store_refuses", Postgres, 9000, 500) as storm:
        storm.worker().wait_until_said("reads partition", 20)
        storm.wait_until_come(500, 20, "the beginning")
        storm.store_refuses(storm.unwanted(every=50)[60:])
        storm.wait_until_come(storm.come() + 500, 20, "going on behind refused rows")
        storm.store.may_write(False)
        storm.field.workers[-1].must_end(20, "permission denied")
        storm.store.may_write(True)
        storm.kill_and_start(storm.field.workers[-1])
        return storm.settle()


def store_refuses_sqlite(harness):
    """16: SQLite refuses some rows for a reason of its own, and our process is killed twice meanwhile."""
    with StoreStorm(harness, "store_refuses_sqlite", Sqlite, 6000, 500) as storm:
        worker = storm.worker()
        storm.wait_until_come(500, 20, "the beginning")
        storm.store_refuses(storm.unwanted(every=50)[60:])
        for _ in range(2):
            time.sleep(storm.dice.uniform(1, 2))
            worker = storm.kill_and_start(worker)
        return storm.settle()


def store_slow(harness):
    """9: each answer of PostgreSQL, and each question, takes 200 ms more, and connections are reset meanwhile."""
    with StoreStorm(harness, "store_slow", Postgres, 8000, 500) as storm:
        storm.worker()
        storm.wait_until_come(500, 20, "the beginning")
        storm.store.slow(0.2)
        for _ in range(4):
            time.sleep(storm.dice.uniform(1, 3))
            storm.store.proxy.reset_all()
        storm.store.slow(0)
        return storm.settle()


def store_full(harness):
    """20: there is no room for PostgreSQL's tables: the run waits, says so and goes on."""
    with StoreStorm(harness, "store_full", Postgres, 8000, 500) as storm:
        worker = storm.worker()
        storm.wait_until_come(500, 20, "the beginning")
        storm.store.disk.fill()
        worker.wait_until_said("No space left", 30)
        time.sleep(3)
        storm.store.disk.free()
        return storm.settle()


def store_crashes(harness):
    """1: our process dies behind each write into each store, before anybody hears of it, and at each step of a roll."""
    told = []
    for name, make_store, points in (("sqlite", Sqlite, ["after_write"]), ("postgres", Postgres, ["after_write"]),
                                     ("parquet", Files, ["after_write", "files_written", "files_listed"])):
        with StoreStorm(harness, f"store_crashes_{name}", make_store, 4000, 500) as storm:
            for point in points:
                for times in (1, storm.dice.randint(2, 5)):
                    worker = storm.worker(environment={"CHURNSTREAM_CRASH_AT": f"{point}:{times}"})
                    worker.process.wait(30)
                    require(worker.process.returncode == 137, f"{point} was not reached:\n{worker.said()[-2000:]}")
            storm.worker()
            told.append(f"{name}: {storm.settle()}")
    return "; ".join(told)


def store_text_files(harness):
    """1: closed CSV and JSON lines, gzip and zstd, our process killed at random."""
    told = []
    for form, compression in (("csv", "gzip"), ("jsonl", "zstd")):
        with StoreStorm(harness, f"store_text_files_{form}", lambda folder: Files(folder, form, compression), 5000, 500) as storm:
            worker = storm.worker()
            while storm.is_fed():
                time.sleep(storm.dice.uniform(0.5, 2))
                worker = storm.kill_and_start(worker)
            told.append(f"{form}: {storm.settle()}")
    return "; ".join(told)


def store_stalls(harness):
    """15: PostgreSQL stands still for a minute under load: nobody is thrown out of the group, memory stays bounded (an ordinary
    build: 120 MB), and afterwards the backlog is written at the whole speed."""
    steady, stalled = 800, 60
    with StoreStorm(harness, "store_stalls", lambda folder: Postgres(folder, 400), steady * (stalled + 30), steady) as storm:
        worker = storm.worker()
        storm.wait_until_come(5 * steady, 40, "the beginning")
        joins = worker.said().count("reads partition")
        storm.store.pause()
        for _ in range(stalled):
            time.sleep(1)
            worker.measure()
        backlog, begin = storm.come(), time.monotonic()
        storm.store.resume()
        storm.wait_until_come(backlog + steady * stalled, 90, "catching up")
        rate = steady * stalled / (time.monotonic() - begin)
        require(rate >= steady, f"the backlog was written at {rate:.0f} rows/s, and rows come at {steady}")
        require(worker.said().count("reads partition") == joins, f"partitions changed hands:\n{worker.said()[-3000:]}")
        worker.measure()
        is_ordinary = "asan" not in str(harness.program)
        require(not is_ordinary or worker.peak_kb <= MEMORY_MAX_KB, f"I7: {worker.peak_kb // 1024} MB resident")
        return f"the backlog of {stalled} s at {rate:.0f} rows/s, rows came at {steady}; {storm.settle()}"


def snowflake(mode):
    return lambda folder: Snowflake(folder, mode)


def store_snowflake(harness):
    """15: Snowflake's streaming, of our own server: killed and started again, an answer lost, busy, and our process killed."""
    with StoreStorm(harness, "store_snowflake", snowflake("streaming"), 4000, 500) as storm:
        worker = storm.worker()
        storm.wait_until_come(1000, 20, "the beginning, both lanes at work")
        storm.store.kill()
        time.sleep(1)
        storm.store.restart()
        storm.wait_until_come(storm.come() + 300, 20, "going on after the kill")
        storm.store.answers(after="cut")
        storm.store.answers(status=503, times=2)
        worker = storm.kill_and_start(worker)
        return storm.settle()


def store_snowflake_storm(harness):
    """15: Snowflake's streaming: killed, standing still, 429 and 503, answers lost, our process killed at random, some rows refused."""
    with StoreStorm(harness, "store_snowflake_storm", snowflake("streaming"), 4500, 200) as storm:
        worker = storm.worker()
        storm.wait_until_come(1000, 20, "the beginning, both lanes at work")
        storm.store_refuses(storm.unwanted(every=50)[60:])
        for fault in ({"after": "cut"}, {"before": "cut"}, {"status": 503, "times": 3}, {"status": 429, "retry_after": 1, "times": 2},
                      {"after": "cut", "times": 3}):
            storm.store.answers(skip=storm.dice.randrange(4), **fault)
            time.sleep(storm.dice.uniform(0.5, 1.5))
        for _ in range(2):
            storm.store.kill()
            time.sleep(storm.dice.uniform(0.5, 1.5))
            worker = storm.kill_and_start(worker)
            storm.store.restart()
            storm.wait_until_come(storm.come() + 200, 30, "going on after the kill")
        storm.store.pause()
        time.sleep(2)
        worker = storm.kill_and_start(worker)
        time.sleep(1)
        storm.store.resume()
        return storm.settle()


def store_snowflake_merge(harness):
    """15: Snowflake's MERGE: the service killed and started again, answers lost, 429 and 503, and our process killed."""
    with StoreStorm(harness, "store_snowflake_merge", snowflake("merge"), 4000, 250) as storm:
        worker = storm.worker()
        storm.wait_until_come(1000, 20, "the beginning, both lanes at work")
        for fault in ({"after": "cut"}, {"status": 503, "times": 2}, {"status": 429, "retry_after": 1}):
            storm.store.answers(**fault)
            time.sleep(storm.dice.uniform(0.5, 1.5))
        storm.store.kill()
        time.sleep(1)
        worker = storm.kill_and_start(worker)
        storm.store.restart()
        return storm.settle()
