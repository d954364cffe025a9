"""Cases about the network between a worker and its broker: late requests, latency, resets, silence. Only the worker goes
through the proxy; who feeds and who reads does not."""
import time

from failed import require
from proxy import ADD_OFFSETS, END_TRANSACTION, OFFSETS_OF_TRANSACTION, PRODUCE, Proxy
from storm_case import Storm

HELD = [(ADD_OFFSETS, False), (OFFSETS_OF_TRANSACTION, False), (OFFSETS_OF_TRANSACTION, True), (END_TRANSACTION, False),
        (END_TRANSACTION, True), (PRODUCE, False), (PRODUCE, True)]
CPU_SHARE_MAX = 0.6  # of a core, while the network is bad; a busy loop takes a whole one


def late_requests(harness):
    """8: a request of a transaction, or its answer, is held back until the client has moved on, and arrives then."""
    proxy = Proxy(harness.cluster.proxied, harness.cluster.behind)
    try:
        with Storm(harness, "late_requests", 20000, 400) as storm:
            storm.field.worker(brokers=harness.cluster.proxied, lanes=1, sink='transaction_timeout = "2s"')
            storm.field.wait_for_rows(300, 30, "the beginning")
            for api, answer in HELD:
                what = f"{'the answer to' if answer else 'a request of'} api {api}"
                hold = proxy.hold(api, answer)
                require(hold.caught.wait(10), f"{what} never came by")
                before = storm.field.committed_rows()
                require(hold.left_alone.wait(20), f"I5: the client waits for {what} for ever")
                storm.field.wait_for_rows(before + 50, 15, f"going on without {what}")
                hold.release()
                time.sleep(0.5)
            return f"{len(HELD)} held and released late; " + storm.calm()
    finally:
        proxy.end()


def bad_network(harness):
    """9: 200 ms of latency, then a reset every second, then a cable pulled for twelve seconds; no busy loop."""
    proxy = Proxy(harness.cluster.proxied, harness.cluster.behind)
    try:
        with Storm(harness, "bad_network", 14000, 400) as storm:
            worker = storm.field.worker(brokers=harness.cluster.proxied)
            storm.field.wait_for_rows(300, 30, "the beginning")
            told = []

            def phase(name, seconds, during):
                worker.measure()
                cpu, begin, before = worker.cpu_seconds, time.monotonic(), storm.field.committed_rows()
                during(begin + seconds)
                worker.measure()
                share = (worker.cpu_seconds - cpu) / (time.monotonic() - begin)
                told.append(f"{name}: {storm.field.committed_rows() - before} rows, {share:.0%} of a core")
                require(share < CPU_SHARE_MAX, f"a busy loop: {told[-1]}")

            def slow(end):
                proxy.latency = 0.2
                time.sleep(end - time.monotonic())
                proxy.latency = 0.0

            def resets(end):
                while time.monotonic() < end:
                    proxy.reset_all()
                    time.sleep(1)

            def pulled(end):
                proxy.keep_back(True)
                time.sleep(end - time.monotonic())
                proxy.keep_back(False)
            phase("200 ms", 8, slow)
            phase("resets", 8, resets)
            phase("pulled", 12, pulled)
            return f"{', '.join(told)}; " + storm.calm(within=90)
    finally:
        proxy.end()


def black_hole(harness):
    """9: every connection is swallowed without a reset, as by a firewall that forgot it; new ones are well."""
    proxy = Proxy(harness.cluster.proxied, harness.cluster.behind)
    try:
        with Storm(harness, "black_hole", 16000, 400) as storm:
            worker = storm.field.worker(brokers=harness.cluster.proxied)
            while worker.lanes_that_read() < 2:  # a question to join that is swallowed may wait for max_poll_interval
                time.sleep(0.1)
            storm.field.wait_for_rows(storm.field.committed_rows() + 500, 30, "the beginning")
            worker.measure()
            cpu, begin = worker.cpu_seconds, time.monotonic()
            proxy.swallow_all()
            time.sleep(1)  # what was on its way before
            before = storm.field.committed_rows()
            took = storm.field.wait_for_rows(before + 400, 100, "going on over new connections")
            worker.measure()
            share = (worker.cpu_seconds - cpu) / (time.monotonic() - begin)
            require(share < CPU_SHARE_MAX, f"a busy loop: {share:.0%} of a core")
            return f"rows came again after {took:.1f} s, {share:.0%} of a core; " + storm.calm()
    finally:
        proxy.end()
