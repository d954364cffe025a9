#!/usr/bin/env python3
"""What we show, we run: the commands of the README and of each example's page, in a copy of the tree's examples and data.

  tests/examples/examples_test.py PROGRAM [--all]

Runs every line of a ```sh block that starts with build/release/churnstream. Lines that take minutes (cross-validation)
run with --all only. A comment '# ... = TEXT' or '# prints TEXT' at the end of a line must be true: TEXT has to be printed.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parents[2]
program = pathlib.Path(sys.argv[1]).resolve()
with_slow = "--all" in sys.argv
pages = [root / "README.md", *sorted(root.glob("examples/*/README.md"))]


def commands(page):
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.S):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("build/release/churnstream "):
                command, _, comment = line.partition(" #")
                promise = re.search(r"prints (.+)$", comment)
                yield command.strip(), promise.group(1).strip() if promise else None


def run_page(page):
    """In a copy of its own, so that no page depends on what another left behind. Returns how many ran and failed."""
    count = failures = 0
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        for name in ("data", "examples"):
            shutil.copytree(root / name, here / name, ignore=shutil.ignore_patterns("churn.db*", "state", "*.jsonl"))
        (here / "build/release").mkdir(parents=True)
        (here / "build/release/churnstream").symlink_to(program)
        for command, promise in commands(page):
            if "--cross-validate" in command and not with_slow:
                continue
            count += 1
            ran = subprocess.run(command, shell=True, cwd=here, capture_output=True, text=True, timeout=900)
            printed = ran.stdout + ran.stderr
            good = ran.returncode == 0 and (promise is None or promise in printed)
            failures += not good
            print(f"{'ok  ' if good else 'FAIL'} {page.relative_to(root)}: {command}")
            if not good:
                print(f"  exit code {ran.returncode}, wanted {promise!r} in\n{printed[-3000:]}")
    return count, failures


ran = [run_page(page) for page in pages]
if not all(count for count, _ in ran):
    print("FAIL: a page shows no command")
sys.exit(1 if not all(count for count, _ in ran) or any(failures for _, failures in ran) else 0)
