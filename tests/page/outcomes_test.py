#!/usr/bin/env python3
"""True outcomes from the label column to the API: what is stored, when it counts, and precision, recall and profit beside what
Python makes of the labels and the score verb's probabilities.

    outcomes_test.py PROGRAM
"""
import csv
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/services"))
from paged_stream import PagedStream, patient, train  # noqa: E402

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
PAGE = 'listen = "127.0.0.1:0"\n'
CUSTOMERS = list(csv.DictReader(open(ROOT / "data/telco.csv")))


class Stream(PagedStream):
    def __init__(self, folder, outcomes, rows=None, more=""):
        for old in [*folder.glob("churn.db*"), *folder.glob("state/*"), *folder.glob("refused.jsonl*")]:
            old.unlink()
        super().__init__(PROGRAM, folder, PAGE + outcomes)
        lines = (ROOT / "data/telco.csv").read_text().splitlines(keepends=True)[: None if rows is None else 1 + rows]
        (folder / "rows.csv").write_text("".join(lines) + more)

    def json(self, address):
        with urllib.request.urlopen(self.address + address, timeout=20) as answer:
            return json.load(answer)

    def outcomes(self, rows):
        """What the API says once so many rows are stored."""
        patient("all rows", lambda: (self.json("/api/v1/summary").get("store") or {}).get("events") == rows)
        return self.json("/api/v1/outcomes")


def ask(folder, sql):
    return sqlite3.connect(f"file:{folder / 'churn.db'}?mode=ro", uri=True).execute(sql).fetchall()


def tables(folder):
    return {name for (name,) in ask(folder, "SELECT name FROM sqlite_master WHERE type = 'table'")}


def scored_with_labels(folder):
    """(probability, whether they left, money per month) of each customer, past the store."""
    said = subprocess.run([PROGRAM, "score", folder / "model", ROOT / "data/telco.csv", "--format", "jsonl", "--out", "-"], check=True, capture_output=True).stdout
    probability = {row["key"]: row["probability"][1] for row in map(json.loads, said.splitlines())}
    return [(probability[one["customerID"]], one["Churn"] == "Yes", float(one["MonthlyCharges"])) for one in CUSTOMERS]


def every_threshold_is_what_python_makes_of_it(folder):
    known = scored_with_labels(folder)
    broken = "0000-BROKE,Female,0,No,No,one,Yes,No,DSL,No,No,No,No,No,No,One year,No,Mailed check,20,20,Yes\n"
    unlabelled = "0000-BLANK,Female,0,No,No,1,Yes,No,DSL,No,No,No,No,No,No,One year,No,Mailed check,20,20,\n"
    with Stream(folder, '[outcomes]\nfrom = "column"\ncustomer_value = 300\nacceptance = 0.25', more=broken + unlabelled) as stream:
        found = stream.outcomes(7044)
    assert (found["state"], found["customers"], found["left"]) == ("known", 7043, 1869), found
    terms = found["campaign"]
    assert terms == {"customer_value": 300, "offer_cost": 10, "contact_cost": 1, "acceptance": 0.25}, terms
    delta, phi = terms["offer_cost"] / terms["customer_value"], terms["contact_cost"] / terms["customer_value"]
    share = 1869 / 7043
    for step in range(100):
        called = [one for one in known if one[0] >= step / 100]
        hits = [one for one in called if one[1]]
        bins = found["bins"][step:]
        left, stayed = sum(one["left"] for one in bins), sum(one["stayed"] for one in bins)
        assert left == len(hits) and left + stayed == len(called), (step, left, stayed, len(hits), len(called))
        assert abs(sum(one["value_left"] for one in bins) - sum(one[2] for one in hits)) < 1e-6, step
        # Verbraken et al. 2013, by shares, against the sum by heads that the page shows.
        by_shares = 7043 * terms["customer_value"] * ((terms["acceptance"] * (1 - delta) - phi) * share * len(hits) / 1869
                                                      - (delta + phi) * (1 - share) * (len(called) - len(hits)) / (7043 - 1869))
        by_heads = left * (terms["acceptance"] * (terms["customer_value"] - terms["offer_cost"]) - terms["contact_cost"]) \
            - stayed * (terms["offer_cost"] + terms["contact_cost"])
        assert abs(by_shares - by_heads) < 1e-6 * max(1, abs(by_heads)), (step, by_shares, by_heads)


def the_label_lies_in_its_table_alone(folder):
    assert ask(folder, "SELECT count(*), sum(has_left) FROM churn_outcomes") == [(7043, 1869)]
    assert ask(folder, "SELECT count(*) FROM churn_outcomes o JOIN churn_events s USING (source_topic, source_partition, source_offset, event_time, customer_id)") == [(7043,)]
    assert dict(ask(folder, "SELECT customer_id, has_left FROM churn_outcomes")) == {one["customerID"]: int(one["Churn"] == "Yes") for one in CUSTOMERS}
    for table in tables(folder) - {"churn_outcomes"}:
        names = {row[1].lower() for row in ask(folder, f"PRAGMA table_info({table})")}
        assert not names & {"churn", "has_left", "label"}, (table, names)
    # The same stream again, as after a lost state folder, leaves one copy.
    for old in folder.glob("state/*"):
        old.unlink()
    subprocess.run([PROGRAM, "run", folder / "pipeline.toml", "--until-end"], check=True, capture_output=True)
    assert ask(folder, "SELECT count(*), sum(has_left) FROM churn_outcomes") == [(7043, 1869)]
    someone = CUSTOMERS[5]["customerID"]
    told = subprocess.run([PROGRAM, "forget", folder / "pipeline.toml", someone], capture_output=True, text=True)
    assert ask(folder, f"SELECT count(*) FROM churn_outcomes WHERE customer_id = '{someone}'") == [(0,)], told


