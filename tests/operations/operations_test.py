#!/usr/bin/env python3
"""A running stream as operators see it: figures, health, readiness, and a configuration that is read again on SIGHUP.

    operations_test.py PROGRAM
"""
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/services"))
from paged_stream import patient  # noqa: E402

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
PIPELINE = """
[source]
type = "file"
path = "rows.csv"
follow = true
[model]
path = "model"
[score]
threshold = {threshold}
[[sink]]
type = "file"
path = "scored.jsonl"
[ops]
listen = "127.0.0.1:0"
[run]
state_dir = "state"
{more}
"""
SAMPLE = re.compile(r'^([a-z_]+)(?:\{[a-z_]+="[^"\n]*"(?:,[a-z_]+="[^"\n]*")*\})? (-?[0-9.eE+-]+|NaN)$')


class Stream:
    def __init__(self, folder):
        self.folder = folder
        self.write(0.5)
        self.log = folder / "log"
        self.process = subprocess.Popen([PROGRAM, "run", folder / "pipeline.toml"], stderr=open(self.log, "wb"))
        at = patient("the address", lambda: re.search(r"at (http://127\.0\.0\.1:\d+/)metrics", self.said()))
        self.address = at[1]

    def write(self, threshold, more=""):
        (self.folder / "pipeline.toml").write_text(PIPELINE.format(threshold=threshold, more=more))

    def said(self):
        return self.log.read_text()

    def get(self, path, method="GET"):
        try:
            with urllib.request.urlopen(urllib.request.Request(self.address + path, method=method), timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def progress(self):
        return json.loads(self.get("progress")[1])

    def add(self, lines):
        with open(self.folder / "rows.csv", "a") as file:
            file.write("".join(line + "\n" for line in lines))

    def reload(self, saying):
        before = len(self.said())
        self.process.send_signal(signal.SIGHUP)
        patient(saying, lambda: saying in self.said()[before:])

    def rows(self):
        path = self.folder / "scored.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def documented():
    """Metric names of docs/reference/metrics.md."""
    return set(re.findall(r"`((?:churnstream|process)_[a-z_]+)`", (ROOT / "docs/reference/metrics.md").read_text()))


def figures_are_what_the_page_says(stream):
    text = stream.get("metrics")[1]
    names, values = set(), {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        sample = SAMPLE.match(line)
        assert sample, f"no sample: {line}"
        names.add(re.sub(r"_(sum|count)$", "", sample[1]) if "stage_seconds" in sample[1] else sample[1])
        values[line.rsplit(" ", 1)[0]] = float(sample[2])
    assert names <= documented(), f"not on the page: {names - documented()}"
    for name, value in (("rows_read_total", 200), ("rows_delivered_total", 199), ("rows_refused_total", 1)):
        assert values[f"churnstream_{name}"] == value, (name, values)
    assert values['churnstream_rows_refused_by_stage_total{stage="decode"}'] == 1
    assert "0003-MKNFE" not in text and "customer" not in text.lower(), "customers stay out"
    rules = set(re.findall(r"churnstream_[a-z_]+", (ROOT / "examples/operations/alerts.yml").read_text()))
    assert rules <= documented(), f"alerts ask for what is not there: {rules - documented()}"


def answers_have_their_codes(stream):
    assert stream.get("healthz") == (200, "ok\n")
    assert stream.get("readyz") == (200, "ready\n")
    assert stream.get("customers")[0] == 404
    assert stream.get("metrics", "POST")[0] == 405
    assert stream.get("metrics", "HEAD") == (200, "")
    report = stream.progress()
    assert report["rows_read"] == report["delivered"] + report["refused"] + report["under_way"] == 200
    assert set(report["stages"]) == {"decode", "score", "file"} and report["state"] == "running"


def a_changed_file_is_taken(stream, customers):
    assert not any(row["flagged"] for row in stream.rows() if row["probability"] < 0.5)
    stream.write(0)
    stream.reload("score.threshold taken")
    seen = len(stream.rows())
    stream.add(customers[200:300])
    patient("the rows after", lambda: len(stream.rows()) == seen + 100)
    assert all(row["flagged"] for row in stream.rows()[seen:]), "the new threshold holds from the next rows on"


def a_wrong_file_changes_nothing(stream, customers):
    stream.write('"often"')
    stream.reload("stays as it was")
    assert "pipeline.toml:9" in stream.said(), "the place is named"
    seen = len(stream.rows())
    stream.add(customers[300:310])
    patient("the rows after", lambda: len(stream.rows()) == seen + 10)
    assert all(row["flagged"] for row in stream.rows()[seen:])


def what_needs_a_restart_is_named(stream):
    stream.write(0.5, 'commit_interval = "1s"')
    stream.reload("wait for the next start: run.commit_interval")


def main():
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        header, *customers = (ROOT / "data/telco.csv").read_text().splitlines()
        subprocess.run([PROGRAM, "train", ROOT / "examples/origin/recipe.toml", "--out", folder / "model"], check=True,
                       capture_output=True)
        (folder / "rows.csv").write_text("\n".join([header, *customers[:199], "too,few"]) + "\n")
        stream = Stream(folder)
        try:
            patient("the first rows", lambda: stream.progress()["delivered"] == 199 and stream.progress()["under_way"] == 0)
            figures_are_what_the_page_says(stream)
            answers_have_their_codes(stream)
            a_changed_file_is_taken(stream, customers)
            a_wrong_file_changes_nothing(stream, customers)
            what_needs_a_restart_is_named(stream)
            stream.process.send_signal(signal.SIGTERM)
            assert stream.process.wait(20) == 0, stream.said()
        finally:
            stream.process.kill()
            stream.process.wait()
    print("figures, health, readiness and SIGHUP: as the pages say")


if __name__ == "__main__":
    main()
