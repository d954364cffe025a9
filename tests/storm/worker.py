"""One process of ours: started, signalled, measured, listened to."""
import os
import pathlib
import re
import signal
import subprocess
import time

from failed import Failed

ACCOUNT = re.compile(r"([\d,]+) rows read = ([\d,]+) delivered \+ ([\d,]+) refused \+ ([\d,]+) under way(?:; skipped: (.*))?")
SANITIZER = {"ASAN_OPTIONS": "quarantine_size_mb=16"}  # freed memory it keeps back is no memory of ours
TICKS = os.sysconf("SC_CLK_TCK")


class Worker:
    """Its log goes on where an earlier worker of the same name left it; said() gives its own words only."""

    def __init__(self, field, instance, environment=None, arguments=(), program=None):
        self.field, self.instance = field, instance
        self.config = field.folder / f"{instance}.toml"
        self.log_file = field.folder / f"{instance}.log"
        log = open(self.log_file, "ab")
        self.log_begin = log.tell()
        self.peak_kb = self.threads = self.descriptors = self.cpu_seconds = 0
        self.process = subprocess.Popen([program or field.program, "run", self.config, *arguments], stdout=log, stderr=log,
                                        env={**os.environ, **SANITIZER, **(environment or {})})
        log.close()
        field.workers.append(self)

    def _proc(self, name):
        return pathlib.Path(f"/proc/{self.process.pid}/{name}")

    def measure(self):
        """What it used at most, as far as anybody has looked."""
        try:
            fields = dict(line.split(":", 1) for line in self._proc("status").read_text().splitlines())
            self.peak_kb = max(self.peak_kb, int(fields["VmRSS"].split()[0]))
            self.threads = max(self.threads, int(fields["Threads"]))
            self.descriptors = max(self.descriptors, len(os.listdir(self._proc("fd"))))
            user, system = self._proc("stat").read_text().rsplit(")", 1)[1].split()[11:13]
            self.cpu_seconds = (int(user) + int(system)) / TICKS
        except (OSError, KeyError, ValueError):
            pass

    def alive(self):
        return self.process.poll() is None

    def runs(self):
        """Alive and not stopped by a signal."""
        try:
            return self.alive() and self._proc("stat").read_text().rsplit(")", 1)[1].split()[0] not in "TtZ"
        except OSError:
            return False

    def hears_sigterm(self):
        """Whether it has taken the end of a run into its own hands."""
        try:
            fields = dict(line.split(":", 1) for line in self._proc("status").read_text().splitlines())
            return bool(int(fields["SigCgt"], 16) >> (signal.SIGTERM - 1) & 1)
        except (OSError, KeyError):
            return False

    def signal(self, number):
        if self.alive():
            self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, within=40):
        """A polite end; the exit code. One who has only just started cannot be asked yet."""
        give_up_at = time.monotonic() + within
        while self.alive() and not self.hears_sigterm() and time.monotonic() < give_up_at:
            time.sleep(0.05)
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"worker {self.instance} did not end within {within} s of SIGTERM")

    def stop_well(self, within=40):
        """A polite end that must be a good one (I9)."""
        if self.stop(within) != 0:
            raise Failed(f"worker {self.instance} ended with {self.process.returncode}:\n{self.said()[-2000:]}")

    def must_end(self, within, words, code=None):
        """It ends by itself, not well, and says why."""
        try:
            got = self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise Failed(f"worker {self.instance} was to end, and did not within {within} s:\n{self.said()[-2000:]}")
        if got == 0 or words not in self.said() or code not in (None, got):
            raise Failed(f"worker {self.instance} ended with {got}, without \"{words}\":\n{self.said()[-2000:]}")
        return got

    def said(self):
        return self.log_file.read_bytes()[self.log_begin:].decode(errors="replace")

    def wait_until_said(self, words, within):
        """The seconds it took."""
        begin = time.monotonic()
        while words not in self.said():
            if not self.alive() or time.monotonic() - begin > within:
                raise Failed(f"worker {self.instance} did not say \"{words}\" within {within} s:\n{self.said()[-2000:]}")
            time.sleep(0.05)
        return time.monotonic() - begin

    def lanes_that_read(self):
        """How many of its lanes have been given partitions."""
        return len(set(re.findall(r"(\S+) reads partitions? \d", self.said())))

    def account(self):
        """(read, delivered, refused, under way, {skipped}) of its last line; None where it said none."""
        found = ACCOUNT.findall(self.said())
        if not found:
            return None
        *numbers, skipped = found[-1]
        pairs = [pair.split(" ") for pair in skipped.rstrip(")").split(", ") if pair]
        return (*(int(number.replace(",", "")) for number in numbers), {pair[0]: int(pair[1].replace(",", "")) for pair in pairs})
