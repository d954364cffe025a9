"""Cases about our own process, killed at each step of a write into a store."""
import time

from failed import require
from store_storm import StoreStorm
from stores import Cassandra, Files, Postgres, Redis, Snowflake, Sqlite

STORES = {
    "sqlite": (Sqlite, ["after_write"]),
    "postgres": (Postgres, ["after_write"]),
    "parquet": (Files, ["after_write", "files_written", "files_listed"]),
    "cassandra": (Cassandra, ["between_tables", "after_write"]),
    "redis": (Redis, ["after_write"]),
    "snowflake_streaming": (lambda folder: Snowflake(folder, "streaming"), ["rows_appended", "after_write"]),
    "snowflake_merge": (lambda folder: Snowflake(folder, "merge"), ["between_tables", "rows_merged", "after_write"]),
}


def crashes(harness, name):
    make_store, points = STORES[name]
    with StoreStorm(harness, f"store_crashes_{name}", make_store, 4000, 500) as storm:
        for point in points:
            for times in (1, storm.dice.randint(2, 5)):
                worker = storm.worker(environment={"CHURNSTREAM_CRASH_AT": f"{point}:{times}"})
                worker.process.wait(30)
                require(worker.process.returncode == 137, f"{point} was not reached:\n{worker.said()[-2000:]}")
        storm.worker()
        return f"{name}, {2 * len(points)} crashes: {storm.settle()}"


def store_crashes(harness):
    """1: our process dies behind each write into each store, before anybody hears of it, between its tables, and at each step
    of a roll."""
    return "; ".join(crashes(harness, name) for name in STORES)


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
