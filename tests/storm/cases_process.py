"""Cases about processes of ours: killed, ended, frozen, doubled, slow."""
import signal
import time

from failed import Failed, require
from storm_case import GOES_ON_WITHIN, SHORT_SESSION, TRANSACTION, Storm

CRASH_POINTS = ["after_poll", "after_produce", "after_send_offsets", "before_commit", "inside_commit", "after_commit"]


def crash_points(harness):
    """1: killed at each crash point in turn, while rows come in."""
    with Storm(harness, "crash_points", 20000, 800, feed_now=False) as storm:
        left = storm.rows.lines
        for point in CRASH_POINTS:
            worker = storm.field.worker(environment={"CHURNSTREAM_CRASH_AT": f"{point}:{storm.dice.randint(2, 5)}"})
            while worker.process.poll() is None:
                require(left, f"crash point {point} was never reached:\n{worker.said()[-2000:]}")
                storm.send(left[:400]).finish()
                left = left[400:]
            require(worker.process.returncode == 137,
                    f"at {point} the worker ended with {worker.process.returncode}:\n{worker.said()[-2000:]}")
        storm.send(left, rows_per_second=0)
        storm.field.worker()
        return f"{len(CRASH_POINTS)} crashes; " + storm.calm()


def random_kills(harness):
    """1: three workers, one killed every two to five seconds."""
    with Storm(harness, "random_kills", 20000, 1000) as storm:
        workers = {name: storm.field.worker(name, source=SHORT_SESSION) for name in "abc"}
        kills = 0
        while storm.is_fed():
            time.sleep(storm.dice.uniform(2, 5))
            name = storm.dice.choice("abc")
            workers[name].kill()
            kills += 1
            workers[name] = storm.field.worker(name, source=SHORT_SESSION)
        return f"{kills} kills; " + storm.calm()


def polite_ends(harness):
    """2: SIGTERM in the middle: nothing comes twice after a polite end, not even where the delivery, and with it the
    protocol of the group, is another one at the next start."""
    with Storm(harness, "polite_ends", 5000, 1000) as storm:
        for turn in range(4):
            worker = storm.field.worker(delivery=("exactly_once", "at_least_once")[turn % 2])
            time.sleep(storm.dice.uniform(1.5, 2.5))
            worker.stop_well(within=15)
        storm.field.worker(delivery="at_least_once")
        return "4 ends; " + storm.calm()


def zombie(harness):
    """3: a worker is stopped for longer than its session and wakes up as a zombie."""
    with Storm(harness, "zombie", 14000, 700) as storm:
        frozen, _ = (storm.field.worker(name, source=SHORT_SESSION) for name in "ab")
        time.sleep(4)
        frozen.signal(signal.SIGSTOP)
        before = storm.field.committed_rows()
        time.sleep(GOES_ON_WITHIN - 3)
        storm.field.wait_for_rows(before + 1500, 40, "the other worker goes on")
        frozen.signal(signal.SIGCONT)
        return storm.calm()


def same_name(harness):
    """4: a second process with the same instance name: one of them is fenced, says why and ends. Where the two fence each other
    both do, and one is started again, as a supervisor would."""
    with Storm(harness, "same_name", 6000, 600) as storm:
        older = storm.field.worker("a")
        time.sleep(4)
        newer, end = storm.field.worker("a", state="state-elsewhere"), time.monotonic() + 30
        while older.alive() and newer.alive():
            require(time.monotonic() < end, "I5: two processes of one name go on for 30 s")
            time.sleep(0.1)
        time.sleep(3)
        for worker in (older, newer):
            if not worker.alive():
                worker.must_end(1, "another process")
                storm.field.workers.remove(worker)
        if not storm.field.workers:
            storm.field.worker("a", state="state-elsewhere")
        return storm.calm()


def stalled_transaction(harness):
    """5: a process stands still inside a transaction for longer than the transaction may last."""
    with Storm(harness, "stalled_transaction", 12000, 600) as storm:
        worker = storm.field.worker(source='session_timeout = "40s"\nmax_poll_interval = "60s"')
        time.sleep(4)
        worker.signal(signal.SIGSTOP)
        time.sleep(TRANSACTION + 3)
        worker.signal(signal.SIGCONT)
        return storm.calm()


def slow_scorer(harness):
    """11: a lane stands still for longer than max_poll_interval, again and again: it loses its partitions, comes back and
    goes on each time."""
    with Storm(harness, "slow_scorer", 12000, 400) as storm:
        worker = storm.field.worker(source='session_timeout = "2s"\nmax_poll_interval = "2s"',
                                    environment={"CHURNSTREAM_SLOW_AT": "after_poll:40:3500"})
        rounds = []  # committed rows when each eviction was seen
        while storm.is_fed():
            if worker.said().count("stood still for longer") > len(rounds):
                rounds.append(storm.field.committed_rows())
            time.sleep(0.2)
        require(len(rounds) >= 5, f"only {len(rounds)} evictions: nothing is proven")
        stuck = sum(later == before for before, later in zip(rounds, rounds[1:]))
        require(stuck <= 1, f"I5: no row came between {stuck} evictions and the next: {rounds}")
        return f"{len(rounds)} evictions, rows came between them; " + storm.calm()
