"""Cases about brokers: restarted, killed, frozen, one of three gone."""
import time

import wire
from failed import require
from field import SOURCE, Cluster
from storm_case import Storm


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


def three_brokers(harness):
    """6: of three brokers the one that leads a partition, the one that coordinates the group and the one that coordinates
    the transactions are killed in turn and come back."""
    cluster = Cluster(harness.folder / "three", "--nodes", "3")
    nodes = cluster.brokers.split(",")
    try:
        with Storm(harness, "three_brokers", 36000, 500, cluster=cluster, replication=3) as storm:
            storm.field.worker()
            storm.field.wait_for_rows(500, 60, "the beginning")
            roles = {
                "a leader": lambda: wire.leader(nodes[0], SOURCE, 0),
                "the group's coordinator": lambda: wire.coordinator(nodes[0], storm.field.group, wire.OF_GROUP),
                "the transactions' coordinator": lambda: wire.coordinator(
                    nodes[0], f"{storm.field.group}-a-0", wire.OF_TRANSACTION),
            }
            told, longest = [], 0.0
            for role, ask in roles.items():
                node = nodes.index(ask()) + 1
                storm.progress.longest_still = 0.0
                cluster.do("kill", node)
                time.sleep(12)
                cluster.do("restart", node)
                wait_until_in_sync(storm.field)
                told.append(f"without {role} (broker {node}) {storm.progress.longest_still:.1f} s")
                longest = max(longest, storm.progress.longest_still)
            storm.progress.longest_still = longest
            return "stood still " + ", ".join(told) + "; " + storm.calm(within=120)
    finally:
        cluster.stop()


def wait_until_in_sync(field, within=60):
    """Until the broker that came back follows all it should, so that the next one may be killed."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if all(partition["in_sync"] == 3 for topic in (SOURCE, "__transaction_state", "__consumer_offsets")
               for partition in field.describe(topic)["partitions"]):
            return
        time.sleep(1)
    require(False, f"the broker that came back was not in sync within {within} s")
