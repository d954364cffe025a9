#!/usr/bin/env python3
"""Lets real Spark make what our tests compare with. How to run it: README.md beside this file.

Writes beside itself, or into the folder given
  origin_forest.txt      every node of the original's forest, re-fitted by Spark from data/telco.csv
  origin_scores_200.csv  what that forest says to 200 customers, the 11 without TotalCharges (as 0) among them
  origin_scores.sha256   the SHA-256 of what it says to all 7,043
  small_pipeline/        a PipelineModel as Spark saves it: StringIndexer (keep), Imputer, VectorAssembler, forest
  small_tree/            a PipelineModel with single-column indexers (skip) and a DecisionTreeClassificationModel
  small_scores.csv       what those two say to the first 40 customers
"""
import hashlib
import pathlib
import shutil
import struct
import sys
import tempfile

from pyspark.ml import Pipeline
from pyspark.ml.classification import DecisionTreeClassifier, RandomForestClassifier
from pyspark.ml.evaluation import BinaryClassificationEvaluator, MulticlassClassificationEvaluator
from pyspark.ml.feature import Imputer, StringIndexer, VectorAssembler
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

HERE = pathlib.Path(__file__).resolve().parent
TELCO = HERE.parent.parent / "data" / "telco.csv"
ORIGIN_SEED = -5166297147706325911  # of the forest that the original ships
CATEGORICAL = [
    "gender", "Partner", "Dependents", "PhoneService", "MultipleLines", "InternetService", "OnlineSecurity",
    "OnlineBackup", "DeviceProtection", "TechSupport", "StreamingTV", "StreamingMovies", "Contract",
    "PaperlessBilling", "PaymentMethod",
]
NUMERIC = ["SeniorCitizen", "tenure", "MonthlyCharges", "TotalCharges"]


def number(value):
    """The shortest text that reads back as the same double; whole numbers without a point."""
    value = float(value)
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def numbers(values):
    return ";".join(number(value) for value in values)


def start_spark():
    return (SparkSession.builder.master("local[1]").appName("fixtures")
            .config("spark.driver.memory", "1g").config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "4").getOrCreate())


def fit_origin(raw):
    """As the original's notebook: duplicates and blanks dropped, encoders fitted on all that is left."""
    rows = raw.drop("customerID").dropDuplicates()
    assert rows.count() == 7021, rows.count()
    rows = rows.withColumn("TotalCharges", F.col("TotalCharges").cast("double")).dropna()
    assert rows.count() == 7010, rows.count()
    encoders = [StringIndexer(inputCol=name, outputCol=name + "_index") for name in CATEGORICAL]
    encoders.append(StringIndexer(inputCol="Churn", outputCol="label"))
    encoders.append(VectorAssembler(inputCols=[name + "_index" for name in CATEGORICAL] + NUMERIC,
                                    outputCol="features"))
    encoder = Pipeline(stages=encoders).fit(rows)
    train, test = encoder.transform(rows).randomSplit([0.8, 0.2], seed=42)
    assert (train.count(), test.count()) == (5672, 1338), (train.count(), test.count())
    forest = RandomForestClassifier(numTrees=20, maxDepth=10, minInstancesPerNode=10, seed=ORIGIN_SEED).fit(train)
    scored = forest.transform(test)
    print("test accuracy", MulticlassClassificationEvaluator(metricName="accuracy").evaluate(scored))
    print("test AUC", BinaryClassificationEvaluator().evaluate(scored))
    return encoder, forest


def dump_forest(spark, forest, folder, target):
    shutil.rmtree(folder, ignore_errors=True)
    forest.save(str(folder))
    nodes = spark.read.parquet(str(folder / "data")).orderBy("treeID", "nodeData.id").collect()
    with open(target, "w", newline="\n") as out:
        out.write("# tree id prediction impurity impurityStats rawCount gain left right feature "
                  "leftCategoriesOrThreshold numCategories\n")
        for row in nodes:
            node, split = row.nodeData, row.nodeData.split
            out.write(" ".join([
                str(row.treeID), str(node.id), number(node.prediction), number(node.impurity),
                numbers(node.impurityStats), str(node.rawCount), number(node.gain), str(node.leftChild),
                str(node.rightChild), str(split.featureIndex),
                numbers(split.leftCategoriesOrThreshold) or "-", str(split.numCategories)]) + "\n")
    print("nodes", len(nodes))


