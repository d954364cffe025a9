#!/usr/bin/env python3
"""Real Spark loads pipelines that Churnstream wrote, scores with them and saves them again.

    load_ours.py --churnstream build/release/churnstream [--recipe examples/origin/recipe.toml]

Checks, and ends with status 1 at the first that fails:
  1. the two small pipelines, converted, give Spark the scores in small_scores.csv, every bit;
  2. the pipeline trained from the recipe gives Spark the scores of origin_scores.sha256, all 7,043, every bit;
  3. a pipeline keeps its fingerprint on the way through Spark and back.
"""
import argparse
import csv
import hashlib
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing is left in the source tree
from make_fixtures import HERE, TELCO, start_spark
from pyspark.ml import PipelineModel
from pyspark.sql import functions as F


def check(what, truth):
    print(("ok      " if truth else "FAILED  ") + what, flush=True)
    if not truth:
        sys.exit(1)


def fingerprint(churnstream, model):
    said = subprocess.run([churnstream, "inspect", str(model), "--json"], check=True, capture_output=True).stdout
    return json.loads(said)["fingerprint"]


def probabilities(model, rows):
    return [float(row.probability[1]) for row in model.transform(rows).select("probability").collect()]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--churnstream", required=True, help="the program")
    options.add_argument("--recipe", default=str(HERE.parent.parent / "examples/origin/recipe.toml"))
    options = options.parse_args()
    churnstream = str(pathlib.Path(options.churnstream).resolve())
    work = pathlib.Path(tempfile.mkdtemp(prefix="churnstream_spark_"))
    for name in ("small_pipeline", "small_tree"):
        subprocess.run([churnstream, "convert", str(HERE / name), "--out", str(work / name)], check=True)
    subprocess.run([churnstream, "train", options.recipe, "--out", str(work / "origin")], check=True,
                   stdout=subprocess.DEVNULL)

    spark = start_spark()
    spark.sparkContext.setLogLevel("ERROR")
    print("Spark", spark.version)
    raw = spark.read.csv(str(TELCO), header=True, inferSchema=True)
    rows = raw.withColumn("TotalCharges", F.col("TotalCharges").cast("double"))
    expected = list(csv.DictReader(open(HERE / "small_scores.csv")))
    for name, column in (("small_pipeline", "forest_probability1"), ("small_tree", "tree_probability1")):
        model = PipelineModel.load(str(work / name))
        found = probabilities(model, rows.limit(len(expected)))
        check(f"{name}: Spark's scores with our copy", found == [float(row[column]) for row in expected])
        model.write().overwrite().save(str(work / (name + "_again")))
        check(f"{name}: the fingerprint survives Spark",
              fingerprint(churnstream, work / (name + "_again")) == fingerprint(churnstream, HERE / name))

    model = PipelineModel.load(str(work / "origin"))
    found = probabilities(model, rows)
    digest = hashlib.sha256(b"".join(struct.pack("<d", value) for value in found)).hexdigest()
    check("origin: Spark's scores with the model we trained, all 7,043",
          len(found) == 7043 and digest == (HERE / "origin_scores.sha256").read_text().split()[0])
    model.write().overwrite().save(str(work / "origin_again"))
    check("origin: the fingerprint survives Spark",
          fingerprint(churnstream, work / "origin_again") == fingerprint(churnstream, work / "origin"))
    spark.stop()
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
