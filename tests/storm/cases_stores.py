"""Cases about stores: a store that is killed, stands still, refuses, is slow or has no room, and our process killed all the
while."""
import time

from failed import require
from store_storm import StoreStorm
from stores import Cassandra, Files, Postgres, Redis, Sqlite

MEMORY_MAX_KB = 120 * 1024  # of an ordinary build


def store_sqlite(harness):
    """15, 20: SQLite: locked by somebody else, no room, and our process killed, each a few seconds."""
    with StoreStorm(harness, "store_sqlite", Sqlite, 5000, 500) as storm:
        worker = storm.worker()
        storm.wait_until_come(500, 20, "the beginning")
        worker = storm.kill_while_it_stands_still(worker)
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
        storm.kill_while_it_stands_still(worker)
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
