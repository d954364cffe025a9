"""Cases about stores and the disk: a store that refuses for a while, a disk that is full or may not be written."""
import signal
import sqlite3
import time

from failed import require
from field import SQLITE_SINK
from storm_case import SHORT_SESSION, Storm
from stores import SmallDisk


def stored(file):
    """How many rows the store holds, and at how many places."""
    with sqlite3.connect(file) as store:
        return store.execute(
            "SELECT count(*), count(DISTINCT source_partition || ':' || source_offset) FROM churn_events").fetchone()


def slow_store(harness):
    """15: a required store refuses for a while: nobody is thrown out of the group, memory stays bounded."""
    with Storm(harness, "slow_store", 12000, 600) as storm:
        storm.field.worker(sinks=SQLITE_SINK.format("churn.db"), source=SHORT_SESSION)
        time.sleep(4)
        lock = sqlite3.connect(storm.field.folder / "churn.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        time.sleep(8)
        guest = storm.field.worker("b", source=SHORT_SESSION + "\nstatic_membership = false")
        time.sleep(6)  # its partitions come back to the first one, which has paused them
        guest.signal(signal.SIGTERM)
        time.sleep(11)
        lock.execute("ROLLBACK")
        lock.close()
        sums = storm.calm()
        there = stored(storm.field.folder / "churn.db")
        require(there == (len(storm.rows.good),) * 2, f"the store holds {there}, and {len(storm.rows.good)} rows were good")
        return sums


def disk_full(harness):
    """20: the store's disk fills up and is freed: the run waits, says so and goes on. Then the disk of the state folder is
    full, or may not be written, and the store's too: a clear stop, the checkpoint as it was, and the next start works."""
    folder = harness.folder / "disk_full"
    with Storm(harness, "disk_full", 8000, 500) as storm, SmallDisk(folder / "store", 40) as store, \
            SmallDisk(folder / "state", 1) as state:
        def worker():
            return storm.field.worker(sinks=SQLITE_SINK.format("store/churn.db"), state="state/a")

        def checkpoint():
            return {file.name: file.read_bytes() for file in sorted(state.folder.glob("a/**/checkpoint.*"))}

        one = worker()
        storm.field.wait_for_rows(300, 30, "the beginning")
        store.fill()
        one.wait_until_said("full", 30)
        time.sleep(2)
        before = storm.field.committed_rows()
        time.sleep(3)
        require(storm.field.committed_rows() == before, "rows were committed that the required store had no room for")
        store.free()
        storm.field.wait_for_rows(before + 300, 30, "going on once there is room")
        one.stop_well()

        kept, told = checkpoint(), []
        require(kept, "there is no checkpoint: nothing is proven")
        for what, break_it, mend_it, words in (
                ("full state folder", state.fill, state.free, "No space left"),
                ("read-only state folder", lambda: state.may_be_written(False), lambda: state.may_be_written(True), "Read-only"),
                ("read-only store", lambda: store.may_be_written(False), lambda: store.may_be_written(True), "ead-only")):
            break_it()
            code = worker().must_end(30, words)
            require(checkpoint() == kept, f"{what}: the checkpoint is another one than before")
            mend_it()
            told.append(f"{what}: exit code {code}")
        worker()
        sums = storm.calm()
        there = stored(store.folder / "churn.db")
        require(there == (len(storm.rows.good),) * 2, f"the store holds {there}, and {len(storm.rows.good)} rows were good")
        return f"{', '.join(told)}; {sums}"
