#!/usr/bin/env python3
"""The Snowflake sink against our own strict server: the contract, whole streams, streams that are killed, the example.

    snowflake_test.py PROGRAM [--only NAME]

The contract's program is built beside PROGRAM, as tests/snowflake_sink_tests. Needs openssl, and no network.
"""
import argparse
import base64
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/services"))
import snowflake_server  # noqa: E402

CUSTOMERS = 400
PIPELINE = """
[source]
type = "file"
path = {data}
rate = {rate}
[model]
path = {model}
[score]
value = "charges"
[[sink]]
type = "snowflake"
mode = "{mode}"
url = "{url}"
account = "myorg-test"
user = "churn"
private_key = "file:{key}"
private_key_passphrase = "${{CHURN_PASSPHRASE}}"
database = "CHURN"
schema = "STORE"
{more}
[refused]
type = "file"
path = "refused.jsonl"
[run]
state_dir = "state"
batch_rows = 32
commit_interval = "20ms"
"""


class Test:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.chance = random.Random(42)
        self.key, self.encrypted = folder / "rsa_key.p8", folder / "rsa_key_encrypted.p8"
        openssl = lambda *words: subprocess.run(["openssl", *words], check=True, capture_output=True, text=True).stdout
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.key)
        openssl("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", self.key, "-out", self.encrypted, "-passout", "pass:opens-it")
        self.public = openssl("rsa", "-in", self.key, "-pubout")
        self.server = snowflake_server.make_server(self.public)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.service = self.server.RequestHandlerClass.service
        self.data = folder / "customers.csv"
        lines = ["customer,contract,tenure,charges,left"]
        lines += [f"{number:04},{('month', 'year')[number % 2]},{number % 70},{number / 4},No" for number in range(CUSTOMERS)]
        self.data.write_text("\n".join(lines) + "\n")
        self.model = ROOT / "examples/two_trees/model"
        out = subprocess.run([program, "score", self.model, self.data, "--format", "jsonl", "--out", "-"], check=True,
                             capture_output=True).stdout
        self.offline = [(row["key"], row["probability"][1], row["prediction"]) for row in map(json.loads, out.splitlines())]

    def ok(self, sentence):
        print(f"ok: {sentence}", flush=True)

    def reset(self):
        self.ask("reset")

    def ask(self, what, said=None):
        return json.load(urllib.request.urlopen(f"{self.url}/test/{what}", json.dumps(said).encode(), timeout=10))

    def pipeline(self, name, mode, rate=0, more=""):
        place = self.folder / name
        place.mkdir(exist_ok=True)
        file = place / f"{rate}.toml"
        file.write_text(PIPELINE.format(data=json.dumps(str(self.data)), model=json.dumps(str(self.model)), mode=mode, rate=rate,
                                        url=self.url, key=self.encrypted, more=more))
        return file

    def run(self, file, code=0, passphrase="opens-it", words=("--until-end",)):
        done = subprocess.run([self.program, "run", file, *words], capture_output=True, text=True, timeout=120,
                              env={**os.environ, "CHURN_PASSPHRASE": passphrase})
        said = done.stdout + done.stderr
        assert done.returncode == code, f"ended with {done.returncode}, not {code}:\n{said}\n{self.service.log}"
        assert "PRIVATE" not in said and "opens-it" not in said, said
        return said

    def verb(self, verb, file, *words, code=0):
        done = subprocess.run([self.program, verb, file, *words], capture_output=True, text=True, timeout=120,
                              env={**os.environ, "CHURN_PASSPHRASE": "opens-it"})
        assert done.returncode == code, f"{verb} ended with {done.returncode}, not {code}:\n{done.stdout}{done.stderr}\n{self.service.log}"
        return done.stdout + done.stderr

    def rows(self, table):
        return self.ask("rows", {"schema": "STORE", "table": table})

    def equals_the_offline_scores(self, tables):
        for table in tables:
            got = sorted((row["CUSTOMER_ID"], row["PROBABILITY"], row["PREDICTION"]) for row in self.rows(table))
            assert got == sorted(self.offline), f"{table} has {len(got)} rows and they differ from the {len(self.offline)} offline scores"

    # The cases.

    def contract(self):
        binary = pathlib.Path(self.program).parent / "tests/snowflake_sink_tests"
        done = subprocess.run([binary, "--gtest_brief=1"], capture_output=True, text=True, timeout=240,
                              env={**os.environ, "CHURNSTREAM_SNOWFLAKE": self.url, "CHURNSTREAM_SNOWFLAKE_KEY": str(self.key)})
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
        assert "this place" not in done.stdout, "a case of the contract was left out: " + done.stdout
        self.ok("the sink passes the contract in both modes: " + done.stdout.strip().splitlines()[-1])

    def a_stream_is_stored_once(self):
        for mode, tables in (("merge", ["CHURN_EVENTS", "CHURN_SCORES"]), ("streaming", ["CHURN_EVENTS"])):
            self.reset()
            file = self.pipeline(f"whole-{mode}", mode)
            self.run(file)
            self.equals_the_offline_scores(tables)
            self.run(file)
            shutil.rmtree(file.parent / "state")  # a lost state folder: everything is read again
            self.run(file)
            self.equals_the_offline_scores(tables)
            row = self.rows("CHURN_EVENTS")[0]
            assert "LEFT" not in row and row["CONTRACT"] in ("month", "year"), row
            assert not self.service.log, self.service.log
            self.ok(f"{mode}: a stream, run three times, is stored once, its label is not")

    def kills_leave_each_row_once(self):
        for mode, tables in (("merge", ["CHURN_EVENTS", "CHURN_SCORES"]), ("streaming", ["CHURN_EVENTS"])):
            self.reset()
            file = self.pipeline(f"killed-{mode}", mode, rate=400)
            kills = 0
            for _ in range(6):
                process = subprocess.Popen([self.program, "run", file, "--until-end"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                           env={**os.environ, "CHURN_PASSPHRASE": "opens-it"})
                try:
                    process.wait(0.15 + self.chance.random() * 0.5)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    kills += 1
            self.run(self.pipeline(f"killed-{mode}", mode))
            self.equals_the_offline_scores(tables)
            assert kills >= 2, f"only {kills} kills met a running stream"
            self.ok(f"{mode}: {kills} kills -9 leave each row once")

    def a_service_in_trouble_loses_nothing(self):
        for mode, tables in (("merge", ["CHURN_EVENTS", "CHURN_SCORES"]), ("streaming", ["CHURN_EVENTS"])):
            self.reset()
            for number in range(14):
                fault = self.chance.choice([{"before": "cut"}, {"after": "cut"}, {"status": 503}, {"status": 429, "retry_after": 0}, {"status": 500},
                                            {"status": 408}, {"polls": 2}])
                if mode == "streaming" and "polls" in fault:
                    continue
                self.ask("next", {"path": "POST (/api|/v2)" if "polls" not in fault else "POST /api/v2/statements$", "skip": self.chance.randrange(10) if number < 2 else self.chance.randrange(20, 50), **fault})
            self.run(self.pipeline(f"trouble-{mode}", mode))
            self.equals_the_offline_scores(tables)
            self.ok(f"{mode}: answers lost, 429, 503, 500, 408 and slow statements leave each row once")

    def what_is_refused_is_kept(self):
        for mode in ("merge", "streaming"):
            self.reset()
            file = self.pipeline(f"refused-{mode}", mode)
            self.ask("refuse", {"id": "0042", "reason": "String 'x' is too long and would be truncated"})
            self.run(file)
            refused = [json.loads(line) for line in (file.parent / "refused.jsonl").read_text().splitlines()]
            assert [(row["key"], "too long" in row["reason"]) for row in refused] == [("0042", True)], refused
            assert len(self.rows("CHURN_EVENTS")) == CUSTOMERS - 1
            self.ok(f"{mode}: a row that Snowflake refuses is kept with its reason, the others are stored")

    def bad_logins_end_with_two(self):
        self.reset()
        file = self.pipeline("logins", "merge")
        assert "the passphrase does not open it" in self.run(file, 2, "not-this-one")
        other = self.pipeline("other", "merge", more='role = ""')
        other.write_text(other.read_text().replace('user = "churn"', 'user = "somebody"'))
        assert "RSA_PUBLIC_KEY_FP" in self.run(other, 2)
        token = self.pipeline("token", "merge", more='login = "oauth"\ntoken = "${CHURN_PASSPHRASE}"')
        token.write_text("\n".join(line for line in token.read_text().splitlines() if not line.startswith("private_key")))
        self.run(token, 0, snowflake_server.OAUTH_TOKEN)
        self.run(token, 2, "made-up")
        plain = self.pipeline("plain", "merge")
        plain.write_text(plain.read_text().replace(self.url, "http://snowflake.example"))
        assert "https://HOST" in self.run(plain, 2)
        self.ok("wrong keys, users, tokens and plain http end with code 2 and what to do")

    def a_look_changes_nothing(self):
        self.reset()
        said = self.run(self.pipeline("look", "streaming"), words=("--dry-run",))
        assert "LOADER" in said and "would be made" in said and not self.service.tables.tables, said
        for mode in ("streaming", "merge"):
            self.reset()
            self.run(self.pipeline(f"look-{mode}", mode))
            before = repr(self.service.tables.tables)
            said = self.run(self.pipeline(f"look-{mode}", mode), words=("--dry-run",))
            assert "are there, as the rows need them" in said and repr(self.service.tables.tables) == before, said
            self.ask("drop_column", {"schema": "STORE", "table": "CHURN_EVENTS", "name": "CONTRACT"})
            assert "no column CONTRACT for contract" in self.run(self.pipeline(f"look-{mode}", mode), 2, words=("--dry-run",))
        self.ok("--dry-run says who we are and changes nothing")

    def a_look_says_what_to_do(self):
        self.reset()
        file = self.pipeline("rights", "merge")
        look = lambda: self.run(file, words=("--dry-run",))
        tables = self.service.tables
        tables.rights = {("SCHEMA", "STORE"): ["USAGE"], ("DATABASE", "CHURN"): ["USAGE"]}
        assert 'GRANT CREATE SCHEMA ON DATABASE "CHURN" TO ROLE "LOADER"' in look()
        tables.rights["SCHEMA", "STORE"].append("CREATE TABLE")
        assert "GRANT" not in look()
        self.run(file)
        said = look()
        assert "Its clock agrees with ours" in said and f"everything before record {CUSTOMERS + 1} of" in said and "GRANT" not in said, said
        tables.rights["TABLE", "CHURN_EVENTS"] = ["SELECT", "INSERT"]
        tables.skew = -60
        said = look()
        assert "no right of ours to UPDATE, DELETE in CHURN_EVENTS" in said and "CHURN_SCORES." not in said, said
        assert 'GRANT UPDATE, DELETE ON TABLE "CHURN"."STORE"."CHURN_EVENTS" TO ROLE "LOADER"' in said, said
        assert "60.0 s behind ours" in said and "NTP" in said, said
        self.ask("next", {"path": "POST /api/v2/statements$", "skip": 7, "status": 422, "body": {"code": "002003", "message": "not authorized"}})
        assert "Our rights cannot be read: Snowflake answers 002003: not authorized" in look()
        self.ok("--dry-run names rights that are missing with their GRANT, and a clock that is off")

    def old_rows_go(self):
        ages = 'retention = { churn_events = "2h"%s }'
        for mode, more, tables in (("merge", ', churn_scores = "1d"', ["CHURN_EVENTS", "CHURN_SCORES"]),
                                   ("streaming", "", ["CHURN_EVENTS", "CHURN_FORGOTTEN"])):
            self.reset()
            self.run(self.pipeline(f"old-{mode}", mode))
            now, hour = time.time(), 3600
            when = lambda age: time.strftime("%Y-%m-%dT%H:%M:%S.000000", time.gmtime(now - age))
            for table in tables:
                rows = self.service.tables.tables["STORE", table]["rows"]
                rows[:] = [{"CUSTOMER_ID": f"{age}", "EVENT_TIME": when(age)} for age in (0, hour, 3 * hour, 23 * hour, 25 * hour)]
            self.run(self.pipeline(f"old-{mode}", mode, more=ages % more))
            left = [[int(row["CUSTOMER_ID"]) // hour for row in self.rows(table)] for table in tables]
            assert left == [[0, 1], [0, 1, 3, 23] if mode == "merge" else [0, 1]], left
            assert not self.service.log, self.service.log
        assert "no table of this name" in self.run(self.pipeline("old-view", "streaming", more=ages % ', churn_scores = "1d"'), 2)
        self.ask("next", {"path": "POST /api/v2/statements$", "skip": 8, "status": 422, "body": {"code": "003001", "message": "Insufficient privileges"}})
        said = self.run(self.pipeline("old-streaming", "streaming", more=ages % ""))
        assert "taking old rows out of churn_events in CHURN.STORE" in said and "Insufficient privileges" in said, said
        self.ok("rows older than retention go, tombstones with their events; what fails is said and the stream goes on")

    def past_rows_are_brought(self):
        for mode, tables in (("merge", ["CHURN_EVENTS", "CHURN_SCORES"]), ("streaming", ["CHURN_EVENTS"])):
            self.reset()
            file = self.pipeline(f"past-{mode}", mode, more='timeout = "2s"')
            bring = lambda *words, code=0: self.verb("backfill", file, "--sink", "snowflake", *words, code=code)
            if mode == "streaming":
                assert "run the pipeline first" in bring("--from", "earliest", code=1) and not self.rows("CHURN_EVENTS")
            self.run(file)
            told = lambda: [self.rows("CHURN_POSITIONS"), [(c["token"], c["sequencer"]) for c in self.service.channels.values()]]
            before = told()
            stored = [self.service.tables.tables["STORE", table]["rows"] for table in tables]
            for rows in stored:
                rows[:] = [row for row in rows if not 100 <= row["SOURCE_OFFSET"] < 300]
            bring("--from", "90", "--to", "310")
            self.equals_the_offline_scores(tables)
            for rows in stored:
                for row in rows[:50]:
                    row["PROBABILITY"] = -1.0
            bring("--from", "earliest")
            assert all(sum(row["PROBABILITY"] == -1 for row in rows) == 50 for rows in stored), "rows that are there stay"
            self.ask("next", {"path": "POST /api/v2/statements$", "skip": 14, "after": "cut"})
            bring("--from", "earliest", "--replace")
            self.equals_the_offline_scores(tables)
            assert told() == before, "a position has moved"
            if mode == "streaming":
                channel = next(iter(self.service.channels.values()))
                channel["token"] = f"{199:019}"  # what is behind it, the stream is going to append
                stored[0][:] = [row for row in stored[0] if row["SOURCE_OFFSET"] < 150]
                assert "end with --to 0:200" in bring("--from", "earliest", code=1)
                bring("--from", "earliest", "--to", "0:200")
                assert sorted(row["SOURCE_OFFSET"] for row in stored[0]) == list(range(1, 200))
                shutil.rmtree(file.parent / "state")
                self.run(file)
                self.equals_the_offline_scores(tables)
        self.ok("past rows are brought and replaced in both modes, no position moves; beside channels only what they have passed")

    def a_customer_is_forgotten(self):
        for mode, tables in (("merge", ["churn_scores", "churn_events"]), ("streaming", ["churn_events", "churn_forgotten"])):
            self.reset()
            file = self.pipeline(f"forget-{mode}", mode)
            assert "nothing is stored there yet" in self.verb("forget", file, "0007")
            self.run(file)
            if mode == "streaming":
                self.service.tables.tables["STORE", "CHURN_FORGOTTEN"]["rows"].append({"CUSTOMER_ID": "0007"})
            counts = lambda: [len(self.rows(table.upper())) for table in tables]
            before = counts()
            said = self.verb("forget", file, "0007", "--dry-run")
            assert all(f"1 would go: {table}" in said for table in tables) and counts() == before, said
            # The first answers are lost behind what was done: the rows are counted all the same.
            for skip in range(2):
                self.ask("next", {"path": "POST /api/v2/statements$", "skip": 2 + skip, "after": "cut"})
            said = self.verb("forget", file, "0007")
            assert all(f"1 erased: {table}" in said for table in tables), said
            assert counts() == [count - 1 for count in before], (before, counts())
            assert all(f"0 erased: {table}" in self.verb("forget", file, "0007") for table in tables)
            self.ask("next", {"path": "POST /api/v2/statements$", "skip": 2, "status": 422,
                              "body": {"code": "003001", "sqlState": "42501", "message": "Insufficient privileges"}})
            said = self.verb("forget", file, "0008", code=1)
            assert "left: erasing from" in said and "Insufficient privileges" in said and f" erased: {tables[1]}" in said, said
            assert not self.service.log, self.service.log
        self.ok("a customer is forgotten in both modes: counted, once, also when answers are lost; what could not be asked is left")

    def the_server_is_strict(self):
        """Each deviation from the page is refused; a server that lets all in would prove nothing."""
        self.reset()
        claims = {"iss": f"MYORG-TEST.CHURN.{self.service.key.fingerprint}", "sub": "MYORG-TEST.CHURN", "iat": int(time.time()),
                  "exp": int(time.time()) + 3000}
        coded = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()

        def token(changes={}, algorithm="RS256", key=self.key):
            text = coded(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()) + "." + coded(json.dumps({**claims, **changes}).encode())
            signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(), check=True, capture_output=True).stdout
            return text + "." + coded(signed)

        good = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "churnstream/1",
                "X-Snowflake-Authorization-Token-Type": "KEYPAIR_JWT", "Authorization": "Bearer " + token()}
        statement = {"statement": "SELECT CURRENT_USER(), CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_VERSION()", "timeout": 5}

        def send(headers={}, query="requestId=01234567-89ab-4def-8123-456789abcdef", path="/api/v2/statements", **body):
            all = {name: value for name, value in {**good, **headers}.items() if value is not None}
            data = json.dumps({**statement, **body}).encode()
            request = urllib.request.Request(f"{self.url}{path}?{query}", data, all)
            try:
                return urllib.request.urlopen(request, timeout=10).status
            except urllib.error.HTTPError as error:
                return error.code

        other = self.folder / "other.p8"
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", other], check=True, capture_output=True)
        bearer = lambda *words, **named: {"Authorization": "Bearer " + token(*words, **named)}
        now = int(time.time())
        assert send() == 200
        deviations = {
            "the same requestId without retry": (send(), 400),
            "no Accept": (send({"Accept": "*/*"}), 400),
            "another Content-Type": (send({"Content-Type": "text/plain"}), 400),
            "no token type": (send({"X-Snowflake-Authorization-Token-Type": None}), 401),
            "no token": (send({"Authorization": None}), 401),
            "a User-Agent without a version": (send({"User-Agent": "curl"}), 400),
            "a token of another key": (send(bearer(key=other)), 401),
            "a token of another issuer": (send(bearer({"iss": "MYORG-TEST.CHURN"})), 401),
            "a token of another subject": (send(bearer({"sub": "MYORG-TEST.churn"})), 401),
            "a token that has run out": (send(bearer({"iat": now - 3600, "exp": now - 1})), 401),
            "a token of tomorrow": (send(bearer({"iat": now + 86400, "exp": now + 87000})), 401),
            "a token for more than an hour": (send(bearer({"exp": now + 4000})), 401),
            "a token of another algorithm": (send(bearer(algorithm="HS256")), 401),
            "a requestId that is none": (send(query="requestId=1"), 400),
            "a field that is not known": (send(Statement="x", query="requestId=11234567-89ab-4def-8123-456789abcdef"), 400),
            "a transaction on its own": (send(statement="BEGIN", query="requestId=21234567-89ab-4def-8123-456789abcdef"), 422),
            "a statement that is not ours": (send(statement="SELECT 1", query="requestId=31234567-89ab-4def-8123-456789abcdef"), 422),
            "a binding that is no text": (send(bindings={"1": {"type": "FIXED", "value": 1}}, query="requestId=41234567-89ab-4def-8123-456789abcdef"), 400),
            "a packed statement": (send({"Content-Encoding": "gzip"}, query="requestId=51234567-89ab-4def-8123-456789abcdef"), 415),
            "rows without a scoped token": (send(path="/v2/streaming/data/databases/CHURN/schemas/STORE/pipes/P-STREAMING/channels/C/rows"), 401),
        }
        let_in = [what for what, (got, expected) in deviations.items() if got != expected]
        assert not let_in, f"the server lets in: {let_in}"
        assert send(query="requestId=01234567-89ab-4def-8123-456789abcdef&retry=true") == 200
        self.ok(f"our server refuses {len(deviations)} deviations from the page")

    def the_example(self):
        """examples/kafka_to_snowflake with a file in place of the topic: the sink's section is run as the page shows it."""
        self.reset()
        place = self.folder / "example"
        shutil.copytree(ROOT / "examples/kafka_to_snowflake", place / "kafka_to_snowflake")
        shutil.copytree(ROOT / "examples/two_trees", place / "two_trees")
        file = place / "kafka_to_snowflake/pipeline.toml"
        checked = subprocess.run([self.program, "run", file, "--check"], capture_output=True, text=True,
                                 env={**os.environ, "CHURN_SNOWFLAKE_PASSPHRASE": "opens-it", "CHURN_SNOWFLAKE_KEY": self.encrypted.read_text()})
        assert checked.returncode == 0 and "exactly once" in checked.stdout + checked.stderr, checked.stdout + checked.stderr
        text = file.read_text()
        source = text[text.index("[source]"):text.index("[model]")]
        text = text.replace(source, f"[source]\ntype = \"file\"\npath = {json.dumps(str(ROOT / 'examples/csv_to_postgres/customers.csv'))}\n")
        decode = text[text.index("[decode]"):text.index("[[sink]]")] if "[decode]" in text else ""
        text = text.replace(decode, "").replace('account = "myorg-test"', f'account = "myorg-test"\nurl = "{self.url}"')
        file.write_text(text)
        done = subprocess.run([self.program, "run", file, "--until-end"], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "CHURN_SNOWFLAKE_PASSPHRASE": "opens-it", "CHURN_SNOWFLAKE_KEY": self.encrypted.read_text()})
        assert done.returncode == 0, done.stdout + done.stderr
        events = self.ask("rows", {"schema": "CHURNSTREAM", "table": "CHURN_EVENTS"})
        assert len(events) == 10, f"{len(events)} events"
        self.ok("examples/kafka_to_snowflake runs")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="churnstream-snowflake."))
    try:
        test = Test(arguments.program.resolve(), folder)
        for case in (test.the_server_is_strict, test.contract, test.a_stream_is_stored_once, test.kills_leave_each_row_once,
                     test.a_service_in_trouble_loses_nothing, test.what_is_refused_is_kept, test.bad_logins_end_with_two,
                     test.a_look_changes_nothing, test.a_look_says_what_to_do, test.old_rows_go, test.past_rows_are_brought, test.a_customer_is_forgotten, test.the_example):
            if not arguments.only or arguments.only in case.__name__:
                case()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
