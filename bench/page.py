"""What the page's API does under load: wrk sends rows to be scored, and 2,000 clients follow the events. On loopback, with the
program's own processor time taken from the kernel, so that the clients beside it do not count."""
import json
import os
import pathlib
import re
import resource
import selectors
import socket
import subprocess
import sys
import threading
import time

root = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root / "tests/services"))
from paged_stream import PagedStream, train  # noqa: E402

program = root / "build/release/churnstream"
telco = root / "data/telco.csv"
TICKS = os.sysconf("SC_CLK_TCK")
SECONDS = 5
CLIENTS = 2000
RATE = 5000  # rows/s past the model while somebody looks at the page
SENDS = """
wrk.method = "POST"
local file = io.open("body", "rb")
wrk.body = file:read("*a")
file:close()
wrk.headers["Content-Type"] = "{type}"
"""


class Page(PagedStream):
    """The program on the origin's twin of the shipped forest, until the end of the block."""

    def __init__(self, folder):
        train(program, folder / "model")
        super().__init__(program, folder, 'listen = "127.0.0.1:0"\nevery = "250ms"')

    def __enter__(self):
        super().__enter__()
        time.sleep(1)  # the stream's own rows are through
        return self

    def processor_seconds(self, work=None):
        """Of the whole process, or of its threads whose names begin with `work`."""
        process = pathlib.Path(f"/proc/{self.process.pid}")
        stats = [process / "stat"] if work is None else process.glob("task/*/stat")
        texts = [stat.read_text() for stat in stats]
        return sum(sum(map(int, text.rsplit(")", 1)[1].split()[11:13])) for text in texts
                   if work is None or text.split("(", 1)[1].startswith(work)) / TICKS

    def load(self, body, content_type, connections):
        """Requests per second of the program's processor time, and wrk's own words."""
        (self.folder / "body").write_bytes(body)
        (self.folder / "sends.lua").write_text(SENDS.format(type=content_type))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", "sends.lua", self.address + "/api/v1/score"]
        before = self.processor_seconds()
        said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=self.folder).stdout
        spent = self.processor_seconds() - before
        if "Non-2xx" in said:
            raise RuntimeError(said)
        return int(re.search(r"(\d+) requests in", said)[1]) / spent, said, command


def rows(count):
    lines = telco.read_text().splitlines()[:count + 1]
    return lines, [dict(zip(lines[0].split(","), line.split(","))) for line in lines[1:]]


def api_score(folder):
    with Page(folder) as page:
        body = json.dumps(rows(1)[1][0]).encode()
        runs = [page.load(body, "application/json", 8) for _ in range(3)]
    return [requests / 1e3 for requests, _, _ in runs], runs[0][2]


def api_wait(folder):
    """Each request is timed by itself: wrk adds to a late answer those that it might have asked for in the meantime."""
    body = json.dumps(rows(1)[1][0]).encode()
    with Page(folder) as page, socket.create_connection(("127.0.0.1", int(page.address.rsplit(":", 1)[1]))) as line:
        request = b"POST /api/v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

        def wait():
            begun = time.perf_counter()
            line.sendall(request)
            if not line.recv(1 << 16).startswith(b"HTTP/1.1 200"):
                raise RuntimeError("no score came")
            return 1e3 * (time.perf_counter() - begun)

        runs = [sorted(wait() for _ in range(20_000)) for _ in range(5)]
    print("api-wait: half of the answers within " + ", ".join(f"{run[len(run) // 2]:.3f}" for run in runs) + " ms")
    return [run[int(len(run) * 0.99)] for run in runs], ["20,000 requests, each behind the answer to the one before, five times"]


