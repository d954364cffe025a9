#!/usr/bin/env python3
"""The page's API as programs use it: scores on request against the score verb, thresholds taken anew, a token, TLS, a proxy,
and addresses that are refused.

    page_test.py PROGRAM
"""
import http.cookiejar
import json
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/services"))
from paged_stream import PagedStream, patient, train  # noqa: E402

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
TOKEN = "correct-horse-battery"


class Stream(PagedStream):
    def __init__(self, folder, page='listen = "127.0.0.1:0"', environment=None):
        super().__init__(PROGRAM, folder, page, environment)

    def ask(self, target, body=None, opener=None, **headers):
        """Status, headers and body, whatever the status."""
        request = urllib.request.Request(self.address + target, data=body, headers={name.replace("_", "-"): value for name, value in headers.items()})
        try:
            with (opener or urllib.request.build_opener()).open(request, timeout=20) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, answer.read()


def scores_are_those_of_the_score_verb(folder):
    said = subprocess.run([PROGRAM, "score", folder / "model", ROOT / "data/telco.csv", "--format", "jsonl", "--out", "-"], check=True, capture_output=True).stdout
    expected = {row["key"]: row for row in map(json.loads, said.splitlines())}
    lines = (ROOT / "data/telco.csv").read_text().splitlines()
    names = lines[0].split(",")
    seen = 0
    with Stream(folder) as stream:
        for begin in range(1, len(lines), 1500):
            part = lines[begin:begin + 1500]
            as_csv = json.loads(stream.ask("/api/v1/score", "\n".join(lines[:1] + part).encode(), Content_Type="text/csv")[2])
            rows = [dict(zip(names, line.split(","))) for line in part]
            as_json = json.loads(stream.ask("/api/v1/score", json.dumps(rows).encode(), Content_Type="application/json")[2])
            assert as_csv == as_json and len(as_csv) == len(part), as_json[:2] if isinstance(as_json, list) else as_json
            for row in as_csv:
                verb = expected[row["customer_id"]]
                assert row["probability"] == verb["probability"][1], (row, verb)
                assert row["prediction"] == verb["prediction"] and row["model"] == verb["model"], (row, verb)
                seen += 1
        assert seen == len(expected) == 7043, seen

        one = json.dumps(rows[0]).encode()
        status, headers, answer = stream.ask("/api/v1/score", one, Content_Type="application/json")
        assert status == 200 and json.loads(answer) == as_json[0], answer
        assert stream.ask("/api/v1/score", one, Content_Type="text/plain")[0] == 415
        status, headers, answer = stream.ask("/api/v1/score", b'{"tenure": 1}', Content_Type="application/json")
        assert status == 422 and headers["Content-Type"] == "application/problem+json" and "customerID" in json.loads(answer)["detail"], answer
        assert stream.ask("/api/v1/score")[0] == 405

        # A threshold that the run takes anew is the API's too.
        stream.write(0.0)
        stream.process.send_signal(signal.SIGHUP)
        patient("the new threshold", lambda: all(row["flagged"] for row in json.loads(stream.ask(
            "/api/v1/score", "\n".join(lines[:200]).encode(), Content_Type="text/csv")[2])))


def documents_are_kept_and_packed(folder):
    with Stream(folder) as stream:
        patient("a refused row", lambda: json.loads(stream.ask("/api/v1/refused")[2])["rows_refused"] is not None)
        for target in ["/api/v1/refused", "/api/v1/openapi.json", "/api/v1/model", "/api/v1/flow?window=15min"]:
            status, headers, answer = stream.ask(target)
            assert status == 200 and headers["Content-Type"] == "application/json" and json.loads(answer), target
            assert stream.ask("/api/v1/openapi.json", If_None_Match=stream.ask("/api/v1/openapi.json")[1]["ETag"])[0] == 304
        for path in ["/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/api/v1/customers/%00", "/api/v1/nothing", "/api/v1/customers/%ff"]:
            assert stream.ask(path)[0] in (400, 404), path


def the_model_and_the_store_are_told_as_they_are(folder):
    with Stream(folder) as stream:
        notes = json.loads((folder / "model/churnstream.json").read_text())["extra"]
        model = json.loads(stream.ask("/api/v1/model")[2])
        assert (model["trees"], model["depth"], model["positive"]) == (20, 10, "Yes"), model
        assert model["metrics"] == notes["metrics"] and model["data"] == notes["data"], model
        assert [one["importance"] for one in model["importances"]] == sorted(filter(None, notes["importances"].values()), reverse=True)[:50]
        patient("all rows", lambda: json.loads(stream.ask("/api/v1/segments")[2])["cells"][:1] and json.loads(
            stream.ask("/api/v1/segments")[2])["cells"][0]["customers"] == 7043)
        cells = json.loads(stream.ask("/api/v1/segments?by=PaymentMethod&sum=MonthlyCharges,TotalCharges")[2])["cells"]
        assert abs(sum(one["sums"]["MonthlyCharges"] for one in cells) - 456116.60) < 0.01, cells  # of data/telco.csv
        assert abs(sum(one["sums"]["TotalCharges"] for one in cells) - 16056168.70) < 0.01, cells
        first = (ROOT / "data/telco.csv").read_text().splitlines()[1].split(",")[0]
        few = json.loads(stream.ask(f"/api/v1/segments?search={first}&sum=MonthlyCharges")[2])["cells"]
        assert few[0]["customers"] == 1 and few[0]["sums"] == {"MonthlyCharges": None}, few
        for target in ["segments?by=gender", "segments?sum=SeniorCitizen", "customers?where=Partner:Yes"]:
            status, _, answer = stream.ask("/api/v1/" + target)
            assert status == 400 and "hidden" in json.loads(answer)["detail"], (target, answer)


def certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)


def shown_certificate(address):
    return ssl.get_server_certificate(address.removeprefix("https://").split(":"))


def certificates_are_renewed(folder):
    certificate(folder)
    page = 'listen = "127.0.0.1:0"\ntls_certificate = "cert.pem"\ntls_key = "key.pem"'
    with Stream(folder, page) as stream:
        first = shown_certificate(stream.address)
        assert first.split() == (folder / "cert.pem").read_text().split()
        (folder / "key.pem").write_text("no key")
        stream.process.send_signal(signal.SIGHUP)
        patient("the trouble in the log", lambda: "keeps its certificate" in stream.said())
        assert shown_certificate(stream.address) == first
        certificate(folder)
        stream.process.send_signal(signal.SIGHUP)
        patient("the new certificate", lambda: shown_certificate(stream.address).split() == (folder / "cert.pem").read_text().split())
        assert shown_certificate(stream.address) != first


def token_and_tls(folder):
    certificate(folder)
    page = 'listen = "127.0.0.1:0"\ntoken = "${PAGE_TOKEN}"\ntls_certificate = "cert.pem"\ntls_key = "key.pem"'
    with Stream(folder, page, {"PAGE_TOKEN": TOKEN}) as stream:
        assert stream.address.startswith("https://")
        trust = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=folder / "cert.pem"))

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None

        def ask(target, body=None, more=(), **headers):
            return stream.ask(target, body, urllib.request.build_opener(trust, Stay, *more), **headers)

        assert ask("/healthz")[0] == 200
        assert ask("/api/v1/summary")[0] == 401 and ask("/api/v1/events")[0] == 401
        assert ask("/")[0] == 303 and ask("/")[1]["Location"] == "/login"
        assert ask("/api/v1/summary", Authorization="Bearer " + TOKEN)[0] == 200
        assert ask("/api/v1/summary", Authorization="Bearer " + TOKEN[:-1])[0] == 401
        assert b"<form" in ask("/login")[2]

        jar = http.cookiejar.CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(jar)
        form = urllib.parse.urlencode({"token": TOKEN}).encode()
        assert ask("/login", form, Origin="https://evil.example")[0] == 403
        status, headers, _ = ask("/login", form, [cookies], Origin=stream.address, Sec_Fetch_Site="same-origin")
        assert status == 303 and "HttpOnly" in headers["Set-Cookie"] and "Secure" in headers["Set-Cookie"] and "SameSite=Strict" in headers["Set-Cookie"]
        assert ask("/", None, [cookies])[0] == 200 and ask("/api/v1/summary", None, [cookies])[0] == 200
        assert ask("/logout", b"", [cookies])[0] == 303
        assert ask("/api/v1/summary", None, [cookies])[0] == 401

        for _ in range(6):
            status, headers, _ = ask("/login", b"token=guess")
        assert status == 429 and int(headers["Retry-After"]) > 0
    assert TOKEN not in stream.said()


def behind_a_proxy(folder):
    page = 'listen = "127.0.0.1:0"\nbehind_proxy = true\nproxy_header = "X-Remote-User"\nhosts = ["churn.example.com"]'
    with Stream(folder, page) as stream:
        assert stream.ask("/api/v1/summary")[0] == 403
        assert stream.ask("/api/v1/summary", X_Remote_User="ann", Host="churn.example.com")[0] == 200
        assert stream.ask("/api/v1/summary", X_Remote_User="ann", Host="evil.example")[0] == 421


def addresses_that_are_refused(folder):
    certificate(folder)
    tls = 'tls_certificate = "cert.pem"\ntls_key = "key.pem"\n'
    secret = 'token = "${PAGE_TOKEN}"\n'
    for page, why in [('listen = "0.0.0.0:0"', "without a token"),
                      (secret + 'listen = "0.0.0.0:0"', "for everybody to read"),
                      (tls + 'listen = "0.0.0.0:0"', "without a token"),
                      (secret + tls + 'listen = "0.0.0.0:0"', "under which names"),
                      ('listen = "127.0.0.1:0"\ntoken = "not a reference"', "token"),
                      ('behind_proxy = true', "proxy_header"),
                      ('behind_proxy = true\nproxy_header = "X-User"\nhosts = ["a.example"]\nlisten = "0.0.0.0:0"', "one address"),
                      ('tls_key = "key.pem"', "go together"),
                      ('tls_certificate = "key.pem"\ntls_key = "key.pem"', "certificate")]:
        stream = Stream(folder, page)
        done = subprocess.run([PROGRAM, "run", folder / "pipeline.toml", "--until-end"], capture_output=True, text=True, env={**os.environ, "PAGE_TOKEN": TOKEN})
        assert done.returncode == 2 and why in done.stderr, (page, done.returncode, done.stderr)
        assert TOKEN not in done.stderr
    stream = Stream(folder, secret)
    done = subprocess.run([PROGRAM, "run", folder / "pipeline.toml"], capture_output=True, text=True, env={**os.environ, "PAGE_TOKEN": "short"})
    assert done.returncode == 2 and "fewer than 16" in done.stderr and "short" not in done.stderr.replace("shorter", ""), done.stderr


def main():
    with tempfile.TemporaryDirectory() as text:
        model = pathlib.Path(text) / "model"
        train(PROGRAM, model)
        for test in [scores_are_those_of_the_score_verb, documents_are_kept_and_packed, the_model_and_the_store_are_told_as_they_are, token_and_tls,
                     certificates_are_renewed, behind_a_proxy, addresses_that_are_refused]:
            folder = pathlib.Path(text) / test.__name__
            folder.mkdir()
            (folder / "model").symlink_to(model)
            test(folder)
            print(f"{test.__name__}: passed", flush=True)


main()