def nothing_is_kept_or_told_unless_asked(folder):
    with Stream(folder, "") as stream:
        assert stream.outcomes(7043) == {"state": "off"}
    assert "churn_outcomes" not in tables(folder) and "churn_events" in tables(folder)


def fewer_than_twenty_are_not_told(folder):
    for rows, state in [(19, "too_few"), (20, "known")]:
        with Stream(folder, '[outcomes]\nfrom = "column"', rows=rows) as stream:
            found = stream.outcomes(rows)
        assert found["state"] == state, found
        assert state == "known" or set(found) == {"state", "least", "delay_s"}, found


def an_outcome_counts_when_its_delay_is_over(folder):
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 86_400))
    for delay, state in [("12h", "known"), ("2d", "too_few")]:
        stream = Stream(folder, f'[outcomes]\nfrom = "column"\ndelay = "{delay}"')
        config = folder / "pipeline.toml"
        config.write_text(config.read_text().replace("follow = true", f'follow = true\nstart_time = "{start}"'))
        with stream:
            assert stream.outcomes(7043)["state"] == state, delay
        assert ask(folder, "SELECT count(*) FROM churn_outcomes") == [(7043,)], "it is stored at once"


def a_file_says_later_who_left(folder):
    with Stream(folder, '[outcomes]\nfrom = "file"') as stream:
        assert stream.outcomes(7043)["state"] == "too_few"
        assert ask(folder, "SELECT count(*) FROM churn_outcomes") == [(0,)], "labels are kept only when asked"
        (folder / "left.csv").write_text("customerID,Churn\n" + "".join(f"{one['customerID']},{one['Churn']}\n" for one in CUSTOMERS)
                                         + "0000-NOBODY,Yes\n0000-ODD,perhaps\n")
        keep = [PROGRAM, "outcomes", folder / "pipeline.toml", folder / "left.csv"]
        for _ in range(2):  # the same again changes nothing
            kept = subprocess.run(keep, capture_output=True, text=True)
            assert kept.returncode == 1 and "refused: record 7045" in kept.stderr, kept
            assert "7,045 records = 7,043 kept + 1 of customers without a score + 1 refused" in kept.stdout, kept
            assert ask(folder, "SELECT count(*), sum(has_left) FROM churn_outcomes") == [(7043, 1869)]
        known = patient("the page", lambda: (found := stream.json("/api/v1/outcomes"))["state"] == "known" and found)
        assert (known["customers"], known["left"]) == (7043, 1869), known


def what_cannot_be_is_said_before_anything_starts(folder):
    Stream(folder, '[outcomes]\nfrom = "column"\ndelay = "30d"')
    config = folder / "pipeline.toml"
    said = subprocess.run([PROGRAM, "run", config, "--check"], capture_output=True, text=True)
    assert 'Keeps the label Churn as the true outcome in "sqlite"; it counts 30d after its event.' in said.stdout + said.stderr, said
    text = config.read_text()
    for change, sentence in [(('type = "sqlite"\npath = "churn.db"', 'type = "file"\npath = "scored.jsonl"'), "no sink of this pipeline can hold outcomes; these can: sqlite"),
                             (('from = "column"', 'from = "label"'), 'there are no outcomes from "label"')]:
        config.write_text(text.replace(*change))
        refused = subprocess.run([PROGRAM, "run", config, "--until-end"], capture_output=True, text=True)
        assert refused.returncode == 2 and sentence in refused.stderr, refused
    assert not (folder / "scored.jsonl").exists()
    (folder / "left.csv").write_text("customerID,Churn\n")
    for change, words, sentence in [(('label = "Churn"', 'label = ""'), [folder / "left.csv"], "give --label COLUMN"),
                                    (("", ""), [], "neither a file nor a topic"),
                                    (("", ""), [folder / "left.csv", "--follow"], "are for a topic")]:
        config.write_text(text.replace(*change).replace('from = "column"', 'from = "file"'))
        refused = subprocess.run([PROGRAM, "outcomes", config, *words], capture_output=True, text=True)
        assert refused.returncode == 2 and sentence in refused.stderr, refused


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        train(PROGRAM, folder / "model")
        for test in [every_threshold_is_what_python_makes_of_it, the_label_lies_in_its_table_alone, nothing_is_kept_or_told_unless_asked,
                     fewer_than_twenty_are_not_told, an_outcome_counts_when_its_delay_is_over, a_file_says_later_who_left, what_cannot_be_is_said_before_anything_starts]:
            test(folder)
            print(f"ok  {test.__name__.replace('_', ' ')}", flush=True)


main()
