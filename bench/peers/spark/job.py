#!/usr/bin/env python3
"""The peer: Spark Structured Streaming scores the same topic with the same model on the same broker.

    job.py BROKERS MODEL IN OUT drain [--repeat 3]       everything that is there, several times in one warm JVM
    job.py BROKERS MODEL IN OUT stream --seconds 90 [--real-time]    what arrives, until the time is over

In Spark's favour: one fitted PipelineModel loaded once, no shuffle, no state, two cores, at least once (its Kafka sink
knows nothing else). Writes one JSON object per line: when the session was up, the models loaded, each query's figures.
"""
import argparse
import json
import os
import pathlib
import shutil
import tempfile
import time

begin = time.monotonic()
parser = argparse.ArgumentParser()
for name in ("brokers", "model", "source", "out", "mode"):
    parser.add_argument(name)
parser.add_argument("--repeat", type=int, default=3)
parser.add_argument("--seconds", type=float, default=90)
parser.add_argument("--real-time", action="store_true")
arguments = parser.parse_args()

from pyspark.ml import PipelineModel  # noqa: E402  (starting is part of what is measured)
from pyspark.ml.functions import vector_to_array
from pyspark.sql import SparkSession, functions as F

RAW = ("customerID string, gender string, SeniorCitizen double, Partner string, Dependents string, tenure double, "
       "PhoneService string, MultipleLines string, InternetService string, OnlineSecurity string, OnlineBackup string, "
       "DeviceProtection string, TechSupport string, StreamingTV string, StreamingMovies string, Contract string, "
       "PaperlessBilling string, PaymentMethod string, MonthlyCharges double, TotalCharges double, Churn string")


def say(**facts):
    print(json.dumps({"at": round(time.monotonic() - begin, 3), **facts}), flush=True)


def tree_of_processes():
    """Our own process and the JVM below it."""
    mine = [os.getpid()]
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(stat[1]) in mine or (entry / "cmdline").read_bytes().find(b"org.apache.spark") >= 0 and int(stat[1]) == os.getpid():
                mine.append(int(entry.name))
    return set(mine)


def cpu_seconds():
    ticks = 0
    for pid in tree_of_processes():
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(stat[11]) + int(stat[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mb():
    kb = 0
    for pid in tree_of_processes():
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                kb += int(line.split()[1])
    return kb / 1024


spark = (SparkSession.builder.master("local[2]").config("spark.driver.memory", "2g").config("spark.ui.enabled", "false")
         .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
say(event="session")
model = PipelineModel.load(arguments.model)
say(event="model")

read = (spark.readStream.format("kafka").option("kafka.bootstrap.servers", arguments.brokers)
        .option("subscribe", arguments.source)
        .option("startingOffsets", "earliest" if arguments.mode == "drain" else "latest").load())
rows = (read.select(F.from_csv(F.col("value").cast("string"), RAW).alias("row")).select("row.*")
        .where(F.col("TotalCharges").isNotNull()))
scored = model.transform(rows)
answer = scored.select(
    F.col("customerID").alias("key"),
    F.to_json(F.struct(F.col("customerID").alias("customer_id"), F.col("prediction"),
                       vector_to_array("probability")[1].alias("probability"))).alias("value"))
for turn in range(arguments.repeat if arguments.mode == "drain" else 1):
    checkpoint = tempfile.mkdtemp(prefix="spark-peer.")
    before, start = cpu_seconds(), time.monotonic()
    write = (answer.writeStream.format("kafka").option("kafka.bootstrap.servers", arguments.brokers)
             .option("topic", arguments.out).option("checkpointLocation", checkpoint))
    if arguments.mode == "drain":
        query = write.trigger(availableNow=True).start()
        query.awaitTermination()
    else:
        if arguments.real_time:
            write = write.outputMode("update").trigger(realTime="5 minutes")
        query = write.start()
        say(event="started")
        query.awaitTermination(arguments.seconds)
        query.stop()
    say(event="query", turn=turn, seconds=round(time.monotonic() - start, 3), cpu_seconds=round(cpu_seconds() - before, 2),
        rows=sum(progress["numInputRows"] for progress in query.recentProgress), resident_mb=round(resident_mb()))
    shutil.rmtree(checkpoint, ignore_errors=True)
spark.stop()
