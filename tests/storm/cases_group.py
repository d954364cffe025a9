"""Cases about the group: members come and go, hand over, go on for each other."""
import json
import time
from collections import defaultdict

from failed import Failed, require
from storm_case import Storm


def rebalances(harness, name="rebalances", assignor="range", protocol="classic"):
    """10: from one worker to four and back, again and again."""
    settings = f'assignor = "{assignor}"\nprotocol = "{protocol}"' if protocol == "classic" else f'protocol = "{protocol}"'
    with Storm(harness, name, 15000, 1000) as storm:
        first = storm.field.worker("a", lanes=1, source=settings + "\nstatic_membership = false")
        while storm.is_fed():
            others = [storm.field.worker(n, lanes=1, source=settings + "\nstatic_membership = false") for n in "bcd"]
            time.sleep(storm.dice.uniform(2, 4))
            for other in others:
                other.stop_well()
        if not first.alive():
            raise Failed(f"the first worker ended:\n{first.said()[-2000:]}")
        return storm.calm()


def rebalances_cooperative(harness):
    """10: the same, partitions moving one by one."""
    return rebalances(harness, "rebalances_cooperative", "cooperative-sticky")


def rebalances_consumer(harness):
    """10: the same by the newer group protocol (KIP-848)."""
    return rebalances(harness, "rebalances_consumer", protocol="consumer")


class Arrivals:
    """When rows of each source partition were last seen by the committed reader, and the longest gap between two."""

    def __init__(self, field):
        self.field, self.at = field, 0
        self.last, self.gap = {}, defaultdict(float)

    def look(self):
        with open(self.field.reader_file, "rb") as file:
            file.seek(self.at)
            new = file.read()
        new = new[:new.rfind(b"\n") + 1]
        self.at += len(new)
        now = time.monotonic()
        for partition in {json.loads(line)["source_partition"] for line in new.splitlines()}:
            if partition in self.last:
                self.gap[partition] = max(self.gap[partition], now - self.last[partition])
            self.last[partition] = now

    def look_until(self, true, within, what):
        begin = time.monotonic()
        while not true():
            self.look()
            time.sleep(0.02)
            require(time.monotonic() - begin < within, f"I5: {what} did not happen within {within} s")
        return time.monotonic() - begin

    def look_for(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.look()
            time.sleep(0.02)


def hand_over(harness):
    """10: two processes of two lanes share eight partitions; one of them is killed, started again, and restarted politely
    with its place kept: how long its partitions stand still each time."""
    with Storm(harness, "hand_over", 24000, 600, partitions=8) as storm:
        arrivals, everything = Arrivals(storm.field), set(range(8))
        storm.field.worker("a")
        arrivals.look_until(lambda: set(arrivals.last) == everything, 30, "rows of eight partitions")
        second = storm.field.worker("b")
        share = arrivals.look_until(lambda: second.lanes_that_read() == 2, 40, "both lanes holding partitions")
        arrivals.look_for(3)

        killed_at = time.monotonic()
        second.kill()
        alone = arrivals.look_until(lambda: all(at > killed_at + 0.5 for at in arrivals.last.values()), 60, "going on alone")

        second = storm.field.worker("b")
        arrivals.look_until(lambda: second.lanes_that_read() == 2, 40, "both lanes holding partitions again")
        arrivals.look_for(3)
        arrivals.gap.clear()
        second.stop_well()
        second = storm.field.worker("b")
        arrivals.look_until(lambda: second.lanes_that_read() == 2, 40, "both lanes holding partitions after it")
        arrivals.look_for(2)
        gap = max(arrivals.gap.values())
        return (f"the second held partitions {share:.2f} s after its start; the first went on {alone:.1f} s after kill -9; "
                f"a polite restart left a gap of {gap:.2f} s; " + storm.calm())
