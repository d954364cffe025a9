#!/usr/bin/env python3
"""The numbers the page should show, computed from the store by somebody else than the program.

usage: store_numbers.py CHURN.DB EVENTS    reads the first EVENTS rows of churn_events (one partition, so by offset),
takes the newest per customer and prints the cards, the bands, the bins and the table as JSON;
       store_numbers.py CHURN.DB customers       prints every customer's newest row, and how many events it had;
       store_numbers.py CHURN.DB events          prints every row of churn_events;
       store_numbers.py CHURN.DB sql STATEMENT   prints the rows that SQLite itself answers.
       store_numbers.py CHURN.DB outcomes:STEP   prints who would be called from STEP / 100 on, and who of them left.
"""
import json
import math
import sqlite3
import sys


def rows_of(path, statement):
    store = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    store.row_factory = sqlite3.Row
    print(json.dumps([dict(row) for row in store.execute(statement)]))


def outcomes(path, step):
    store = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    known = {}  # the newest event of each customer, with what became of them
    for row in store.execute("SELECT e.customer_id, e.probability, e.MonthlyCharges, o.has_left FROM churn_outcomes o JOIN churn_events e"
                             " ON (e.source_topic, e.source_partition, e.source_offset) = (o.source_topic, o.source_partition, o.source_offset)"
                             " ORDER BY e.event_time, e.source_offset"):
        known[row[0]] = row[1:]
    called = [one for one in known.values() if one[0] >= step / 100]
    print(json.dumps({"called": len(called), "hits": sum(left for _, _, left in called), "left": sum(left for _, _, left in known.values()),
                      "value": sum(value for _, value, left in called if left)}))


def customers(path):
    store = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    store.row_factory = sqlite3.Row
    newest = {}
    for row in store.execute("SELECT * FROM churn_events ORDER BY event_time, source_offset"):
        known = newest.get(row["customer_id"], {"num_events": 0})
        newest[row["customer_id"]] = {**dict(row), "num_events": known["num_events"] + 1}
    print(json.dumps(list(newest.values())))


def main(path, events):
    store = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    store.row_factory = sqlite3.Row
    rows = store.execute("SELECT * FROM churn_events ORDER BY source_offset LIMIT ?", (events,)).fetchall()
    newest = {}
    for row in rows:
        known = newest.get(row["customer_id"])
        if known is None or (row["event_time"], row["source_offset"]) >= (known["event_time"], known["source_offset"]):
            newest[row["customer_id"]] = row
    customers = [newest[key] for key in sorted(newest, key=lambda key: key.encode())]
    bins = [0] * 20
    bands = {"low": 0, "medium": 0, "high": 0}
    for one in customers:
        bins[min(19, int(one["probability"] * 20))] += 1
        bands[one["risk_band"]] += 1
    p = [one["probability"] for one in customers]
    value = [one["MonthlyCharges"] for one in customers]
    flagged = sum(1 for one in customers if one["probability"] >= 0.5)
    at_risk = sorted(customers, key=lambda one: (-one["expected_loss"], -one["probability"], one["customer_id"]))[:20]
    lost = sum(a * b for a, b in zip(p, value))
    print(json.dumps({
        "events": len(rows),
        "last_offset": rows[-1]["source_offset"] if rows else -1,
        "customers": len(customers),
        "flagged": flagged,
        "flagged_share": flagged / len(customers) if customers else None,
        "expected_churners": sum(p),
        "expected_churners_band": 1.96 * math.sqrt(sum(q * (1 - q) for q in p)),
        "revenue_at_risk": lost,
        "revenue_at_risk_band": 1.96 * math.sqrt(sum(q * (1 - q) * v * v for q, v in zip(p, value))),
        "revenue": sum(value),
        "revenue_share": lost / sum(value) if customers else None,
        "bands": bands,
        "histogram": bins,
        "at_risk": [{"customer_id": one["customer_id"], "probability": one["probability"], "risk_band": one["risk_band"],
                     "value": one["MonthlyCharges"], "expected_loss": one["expected_loss"]} for one in at_risk],
    }))


if sys.argv[2] == "customers":
    customers(sys.argv[1])
elif sys.argv[2] == "events":
    rows_of(sys.argv[1], "SELECT * FROM churn_events ORDER BY source_offset")
elif sys.argv[2] == "sql":
    rows_of(sys.argv[1], sys.argv[3])
elif sys.argv[2].startswith("outcomes:"):
    outcomes(sys.argv[1], int(sys.argv[2].partition(":")[2]))
else:
    main(sys.argv[1], int(sys.argv[2]))
