#!/usr/bin/env python3
"""The storm: real brokers, real workers, faults on purpose, and one question: does the account balance?

    storm.py PROGRAM MODEL                     the short selection that scripts/test --all runs
    storm.py PROGRAM MODEL --cases zombie      these cases
    storm.py PROGRAM MODEL --minutes 60        every case, again and again with new seeds, for that long
    storm.py --list

PROGRAM is a build with crash points (the asan or dev preset). The seed is printed; --seed S runs the same storm again.
"""
import argparse
import pathlib
import shutil
import sys
import tempfile
import time

from cases import CASES, IN_SHORT
from field import Cluster


class Harness:
    def __init__(self, program, model, seed):
        self.program, self.model, self.seed = pathlib.Path(program).resolve(), pathlib.Path(model).resolve(), seed
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="churnstream-storm."))
        self.cluster = Cluster(self.folder / "cluster", "--proxied")
        self.failed = []  # a line each

    def run(self, name):
        print(f"-- {name}: {(CASES[name].__doc__ or '').strip()}", flush=True)
        begin = time.monotonic()
        try:
            said, good = CASES[name](self), True
        except Exception as failure:  # a case that breaks has failed too
            said, good = f"FAILED: {type(failure).__name__}: {failure}\n   what is left lies in {self.folder / name}", False
            self.failed.append(f"{name}: {str(failure).splitlines()[0] if str(failure) else type(failure).__name__}")
        print(f"   {said}; {time.monotonic() - begin:.0f} s", flush=True)
        if good:
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def end(self):
        self.cluster.stop()
        if not self.failed:
            shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?")
    parser.add_argument("model", nargs="?")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--cases", nargs="+", choices=sorted(CASES))
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    if arguments.list or not arguments.model:
        for name, case in CASES.items():
            print(f"{name:24} {(case.__doc__ or '').strip()}")
        return 0 if arguments.list else 2
    names = arguments.cases or (list(CASES) if arguments.minutes else IN_SHORT)
    end = time.monotonic() + 60 * (arguments.minutes or 0)
    failures, runs = [], 0
    seed = arguments.seed
    while True:
        print(f"seed {seed}", flush=True)
        harness = Harness(arguments.program, arguments.model, seed)
        for name in names:
            harness.run(name)
            runs += 1
        harness.end()
        failures += harness.failed
        seed += 1
        if time.monotonic() >= end:
            break
    for failure in failures:
        print(f"failed: {failure}")
    print(f"{runs - len(failures)} cases passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