def api_score_100(folder):
    """Rows per second of processor time, in those of `score` reading the same customers from a file."""
    many = folder / "many.csv"
    lines = telco.read_text().splitlines()
    copies = 40
    many.write_text("\n".join(lines[:1] + lines[1:] * copies) + "\n")
    with Page(folder) as page:
        command = [program, "score", folder / "model", many, "--out", folder / "scores.jsonl"]

        def verb():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return copies * (len(lines) - 1) / (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

        shares, texts = [], []
        for _ in range(3):
            by_verb = verb()
            by_api, _, sent = page.load("\n".join(rows(100)[0]).encode(), "text/csv", 8)
            as_json, _, _ = page.load(json.dumps(rows(100)[1]).encode(), "application/json", 8)
            shares.append(100 * 100 * by_api / by_verb)  # in percent, and a request has 100 rows
            texts.append(f"{by_verb / 1e3:.0f}, {by_api / 10:.0f} and {as_json / 10:.0f}")
        print("api-score-100: k rows/s of processor time by the verb, as CSV and as JSON: " + "; ".join(texts))
    return shares, sent


def page_clients(folder):
    """Share of a core while 2,000 clients get every snapshot, four a second."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(4 * CLIENTS, resource.getrlimit(resource.RLIMIT_NOFILE)[0]), resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with Page(folder) as page:
        look = selectors.DefaultSelector()
        for _ in range(CLIENTS):
            client = socket.create_connection(("127.0.0.1", int(page.address.rsplit(":", 1)[1])))
            client.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.setblocking(False)
            look.register(client, selectors.EVENT_READ)
        shares = []
        events = 0
        for _ in range(4):
            before, begun, events = page.processor_seconds(), time.monotonic(), 0
            while time.monotonic() < begun + SECONDS:
                for key, _ in look.select(0.1):
                    events += key.fileobj.recv(1 << 17).count(b"event: snapshot")
            shares.append(100 * (page.processor_seconds() - before) / (time.monotonic() - begun))
        print(f"page-clients: {events / SECONDS / CLIENTS:.2f} snapshots per client and second arrived")
        if events < 3.5 * SECONDS * CLIENTS:
            raise RuntimeError(f"only {events} snapshots arrived")
        for key in list(look.get_map().values()):
            key.fileobj.close()
    return shares[1:], [f"{CLIENTS} clients of /api/v1/events"]


class Feed:
    """Real customers, again and again, at RATE until the end of the block."""

    def __init__(self, file):
        self.file, self.ended = file, threading.Event()
        self.thread = threading.Thread(target=self.work)

    def work(self):
        lines = telco.read_text().splitlines(keepends=True)[1:]
        begun, sent = time.monotonic(), 0
        with open(self.file, "a") as file:
            while not self.ended.wait(0.05):
                due = int((time.monotonic() - begun) * RATE)
                file.writelines(lines[row % len(lines)] for row in range(sent, due))
                file.flush()
                sent = due

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


def seen_by_a_browser(folder, seconds=20):
    """What bench/page_browser.mjs saw, and the share of a core that the page's threads and the whole process took."""
    with Page(folder) as page, Feed(folder / "rows.csv"):
        time.sleep(3)
        before, begun = (page.processor_seconds("page"), page.processor_seconds()), time.monotonic()
        command = ["node", root / "bench/page_browser.mjs", page.address, str(seconds)]
        seen = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        took = time.monotonic() - begun
        seen["page"], seen["process"] = (100 * (now - then) / took for now, then in
                                         zip((page.processor_seconds("page"), page.processor_seconds()), before))
    return seen, [str(word) for word in command]


def page_paint(folder):
    seen, command = seen_by_a_browser(folder, 1)
    return seen["paints"], command


def page_frames(folder):
    seen, command = seen_by_a_browser(folder)
    cpu, wall = (max(times) for times in zip(*seen["longest"]))
    print(f"page-frames: {seen['updates']:.1f} updates/s, {seen['tasks']} tasks of the browser's main thread, of the longest five at most "
          f"{cpu:.0f} ms of processor time and {wall:.0f} ms by the clock; the page's threads took {seen['page']:.1f} % of a core, the whole program {seen['process']:.1f} % at {RATE} rows/s")
    if seen["updates"] < 3.5:
        raise RuntimeError(f"only {seen['updates']:.1f} updates/s arrived")
    return [cpu for cpu, _ in seen["longest"]], command


def page_core(folder):
    seen, command = seen_by_a_browser(folder)
    return [seen["page"]], command


CASES = {
    "api-score": (api_score, "k req/s", 20, True, "POST /api/v1/score with one JSON row, keep-alive, per second of our processor time"),
    "api-wait": (api_wait, "ms", 1, False, "99 of 100 answers to POST /api/v1/score with one JSON row, one client, keep-alive"),
    "api-score-100": (api_score_100, "%", 60, True, "rows/s of POST /api/v1/score with 100 rows of CSV in those of `score` from a file"),
    "page-paint": (page_paint, "ms", 300, False, "from the navigation to the first frame with numbers, on loopback, rows streaming"),
    "page-frames": (page_frames, "ms", 50, False, "of processor time: the five longest tasks of the browser's main thread in 20 s, 4 updates/s at 5,000 rows/s"),
    "page-core": (page_core, "%", 10, False, "of a core for the page's threads, 4 updates/s at 5,000 rows/s"),
    "page-clients": (page_clients, "%", 25, False, "of a core while 2,000 clients follow the events, 4 a second"),
}
