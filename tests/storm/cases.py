"""The cases of the storm. Each is a function of the harness; it raises Failed, or gives a sentence of what it saw.
The numbers are those of the storm's table of faults."""
import random
import signal
import sqlite3
import time

import account
from field import SOURCE, Feed, Field, Rows, Failed

CRASH_POINTS = ["after_poll", "after_produce", "after_send_offsets", "before_commit", "inside_commit", "after_commit"]
SESSION, TRANSACTION = 6, 10  # seconds, the defaults
GOES_ON_WITHIN = SESSION + TRANSACTION + 3
SHORT_SESSION = 'session_timeout = "6s"\nmax_poll_interval = "20s"'


class Storm:
    """One case under way: rows being fed, workers, and the account at the end."""

    def __init__(self, harness, name, count, rows_per_second, **field):
        self.harness, self.dice = harness, random.Random(f"{harness.seed} {name}")
        self.rows = Rows(count, f"{harness.seed} {name}")
        self.offline = self.rows.offline_scores(harness.program, harness.model, harness.folder)
        self.field = Field(harness.program, harness.model, harness.cluster, harness.folder / name, **field)
        self.feed = Feed(harness.cluster.brokers, self.rows.lines, rows_per_second)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.feed.kcat.kill()
        self.field.end()

    def calm(self, within=60, at_least_once=False):
        """Waits for everything, ends the workers politely and sums the account."""
        self.feed.finish(lambda: [worker.measure() for worker in self.field.workers])
        took = self.field.wait_for_rows(len(self.rows.good), within, "after the storm")
        for worker in self.field.workers:
            if worker.alive() and worker.stop() != 0:
                raise Failed(f"worker {worker.instance} ended with {worker.process.returncode}:\n{worker.said()[-2000:]}")
        sums = account.check(self.field, self.rows, self.offline, at_least_once)
        peak = max(worker.peak_kb for worker in self.field.workers) // 1024
        return f"{sums}; all there {took:.1f} s after the last row was sent; at most {peak} MB resident"


def crash_points(harness):
    """1: killed at each crash point in turn."""
    with Storm(harness, "crash_points", 6000, 800) as storm:
        seen = 0
        for point in CRASH_POINTS:
            worker = storm.field.worker(environment={"CHURNSTREAM_CRASH_AT": f"{point}:{storm.dice.randint(2, 5)}"})
            try:
                worker.process.wait(30)
            except Exception:
                raise Failed(f"crash point {point} was never reached:\n{worker.said()[-2000:]}")
            if worker.process.returncode != 137:
                raise Failed(f"at {point} the worker ended with {worker.process.returncode}:\n{worker.said()[-2000:]}")
            seen += 1
        storm.field.worker()
        return f"{seen} crashes; " + storm.calm()


def random_kills(harness):
    """1: three workers, one killed every two to five seconds."""
    with Storm(harness, "random_kills", 20000, 1000) as storm:
        workers = {name: storm.field.worker(name, source=SHORT_SESSION) for name in "abc"}
        kills = 0
        while storm.feed.is_alive():
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
            if worker.stop(within=15) != 0:
                raise Failed(f"a polite end gave exit code {worker.process.returncode}:\n{worker.said()[-2000:]}")
        storm.field.worker(delivery="at_least_once")
        return "4 ends; " + storm.calm()


def zombie(harness):
    """3: a worker is stopped for longer than its session and wakes up as a zombie."""
    with Storm(harness, "zombie", 14000, 700) as storm:
        frozen, other = (storm.field.worker(name, source=SHORT_SESSION) for name in "ab")
        time.sleep(4)
        frozen.signal(signal.SIGSTOP)
        before = storm.field.committed_rows()
        time.sleep(GOES_ON_WITHIN - 3)
        storm.field.wait_for_rows(before + 1500, 10, "the other worker goes on")
        frozen.signal(signal.SIGCONT)
        return storm.calm()


def same_name(harness):
    """4: a second process with the same instance name: the older one is fenced, says why and ends."""
    with Storm(harness, "same_name", 6000, 600) as storm:
        older = storm.field.worker("a")
        time.sleep(4)
        newer = storm.field.worker("a", run="")
        newer.config.write_text(newer.config.read_text().replace("state-a", "state-elsewhere"))
        code = older.process.wait(30)
        if code == 0 or "another process" not in older.said():
            raise Failed(f"the older process ended with {code}:\n{older.said()[-2000:]}")
        storm.field.workers.remove(older)
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


