"""One case of the storm under way: rows being fed, workers, the watchmen, and the account at the end."""
import random

import account
from failed import require
from feed import Feed, Rows
from field import SOURCE, Field
from watch import Offsets, Progress

SESSION, TRANSACTION = 6, 10  # seconds, the defaults
GOES_ON_WITHIN = SESSION + TRANSACTION + 3
SHORT_SESSION = 'session_timeout = "6s"\nmax_poll_interval = "20s"'
MEMORY_MAX_KB = 300 * 1024  # of a build with sanitizers, which needs twice what an ordinary one does


class Storm:
    """The feed begins at once, unless the case says when."""

    def __init__(self, harness, name, count, rows_per_second, feed_now=True, cluster=None, rows=None, spoilt=0.01, spoils=None,
                 **field):
        self.harness, self.dice = harness, random.Random(f"{harness.seed} {name}")
        self.rows = rows or Rows(count, f"{harness.seed} {name}", spoilt, spoils)
        self.offline = self.rows.offline_scores(harness.program, harness.model, harness.folder)
        self.field = Field(harness.program, harness.model, cluster or harness.cluster, harness.folder / name, **field)
        self.rows_per_second, self.feeds = rows_per_second, []
        self.progress, self.offsets = Progress(self.field), Offsets(self.field, SOURCE)
        if feed_now:
            self.send(self.rows.lines)

    def send(self, lines, rows_per_second=None, arguments=()):
        """Begins to feed these."""
        rate = self.rows_per_second if rows_per_second is None else rows_per_second
        self.feeds.append(Feed(self.field.cluster.brokers, SOURCE, lines, rate, arguments))
        return self.feeds[-1]

    def is_fed(self):
        return any(feed.is_alive() for feed in self.feeds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for feed in self.feeds:
            feed.end()
        for watch in (self.progress, self.offsets):
            watch.ended.set()
        self.field.end()

    def wait_for_all(self, within=60, count=None):
        """Until every good row is committed; the seconds after the last one was sent."""
        for feed in self.feeds:
            feed.finish(lambda: [worker.measure() for worker in self.field.workers])
        return self.field.wait_for_rows(len(self.rows.good) if count is None else count, within, "after the storm")

    def calm(self, within=60, **account_terms):
        """Waits for everything, ends the workers politely, hears the watchmen and sums the account."""
        gone = account_terms.get("gone", ())
        took = self.wait_for_all(within, len(self.rows.good) - len(gone) if gone else None)
        still = self.progress.end()
        for worker in self.field.workers:
            worker.measure()
            if worker.alive():
                worker.stop_well()
        self.offsets.end()
        sums = account.check(self.field, self.rows, self.offline, **account_terms)
        if not account_terms:
            account.check_words(self.field, len(self.rows.good), len(self.rows.spoilt))
        return f"{sums}; all there {took:.1f} s after the last row was sent; {still}; {self.most_used()}"

    def most_used(self):
        """I7: memory, threads and descriptors of the greediest worker."""
        workers = self.field.workers
        peak, threads, files = (max(getattr(worker, what) for worker in workers) for what in ("peak_kb", "threads", "descriptors"))
        require(peak <= MEMORY_MAX_KB and threads <= 100 and files <= 200,
                f"I7: {peak // 1024} MB resident, {threads} threads, {files} descriptors")
        return f"at most {peak // 1024} MB, {threads} threads, {files} descriptors"
