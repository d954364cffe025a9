#!/usr/bin/env python3
"""The page's API against its own description: Schemathesis, which is not ours, reads /api/v1/openapi.json of the real program on
a real store and asks whatever the description allows, and what it does not.

    api_test.py PROGRAM

Bounded: so many examples per operation, from one seed. Schemathesis lives where scripts/setup live puts it.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(sys.argv[1]).resolve()
TESTER = pathlib.Path(os.environ.get("CHURNSTREAM_API_TESTER_HOME") or pathlib.Path(
    os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "churnstream/api-tester-1")
EXAMPLES = 40
# The events are a stream that never ends, so they are left out.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance,unsupported_method"
PIPELINE = f"""
[source]
type = "file"
path = "{ROOT / 'data/telco.csv'}"
follow = true
[decode]
key = "customerID"
label = "Churn"
[model]
path = "model"
[score]
value = "MonthlyCharges"
[[sink]]
type = "sqlite"
path = "churn.db"
[refused]
type = "file"
path = "refused.jsonl"
[page]
listen = "127.0.0.1:0"
"""


def main():
    with tempfile.TemporaryDirectory() as text:
        folder = pathlib.Path(text)
        subprocess.run([PROGRAM, "train", ROOT / "examples/origin/recipe.toml", "--out", folder / "model"], check=True, capture_output=True, cwd=ROOT)
        (folder / "pipeline.toml").write_text(PIPELINE)
        log = folder / "log"
        program = subprocess.Popen([PROGRAM, "run", folder / "pipeline.toml"], stderr=open(log, "wb"))
        try:
            give_up = time.monotonic() + 30
            while not (at := re.search(r"the page is at (http://\S+)/", log.read_text())):
                assert time.monotonic() < give_up, log.read_text()
                time.sleep(0.05)
            while b'"customers":7043' not in urllib.request.urlopen(at[1] + "/api/v1/summary").read():
                assert time.monotonic() < give_up, "the store is not full"
                time.sleep(0.2)
            tested = subprocess.run([TESTER / "bin/schemathesis", "run", at[1] + "/api/v1/openapi.json", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing",
                                     "--max-examples", str(EXAMPLES), "--seed", "1", "--max-time", "45", "--request-timeout", "10",
                                     "--exclude-path", "/api/v1/events", "--no-color"], cwd=folder, text=True)
        finally:
            program.send_signal(signal.SIGTERM)
            assert program.wait(30) == 0, log.read_text()
    sys.exit(tested.returncode)


main()