def broker_restarts(harness):
    """6: the broker is restarted cleanly, then killed and started again."""
    with Storm(harness, "broker_restarts", 15000, 500) as storm:
        storm.field.worker()
        time.sleep(4)
        harness.cluster.do("restart")
        for _ in range(2):
            time.sleep(storm.dice.uniform(2, 4))
            harness.cluster.do("kill")
            time.sleep(1)
            harness.cluster.do("restart")
        return storm.calm(within=90)


def frozen_broker(harness):
    """7: the broker stands still for longer than a transaction may last: the answer to a commit is lost."""
    with Storm(harness, "frozen_broker", 12000, 500) as storm:
        storm.field.worker(source='session_timeout = "10s"')
        time.sleep(4)
        harness.cluster.do("pause")
        time.sleep(20)
        harness.cluster.do("resume")
        return storm.calm(within=90)


def rebalances(harness, assignor="range", protocol="classic"):
    """10: from one worker to four and back, again and again."""
    name = f"rebalances_{protocol}_{assignor}".replace("-", "_")
    settings = f'assignor = "{assignor}"\nprotocol = "{protocol}"' if protocol == "classic" else f'protocol = "{protocol}"'
    with Storm(harness, name, 15000, 1000) as storm:
        first = storm.field.worker("a", lanes=1, source=settings + "\nstatic_membership = false")
        while storm.feed.is_alive():
            others = [storm.field.worker(n, lanes=1, source=settings + "\nstatic_membership = false") for n in "bcd"]
            time.sleep(storm.dice.uniform(2, 4))
            for other in others:
                if other.stop() != 0:
                    raise Failed(f"worker {other.instance} ended with {other.process.returncode}:\n{other.said()[-2000:]}")
        if not first.alive():
            raise Failed(f"the first worker ended:\n{first.said()[-2000:]}")
        return storm.calm()


def rebalances_cooperative(harness):
    """10: the same, partitions moving one by one."""
    return rebalances(harness, "cooperative-sticky")


def rebalances_consumer(harness):
    """10: the same by the newer group protocol (KIP-848)."""
    return rebalances(harness, protocol="consumer")


def topic_made_anew(harness):
    """14: the topic is deleted and made again: on_data_loss = "stop" stops and says so."""
    with Storm(harness, "topic_made_anew", 2000, 0) as storm:
        worker = storm.field.worker()
        storm.feed.finish()
        storm.field.wait_for_rows(len(storm.rows.good), 30, "before")
        worker.stop()
        storm.field.topics("delete", SOURCE, "--yes")
        time.sleep(1)
        storm.field.topics("create", SOURCE, "--partitions", "4")
        Feed(harness.cluster.brokers, storm.rows.lines, 0).finish()
        again = storm.field.worker()
        code = again.process.wait(30)
        if code == 0 or "made anew" not in again.said():
            raise Failed(f"the worker ended with {code}:\n{again.said()[-2000:]}")
        return f"refused with exit code {code}"


def slow_store(harness):
    """15: a required store refuses for a while: nobody is thrown out of the group, memory stays bounded."""
    with Storm(harness, "slow_store", 12000, 600) as storm:
        worker = storm.field.worker(sinks='[[sink]]\ntype = "sqlite"\npath = "churn.db"\n', source=SHORT_SESSION)
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
        stored = sqlite3.connect(storm.field.folder / "churn.db").execute(
            "SELECT count(*), count(DISTINCT source_partition || ':' || source_offset) FROM churn_events").fetchone()
        if stored != (len(storm.rows.good), len(storm.rows.good)):
            raise Failed(f"the store holds {stored}, and {len(storm.rows.good)} rows were good")
        if worker.peak_kb > 200 * 1024:
            raise Failed(f"I7: {worker.peak_kb // 1024} MB resident")
        return sums


CASES = {
    "crash_points": crash_points,
    "random_kills": random_kills,
    "polite_ends": polite_ends,
    "zombie": zombie,
    "same_name": same_name,
    "stalled_transaction": stalled_transaction,
    "broker_restarts": broker_restarts,
    "frozen_broker": frozen_broker,
    "rebalances": rebalances,
    "rebalances_cooperative": rebalances_cooperative,
    "rebalances_consumer": rebalances_consumer,
    "topic_made_anew": topic_made_anew,
    "slow_store": slow_store,
}
IN_SHORT = ["crash_points", "random_kills", "polite_ends", "zombie", "same_name", "stalled_transaction", "broker_restarts",
            "frozen_broker", "rebalances_cooperative", "rebalances_consumer", "topic_made_anew"]
