"""Cases about Snowflake, which here is our own strict server."""
import time

from store_storm import StoreStorm
from stores import Snowflake


def snowflake(mode):
    return lambda folder: Snowflake(folder, mode)


def store_snowflake(harness):
    """15: Snowflake's streaming, of our own server: killed and started again, an answer lost, busy, and our process killed."""
    with StoreStorm(harness, "store_snowflake", snowflake("streaming"), 4000, 500) as storm:
        worker = storm.worker()
        storm.wait_until_come(1000, 20, "the beginning, both lanes at work")
        storm.store.kill()
        time.sleep(1)
        storm.store.restart()
        storm.wait_until_come(storm.come() + 300, 20, "going on after the kill")
        storm.store.answers(after="cut")
        storm.store.answers(status=503, times=2)
        worker = storm.kill_and_start(worker)
        return storm.settle()


def store_snowflake_storm(harness):
    """15: Snowflake's streaming: killed, standing still, 429 and 503, answers lost, our process killed at random, some rows refused."""
    with StoreStorm(harness, "store_snowflake_storm", snowflake("streaming"), 4500, 200) as storm:
        worker = storm.worker()
        storm.wait_until_come(1000, 20, "the beginning, both lanes at work")
        storm.store_refuses(storm.unwanted(every=50)[60:])
        for fault in ({"after": "cut"}, {"before": "cut"}, {"status": 503, "times": 3}, {"status": 429, "retry_after": 1, "times": 2},
                      {"after": "cut", "times": 3}):
            storm.store.answers(skip=storm.dice.randrange(4), **fault)
            time.sleep(storm.dice.uniform(0.5, 1.5))
        for _ in range(2):
            storm.store.kill()
            time.sleep(storm.dice.uniform(0.5, 1.5))
            worker = storm.kill_and_start(worker)
            storm.store.restart()
            storm.wait_until_come(storm.come() + 200, 30, "going on after the kill")
        storm.kill_while_it_stands_still(worker)
        return storm.settle()


def store_snowflake_merge(harness):
    """15: Snowflake's MERGE: the service killed and started again, answers lost, 429 and 503, and our process killed."""
    with StoreStorm(harness, "store_snowflake_merge", snowflake("merge"), 4000, 250) as storm:
        worker = storm.worker()
        storm.wait_until_come(1000, 20, "the beginning, both lanes at work")
        for fault in ({"after": "cut"}, {"status": 503, "times": 2}, {"status": 429, "retry_after": 1}):
            storm.store.answers(**fault)
            time.sleep(storm.dice.uniform(0.5, 1.5))
        storm.store.kill()
        time.sleep(1)
        worker = storm.kill_and_start(worker)
        storm.store.restart()
        return storm.settle()
