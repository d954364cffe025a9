"""The program streaming customers past a model, with a page; for whoever tests or measures the page and its API."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PIPELINE = """
[source]
type = "file"
path = "rows.csv"
follow = true
[decode]
key = "customerID"
label = "Churn"
[model]
path = "model"
[score]
threshold = {threshold}
value = "MonthlyCharges"
[[sink]]
type = "sqlite"
path = "churn.db"
[refused]
type = "file"
path = "refused.jsonl"
[page]
{page}
"""


def train(program, model):
    """The origin's forest, which every test of the page looks at."""
    subprocess.run([program, "train", ROOT / "examples/origin/recipe.toml", "--out", model], check=True, capture_output=True, cwd=ROOT)


def patient(what, ask, seconds=30):
    give_up = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < give_up, f"{what}: not within {seconds} s"
        time.sleep(0.05)


class PagedStream:
    """Runs until the end of the block. Needs: `folder` holds the model."""

    def __init__(self, program, folder, page='listen = "127.0.0.1:0"', environment=None):
        self.program, self.folder, self.page = program, folder, page
        self.log = folder / "log"
        self.environment = {**os.environ, **(environment or {})}
        shutil.copy(ROOT / "data/telco.csv", folder / "rows.csv")
        self.write(0.5)

    def write(self, threshold):
        (self.folder / "pipeline.toml").write_text(PIPELINE.format(threshold=threshold, page=self.page))

    def __enter__(self):
        self.process = subprocess.Popen([self.program, "run", self.folder / "pipeline.toml"], stderr=open(self.log, "wb"), env=self.environment)
        try:
            self.address = patient("the address", lambda: re.search(r"the page is at (https?://\S+)/", self.said()))[1]
        except BaseException:
            self.process.kill()
            raise
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, self.said()

    def said(self):
        return self.log.read_text(errors="replace")
