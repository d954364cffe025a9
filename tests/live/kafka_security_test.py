#!/usr/bin/env python3
"""TLS and SCRAM: what is right works, what is wrong is refused within ten seconds by a message that says which.

    kafka_security_test.py PROGRAM
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KAFKA = ROOT / "tests/services/kafka"


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="churnstream-kafka-tls.") as folder:
        folder = pathlib.Path(folder)
        cluster = folder / "cluster"
        said = subprocess.run([KAFKA, "start", cluster, "--tls-scram"], check=True, capture_output=True, text=True).stdout
        at = dict(line.split("=", 1) for line in said.split())
        try:
            check(program, at, cluster / "tls")
        finally:
            subprocess.run([KAFKA, "stop", cluster], check=False)


def check(program, at, tls):
    def topics(place, password="secret", ca="ca.pem", protocol="SASL_SSL", mechanism="SCRAM-SHA-512"):
        properties = {"security.protocol": protocol, "ssl.ca.location": tls / ca, "sasl.mechanism": mechanism,
                      "sasl.username": "churn", "sasl.password": "${KAFKA_PASSWORD}"}
        words = [word for name, value in properties.items() for word in ("--kafka", f"{name}={value}")]
        begin = time.monotonic()
        done = subprocess.run([program, "topics", "list", "--brokers", place, *words], capture_output=True, text=True,
                              env={**os.environ, "KAFKA_PASSWORD": password}, timeout=60)
        return done.returncode, done.stdout + done.stderr, time.monotonic() - begin

    code, said, _ = topics(at["scram"])
    assert code == 0 and "There is no topic" in said, said
    print("ok: the right password over TLS is let in")
    cases = {
        "a wrong password": (dict(place=at["scram"], password="wrong"), "refused the user name or the password"),
        "an expired certificate": (dict(place=at["expired"]), "certificate has expired"),
        "a certificate of another authority": (dict(place=at["stranger"]), "signed by an authority we do not know"),
        "another authority on our side": (dict(place=at["scram"], ca="stranger-ca.pem"), "signed by an authority we do not know"),
        "a certificate for another name": (dict(place=at["othername"]), "names another host"),
        "TLS to a port that speaks plain text": (dict(place=at["brokers"]), "plain text"),
        "another way to log in": (dict(place=at["scram"], mechanism="PLAIN"), "sasl.mechanism"),
    }
    failures = 0
    for name, (arguments, words) in cases.items():
        code, said, seconds = topics(**arguments)
        last = said.strip().splitlines()[-1]
        good = code == 1 and words in last and seconds < 10 and "secret" not in said and "wrong" not in last.replace("wrong pass", "")
        failures += not good
        print(f"{'ok' if good else 'FAILED'}: {name}: exit {code} after {seconds:.1f} s: {last}")
    print(f"{len(cases) + 1 - failures} things proven, {failures} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
