#!/usr/bin/env python3
"""The PostgreSQL sink against a real server: the contract, streams that are killed, a server that is killed, TLS.

    postgres_test.py PROGRAM [--kills 12] [--only NAME]

Starts its own server and its own model; reads the tables with psql, which is not ours. The contract's program is built
beside PROGRAM, as tests/postgres_sink_tests.
"""
import argparse
import csv
import io
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/powerbi"))
import pbip  # noqa: E402

POSTGRES = ROOT / "tests/services/postgres"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
TELCO = ROOT / "data/telco.csv"
PIPELINE = """
[source]
type = "file"
path = {data}
rate = {rate}
[model]
path = {model}
[score]
value = "MonthlyCharges"
[[sink]]
type = "postgres"
dsn = "${{CHURN_DSN}}"
schema = "{schema}"
view = "{view}"
timeout = "5s"
{more}
[refused]
type = "file"
path = "refused.jsonl"
[run]
state_dir = "state"
batch_rows = 64
commit_interval = "20ms"
"""


class Server:
    def __init__(self, folder, *words):
        self.folder = folder
        said = subprocess.run([POSTGRES, "start", folder, *words], check=True, stdout=subprocess.PIPE, text=True).stdout
        self.told = dict(line.split("=", 1) for line in said.splitlines())
        self.dsn = self.told["dsn"]

    def do(self, action):
        subprocess.run([POSTGRES, action, self.folder], check=True)

    def ask(self, question, dsn=None):
        """Rows of an SQL question, as lists of texts."""
        done = subprocess.run(["psql", "-X", "-q", "--csv", "-t", "-c", question, dsn or self.dsn], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return list(csv.reader(io.StringIO(done.stdout)))


class Test:
    def __init__(self, program, folder, server, kills):
        self.program, self.folder, self.server, self.kills = program, folder, server, kills
        self.chance = random.Random(42)
        self.processes = []  # ended with the test, however it ends
        self.model = folder / "model"
        subprocess.run([program, "train", ROOT / "examples/origin/recipe.toml", "--out", self.model], check=True, capture_output=True)
        out = subprocess.run([program, "score", self.model, TELCO, "--format", "jsonl", "--out", "-"], check=True,
                             capture_output=True).stdout
        self.offline = [(row["key"], row["probability"][1], row["prediction"]) for row in map(json.loads, out.splitlines())]

    def ok(self, sentence):
        print(f"ok: {sentence}", flush=True)

    def pipeline(self, schema, rate=0, view="", more=""):
        place = self.folder / schema
        place.mkdir(exist_ok=True)
        file = place / f"{rate}.toml"
        file.write_text(PIPELINE.format(data=json.dumps(str(TELCO)), model=json.dumps(str(self.model)), schema=schema, rate=rate,
                                        view=view, more=more))
        return file

    def environment(self, dsn=None):
        return {**os.environ, "CHURN_DSN": dsn or self.server.dsn}

    def start(self, file, *words, log=subprocess.PIPE):
        self.processes.append(subprocess.Popen([self.program, "run", file, *words], stdout=subprocess.DEVNULL, stderr=log,
                                               env=self.environment()))
        return self.processes[-1]

    def end(self):
        for process in self.processes:
            process.send_signal(signal.SIGCONT)
            process.kill()

    def run(self, file, code=0, dsn=None, **more):
        done = subprocess.run([self.program, "run", file, "--until-end"], capture_output=True, text=True, timeout=120,
                              env={**self.environment(dsn), **more})
        said = done.stdout + done.stderr
        assert done.returncode == code, f"ended with {done.returncode}, not {code}:\n{said}"
        return said

    def stored(self, schema):
        try:
            return int(self.server.ask(f'SELECT count(*) FROM "{schema}".churn_events')[0][0])
        except RuntimeError:  # not there yet, or the server is down
            return 0

    def equals_the_offline_scores(self, schema, is_in_order=True):
        rows = self.server.ask(f'SELECT customer_id, probability, prediction FROM "{schema}".churn_events ORDER BY source_offset')
        got = [(customer, float(probability), prediction) for customer, probability, prediction in rows]
        assert len(got) == len(self.offline), f"{len(got)} rows are stored and {len(self.offline)} were read"
        pairs = zip(got, self.offline) if is_in_order else zip(sorted(got), sorted(self.offline))
        different = [pair for pair in pairs if pair[0] != pair[1]]
        assert not different, f"{len(different)} rows differ from the offline scores, the first: {different[0]}"
        scores = self.server.ask(f'SELECT customer_id, probability, prediction FROM "{schema}".churn_scores')
        assert sorted((c, float(p), l) for c, p, l in scores) == sorted(self.offline), "churn_scores differs"

    # The cases.

    def contract(self):
        binary = pathlib.Path(self.program).parent / "tests/postgres_sink_tests"
        done = subprocess.run([binary, "--gtest_brief=1"], env={**os.environ, "CHURNSTREAM_POSTGRES": self.server.dsn},
                              capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
        assert "loses no answer" not in done.stdout and "refuses no row" not in done.stdout, done.stdout
        self.ok("the sink passes the contract: " + done.stdout.strip().splitlines()[-1])

    def a_stream_is_stored_once_with_its_view(self):
        file = self.pipeline("whole", view="CHURN.CHURN")
        said = self.run(file)
        assert "7,043 rows read = 7,043 delivered + 0 refused + 0 under way" in said, said
        self.equals_the_offline_scores("whole")
        assert "0 rows read" in self.run(file), "a second run reads on behind the first"
        view = self.server.ask('SELECT "CUSTOMERID", "CHURN", "PROBABILITY" FROM "CHURN"."CHURN"')
        assert sorted((c, float(p), l) for c, l, p in view) == sorted(self.offline), "the view shows something else"
        names = self.server.ask("SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute"
                                " WHERE attrelid = '\"CHURN\".\"CHURN\"'::regclass")[0][0].split(",")
        header = TELCO.read_text().splitlines()[0].upper().split(",")
        assert names[:len(header)] == header, names
        self.ok("a file is stored once, equal to the offline scores, and its view has the original's names")

    def kills_of_the_program(self):
        counts = []
        for number in range(self.kills):
            process = self.start(self.pipeline("killed", rate=1000), "--until-end")
            before = self.stored("killed")
            wanted = before + self.chance.randint(1, max(2, (len(self.offline) - before) // (2 * (self.kills - number))))
            deadline = time.monotonic() + 60
            while self.stored("killed") < wanted:
                assert process.poll() is None, process.stderr.read().decode()
                assert time.monotonic() < deadline, "no row came within a minute"
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stderr.close()
            counts.append(self.stored("killed"))
            assert 0 < counts[-1] < len(self.offline), f"the kill came at {counts[-1]} rows"
        self.run(self.pipeline("killed"))
        self.equals_the_offline_scores("killed")
        self.ok(f"{self.kills} kills of the program at {' '.join(map(str, counts))} rows: each row is there once")

    def kills_of_the_server(self):
        process = self.start(self.pipeline("crashed", rate=500), "--until-end")
        counts = []
        while len(counts) < 5 and process.poll() is None:  # rows that had to wait come in a rush
            wanted = self.stored("crashed") + 200
            deadline = time.monotonic() + 60
            while self.stored("crashed") < wanted and process.poll() is None:
                assert time.monotonic() < deadline, "no row came within a minute"
            if process.poll() is not None:
                break
            counts.append(self.stored("crashed"))
            self.server.do("kill")
            time.sleep(self.chance.random())
            self.server.do("restart")
        assert sum(count < len(self.offline) for count in counts) >= 2, f"killed at {counts} rows only"
        said = process.communicate(timeout=120)[1].decode()
        assert process.returncode == 0 and "7,043 rows read = 7,043 delivered" in said, said
        self.equals_the_offline_scores("crashed")
        self.ok(f"{len(counts)} kills of the server at {' '.join(map(str, counts))} rows: the stream goes on, each row is there once")

    def a_server_that_stands_still(self):
        process = self.start(self.pipeline("paused", rate=2500), "--until-end")
        while self.stored("paused") < 500:
            assert process.poll() is None, process.stderr.read().decode()
        self.server.do("pause")
        time.sleep(7)  # longer than the timeout
        self.server.do("resume")
        said = process.communicate(timeout=120)[1].decode()
        assert process.returncode == 0 and "7,043 rows read = 7,043 delivered" in said, said
        assert "is in trouble, trying again" in said and "works again" in said, said
        self.equals_the_offline_scores("paused")
        self.ok("a server that stands still for longer than the timeout: the stream goes on, each row is there once")

    def rows_the_store_refuses(self):
        file = self.pipeline("refusing")
        self.run(file, code=0)
        for table in ("churn_scores", "churn_events", "churn_positions"):
            self.server.ask(f'DELETE FROM "refusing".{table}')
        self.server.ask('ALTER TABLE "refusing".churn_scores ADD CHECK (tenure < 70)')
        for left in (file.parent / "state").glob("checkpoint*"):
            left.unlink()
        said = self.run(file)
        stored = self.stored("refusing")
        refused = [json.loads(line) for line in (file.parent / "refused.jsonl").read_text().splitlines()]
        assert f"7,043 rows read = {stored:,} delivered + {len(refused):,} refused" in said and stored + len(refused) == 7043, said
        assert all("violates check constraint" in row["reason"] and row["stage"] == "postgres" for row in refused), refused[0]
        bad = {row["customerID"] for row in csv.DictReader(open(TELCO, newline="")) if float(row["tenure"]) >= 70}
        assert {row["key"] for row in refused} == bad and len(refused) == len(bad), "others were refused"
        self.ok(f"{len(refused)} rows that break a constraint are refused with the store's own reason, {stored:,} are stored")

    def hand_overs_between_processes(self):
        """The example's pipeline in two members of a group: one is killed and started again, one is frozen until its
        partitions are the other's."""
        kafka = ROOT / "tests/services/kafka"
        said = subprocess.run([kafka, "start", self.folder / "kafka"], check=True, stdout=subprocess.PIPE, text=True).stdout
        brokers = said.split("brokers=")[1].split()[0]
        try:
            for topic in ("churn", "churn.refused"):
                subprocess.run([self.program, "topics", "create", topic, "--partitions", "4", "--brokers", brokers], check=True,
                               capture_output=True)
            place = self.folder / "members"
            place.mkdir()
            for name in ("ann", "bob"):
                text = (ROOT / "examples/kafka_to_postgres/pipeline.toml").read_text()
                for ours, here in {
                        "127.0.0.1:9092": brokers, '"../telco/model"': json.dumps(str(self.model)),
                        'schema = "churn"': 'schema = "members"\nview = ""\ntimeout = "5s"\ndsn = "${CHURN_DSN}"',
                        '[sink.postgres]\nhost = "127.0.0.1"\ndbname = "churn"\nuser = "churn"\n': ""}.items():
                    assert ours in text, f"the example has no {ours}"
                    text = text.replace(ours, here)
                (place / f"{name}.toml").write_text(
                    f'{text}[run]\nstate_dir = "state-{name}"\ninstance = "{name}"\nlanes = 2\nbatch_rows = 64\ncommit_interval = "20ms"\n')
            sender = subprocess.Popen([self.program, "produce", TELCO, "--topic", "churn", "--brokers", brokers, "--rate", "250"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.processes.append(sender)
            start = lambda name: self.start(place / f"{name}.toml", log=open(place / f"{name}.log", "a"))
            members = [start("ann"), start("bob")]
            self.wait_for_rows("members", 1000)
            members[0].kill()
            members[0].wait()
            self.wait_for_rows("members", 2500)
            members[0] = start("ann")
            self.wait_for_rows("members", 4000)
            members[1].send_signal(signal.SIGSTOP)
            time.sleep(10)  # longer than the session timeout
            members[1].send_signal(signal.SIGCONT)
            sender.wait()
            self.wait_for_rows("members", len(self.offline))
            for member in members:
                member.terminate()
            for name, member in zip(("ann", "bob"), members):
                assert member.wait(timeout=60) == 0, (place / f"{name}.log").read_text()
        finally:
            self.end()
            subprocess.run([kafka, "stop", self.folder / "kafka"], check=True)
        self.equals_the_offline_scores("members", is_in_order=False)
        owners = self.server.ask("SELECT count(DISTINCT split_part(owner, '/', 1)) FROM members.churn_positions")
        self.ok(f"two processes of a group, one killed, one frozen: each row is there once; owners at the end: {owners[0][0]}")

    def backfill_and_forget(self):
        file = self.pipeline("past")
        self.run(file)
        tables = '"past".churn_events', '"past".churn_scores'
        for table in tables:
            self.server.ask(f"DELETE FROM {table} WHERE source_offset BETWEEN 1000 AND 2999")
        def verb(name, *words):
            done = subprocess.run([self.program, name, file, *words], capture_output=True, text=True, timeout=120,
                                  env=self.environment())
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout + done.stderr
        positions = self.server.ask('SELECT topic, partition, next, owner FROM "past".churn_positions')
        verb("backfill", "--sink", "postgres", "--from", "0:900", "--to", "0:3100")
        self.equals_the_offline_scores("past")
        self.server.ask("UPDATE \"past\".churn_events SET probability = -1 WHERE source_offset < 500")
        self.server.ask("UPDATE \"past\".churn_scores SET probability = -1 WHERE source_offset < 500")
        verb("backfill", "--sink", "postgres", "--from", "earliest", "--replace")
        self.equals_the_offline_scores("past")
        assert self.server.ask('SELECT topic, partition, next, owner FROM "past".churn_positions') == positions
        customer = self.offline[77][0]
        assert 'sink "postgres": 1 erased: churn_events' in verb("forget", customer)
        for table in tables:
            left = self.server.ask(f"SELECT count(*), count(*) FILTER (WHERE customer_id = '{customer}') FROM {table}")
            assert left == [[str(len(self.offline) - 1), "0"]], left
        self.ok("past rows are brought and replaced, no position moves, and a customer is erased")

    def wait_for_rows(self, schema, count):
        deadline = time.monotonic() + 120
        while self.stored(schema) < count:
            assert time.monotonic() < deadline, f"{self.stored(schema)} of {count} rows came within two minutes"
            time.sleep(0.05)

    def the_example_runs(self):
        place = self.folder / "examples"
        for name in ("csv_to_postgres", "two_trees"):
            shutil.copytree(ROOT / "examples" / name, place / name)
        file = place / "csv_to_postgres/pipeline.toml"
        port = self.server.dsn.rsplit(":", 1)[1].split("/")[0]
        file.write_text(file.read_text().replace('host = "127.0.0.1"', f'host = "127.0.0.1"\nport = {port}'))
        self.server.ask('DROP VIEW IF EXISTS "CHURN"."CHURN"')
        look = lambda: subprocess.run([self.program, "run", file, "--dry-run"], check=True, capture_output=True, text=True).stdout
        assert "they would be made" in look(), look()
        assert "10 rows read = 10 delivered" in self.run(file)
        assert "everything before record 11 of customers.csv/0" in look(), look()
        page = (place / "csv_to_postgres/README.md").read_text()
        question, shown = page.split("$ psql -c '")[1].split("' churn\n", 1)
        told = [[cell.strip() for cell in line.split("|")] for line in shown.split("\n\n")[0].splitlines()[2:]]
        assert self.server.ask(question) == told, (self.server.ask(question), told)
        self.ok("the example stores its ten customers, and its page shows what is there")

    def reports_fit_the_store(self):
        """What powerbi and grafana write, against the catalog and the rows of a store that the same pipeline filled."""
        for name, view in (("reported", "SEEN.CHURN"), ("viewless", "")):
            file = self.pipeline(name, view=view)
            self.run(file)
            self.write_report("powerbi", file)
            schema, table = view.split(".") if view else (name, "churn_scores")
            stored = dict(self.server.ask("SELECT column_name, data_type FROM information_schema.columns"
                                          f" WHERE table_schema = '{schema}' AND table_name = '{table}'"))
            project = file.parent / "powerbi"
            assert len(stored) > 20 and pbip.problems(project, stored) == [], pbip.problems(project, stored)
            query = pbip.Model(project / "Churn.SemanticModel").tables["CHURN"]["query"]
            assert f'[Schema="{schema}", Item="{table}"]' in query, query
            self.server.ask(f'ALTER {"VIEW" if view else "TABLE"} "{schema}"."{table}" RENAME COLUMN "{"TENURE" if view else "tenure"}" TO "TENUER"')
            renamed = dict(self.server.ask("SELECT column_name, data_type FROM information_schema.columns"
                                           f" WHERE table_schema = '{schema}' AND table_name = '{table}'"))
            found = pbip.problems(project, renamed)
            assert any("the store has no column" in one and "tenure" in one.lower() for one in found), found
        # A reader with the rights that the guides give it.
        reader = self.server.dsn.replace("//churn@", "//churn_reader@")
        self.server.ask('CREATE ROLE churn_reader LOGIN; GRANT USAGE ON SCHEMA "SEEN", reported TO churn_reader; GRANT SELECT ON "SEEN"."CHURN",'
                        " reported.churn_scores, reported.churn_events, reported.churn_refused TO churn_reader")
        assert self.server.ask('SELECT count(*) FROM "SEEN"."CHURN"', reader) == [["7043"]]
        self.server.ask("INSERT INTO reported.churn_refused VALUES ('churn', 0, 1, 'too odd'), ('churn', 0, 2, 'too odd'), ('churn', 0, 3, 'odd')")
        figures = self.dashboard("reported", reader)
        value = {row["customerID"]: float(row["MonthlyCharges"]) for row in csv.DictReader(open(TELCO, newline=""))}
        at_risk = sum(probability * value[customer] for customer, probability, _ in self.offline)
        leaving = sum(prediction == "Yes" for *_, prediction in self.offline)
        assert figures["Customers"] == [["7043"]] and figures["Predicted to leave"] == [[str(leaving)]], figures["Predicted to leave"]
        assert abs(float(figures["Revenue at risk"][0][0]) - at_risk) < 1e-6 * at_risk, (figures["Revenue at risk"], at_risk)
        bands = figures["Customers by risk band"]
        assert [band for band, _ in bands] == ["high", "medium", "low"] and sum(int(count) for _, count in bands) == 7043, bands
        assert figures["At high risk"] == [[bands[0][1]]], bands
        assert sum(int(left) for _, left, _ in figures["Predicted to leave by Contract"]) == leaving
        most = max(self.offline, key=lambda row: row[1] * value[row[0]])
        assert len(figures["Customers at risk"]) == 100 and figures["Customers at risk"][0][0] == most[0], (most, figures["Customers at risk"][0])
        assert figures["Rows the store refused"] == [["too odd", "2"], ["odd", "1"]], figures["Rows the store refused"]
        assert round(sum(float(rate) * 60 for _, rate in figures["Throughput"])) == 7043, figures["Throughput"]
        mean = sum(probability for _, probability, _ in self.offline) / len(self.offline)
        shown = [float(row[1]) for row in figures["Scores over time"]]
        assert len(shown) == 1 and abs(shown[0] - mean) < 1e-9, (figures["Scores over time"], mean)
        self.ok(f"a Power BI project fits view and table, {len(figures)} questions of the dashboard are answered and their figures are right")

    def write_report(self, verb, file):
        done = subprocess.run([self.program, verb, file, "--out", file.parent / verb], capture_output=True, text=True, timeout=60,
                              env=self.environment())
        assert done.returncode == 0, done.stderr

    def dashboard(self, schema, reader):
        """Each panel's question, Grafana's macros written out as its PostgreSQL data source does, for all time and minutes."""
        file = self.pipeline(schema, view="SEEN.CHURN")
        self.write_report("grafana", file)
        answers = {}
        for panel in json.loads((file.parent / "grafana/churn.json").read_text())["panels"]:
            sql = panel["targets"][0]["rawSql"]
            sql = re.sub(r"\$__timeGroupAlias\((\w+), *\$__interval\)", r'floor(extract(epoch from \1)/60)*60 AS "time"', sql)
            sql = re.sub(r"\$__timeFilter\((\w+)\)", r"\1 BETWEEN '1970-01-01T00:00:00Z' AND '2100-01-01T00:00:00Z'", sql)
            sql = sql.replace("$__interval_ms", "60000")
            assert "$__" not in sql, sql
            answers[panel["title"]] = self.server.ask(sql, reader)
        return answers

    def doctor_sees_what_is_wrong(self):
        file = self.pipeline("doctored")
        doctor = lambda code, dsn=self.server.dsn, **more: self.examine(file, code, dsn, **more)
        said = doctor(0)
        assert "PostgreSQL 15" in said and "Its clock agrees with ours" in said and "they would be made" in said, said
        self.run(file)
        said = doctor(0)
        assert "The tables of schema doctored are there." in said and "everything before record 7044 of" in said, said
        self.server.ask("CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA doctored TO reader; "
                        "GRANT SELECT ON ALL TABLES IN SCHEMA doctored TO reader")
        reader = self.server.dsn.replace("//", "//reader@", 1) if "@" not in self.server.dsn else \
            self.server.dsn.split("//")[0] + "//reader@" + self.server.dsn.split("@")[1]
        said = doctor(2, reader)
        assert "We may not INSERT, UPDATE, DELETE in churn_events" in said and 'GRANT INSERT, UPDATE, DELETE ON' in said, said
        self.server.ask("ALTER ROLE reader SET default_transaction_read_only = on")
        assert "default_transaction_read_only is on" in doctor(2, reader)
        said = doctor(0, LD_PRELOAD=FAKETIME, FAKETIME="+90s", FAKETIME_DONT_FAKE_MONOTONIC="1")
        assert "Its clock is" in said and "s behind ours" in said and "NTP" in said, said
        self.server.ask("ALTER TABLE doctored.churn_events ADD color text")
        assert "churn_events has a column color" in doctor(2)
        assert self.server.ask("SELECT count(*) FROM doctored.churn_events") == [["7043"]]
        self.ok("doctor names missing rights, a read-only role, a clock that is wrong and a column too many, and changes nothing")

    def examine(self, file, code, dsn, **more):
        done = subprocess.run([self.program, "doctor", file], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "CHURN_DSN": dsn, **more})
        said = done.stdout + done.stderr
        assert done.returncode == code, f"exit {done.returncode}: {said}"
        return said

    def tls_and_passwords(self):
        server = Server(self.folder / "tls-server", "--tls-scram")
        try:
            password, ca = server.told["password"], server.told["ca"]
            more = f'[sink.postgres]\nsslmode = "verify-full"\nsslrootcert = {json.dumps(ca)}\npassword = "${{CHURN_PASSWORD}}"\n'
            file = self.pipeline("tls", more=more)
            said = self.run(file, dsn=server.dsn, CHURN_PASSWORD=password)
            assert "7,043 delivered" in said and password not in said, said
            encrypted = server.ask("SELECT count(*) FROM tls.churn_scores", f"{server.dsn}?password={password}")
            assert encrypted == [["7043"]], encrypted
            said = self.run(file, code=2, dsn=server.dsn, CHURN_PASSWORD="wr0ng-word")
            assert "password authentication failed" in said and "wr0ng-word" not in said, said
            file = self.pipeline("tls", more=more.replace(json.dumps(ca), json.dumps(str(self.folder / "none.pem"))))
            said = self.run(file, code=2, dsn=server.dsn, CHURN_PASSWORD=password)
            assert "none.pem" in said and password not in said, said
            file = self.pipeline("tls", more=more.replace("${CHURN_PASSWORD}", "plain-word"))
            said = self.run(file, code=2, dsn=server.dsn)
            assert "plain-word" not in said, said
            said = self.run(self.pipeline("tls"), dsn=server.dsn, PGPASSWORD=password)
            assert "0 rows read" in said, said
        finally:
            server.do("stop")
        self.ok("TLS with verify-full and SCRAM; passwords from secrets and the environment, never printed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--only", help="one case by its name")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="churnstream_postgres_") as name:
        folder = pathlib.Path(name)
        server = Server(folder / "server")
        test = None
        try:
            test = Test(str(pathlib.Path(arguments.program).resolve()), folder, server, arguments.kills)
            cases = [test.contract, test.a_stream_is_stored_once_with_its_view, test.rows_the_store_refuses,
                     test.kills_of_the_program, test.kills_of_the_server, test.a_server_that_stands_still,
                     test.hand_overs_between_processes, test.backfill_and_forget, test.the_example_runs,
                     test.reports_fit_the_store, test.doctor_sees_what_is_wrong, test.tls_and_passwords]
            for case in cases:
                if arguments.only in (None, case.__name__):
                    case()
        finally:
            if test:
                test.end()
            server.do("stop")
            sys.stderr.write("\n".join((folder / "server/server.log").read_text(errors="replace").splitlines()[-5:]) + "\n"
                             if sys.exc_info()[0] else "")


if __name__ == "__main__":
    main()
