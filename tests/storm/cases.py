"""The cases of the storm. Each is a function of the harness; it raises Failed, or gives a sentence of what it saw. The
number with which its words begin is that of the storm's table of faults; 0 is the test of the storm itself."""
from cases_broker import broker_restarts, frozen_broker, three_brokers
from cases_bugs import bugs
from cases_clock import clock_jumps
from cases_data import late_and_repeated, rejected_record, rejected_record_plain, strange_times
from cases_group import hand_over, rebalances, rebalances_consumer, rebalances_cooperative
from cases_network import bad_network, black_hole, late_requests
from cases_process import crash_points, polite_ends, random_kills, same_name, slow_scorer, stalled_transaction, zombie
from cases_refused import poison, poison_json, refused_topic_missing, refused_topic_refuses
from cases_snowflake import store_snowflake, store_snowflake_merge, store_snowflake_storm
from cases_store import disk_full, slow_store
from cases_store_crashes import store_crashes, store_text_files
from cases_stores import (store_cassandra, store_full, store_killed, store_killed_cassandra, store_killed_redis, store_parquet,
                          store_paused, store_paused_cassandra, store_paused_redis, store_postgres, store_redis, store_refuses,
                          store_refuses_sqlite, store_slow, store_sqlite, store_stalls)
from cases_topic import cut_while_running, more_partitions, records_gone, topic_made_anew

ALL = [
    bugs,
    crash_points, random_kills, polite_ends, zombie, same_name, stalled_transaction, slow_scorer,
    broker_restarts, frozen_broker, three_brokers,
    late_requests, bad_network, black_hole,
    rebalances, rebalances_cooperative, rebalances_consumer, hand_over,
    more_partitions, topic_made_anew, records_gone, cut_while_running,
    slow_store, disk_full,
    store_sqlite, store_postgres, store_parquet, store_cassandra, store_redis,
    store_killed, store_killed_cassandra, store_killed_redis, store_paused, store_paused_cassandra, store_paused_redis,
    store_refuses, store_refuses_sqlite, store_slow, store_full, store_crashes, store_text_files, store_stalls,
    store_snowflake, store_snowflake_merge, store_snowflake_storm,
    rejected_record, rejected_record_plain, poison, poison_json, refused_topic_missing, refused_topic_refuses,
    strange_times, clock_jumps, late_and_repeated,
]
SHORT = [
    bugs, crash_points, random_kills, polite_ends, zombie, same_name, broker_restarts, late_requests, rebalances_cooperative,
    hand_over, more_partitions, topic_made_anew, records_gone, disk_full, rejected_record, poison, poison_json,
    refused_topic_refuses, store_sqlite, store_postgres, store_parquet, store_cassandra, store_redis,
    store_snowflake,
]

CASES = {case.__name__: case for case in ALL}
IN_SHORT = [case.__name__ for case in SHORT]
