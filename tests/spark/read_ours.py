#!/usr/bin/env python3
"""Others read the closed files that Churnstream wrote: every row, type and value must be the one it was given.

    read_ours.py write PROGRAM FOLDER              scores data/telco.csv into FOLDER, once for each format
    read_ours.py FOLDER pandas|duckdb|spark ...    these read it; ends with status 1 at the first difference

The truth is data/telco.csv itself and what `churnstream score` says of it, to the last bit.
"""
import csv
import json
import math
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TELCO = ROOT / "data/telco.csv"
FORMS = [("parquet", "zstd"), ("parquet", "gzip"), ("parquet", "snappy"), ("parquet", "none"), ("csv", "none"), ("csv", "gzip"),
         ("csv", "zstd"), ("jsonl", "none"), ("jsonl", "gzip"), ("jsonl", "zstd")]
PIPELINE = """
[source]
type = "file"
path = {data}
[model]
path = "model"
[score]
value = "MonthlyCharges"
[refused]
type = "file"
path = "refused.jsonl"
[run]
state_dir = "state"
"""
SINK = '[[sink]]\ntype = "parquet"\nname = "{form}-{compression}"\npath = "{form}-{compression}"\nformat = "{form}"\ncompression = "{compression}"\n'
# Of each type one of our own columns and one of the customer's, where they have such.
TEXTS = ["customer_id", "prediction", "risk_band", "model", "source_topic", "gender", "Contract", "PaymentMethod"]
NUMBERS = ["probability", "expected_loss", "SeniorCitizen", "tenure", "MonthlyCharges", "TotalCharges"]
COLUMNS = [*TEXTS, *NUMBERS, "flagged", "source_partition", "source_offset"]


def write(program, folder):
    program = pathlib.Path(program).resolve()
    subprocess.run([program, "train", ROOT / "examples/origin/recipe.toml", "--out", folder / "model"], check=True, capture_output=True)
    with open(folder / "offline.jsonl", "wb") as out:
        subprocess.run([program, "score", folder / "model", TELCO, "--format", "jsonl", "--out", "-"], check=True, stdout=out)
    sinks = "".join(SINK.format(form=form, compression=compression) for form, compression in FORMS)
    (folder / "pipeline.toml").write_text(PIPELINE.format(data=json.dumps(str(TELCO))) + sinks)
    subprocess.run([program, "run", folder / "pipeline.toml", "--until-end"], check=True)


def truth(folder):
    """The value of each of COLUMNS, row by row; None is null."""
    rows = []
    answers = map(json.loads, (folder / "offline.jsonl").read_text().splitlines())
    with open(TELCO, newline="") as file:
        for offset, (customer, answer) in enumerate(zip(csv.DictReader(file), answers, strict=True), start=1):
            probability, charges = answer["probability"][1], float(customer["MonthlyCharges"])
            ours = {"customer_id": answer["key"], "prediction": answer["prediction"], "model": answer["model"],
                    "probability": probability, "expected_loss": probability * charges, "flagged": probability >= 0.5,
                    "risk_band": "high" if probability >= 0.5 else "medium" if probability >= 11 / 67 else "low",
                    "source_topic": str(TELCO), "source_partition": 0, "source_offset": offset}
            numbers = {name: float(customer[name]) if customer[name].strip() else None for name in NUMBERS if name in customer}
            rows.append([({**customer, **numbers, **ours})[name] for name in COLUMNS])
    assert any(None in row for row in rows), "no value is missing: nothing is proven of nulls"
    return rows


def same(what, found, expected):
    found = [[None if isinstance(value, float) and math.isnan(value) else value for value in row] for row in found]
    place = COLUMNS.index("source_offset")
    found.sort(key=lambda row: row[place])
    assert len(found) == len(expected), f"{what}: {len(found)} rows, and {len(expected)} were written"
    for row, wanted in zip(found, expected):
        different = [(name, *pair) for name, *pair in zip(COLUMNS, row, wanted) if pair[0] != pair[1]]
        assert not different, f"{what}: at offset {wanted[place]} {different[0]}"
    print(f"ok: {what}: {len(found)} rows, every value", flush=True)


def same_types(what, found, expected):
    different = {name: found.get(name) for name, kind in expected.items() if found.get(name) != kind}
    assert not different, f"{what}: other types than expected: {different}"


def types(text, number, flag, integer, time):
    return {**{name: text for name in TEXTS}, **{name: number for name in NUMBERS}, "flagged": flag, "source_offset": integer,
            "source_partition": integer, "event_time": time, "scored_at": time}


def with_pandas(folder, form, compression):
    import pandas
    place = folder / f"{form}-{compression}"
    if form == "parquet":
        table = pandas.read_parquet(place)
        same_types("pandas", table.dtypes.astype(str).to_dict(), types("object", "float64", "bool", "int64", "datetime64[us, UTC]"))
        assert set(table["day"]) == {path.name[len("day="):] for path in place.glob("day=*")}, "the folders' day is a column"
    elif form == "csv":
        table = pandas.concat(pandas.read_csv(file, float_precision="round_trip") for file in place.glob("day=*/*"))
    else:
        table = pandas.concat(pandas.read_json(file, lines=True, precise_float=True, dtype={name: "object" for name in TEXTS})
                              for file in place.glob("day=*/*"))
    return table[COLUMNS].astype(object).values.tolist()


def with_duckdb(folder, form, compression):
    import duckdb
    texts = {name: "VARCHAR" for name in TEXTS}  # it takes Yes and No for flags
    files = f"'{folder}/{form}-{compression}/day=*/*'"
    table = duckdb.sql("SELECT * FROM " + {"parquet": f"read_parquet({files})", "csv": f"read_csv({files}, types = {texts})",
                                           "jsonl": f"read_json({files}, format = 'newline_delimited')"}[form])
    if form == "parquet":
        same_types("DuckDB", dict(zip(table.columns, map(str, table.types))),
                   types("VARCHAR", "DOUBLE", "BOOLEAN", "BIGINT", "TIMESTAMP WITH TIME ZONE"))
    return table.project(", ".join(f'"{name}"' for name in COLUMNS)).fetchall()


def with_spark(folder, form, compression):
    from make_fixtures import start_spark
    if compression == "zstd" and form != "parquet":
        return None  # Spark reads text as .zst through native Hadoop libraries, which PySpark does not bring
    reader, place = start_spark().read, str(folder / f"{form}-{compression}")
    if form == "parquet":
        table = reader.parquet(place)
        same_types("Spark", dict(table.dtypes), types("string", "double", "boolean", "bigint", "timestamp"))
    else:
        table = reader.csv(place, header=True, inferSchema=True) if form == "csv" else reader.json(place)
    return [list(row) for row in table.select(COLUMNS).collect()]


READERS = {"pandas": with_pandas, "duckdb": with_duckdb, "spark": with_spark}


def main():
    if sys.argv[1] == "write":
        return write(sys.argv[2], pathlib.Path(sys.argv[3]).resolve())
    folder = pathlib.Path(sys.argv[1]).resolve()
    expected = truth(folder)
    for reader in sys.argv[2:]:
        for form, compression in FORMS:
            found = READERS[reader](folder, form, compression)
            if found is not None:
                same(f"{reader} reads {form}, {compression}", found, expected)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
