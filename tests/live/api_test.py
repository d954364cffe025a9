#!/usr/bin/env python3
"""The page's API against its own description: Schemathesis, which is not ours, reads /api/v1/openapi.json of the real program on
a real store and asks whatever the description allows, and what it does not.

    api_test.py PROGRAM

Bounded: so many examples per operation, from one seed. Schemathesis lives where scripts/setup live puts it.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/services"))
from paged_stream import PagedStream, patient, train  # noqa: E402

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
TESTER = pathlib.Path(os.environ.get("CHURNSTREAM_API_TESTER_HOME") or pathlib.Path(
    os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "churnstream/api-tester-1")
EXAMPLES = 40
# The events are a stream that never ends, so they are left out.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance,unsupported_method"


def main():
    with tempfile.TemporaryDirectory() as text:
        folder = pathlib.Path(text)
        train(PROGRAM, folder / "model")
        with PagedStream(PROGRAM, folder) as stream:
            patient("a full store", lambda: b'"customers":7043' in urllib.request.urlopen(stream.address + "/api/v1/summary").read())
            tested = subprocess.run([TESTER / "bin/schemathesis", "run", stream.address + "/api/v1/openapi.json", "--checks", CHECKS,
                                     "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1", "--max-time", "45",
                                     "--request-timeout", "10", "--exclude-path", "/api/v1/events", "--no-color"], cwd=folder, text=True)
    sys.exit(tested.returncode)


main()
