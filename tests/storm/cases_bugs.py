"""The storm is tested too: three bugs on purpose, each of which it must notice."""
import time

import account
from failed import Failed, require
from proxy import OFFSETS_OF_TRANSACTION, Proxy
from storm_case import Storm


def bugs(harness):
    """0: three bugs in our own code, each with a fault that brings it out: the account must not balance."""
    proxy = Proxy(harness.cluster.proxied, harness.cluster.behind)
    try:
        return "; ".join(f"{bug}: {caught_by(harness, bug, fault, proxy)}" for bug, fault in FAULTS.items())
    finally:
        proxy.end()


def caught_by(harness, bug, fault, proxy):
    """The sentence of the invariant that does not hold."""
    with Storm(harness, f"bugs/{bug}", 2500, 500) as storm:
        fault(storm, proxy, {"CHURNSTREAM_BUG": bug})
        for feed in storm.feeds:
            feed.finish()
        rows = -1
        while rows != (rows := storm.field.committed_rows()):
            time.sleep(3)
        for worker in storm.field.workers:
            if worker.alive():
                worker.stop_well()
        try:
            sums = account.check(storm.field, storm.rows, storm.offline)
        except Failed as failure:
            return str(failure).rsplit(":", 1)[0]
        raise Failed(f"the bug {bug} was not noticed: {sums}")


def a_kill(storm, _, environment):
    """Killed once, started again."""
    worker = storm.field.worker(environment=environment)
    storm.field.wait_for_rows(200, 30, "the beginning")
    worker.kill()
    storm.field.worker(environment=environment)


def crashes_before_the_commit(storm, _, environment):
    """Dies three times between the offsets and the commit."""
    for _ in range(3):
        worker = storm.field.worker(environment={**environment, "CHURNSTREAM_CRASH_AT": "after_send_offsets:6"})
        require(worker.process.wait(30) == 137, f"the crash point was not reached:\n{worker.said()[-2000:]}")
    storm.field.worker(environment=environment)


def an_abort(storm, proxy, environment):
    """The broker does not hear of the offsets: the transaction is aborted."""
    storm.field.worker(brokers=storm.harness.cluster.proxied, environment=environment)
    storm.field.wait_for_rows(200, 30, "the beginning")
    hold = proxy.hold(OFFSETS_OF_TRANSACTION)
    require(hold.left_alone.wait(20), "nothing was aborted: nothing is proven")
    hold.release()
    storm.field.wait_for_rows(600, 30, "going on")


FAULTS = {"commit_past_a_hole": a_kill, "offsets_outside_the_transaction": crashes_before_the_commit, "no_rewind": an_abort}
