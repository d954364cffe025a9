"""A Redis server for tests, asked with redis-cli, which is not ours."""
import signal
import socket
import subprocess
import time


class Server:
    """On 127.0.0.1 and a free port, with an append-only file that is on the disk before it answers."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            self.port = held.getsockname()[1]
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder), "--save", "",
             "--appendonly", "yes", "--appendfsync", "always", "--logfile", str(self.folder / "log")])
        deadline = time.monotonic() + 90
        while self.ask("PING", check=False) != "PONG":
            assert time.monotonic() < deadline and self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.05)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def ask(self, *words, check=True):
        return subprocess.run(["redis-cli", "-p", str(self.port), *words], check=check, capture_output=True, text=True).stdout.strip()
