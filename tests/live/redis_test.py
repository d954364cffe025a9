#!/usr/bin/env python3
"""The Redis sink against a real server: the contract, a stream that is killed, a server that is killed, the example.

    redis_test.py PROGRAM

Starts its own server and its own model; reads with redis-cli, which is not ours. The contract's program is built beside
PROGRAM, as tests/redis_sink_tests.
"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/services"))
from redis_server import Server  # noqa: E402
TELCO = ROOT / "data/telco.csv"
PIPELINE = """
[source]
type = "file"
path = {data}
rate = 5000
[model]
path = {model}
[score]
value = "MonthlyCharges"
[[sink]]
type = "redis"
port = {port}
prefix = "{prefix}"
[refused]
type = "file"
path = "refused.jsonl"
[run]
state_dir = "state"
batch_rows = 64
commit_interval = "20ms"
"""


class Test:
    def __init__(self, program, folder, server):
        self.program, self.folder, self.server = program, folder, server
        self.model = folder / "model"
        subprocess.run([program, "train", ROOT / "examples/origin/recipe.toml", "--out", self.model], check=True, capture_output=True)
        subprocess.run([program, "score", self.model, TELCO, "--out", folder / "offline.jsonl", "--format", "jsonl"], check=True,
                       capture_output=True)
        self.offline = {row["key"]: row["probability"][1] for row in map(json.loads, open(folder / "offline.jsonl"))}

    def ok(self, words):
        print(f"ok: {words}", flush=True)

    def pipeline(self, prefix):
        place = self.folder / prefix
        place.mkdir()
        (place / "pipeline.toml").write_text(PIPELINE.format(data=json.dumps(str(TELCO)), model=json.dumps(str(self.model)),
                                                             port=self.server.port, prefix=prefix))
        return place / "pipeline.toml"

    def start(self, file):
        return subprocess.Popen([self.program, "run", file, "--until-end"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def events(self, prefix):
        key = next((key for key in self.server.ask("KEYS", f"{prefix}:events:*").splitlines()), None)
        return int(self.server.ask("XLEN", key)) if key else 0

    def equals_the_offline_scores(self, prefix):
        key = self.server.ask("KEYS", f"{prefix}:events:*")
        lines = self.server.ask("XRANGE", key, "-", "+").splitlines()
        rows = [json.loads(line) for line in lines if line.startswith("{")]
        assert len(rows) == len(self.offline) and {row["customer_id"]: row["probability"] for row in rows} == self.offline
        for customer in random.Random(7).sample(sorted(self.offline), 50):
            row = json.loads(self.server.ask("HGET", f"{prefix}:score:{customer}", "record"))
            assert row["probability"] == self.offline[customer], customer
        assert len(self.server.ask("KEYS", f"{prefix}:score:*").splitlines()) == len(self.offline)

    def contract(self):
        subprocess.run([pathlib.Path(self.program).parent / "tests/redis_sink_tests"], check=True,
                       env={**os.environ, "CHURNSTREAM_REDIS": str(self.server.port)})
        self.ok("the contract")

    def kills_of_the_program(self):
        file, dice, in_between = self.pipeline("killed"), random.Random(5), []
        for _ in range(8):
            process = self.start(file)
            time.sleep(dice.uniform(0.1, 0.5))
            process.kill()
            process.wait()
            in_between.append(self.events("killed"))
        end = self.start(file)
        said = end.communicate(timeout=120)[1]
        assert end.returncode == 0, said
        assert any(0 < count < len(self.offline) for count in in_between), f"no kill met the stream: {in_between}"
        self.equals_the_offline_scores("killed")
        self.ok(f"killed 8 times ({in_between} events in between): every row is there once, equal to `score`")

    def kills_of_the_server(self):
        file = self.pipeline("restarted")
        process = self.start(file)
        deadline = time.monotonic() + 60
        while self.events("restarted") < 500:
            assert time.monotonic() < deadline, "nothing comes"
        self.server.kill()
        time.sleep(1)
        assert process.poll() is None, process.communicate()
        self.server.start()
        said = process.communicate(timeout=120)[1]
        assert process.returncode == 0 and "works again" in said, said
        self.equals_the_offline_scores("restarted")
        self.ok("a server that is killed and comes back has every row once; the stream waited for it")

    def the_example_runs(self):
        place = self.folder / "examples"
        for name in ("csv_to_redis", "two_trees"):
            shutil.copytree(ROOT / "examples" / name, place / name)
        file = place / "csv_to_redis/pipeline.toml"
        file.write_text(file.read_text().replace('type = "redis"', f'type = "redis"\nport = {self.server.port}'))
        look = lambda verb, *more: subprocess.run([self.program, verb, file, *more], check=True, capture_output=True, text=True)
        said = look("doctor").stdout
        assert "on its disk when it answers" in said and "Redis is there" in said, said
        assert "10 rows read = 10 delivered" in look("run", "--until-end").stderr
        assert "everything before record 11 of customers.csv/0" in look("run", "--dry-run").stdout
        page = (place / "csv_to_redis/README.md").read_text()
        question, shown = page.split("$ redis-cli ")[1].split("\n", 1)
        told = self.server.ask(*question.split())
        assert told.startswith(shown.strip().splitlines()[0].strip().rstrip(".")), told
        forget = lambda *more: look("forget", "7590", *more).stdout
        assert "would go: churn:score:7590" in forget("--dry-run") and self.server.ask("EXISTS", "churn:score:7590") == "1"
        said = forget()
        assert "erased: churn:score:7590" in said and "1 erased: churn:events:customers.csv:0" in said, said
        assert self.server.ask("EXISTS", "churn:score:7590") == "0" and self.events("churn") == 9
        self.server.ask("CONFIG", "SET", "appendfsync", "everysec")
        assert "A power cut may cost it rows" in look("doctor").stdout
        self.server.ask("CONFIG", "SET", "appendfsync", "always")
        self.ok("the example stores its ten customers, its page shows what is there, doctor knows how durable it is")


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory(prefix="churnstream_redis_") as name:
        server = Server(pathlib.Path(name) / "server")
        try:
            test = Test(program, pathlib.Path(name), server)
            for case in (test.contract, test.kills_of_the_program, test.kills_of_the_server, test.the_example_runs):
                case()
        finally:
            server.kill()


if __name__ == "__main__":
    main()
