#!/usr/bin/env bash
# Real Spark beside ours: its fixtures are made again and compared with those in the repository, then it loads a pipeline
# that Churnstream wrote and scores with it. Usage: run_spark_tests.sh PATH_TO_CHURNSTREAM (after scripts/setup spark)
set -euo pipefail
program=$(realpath "$1")
root=$(realpath "$(dirname "$0")/../..")
home=${CHURNSTREAM_SPARK_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/churnstream/spark-3.5.7}

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir -p "$copy/tests" && cp -r "$root/tests/spark" "$copy/tests/" && cp -r "$root/data" "$copy/"
"$home/bin/python" "$copy/tests/spark/make_fixtures.py"
for fixture in origin_forest.txt origin_scores_200.csv origin_scores.sha256; do
  cmp "$root/tests/spark/$fixture" "$copy/tests/spark/$fixture"
  echo "ok: real Spark makes $fixture again, byte for byte"
done
"$home/bin/python" "$root/tests/spark/load_ours.py" --churnstream "$program"
echo "ok: real Spark loads what Churnstream wrote"
