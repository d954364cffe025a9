#!/usr/bin/env bash
# Real Spark beside ours: its fixtures are made again and compared with those in the repository, then it loads a pipeline
# that Churnstream wrote and scores with it. At last it, pandas and DuckDB read the files of a stream. Usage: run_spark_tests.sh PATH_TO_CHURNSTREAM (after scripts/setup spark)
set -euo pipefail
program=$(realpath "$1")
root=$(realpath "$(dirname "$0")/../..")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/churnstream
home=${CHURNSTREAM_SPARK_HOME:-$cache/spark-3.5.7}
readers=${CHURNSTREAM_READERS_HOME:-$cache/readers-1}

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

mkdir "$copy/files"
"$readers/bin/python" "$root/tests/spark/read_ours.py" write "$program" "$copy/files"
"$readers/bin/python" "$root/tests/spark/read_ours.py" "$copy/files" pandas duckdb
"$home/bin/python" "$root/tests/spark/read_ours.py" "$copy/files" spark
echo "ok: pandas, DuckDB and real Spark read what a stream wrote"
