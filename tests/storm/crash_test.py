#!/usr/bin/env python3
"""Kills a running stream again and again and asks one question: is every row there exactly once, with the scores
that `churnstream score` gives?

    crash_test.py PROGRAM MODEL [--kills 50] [--data data/telco.csv]

Each kill is a SIGKILL while some, but not all, rows are stored; the counts are printed and asserted. Then the
stream runs to its end. Twice: into SQLite, and (fewer kills, with bad rows among the good) into a JSON lines file.
"""
import argparse
import json
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

ROWS_PER_SECOND = 1000  # Slow enough that fifty kills fit into seven thousand rows.
BATCH_ROWS = 16


class Stream:
    """One pipeline in a folder of its own; how many rows it has stored is asked of the store itself."""

    def __init__(self, program, model, data, folder, sink):
        self.program, self.folder, self.sink = program, folder, sink
        for name, rate in (("paced.toml", ROWS_PER_SECOND), ("whole_speed.toml", 0)):
            (folder / name).write_text(f"""
[source]
type = "file"
path = {json.dumps(str(data))}
rate = {rate}
[model]
path = {json.dumps(str(model))}
[score]
value = "MonthlyCharges"
[[sink]]
type = "{sink}"
path = "scores.{sink}"
[refused]
type = "file"
path = "refused.jsonl"
[run]
state_dir = "state"
batch_rows = {BATCH_ROWS}
commit_interval = "20ms"
""")

    def start(self):
        return subprocess.Popen([self.program, "run", str(self.folder / "paced.toml"), "--until-end"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def finish(self):
        subprocess.run([self.program, "run", str(self.folder / "whole_speed.toml"), "--until-end"], check=True)

    def stored(self):
        place = self.folder / f"scores.{self.sink}"
        if self.sink == "file":
            note = place.with_name(place.name + ".position")
            if not note.exists() or not place.exists():
                return 0
            length = json.loads(note.read_text())["length"]
            return place.read_bytes()[:length].count(b"\n")
        if not place.exists():
            return 0
        try:
            with sqlite3.connect(f"file:{place}?mode=ro", uri=True, timeout=1) as store:
                return store.execute("SELECT count(*) FROM churn_events").fetchone()[0]
        except sqlite3.OperationalError:  # not there yet, or its log is being recovered
            return 0

    def rows(self):
        """(offset, customer, probability) of every stored row, by offset."""
        place = self.folder / f"scores.{self.sink}"
        if self.sink == "file":
            records = [json.loads(line) for line in place.read_text().splitlines()]
            return sorted((r["source_offset"], r["customer_id"], r["probability"]) for r in records)
        with sqlite3.connect(place) as store:
            return store.execute("SELECT source_offset, customer_id, probability FROM churn_events"
                                 " ORDER BY source_offset").fetchall()

    def refused(self):
        return [json.loads(line) for line in (self.folder / "refused.jsonl").read_text().splitlines()]


def kill_while_rows_flow(stream, total, kills, chance):
    counts = []
    before = stream.stored()
    for number in range(kills):
        share = max(2, (total - before) // (2 * (kills - number)))
        wanted = before + chance.randint(1, share)
        process = stream.start()
        deadline = time.monotonic() + 60
        while stream.stored() < wanted:
            if process.poll() is not None:
                sys.exit(f"the stream ended by itself: {process.stderr.read().decode()}")
            if time.monotonic() > deadline:
                process.kill()
                sys.exit(f"no more rows than {stream.stored()} came within a minute")
            time.sleep(chance.random() * 0.003)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
        stored = stream.stored()
        assert 0 < stored < total, f"kill {number + 1} came at {stored} of {total} rows"
        assert stored >= before, f"rows were lost: {before} before kill {number + 1}, {stored} after it"
        counts.append(stored)
        before = stored
    print(f"{kills} kills, rows stored at each (0 < n < {total}): {' '.join(map(str, counts))}")


def offline_scores(program, model, data, folder):
    """What `churnstream score` says of every good row: (customer, probability) in the order of the file."""
    out = folder / "offline.jsonl"
    subprocess.run([program, "score", str(model), str(data), "--out", str(out), "--format", "jsonl"], check=True,
                   stderr=subprocess.DEVNULL)
    answers = [json.loads(line) for line in out.read_text().splitlines()]
    return [(a["key"], a["probability"][1]) for a in answers if "refused" not in a]


def storm(program, model, data, sink, kills, chance, bad_rows):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="churnstream_crash_"))
    began = time.monotonic()
    expected = offline_scores(program, model, data, folder)
    stream = Stream(program, model, data, folder, sink)
    kill_while_rows_flow(stream, len(expected), kills, chance)
    stream.finish()

    rows = stream.rows()
    offsets = [offset for offset, _, _ in rows]
    assert len(rows) == len(expected), f"{len(rows)} rows are stored and {len(expected)} were read"
    assert len(set(offsets)) == len(offsets), "a row is stored twice"
    got = [(customer, probability) for _, customer, probability in rows]
    different = [pair for pair in zip(got, expected) if pair[0] != pair[1]]
    assert not different, f"{len(different)} rows differ from the offline scores, the first: {different[0]}"
    if sink == "sqlite":
        with sqlite3.connect(folder / "scores.sqlite") as store:
            customers, distinct = store.execute("SELECT count(*), count(DISTINCT customer_id) FROM churn_scores").fetchone()
        assert customers == distinct == len({customer for customer, _ in expected}), "one row per customer"
    refused = [row["source_offset"] for row in stream.refused()]
    assert len(refused) == len(set(refused)) == bad_rows, f"refused once each: {bad_rows} expected, {refused} found"
    print(f"{sink}: {len(rows)} rows exactly once, bit-equal to the offline scores; {bad_rows} refused once each; "
          f"{time.monotonic() - began:.1f} s")
    shutil.rmtree(folder)


def with_bad_rows(data, folder, every):
    """A copy of the data with a line of two fields behind each `every` lines. Gives its path and their number."""
    lines = data.read_text().splitlines()[:1500]
    out, bad = [], 0
    for number, line in enumerate(lines):
        out.append(line)
        if number > 0 and number % every == 0:
            out.append("not,a customer")
            bad += 1
    path = folder / "with_bad_rows.csv"
    path.write_text("\n".join(out) + "\n")
    return path, bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("model", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--data", type=lambda path: pathlib.Path(path).resolve(),
                        default=pathlib.Path(__file__).resolve().parents[2] / "data" / "telco.csv")
    arguments = parser.parse_args()
    program = str(pathlib.Path(arguments.program).resolve())
    chance = random.Random(arguments.seed)
    storm(program, arguments.model, arguments.data, "sqlite", arguments.kills, chance, 0)
    with tempfile.TemporaryDirectory(prefix="churnstream_crash_") as folder:
        data, bad = with_bad_rows(arguments.data, pathlib.Path(folder), 100)
        storm(program, arguments.model, data, "file", max(1, arguments.kills // 5), chance, bad)


if __name__ == "__main__":
    main()