def dump_scores(raw, encoder, forest, out_folder):
    scored = forest.transform(encoder.transform(
        raw.withColumn("TotalCharges", F.coalesce(F.col("TotalCharges").cast("double"), F.lit(0.0)))))
    blank = [not row.TotalCharges.strip() for row in raw.select("TotalCharges").collect()]
    answers = scored.select("customerID", "rawPrediction", "probability", "prediction").collect()
    assert len(answers) == 7043 and sum(blank) == 11
    digest = hashlib.sha256(b"".join(struct.pack("<d", row.probability[1]) for row in answers)).hexdigest()
    (out_folder / "origin_scores.sha256").write_text(
        digest + "  probability of class 1 of all 7,043 rows in the file's order, little-endian doubles\n")
    chosen = [index for index in range(0, 7043, 37) if not blank[index]][:189]
    chosen = sorted(chosen + [index for index in range(7043) if blank[index]])
    assert len(chosen) == 200
    with open(out_folder / "origin_scores_200.csv", "w", newline="\n") as out:
        out.write("row,customerID,raw0,raw1,probability0,probability1,prediction\n")
        for index in chosen:
            row = answers[index]
            out.write(",".join([str(index), row.customerID] + [repr(float(value)) for value in
                      [*row.rawPrediction, *row.probability]] + [number(row.prediction)]) + "\n")
    print("scores", digest)


def small_models(raw, out_folder):
    """Two little pipelines in the two forms that stages can have, from the first 2,000 customers."""
    rows = raw.withColumn("TotalCharges", F.col("TotalCharges").cast("double")).limit(2000)
    texts = ["Contract", "InternetService", "PaymentMethod"]
    indexed = [name + "_index" for name in texts]
    pipeline = Pipeline(stages=[
        StringIndexer(inputCols=texts, outputCols=indexed, handleInvalid="keep"),
        StringIndexer(inputCol="Churn", outputCol="label"),
        Imputer(inputCols=["TotalCharges", "MonthlyCharges"], outputCols=["total", "monthly"], strategy="median"),
        VectorAssembler(inputCols=indexed + ["tenure", "monthly", "total"], outputCol="features"),
        RandomForestClassifier(numTrees=3, maxDepth=4, seed=9007199254740993).setThresholds([0.6, 0.4]),
    ]).fit(rows)
    tree = Pipeline(stages=[
        StringIndexer(inputCol="Churn", outputCol="label", stringOrderType="alphabetAsc"),
        StringIndexer(inputCol="Contract", outputCol="contract", handleInvalid="skip"),
        VectorAssembler(inputCols=["contract", "tenure"], outputCol="vector", handleInvalid="skip"),
        DecisionTreeClassifier(featuresCol="vector", maxDepth=3, seed=7),
    ]).fit(rows)
    first = rows.limit(40)
    answers = [[row for row in model.transform(first).select("customerID", "probability", "prediction").collect()]
               for model in (pipeline, tree)]
    for name, model in (("small_pipeline", pipeline), ("small_tree", tree)):
        shutil.rmtree(out_folder / name, ignore_errors=True)
        model.save(str(out_folder / name))
    with open(out_folder / "small_scores.csv", "w", newline="\n") as out:
        out.write("customerID,forest_probability1,forest_prediction,tree_probability1,tree_prediction\n")
        for forest_row, tree_row in zip(*answers):
            assert forest_row.customerID == tree_row.customerID
            out.write(",".join([forest_row.customerID, repr(float(forest_row.probability[1])),
                                number(forest_row.prediction), repr(float(tree_row.probability[1])),
                                number(tree_row.prediction)]) + "\n")


def main():
    spark = start_spark()
    spark.sparkContext.setLogLevel("ERROR")
    print("Spark", spark.version)
    raw = spark.read.csv(str(TELCO), header=True, inferSchema=True)
    encoder, forest = fit_origin(raw)
    out_folder = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE
    out_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        dump_forest(spark, forest, pathlib.Path(work) / "forest", out_folder / "origin_forest.txt")
    dump_scores(raw, encoder, forest, out_folder)
    small_models(raw, out_folder)
    spark.stop()


if __name__ == "__main__":
    main()
