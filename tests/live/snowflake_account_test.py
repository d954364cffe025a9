#!/usr/bin/env python3
"""The Snowflake sink against a real account: runs only where its credentials are in the environment, and says so where not.

    CHURN_SNOWFLAKE_ACCOUNT=org-account CHURN_SNOWFLAKE_USER=... CHURN_SNOWFLAKE_KEY=rsa_key.p8 CHURN_SNOWFLAKE_DATABASE=... \\
        snowflake_account_test.py PROGRAM

Also taken: CHURN_SNOWFLAKE_PASSPHRASE, CHURN_SNOWFLAKE_ROLE, CHURN_SNOWFLAKE_WAREHOUSE, CHURN_SNOWFLAKE_URL. Writes 120 rows in both
modes into a fresh schema, compares them with the offline scores, and drops the schema. It costs a little of the account's credit.
"""
import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NOT_RUN = 77  # the exit code by which scripts/test counts it as skipped
NEEDED = ["ACCOUNT", "USER", "KEY", "DATABASE"]
given = {name: os.environ.get("CHURN_SNOWFLAKE_" + name, "") for name in [*NEEDED, "PASSPHRASE", "ROLE", "WAREHOUSE", "URL"]}
PIPELINE = """
[source]
type = "file"
path = {data}
[model]
path = {model}
[score]
value = "charges"
[[sink]]
type = "snowflake"
mode = "{mode}"
url = "{url}"
account = "{account}"
user = "{user}"
private_key = "file:{key}"
{passphrase}
role = "{role}"
warehouse = "{warehouse}"
database = "{database}"
schema = "{schema}"
view = "{schema}.CHURN"
[refused]
type = "file"
path = "refused.jsonl"
[run]
state_dir = "state"
batch_rows = 50
"""


def openssl(*words, data=None):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, input=data,
                          env={**os.environ, "PASS": given["PASSPHRASE"]}).stdout


def token():
    """A token of our own making, not the program's."""
    coded = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    public = openssl("rsa", "-in", given["KEY"], "-passin", "env:PASS", "-pubout", "-outform", "DER")
    who = f"{given['ACCOUNT'].split('.')[0]}.{given['USER']}".upper()
    now = int(time.time())
    claims = {"iss": f"{who}.SHA256:{base64.b64encode(hashlib.sha256(public).digest()).decode()}", "sub": who, "iat": now, "exp": now + 3000}
    text = coded(b'{"alg":"RS256","typ":"JWT"}') + "." + coded(json.dumps(claims).encode())
    return text + "." + coded(openssl("dgst", "-sha256", "-sign", given["KEY"], "-passin", "env:PASS", data=text.encode()))


def ask(url, sql):
    body = {"statement": sql, "timeout": 60, **{name.lower(): given[name] for name in ("ROLE", "WAREHOUSE", "DATABASE") if given[name]}}
    request = urllib.request.Request(f"{url}/api/v2/statements?requestId={uuid.uuid4()}", json.dumps(body).encode(), {
        "Content-Type": "application/json", "Accept": "application/json", "User-Agent": "churnstream-test/1",
        "Authorization": "Bearer " + token(), "X-Snowflake-Authorization-Token-Type": "KEYPAIR_JWT"})
    return json.load(urllib.request.urlopen(request, timeout=90))["data"]


def main():
    missing = [name for name in NEEDED if not given[name]]
    if missing:
        print("not run: no credentials of a Snowflake account in the environment (" + ", ".join("CHURN_SNOWFLAKE_" + name for name in missing) + ")")
        sys.exit(NOT_RUN)
    program = pathlib.Path(sys.argv[1]).resolve()
    url = given["URL"] or f"https://{given['ACCOUNT'].replace('_', '-')}.snowflakecomputing.com"
    schema = "CHURNSTREAM_TEST_" + uuid.uuid4().hex[:8].upper()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="churnstream-account."))
    data = folder / "customers.csv"
    data.write_text("customer,contract,tenure,charges,left\n" +
                    "".join(f"{number * 7 % 40:04},{('month', 'year')[number % 2]},{number % 70},{number / 8},No\n" for number in range(120)))
    model = ROOT / "examples/two_trees/model"
    out = subprocess.run([program, "score", model, data, "--format", "jsonl", "--out", "-"], check=True, capture_output=True).stdout
    offline = [(row["key"], row["probability"][1]) for row in map(json.loads, out.splitlines())]
    try:
        for mode in ("merge", "streaming"):
            name = f"{schema}_{mode.upper()}"
            (folder / mode).mkdir()
            file = folder / mode / "pipeline.toml"
            file.write_text(PIPELINE.format(
                data=json.dumps(str(data)), model=json.dumps(str(model)), mode=mode, url=url, account=given["ACCOUNT"], user=given["USER"],
                key=pathlib.Path(given["KEY"]).resolve(), role=given["ROLE"], warehouse=given["WAREHOUSE"], database=given["DATABASE"], schema=name,
                passphrase='private_key_passphrase = "${CHURN_SNOWFLAKE_PASSPHRASE}"' if given["PASSPHRASE"] else ""))
            for _ in range(2):  # the second time without a state folder: all rows come again
                subprocess.run([program, "run", file, "--until-end"], check=True, timeout=600)
                shutil.rmtree(folder / mode / "state")
            where = f'"{given["DATABASE"]}"."{name}"'
            got = [(row[0], float(row[1])) for row in ask(url, f"SELECT CUSTOMER_ID, PROBABILITY FROM {where}.CHURN_EVENTS ORDER BY SOURCE_OFFSET")]
            assert got == offline, f"{mode}: {len(got)} events differ from the {len(offline)} offline scores"
            scores = {row[0]: float(row[1]) for row in ask(url, f"SELECT CUSTOMER_ID, PROBABILITY FROM {where}.CHURN_SCORES")}
            assert scores == dict(offline), f"{mode}: churn_scores does not hold each customer's newest event"
            assert len(ask(url, f"SELECT CHURN, PREDICTION FROM {where}.CHURN")) == 40
            print(f"ok: {mode}: 120 events, twice, are there once", flush=True)
    finally:
        for mode in ("MERGE", "STREAMING"):
            ask(url, f'DROP SCHEMA IF EXISTS "{given["DATABASE"]}"."{schema}_{mode}"')
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
