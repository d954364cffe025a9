"""Cases about a wall clock that is wrong: libfaketime stands between the worker and the machine's clock. Sanitizers and
libfaketime do not get along, so the worker is the release build."""
import json
import os
import re
import time

from failed import require
from feed import ROOT
from field import SCORED
from storm_case import Storm

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
PLAIN = ROOT / "build/release/churnstream"
HOUR = 3600


def clock_jumps(harness):
    """22: the worker's wall clock jumps an hour ahead and back again while it streams; the steady clock goes on.
    librdkafka's own waits go by the wall clock and may abort a transaction; nothing is lost or there twice."""
    require(PLAIN.exists(), f"{PLAIN} is missing: scripts/build release")
    with Storm(harness, "clock_jumps", 7200, 600) as storm:
        clock = storm.field.folder / "clock"

        def turn(seconds):
            (storm.field.folder / "clock.new").write_text(f"{seconds:+d}\n")
            os.replace(storm.field.folder / "clock.new", clock)

        turn(0)
        worker = storm.field.worker(program=PLAIN, environment={
            "LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"})
        for seconds in (0, HOUR, 0):
            turn(seconds)
            time.sleep(4)
        sums = storm.calm()
        hours = {json.loads(value)["scored_at"][11:13] for _, _, _, value, _ in storm.field.read_topic(SCORED)}
        hours |= set(re.findall(r"^[0-9-]{10}T([0-9]{2}):", worker.said(), re.MULTILINE))
        require(len(hours) >= 2, f"the worker saw the hours {sorted(hours)}: the clock did not jump, nothing is proven")
        return sums
