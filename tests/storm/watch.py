"""Two watchmen of a storm. One looks how long the committed reader sees nothing new while rows are being fed, and whether
the workers say a word about it; the other looks that the group's offsets never go back."""
import threading
import time

import wire
from failed import require

SILENCE_MAX = 15  # seconds without a committed row and without a word, while a worker runs


class Progress(threading.Thread):
    def __init__(self, field):
        super().__init__(daemon=True)
        self.field, self.ended = field, threading.Event()
        self.longest_still = self.longest_silence = 0.0
        self.start()

    def _marks(self):
        rows = self.field.reader_file.stat().st_size
        words = sum(file.stat().st_size for file in self.field.folder.glob("*.log"))
        return rows, words

    def run(self):
        begin = row_at = sign_at = time.monotonic()
        rows, words = self._marks()
        while not self.ended.wait(0.1):
            now = time.monotonic()
            new_rows, new_words = self._marks()
            if not self.field.workers:
                begin = row_at = now
            if new_rows != rows:
                row_at = now
            if new_rows != rows or new_words != words or not any(worker.runs() for worker in self.field.workers):
                sign_at = now
            rows, words = new_rows, new_words
            self.longest_still = max(self.longest_still, now - max(row_at, begin))
            self.longest_silence = max(self.longest_silence, now - sign_at)

    def end(self):
        """Gives the sentence; the silence must not have been too long (I5)."""
        self.ended.set()
        self.join()
        require(self.longest_silence <= SILENCE_MAX,
                f"I5: for {self.longest_silence:.1f} s no row was committed and no worker said a word")
        return f"longest stand-still {self.longest_still:.1f} s"


class Offsets(threading.Thread):
    def __init__(self, field, topic):
        super().__init__(daemon=True)
        self.field, self.topic, self.ended = field, topic, threading.Event()
        self.last, self.looks, self.went_back = {}, 0, ""
        self.start()

    def look(self):
        seen = wire.committed(self.field.cluster.brokers, self.field.group, self.topic, self.field.partitions)
        self.looks += bool(seen)
        for partition, offset in seen.items():
            if offset < self.last.get(partition, 0):
                self.went_back = f"partition {partition} from {self.last[partition]} to {offset}"
            self.last[partition] = offset

    def run(self):
        while not self.ended.wait(0.5):
            self.look()

    def end(self):
        self.ended.set()
        self.join()
        require(not self.went_back, f"I6: the group's offset went back in {self.went_back}")
