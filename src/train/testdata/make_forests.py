#!/usr/bin/env python3
"""Lets real Spark train what forest_rules_test.cc compares with: forests.txt beside this file, every node of small
forests that take the paths the Telco forests do not (three classes, entropy, weights, sampled thresholds, little
memory, many trees). Run with a Python that has pyspark 3.5.7 (tests/spark/README.md says how to get one).

The rows come from a generator so small that the test repeats it: no data file is needed.
"""
import pathlib

from pyspark.ml.classification import DecisionTreeClassifier, RandomForestClassifier
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

HERE = pathlib.Path(__file__).resolve().parent
ARITIES = [0, 7, 4, 0, 2]


def rows_of(count):
    """Five features, a label of two and one of three classes, and a weight, from a linear congruence."""
    state, rows = 1, []

    def draw(below):
        nonlocal state
        state = (state * 1103515245 + 12345) % 2**31
        return (state >> 8) % below

    for _ in range(count):
        features = [draw(1000) / 8.0, float(draw(7)), float(draw(4)), 0.0, float(draw(2))]
        features[3] = 0.0 if draw(3) == 0 else draw(50021) / 16.0 - 900.0
        score = features[0] / 25.0 + (2 if features[1] in (1, 4) else 0) + (3 if features[2] == 2 else 0)
        score += (1 if features[3] > 100 else 0) + draw(5)
        rows.append((*features, float(score > 6), float(min(2, int(score / 4))), (1 + draw(4)) / 4.0))
    return rows


def number(value):
    value = float(value)
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def items(values):
    return ";".join(number(v) for v in values) or "-"


def main():
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()

    def frame(count):
        names = ["f0", "f1", "f2", "f3", "f4", "two", "three", "weight"]
        data = spark.createDataFrame(rows_of(count), names).coalesce(1)
        for i, arity in enumerate(ARITIES):
            if arity:
                attribute = {"ml_attr": {"type": "nominal", "name": f"f{i}", "num_vals": arity}}
                data = data.withColumn(f"f{i}", F.col(f"f{i}").alias(f"f{i}", metadata=attribute))
        return VectorAssembler(inputCols=names[:5], outputCol="features").transform(data)

    cases = {
        "three_classes": (2000, RandomForestClassifier(labelCol="three", numTrees=5, maxDepth=5, minInstancesPerNode=2, seed=11)),
        "entropy": (1500, RandomForestClassifier(labelCol="three", impurity="entropy", numTrees=3, maxDepth=4, seed=-7)),
        "weights": (1500, RandomForestClassifier(labelCol="three", weightCol="weight", numTrees=3, maxDepth=4, bootstrap=False,
                                                 subsamplingRate=0.7, minWeightFractionPerNode=0.01, seed=3)),
        "weighted_tree": (1000, DecisionTreeClassifier(labelCol="two", weightCol="weight", maxDepth=5, minInfoGain=0.002, seed=1)),
        "little_memory": (1200, RandomForestClassifier(labelCol="two", numTrees=6, maxDepth=4, maxMemoryInMB=0, seed=5)),
        "many_trees": (600, RandomForestClassifier(labelCol="two", numTrees=40, maxDepth=3, featureSubsetStrategy="2", seed=8)),
        "sampled_rows": (15000, DecisionTreeClassifier(labelCol="two", maxDepth=4, maxBins=16, seed=21)),
        "sampled_gaps": (40000, DecisionTreeClassifier(labelCol="two", maxDepth=4, maxBins=16, seed=22)),
    }
    lines = ["# case tree id prediction impurity impurityStats rawCount gain left right feature leftCategoriesOrThreshold numCategories"]
    for name, (count, estimator) in cases.items():
        model = estimator.fit(frame(count))
        place = f"/tmp/churnstream_forests/{name}"
        model.write().overwrite().save(place)
        data = spark.read.parquet(place + "/data")
        if "nodeData" in data.columns:
            data = data.select("treeID", "nodeData.*")
        else:
            data = data.withColumn("treeID", F.lit(0))
        for row in data.orderBy("treeID", "id").collect():
            lines.append(" ".join(str(part) for part in [
                name, row.treeID, row.id, number(row.prediction), number(row.impurity), items(row.impurityStats),
                row.rawCount, number(row.gain), row.leftChild, row.rightChild, row.split.featureIndex,
                items(row.split.leftCategoriesOrThreshold), row.split.numCategories]))
    (HERE / "forests.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
