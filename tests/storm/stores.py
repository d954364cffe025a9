"""The stores of the storm, one small class each: what its sink is configured with, what can be done to it, and every row it
holds as (partition, offset, customer, probability, prediction), read by a program that is not ours."""
import csv
import io
import json
import os
import pathlib
import socket
import sqlite3
import subprocess
import sys
import urllib.request

from failed import require
from proxy import PlainConnection, Proxy

SERVICES = pathlib.Path(__file__).resolve().parent.parent / "services"
sys.path.insert(0, str(SERVICES))
from cassandra_nodes import Nodes  # noqa: E402
from redis_server import Server  # noqa: E402

COLUMNS = "source_partition, source_offset, customer_id, probability, prediction"


class SmallDisk:
    """A file system of a few megabytes, mounted while the case lasts. Needs root."""

    def __init__(self, folder, megabytes):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self._run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", self.folder)

    def _run(self, *words):
        done = subprocess.run(words, capture_output=True, text=True)
        require(done.returncode == 0, f"{words[0]} is not possible here (root?): {done.stderr.strip()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._run("umount", "-l", self.folder)

    def fill(self):
        """Nothing more fits, not one block."""
        with open(self.folder / "filler", "wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 4096) == 4096:
                    pass
            except OSError:
                pass

    def free(self):
        (self.folder / "filler").unlink()

    def may_be_written(self, yes):
        self._run("mount", "-o", f"remount,{'rw' if yes else 'ro'}", self.folder)


class Sqlite:
    """A file on a small disk of its own."""
    environment = {}

    def __init__(self, folder):
        self.disk = SmallDisk(folder / "store", 48)
        self.file = self.disk.folder / "churn.db"
        self.sink = '[[sink]]\ntype = "sqlite"\npath = "store/churn.db"\n'
        self.lock = None

    def pause(self):
        self.lock = sqlite3.connect(self.file, isolation_level=None, timeout=30)
        self.lock.execute("BEGIN EXCLUSIVE")

    def resume(self):
        self.lock.execute("ROLLBACK")
        self.lock.close()

    def refuse(self, customers):
        """Rows of these customers, for a reason of its own."""
        with sqlite3.connect(self.file, timeout=30) as store:
            store.execute("CREATE TABLE unwanted (customer TEXT PRIMARY KEY)")
            store.executemany("INSERT INTO unwanted VALUES (?)", [(customer,) for customer in customers])
            store.execute("CREATE TRIGGER refuse BEFORE INSERT ON churn_events WHEN NEW.customer_id IN (SELECT customer FROM unwanted) "
                          "BEGIN SELECT RAISE(ABORT, 'not this one'); END")

    def rows(self):
        with sqlite3.connect(self.file) as store:
            return store.execute(f"SELECT {COLUMNS} FROM churn_events").fetchall()

    def end(self):
        self.disk.__exit__()


class Files:
    """Closed files on a small disk; `form` and `compression` as the sink takes them."""
    environment = {}
    def __init__(self, folder, form="parquet", compression="zstd", roll_after="1s"):
        self.form, self.disk = form, SmallDisk(folder / "store", 48)
        self.sink = (f'[[sink]]\ntype = "parquet"\npath = "store/scored"\nformat = "{form}"\ncompression = "{compression}"\n'
                     f'roll_after = "{roll_after}"\n')

    def closed(self):
        return sorted(self.disk.folder.glob("scored/day=*/churn-*"))

    def rows(self):
        """Those of closed files, and the manifest must list just these files with as many rows."""
        lines = [json.loads(line) for line in (self.disk.folder / "scored/_manifest.jsonl").read_text().splitlines()]
        listed = sorted(self.disk.folder / "scored" / line["file"] for line in lines)
        require(listed == self.closed(), f"the manifest lists {len(listed)} files, and {len(self.closed())} are there")
        if self.form == "parquet":
            rows = [tuple(row) for row in self.ask_duckdb(f"SELECT {COLUMNS} FROM read_parquet({list(map(str, listed))})")]
        else:
            rows = [self.row_of(row) for file in listed for row in self.records(file)]
        require(sum(line["rows"] for line in lines) == len(rows), "the manifest counts other rows than the files hold")
        return rows

    def ask_duckdb(self, question):
        home = os.environ.get("CHURNSTREAM_READERS_HOME") or pathlib.Path(
            os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "churnstream/readers-1"
        script = "import duckdb, json, sys; print(json.dumps(duckdb.sql(sys.argv[1]).fetchall()))"
        return json.loads(subprocess.run([f"{home}/bin/python", "-c", script, question], check=True, capture_output=True).stdout)

    def records(self, file):
        text = subprocess.run({".gz": ["gzip", "-dc"], ".zst": ["zstd", "-dc"]}.get(file.suffix, ["cat"]) + [file], check=True,
                              capture_output=True, text=True).stdout
        return csv.DictReader(io.StringIO(text)) if self.form == "csv" else map(json.loads, text.splitlines())

    def row_of(self, row):
        return (int(row["source_partition"]), int(row["source_offset"]), row["customer_id"], float(row["probability"]),
                row["prediction"])

    def end(self):
        self.disk.__exit__()


class Service:
    """A server that a script of tests/services starts, ends and disturbs; its data lies in `folder`."""
    script = None

    def do(self, action):
        subprocess.run([SERVICES / self.script, action, self.folder], check=True)

    def kill(self):
        self.do("kill")

    def restart(self):
        self.do("restart")

    def pause(self):
        self.do("pause")

    def resume(self):
        self.do("resume")


class Postgres(Service):
    """A server of its own behind a proxy, its tables on a small disk."""
    script = "postgres"

    def __init__(self, folder, megabytes=48):
        self.folder = folder / "server"
        said = subprocess.run([SERVICES / "postgres", "start", self.folder], check=True, stdout=subprocess.PIPE, text=True).stdout
        self.dsn = said.split("=", 1)[1].strip()
        try:
            self.make(folder, megabytes)
        except BaseException:
            self.do("stop")
            raise

    def make(self, folder, megabytes):
        self.disk = SmallDisk(folder / "tablespace", megabytes)
        subprocess.run(["chown", "postgres", self.disk.folder], check=True)
        self.ask(f"CREATE TABLESPACE small LOCATION '{self.disk.folder}'")
        self.ask("ALTER ROLE churn SET default_tablespace = small")
        self.ask("CREATE ROLE writer LOGIN; GRANT CREATE ON DATABASE churn TO writer; GRANT CREATE ON TABLESPACE small TO writer")
        self.ask("ALTER ROLE writer SET default_tablespace = small")
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            port = held.getsockname()[1]
        behind = self.dsn.split("@")[1].split("/")[0]
        self.proxy = Proxy(f"127.0.0.1:{port}", behind, PlainConnection)
        self.environment = {"CHURN_DSN": f"postgresql://writer@127.0.0.1:{port}/churn"}
        self.sink = '[[sink]]\ntype = "postgres"\ndsn = "${CHURN_DSN}"\nschema = "churn"\nview = ""\ntimeout = "5s"\n'

    def ask(self, question):
        done = subprocess.run(["psql", "-X", "-q", "--csv", "-t", "-c", question, self.dsn], capture_output=True, text=True)
        require(done.returncode == 0, f"psql: {done.stderr}")
        return list(csv.reader(io.StringIO(done.stdout)))

    def slow(self, seconds):
        self.proxy.latency = seconds

    def may_write(self, yes):
        self.ask("GRANT INSERT ON ALL TABLES IN SCHEMA churn TO writer" if yes else
                 "REVOKE INSERT ON ALL TABLES IN SCHEMA churn FROM writer")

    def refuse(self, customers):
        """Rows of these customers, for a reason of its own."""
        names = ",".join(f"'{customer}'" for customer in customers)
        self.ask(f'ALTER TABLE churn.churn_events ADD CONSTRAINT "not this one" CHECK (customer_id NOT IN ({names}))')

    def rows(self):
        return [(int(partition), int(offset), customer, float(probability), prediction) for
                partition, offset, customer, probability, prediction in self.ask(f"SELECT {COLUMNS} FROM churn.churn_events")]

    def end(self):
        self.proxy.end()
        self.do("stop")
        self.disk.__exit__()


def require_newest(events, scores):
    """Of each customer in `events` there is one score, which is an event's. Both as (customer, probability, prediction)."""
    require((scores := sorted(scores)) == sorted(set(events)), f"{len(scores)} scores are there of the {len(set(events))} customers' events")


class Cassandra:
    """One node; what it has answered is on its disk."""
    environment = {}

    def __init__(self, folder):
        self.nodes = Nodes(folder / "server")
        self.sink = f'[[sink]]\ntype = "cassandra"\nnodes = {json.dumps(self.nodes.nodes)}\nkeyspace = "storm"\ntimeout = "3s"\n'

    def kill(self):
        self.nodes.do("kill")

    def restart(self):
        self.nodes.do("restart")

    def pause(self):
        self.nodes.do("pause")

    def resume(self):
        self.nodes.do("resume")

    def rows(self):
        rows = [tuple(row) for row in self.nodes.ask(f"SELECT {COLUMNS} FROM storm.churn_events")]
        scores = self.nodes.ask("SELECT customer_id, probability, prediction FROM storm.churn_scores")
        require_newest([row[2:] for row in rows], map(tuple, scores))
        return rows

    def end(self):
        self.nodes.stop()


class Redis:
    """A server whose append-only file is on the disk before it answers."""
    environment = {}
    SCORES = "local all = {} for _, key in ipairs(redis.call('KEYS', 'storm:score:*')) do " \
             "all[#all + 1] = redis.call('HGET', key, 'record') end return all"

    def __init__(self, folder):
        self.server = Server(folder / "server")
        self.sink = f'[[sink]]\ntype = "redis"\nport = {self.server.port}\nprefix = "storm"\ntimeout = "3s"\n'

    def kill(self):
        self.server.kill()

    def restart(self):
        self.server.start()

    def pause(self):
        self.server.pause()

    def resume(self):
        self.server.resume()

    def records(self, *words):
        rows = [json.loads(line) for line in self.server.ask(*words).splitlines() if line.startswith("{")]
        return [tuple(row[column] for column in COLUMNS.split(", ")) for row in rows]

    def rows(self):
        streams = self.server.ask("KEYS", "storm:events:*").splitlines()
        rows = [row for stream in streams for row in self.records("XRANGE", stream, "-", "+")]
        require_newest([row[2:] for row in rows], [row[2:] for row in self.records("EVAL", self.SCORES, "0")])
        return rows

    def end(self):
        self.server.kill()


class Snowflake(Service):
    """Our own strict server, which keeps what it was told over a kill. Nothing else comes near the real one here."""
    script = "snowflake"
    environment = {}

    def __init__(self, folder, mode):
        self.folder = folder / "service"
        said = subprocess.run([SERVICES / "snowflake", "start", self.folder], check=True, stdout=subprocess.PIPE, text=True).stdout
        told = dict(line.split("=", 1) for line in said.split())
        self.url = told["url"]
        self.sink = (f'[[sink]]\ntype = "snowflake"\nmode = "{mode}"\nurl = "{self.url}"\naccount = "myorg-test"\nuser = "churn"\n'
                     f'private_key = "file:{told["key"]}"\ndatabase = "CHURN"\nschema = "STORE"\nview = ""\ntimeout = "5s"\n')

    def ask(self, what, said=None):
        with urllib.request.urlopen(f"{self.url}/test/{what}", json.dumps(said).encode(), timeout=30) as answer:
            return json.load(answer)

    def answers(self, times=1, **fault):
        """The next requests that change something are answered so: status=503, or after="cut" (done, and not heard of)."""
        self.ask("next", {"path": "(POST|PUT) ", "times": times, **fault})

    def refuse(self, customers):
        for customer in customers:
            self.ask("refuse", {"id": customer, "reason": "not this one"})

    def rows(self):
        require(not self.ask("seen")["log"], f"the service turned requests down: {self.ask('seen')['log'][:5]}")
        return [(row["SOURCE_PARTITION"], row["SOURCE_OFFSET"], row["CUSTOMER_ID"], row["PROBABILITY"], row["PREDICTION"])
                for row in self.ask("rows", {"schema": "STORE", "table": "CHURN_EVENTS"})]

    def end(self):
        self.do("stop")
