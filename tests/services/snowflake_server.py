"""A strict stand-in for the parts of Snowflake that the sink uses, written from docs/formats/snowflake.md.

It refuses what the page does not allow, keeps tables in memory, in a file too where it is told one, and lets a test say what
goes wrong next. Tests speak to
it under /test/; everything else is Snowflake's. Standard library only.
"""
import base64
import gzip
import hashlib
import json
import os
import pickle
import re
import sys
import threading
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ACCOUNT, USER = "MYORG-TEST", "CHURN"
OAUTH_TOKEN, ACCESS_TOKEN = "oauth-token-of-the-tests", "access-token-of-the-tests"
NAME = r'"((?:[^"]|"")+)"'
TABLE = NAME + r"\." + NAME + r"\." + NAME
PLACE = ("EVENT_TIME", "SOURCE_TOPIC", "SOURCE_PARTITION", "SOURCE_OFFSET")
IN_CATALOG = {"VARCHAR": "TEXT", "DOUBLE": "FLOAT", "BOOLEAN": "BOOLEAN", "NUMBER(38,0)": "NUMBER",
              "TIMESTAMP_NTZ(6)": "TIMESTAMP_NTZ"}
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")  # of PKCS #1 version 1.5, RFC 8017 section 9.2


class Refused(Exception):
    def __init__(self, status, code, message, sqlstate="42000"):
        self.status, self.code, self.message, self.sqlstate = status, code, message, sqlstate


# --- Who may come in.

def der(data, at=0):
    """Tag, content and the place behind one DER element."""
    length, start = data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(data[start:start + count], "big"), start + count
    return data[at], data[start:start + length], start + length


class PublicKey:
    def __init__(self, pem):
        data = base64.b64decode("".join(line for line in pem.splitlines() if "-----" not in line))
        self.fingerprint = "SHA256:" + base64.b64encode(hashlib.sha256(data).digest()).decode()
        _, info, _ = der(data)
        _, _, behind = der(info)
        _, bits, _ = der(info, behind)
        _, key, _ = der(bits[1:])
        _, modulus, behind = der(key)
        _, exponent, _ = der(key, behind)
        self.modulus, self.exponent = int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big")

    def verifies(self, text, signature):
        size = (self.modulus.bit_length() + 7) // 8
        opened = pow(int.from_bytes(signature, "big"), self.exponent, self.modulus).to_bytes(size, "big")
        end = SHA256_PREFIX + hashlib.sha256(text).digest()
        return opened == b"\0\1" + b"\xff" * (size - len(end) - 3) + b"\0" + end


def from_base64_url(text):
    if "=" in text or "+" in text or "/" in text:
        raise Refused(401, "390144", "JWT token is invalid: not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def check_jwt(token, key):
    parts = token.split(".")
    if len(parts) != 3:
        raise Refused(401, "390144", "JWT token is invalid")
    header, claims = json.loads(from_base64_url(parts[0])), json.loads(from_base64_url(parts[1]))
    if header.get("alg") != "RS256":
        raise Refused(401, "390144", "JWT token is invalid: algorithm")
    if not key.verifies(f"{parts[0]}.{parts[1]}".encode(), from_base64_url(parts[2])):
        raise Refused(401, "390144", "JWT token is invalid: signature")
    if claims.get("sub") != f"{ACCOUNT}.{USER}" or claims.get("iss") != f"{ACCOUNT}.{USER}.{key.fingerprint}":
        raise Refused(401, "390144", f"JWT token is invalid: issuer or subject, {claims.get('iss')}, {claims.get('sub')}")
    now = time.time()
    if not claims["iat"] <= now + 60 or not now < claims["exp"] <= claims["iat"] + 3600:
        raise Refused(401, "390144", "JWT token is invalid: issued at or expiry")


# --- Tables.

def plain(name):
    return name.replace('""', '"')


def as_type(value, kind):
    if value is None:
        return None
    if kind == "VARCHAR":
        return value if isinstance(value, str) else json.dumps(value)
    if kind == "DOUBLE":
        return float(value)
    if kind == "BOOLEAN" and isinstance(value, bool):
        return value
    if kind == "NUMBER(38,0)" and isinstance(value, int):
        return value
    if kind == "TIMESTAMP_NTZ(6)" and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", value):
        return value
    raise Refused(422, "100038", f"Value '{value}' is not recognized", "22018")


class Tables:
    def __init__(self):
        self.schemas = {"INFORMATION_SCHEMA", "PUBLIC"}
        self.tables = {}  # (schema, name): {"columns": {name: type}, "rows": [dict]}
        self.views = {}   # (schema, name): text
        self.refused = {}  # customer id: reason
        self.rights = {}   # (view, object): what our role may do; what is not named it owns
        self.skew = 0      # seconds our clock is ahead
        self.executed = []

    def table(self, schema, name):
        try:
            return self.tables[plain(schema), plain(name)]
        except KeyError:
            raise Refused(422, "002003", f"SQL compilation error: Object '{schema}.{name}' does not exist or not authorized.",
                          "42S02") from None

    def check(self, row, columns):
        if row.get("CUSTOMER_ID") in self.refused:
            raise Refused(422, "100078", self.refused[row["CUSTOMER_ID"]], "22000")
        return {name: as_type(row.get(name), kind) for name, kind in columns.items()}

    def run(self, sql, bindings):
        self.executed.append(sql)
        for pattern, action in self.STATEMENTS:
            if found := re.fullmatch(pattern, sql, re.DOTALL):
                return action(self, bindings, *found.groups())
        raise Refused(422, "001003", "SQL compilation error: syntax error: " + sql[:200])

    def select_schemata(self, bindings, _):
        return [[name] for name in sorted(self.schemas) if name == bindings[0]]

    def select_tables(self, bindings, _):
        return [[name, kind] for kind, all in (("BASE TABLE", self.tables), ("VIEW", self.views))
                for schema, name in all if schema == bindings[0]]

    def select_columns(self, bindings, _):
        rows = [[name, column, IN_CATALOG[kind], "YES", None] for (schema, name), table in self.tables.items()
                if schema == bindings[0] for column, kind in table["columns"].items()]
        return rows + [[name, plain(column), "TEXT", "YES", None] for (schema, name), text in self.views.items()
                       if schema == bindings[0] for column in re.findall(r" AS " + NAME, text)]

    def create_schema(self, bindings, _, schema):
        self.schemas.add(plain(schema))
        return [["done"]]

    def create_table(self, bindings, _, schema, name, columns):
        if plain(schema) not in self.schemas:
            raise Refused(422, "002003", f"Schema '{schema}' does not exist", "02000")
        kinds = dict(re.findall(NAME + r" (\S+?)(?:, (?=\")|$)", columns))
        if not kinds or set(kinds.values()) - set(IN_CATALOG):
            raise Refused(422, "001003", "SQL compilation error: " + columns)
        self.tables.setdefault((plain(schema), plain(name)),
                               {"columns": {plain(column): kind for column, kind in kinds.items()}, "rows": []})
        return [["done"]]

    def create_view(self, bindings, _, schema, name, text):
        self.views.setdefault((plain(schema), plain(name)), text)
        return [["done"]]

    def add_columns(self, bindings, _, schema, name, columns):
        self.table(schema, name)["columns"].update({plain(c): kind for c, kind in re.findall(NAME + r" ([^, ]+(?:\(\d+,0\))?)", columns)})
        return [["done"]]

    def insert_version(self, bindings, _, schema, name, version):
        self.table(schema, name)["rows"].append({"KEY": "format_version", "VALUE": version})
        return [["1"]]

    def select_version(self, bindings, _, schema, name):
        return [[row["VALUE"]] for row in self.table(schema, name)["rows"]]

    def select_positions(self, bindings, _, schema, name):
        return [[row[c] if isinstance(row[c], str) or row[c] is None else str(row[c])
                 for c in ("TOPIC", "PARTITION", "NEXT", "IDENTITY")] for row in self.table(schema, name)["rows"]]

    def select_offsets(self, bindings, _, schema, name, partition, first, last):
        return [[str(row["SOURCE_OFFSET"])] for row in self.table(schema, name)["rows"]
                if row["SOURCE_TOPIC"] == bindings[0] and row["SOURCE_PARTITION"] == int(partition)
                and int(first) <= row["SOURCE_OFFSET"] <= int(last)]

    def count_customer(self, bindings, _, schema, name):
        return [[str(sum(row["CUSTOMER_ID"] == bindings[0] for row in self.table(schema, name)["rows"]))]]

    def delete_customer(self, bindings, _, schema, name):
        counted = self.count_customer(bindings, _, schema, name)
        rows = self.table(schema, name)["rows"]
        rows[:] = [row for row in rows if row["CUSTOMER_ID"] != bindings[0]]
        return counted

    def delete_old(self, bindings, _, schema, name):
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", bindings[0]):
            raise Refused(422, "100035", f"Timestamp '{bindings[0]}' is not recognized", "22007")
        rows = self.table(schema, name)["rows"]
        kept = [row for row in rows if row["EVENT_TIME"] >= bindings[0]]
        gone, rows[:] = len(rows) - len(kept), kept
        return [[str(gone)]]

    def select_clock(self, bindings):
        return [[str(int((time.time() + self.skew) * 1e6))]]

    def select_rights(self, bindings, name, _, view, kind):
        objects = [n for schema, n in self.tables if schema == bindings[0]] if view == "TABLE_PRIVILEGES" else [bindings[0]]
        return [[one, right] for one in objects for right in self.rights.get((kind or "TABLE", one), ["OWNERSHIP"])]

    def select_who(self, bindings):
        return [[USER, "LOADER", "LOAD_WH", "9.9.9"]]

    def merge(self, bindings, _, schema, name, cells, on, rest):
        table = self.table(schema, name)
        columns = {}
        for cell in re.split(r", (?=f\.value|TO_TIMESTAMP)", cells):
            found = re.fullmatch(r'(?:f\.value:' + NAME + r"::(\S+)|TO_TIMESTAMP_NTZ\(f\.value:" + NAME + r"::VARCHAR\)) AS "
                                 + NAME, cell)
            if not found or (found[1] or found[3]) != found[4]:
                raise Refused(422, "001003", "SQL compilation error: " + cell)
            columns[plain(found[4])] = found[2] or "TIMESTAMP_NTZ(6)"
        if unknown := set(columns) - set(table["columns"]):
            raise Refused(422, "000904", f"SQL compilation error: invalid identifier '{sorted(unknown)[0]}'", "42000")
        keys = [plain(a) for a, b in re.findall(r"t\." + NAME + r" = n\." + NAME, on) if a == b]
        rows = [self.check(row, columns) for row in json.loads(bindings[0])]
        matched, change, insert = re.fullmatch(
            r"(?: WHEN MATCHED(?: AND (.*?))? THEN (DELETE|UPDATE SET .*?))?( WHEN NOT MATCHED THEN INSERT .*)?", rest, re.DOTALL).groups()
        places = {tuple(row[k] for k in keys): row for row in table["rows"]}
        seen = set()
        for row in rows:
            key = tuple(row[k] for k in keys)
            if key in seen:
                raise Refused(422, "100090", "Duplicate row detected during DML action", "42P18")
            seen.add(key)
            there = places.get(key)
            if there is None and insert:
                table["rows"].append({name: row.get(name) for name in table["columns"]})
            elif there is not None and change and self.holds(matched, row, there):
                if change == "DELETE":
                    table["rows"].remove(there)
                else:
                    there.update(row)
        return [[str(len(rows))]]

    @staticmethod
    def holds(condition, n, t):
        if condition is None:
            return True
        if condition == "n.NEXT >= t.NEXT":
            return n["NEXT"] >= t["NEXT"]
        new, old = (tuple(row[c] for c in PLACE) for row in (n, t))
        for left, relation, right, does in (("n", ">=", "t", new >= old), ("t", "<=", "n", new >= old), ("n", ">", "t", new > old)):
            if condition == newer(left, relation, right):
                return does
        raise Refused(422, "001003", "SQL compilation error: " + condition)

    STATEMENTS = [
        (r"SELECT SCHEMA_NAME FROM " + NAME + r"\.INFORMATION_SCHEMA\.SCHEMATA WHERE SCHEMA_NAME = \?", select_schemata),
        (r"SELECT TABLE_NAME, TABLE_TYPE FROM " + NAME + r"\.INFORMATION_SCHEMA\.TABLES WHERE TABLE_SCHEMA = \?", select_tables),
        (r"SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, IS_NULLABLE, COLUMN_DEFAULT FROM " + NAME
         + r"\.INFORMATION_SCHEMA\.COLUMNS WHERE TABLE_SCHEMA = \?", select_columns),
        (r"CREATE SCHEMA IF NOT EXISTS " + NAME + r"\." + NAME, create_schema),
        (r"CREATE TABLE IF NOT EXISTS " + TABLE + r" \((.*)\)", create_table),
        (r"CREATE VIEW IF NOT EXISTS " + TABLE + r" AS (SELECT .*)", create_view),
        (r"ALTER TABLE " + TABLE + r" ADD COLUMN (.*)", add_columns),
        (r"INSERT INTO " + TABLE + r" \(KEY, VALUE\) VALUES \('format_version', '(\d+)'\)", insert_version),
        (r"SELECT VALUE FROM " + TABLE + r" WHERE KEY = 'format_version'", select_version),
        (r"SELECT TOPIC, PARTITION, NEXT, IDENTITY FROM " + TABLE, select_positions),
        (r"SELECT SOURCE_OFFSET FROM " + TABLE + r" WHERE SOURCE_TOPIC = \? AND SOURCE_PARTITION = (\d+)"
         r" AND SOURCE_OFFSET BETWEEN (\d+) AND (\d+)", select_offsets),
        (r"SELECT COUNT\(\*\) FROM " + TABLE + r" WHERE CUSTOMER_ID = \?", count_customer),
        (r"DELETE FROM " + TABLE + r" WHERE CUSTOMER_ID = \?", delete_customer),
        (r"DELETE FROM " + TABLE + r" WHERE EVENT_TIME < TO_TIMESTAMP_NTZ\(\?\)", delete_old),
        (r"SELECT DATE_PART\(EPOCH_MICROSECOND, CURRENT_TIMESTAMP\(\)\)", select_clock),
        (r"SELECT (TABLE_NAME|OBJECT_NAME), PRIVILEGE_TYPE FROM " + NAME + r"\.INFORMATION_SCHEMA\.(TABLE_PRIVILEGES|OBJECT_PRIVILEGES)"
         r" WHERE (?:TABLE_SCHEMA = \?|OBJECT_TYPE = '(SCHEMA|DATABASE)' AND OBJECT_NAME = \?) AND IS_ROLE_IN_SESSION\(GRANTEE\)", select_rights),
        (r"SELECT CURRENT_USER\(\), CURRENT_ROLE\(\), CURRENT_WAREHOUSE\(\), CURRENT_VERSION\(\)", select_who),
        (r"MERGE INTO " + TABLE + r" t USING \(SELECT (.*) FROM \(SELECT PARSE_JSON\(\?\) AS J\) s, LATERAL FLATTEN\(input => s\.J\) f\)"
         r" n ON (.*?)( WHEN .*)", merge),
    ]


def newer(left, relation, right):
    """The one text for an order by time and position that our MERGE uses."""
    text = f"{left}.{PLACE[-1]} {relation} {right}.{PLACE[-1]}"
    for column in reversed(PLACE[:-1]):
        text = f"{left}.{column} {relation[0]} {right}.{column} OR ({left}.{column} = {right}.{column} AND ({text}))"
    return f"({text})".replace(f"AND ({left}.SOURCE_OFFSET {relation} {right}.SOURCE_OFFSET)",
                               f"AND {left}.SOURCE_OFFSET {relation} {right}.SOURCE_OFFSET")


# --- The service.

class Service:
    KEPT = ("tables", "requests", "handles", "channels", "scoped")

    def __init__(self, public_key_pem, drain=False, file=None):
        self.lock = threading.RLock()
        self.key, self.drain = PublicKey(public_key_pem), drain
        self.tables = Tables()
        self.requests = {}  # request id: the answer
        self.handles = {}   # statement handle: {"answer", "polls"}
        self.channels = {}
        self.scoped = set()
        self.next = []      # what goes wrong next: [{"path": regex, "status": 429, ...}]
        self.log = []
        self.page = 1000    # rows in one partition of a result
        self.commit_after = 1  # status questions until rows are committed
        self.file = file    # where all of it survives a kill
        if file and file.exists():
            vars(self).update(pickle.loads(file.read_bytes()))

    def keep(self):
        """Before anybody hears of it, as a service does."""
        if self.file:
            beside = self.file.with_suffix(".new")
            beside.write_bytes(pickle.dumps({name: getattr(self, name) for name in self.KEPT}))
            os.replace(beside, self.file)

    def fault(self, method, path):
        for fault in self.next:
            if re.search(fault["path"], f"{method} {path}"):
                if fault.get("skip", 0) > 0:
                    fault["skip"] -= 1
                    continue
                fault["times"] = fault.get("times", 1) - 1
                if fault["times"] <= 0:
                    self.next.remove(fault)
                return fault
        return {}

    # SQL API.

    def statement(self, query, body):
        if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", query.get("requestId", "")):
            raise Refused(400, "390142", "requestId is no UUID")
        unknown = set(body) - {"statement", "timeout", "database", "schema", "warehouse", "role", "bindings", "parameters"}
        if unknown or not isinstance(body.get("timeout"), int):
            raise Refused(400, "390142", f"Incoming request does not contain a valid payload: {sorted(unknown)}")
        if re.match(r"\s*(BEGIN|COMMIT|ROLLBACK|USE|ALTER SESSION)\b", body["statement"], re.I) or ";" in re.sub(r"'[^']*'|\"[^\"]*\"", "", body["statement"]):
            raise Refused(422, "391911", "Unsupported statement in a request of one statement")
        bindings = body.get("bindings", {})
        if sorted(bindings, key=int) != [str(i + 1) for i in range(len(bindings))] or any(
                set(one) != {"type", "value"} or one["type"] != "TEXT" or not isinstance(one["value"], str) for one in bindings.values()):
            raise Refused(400, "390142", "bindings are not numbered texts")
        request_id = query["requestId"]
        if request_id in self.requests:
            if query.get("retry") != "true":
                raise Refused(400, "390142", "this requestId was used before and retry is not true")
            return self.requests[request_id]
        bindings = [bindings[str(i + 1)]["value"] for i in range(len(bindings))]
        handle = "01b2c3d4-" + str(uuid.uuid4())[9:]
        try:
            rows = [["0"]] if self.drain and body["statement"].startswith("MERGE") else self.tables.run(body["statement"], bindings)
            answer = 200, self.result(handle, rows)
        except Refused as refused:
            answer = refused.status, {"code": refused.code, "sqlState": refused.sqlstate, "message": refused.message,
                                      "statementHandle": handle, "createdOn": int(time.time() * 1000)}
        self.requests[request_id] = answer
        return answer

    def result(self, handle, rows):
        parts = [rows[i:i + self.page] for i in range(0, len(rows), self.page)] or [[]]
        self.handles[handle] = {"parts": parts, "polls": 0}
        return {"code": "090001", "sqlState": "00000", "message": "Statement executed successfully.", "statementHandle": handle,
                "createdOn": int(time.time() * 1000), "statementStatusUrl": f"/api/v2/statements/{handle}",
                "resultSetMetaData": {"numRows": len(rows), "format": "jsonv2", "rowType": [],
                                      "partitionInfo": [{"rowCount": len(part), "uncompressedSize": 1} for part in parts]},
                "data": parts[0]}

    # Streaming.

    def channel(self, path):
        found = re.fullmatch(r"/v2/streaming/(?:data/)?databases/([^/]+)/schemas/([^/]+)/pipes/([^/]+)/channels/([^/]+)(/rows)?", path)
        if not found:
            raise Refused(404, "NOT_FOUND", path)
        _, schema, pipe, name = (urllib.parse.unquote(part) for part in found.groups()[:4])
        if not pipe.upper().endswith("-STREAMING"):
            raise Refused(404, "ERR_PIPE_DOES_NOT_EXIST_OR_NOT_AUTHORIZED", pipe)
        table = self.tables.table(schema, pipe[:-len("-STREAMING")].upper())
        return (schema, pipe.upper(), name.upper()), name, table

    def open_channel(self, path):
        key, name, _ = self.channel(path)
        channel = self.channels.setdefault(key, {"sequencer": 0, "token": None, "errors": 0, "message": None, "pending": [], "inserted": 0})
        channel["sequencer"] += 1
        channel["row"] = 0
        channel["pending"] = []  # what was not committed is gone
        return {"next_continuation_token": self.continuation(channel), "channel_status": self.status(name, channel, "rows_error_count")}

    @staticmethod
    def continuation(channel):
        return f"{channel['sequencer']}_{channel['row']}"

    @staticmethod
    def status(name, channel, errors):
        return {"channel_name": name, "channel_status_code": "ACTIVE", "last_committed_offset_token": channel["token"],
                "rows_inserted": channel["inserted"], errors: channel["errors"], "last_error_message": channel["message"],
                "last_error_offset_upper_bound": None}

    def append(self, path, query, rows):
        key, _, table = self.channel(path)
        channel = self.channels.get(key)
        if channel is None:
            raise Refused(404, "ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED", "no such channel")
        if query.get("continuationToken") != self.continuation(channel):
            is_stale = query.get("continuationToken", "_").split("_")[0] != str(channel["sequencer"])
            raise Refused(400, "STALE_CONTINUATION_TOKEN_SEQUENCER" if is_stale else "ERR_CHANNEL_HAS_INVALID_ROW_SEQUENCER",
                          "Channel sequencer in the continuation token is stale. Please reopen the channel")
        for name in ("offsetToken", "startOffsetToken", "endOffsetToken"):
            if not re.fullmatch(r"\d{19}(-[0-9a-f]{8})?", query.get(name, "")):
                raise Refused(400, "ERR_BAD_OFFSET_TOKEN", name)
        if not rows.endswith(b"\n") or len(rows) > 4 << 20:
            raise Refused(400, "ERR_BAD_ROWS", "rows end with a line feed, and are 4 MB at most")
        channel["row"] += 1
        channel["pending"].append([self.commit_after, query["endOffsetToken"], [] if self.drain else [json.loads(line) for line in rows.splitlines()]])
        return {"next_continuation_token": self.continuation(channel)}

    def commit(self, channel, table):
        for waiting in list(channel["pending"]):
            waiting[0] -= 1
            if waiting[0] > 0:
                return
            for row in waiting[2]:
                try:
                    if unknown := set(row) - set(table["columns"]):
                        raise Refused(422, "", f"no column {sorted(unknown)[0]}")
                    table["rows"].append(self.tables.check(row, table["columns"]))
                    channel["inserted"] += 1
                except Refused as refused:
                    channel["errors"] += 1
                    channel["message"] = refused.message
            channel["token"] = waiting[1]
            channel["pending"].remove(waiting)

    def statuses(self, path, body):
        prefix = path[:-len(":bulk-channel-status")]
        statuses = {}
        for name in body["channel_names"]:
            key, _, table = self.channel(f"{prefix}/channels/{urllib.parse.quote(name)}")
            if key in self.channels:
                self.commit(self.channels[key], table)
                statuses[name] = self.status(name, self.channels[key], "rows_errors")
        return {"channel_statuses": statuses}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service = None
    # Small answers go out at once.
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.take()

    do_POST = do_PUT = do_DELETE = do_GET

    def take(self):
        path, _, query = self.path.partition("?")
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        if len(body) < size:
            return self.cut()  # the client died half-way
        if path.startswith("/test/"):
            with self.service.lock:
                return self.answer(200, self.test(path, json.loads(body or b"null")))
        with self.service.lock:
            fault = self.service.fault(self.command, path)
        if fault.get("before") == "cut":
            return self.cut()
        time.sleep(fault.get("sleep", 0))
        if "status" in fault:
            headers = {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}
            return self.answer(fault["status"], fault.get("body", {"code": "000000", "message": "as the test asked"}), headers)
        try:
            with self.service.lock:
                try:
                    status, answer, packed = self.route(path, dict(urllib.parse.parse_qsl(query, strict_parsing=bool(query))), body, fault)
                finally:
                    if self.command != "GET":
                        self.service.keep()
        except Refused as refused:
            self.service.log.append(f"{self.command} {path}: {refused.code} {refused.message}")
            status, answer, packed = refused.status, {"code": refused.code, "message": refused.message, "sqlState": refused.sqlstate}, False
        if fault.get("after") == "cut":
            return self.cut()
        self.answer(status, answer, packed=packed)

    def route(self, path, query, body, fault):
        self.check_headers(path)
        service, method = self.service, self.command
        if path == "/api/v2/statements" and method == "POST":
            self.expect("Content-Type", "application/json")
            if "Content-Encoding" in self.headers:
                raise Refused(415, "390142", "the SQL API takes no packed requests")
            status, answer = service.statement(query, json.loads(body))
            if "polls" in fault and status == 200:
                service.handles[answer["statementHandle"]].update(polls=fault["polls"], answer=answer)
                return 202, {"code": "333334", "message": "Asynchronous execution in progress.", "statementHandle": answer["statementHandle"]}, False
            return status, answer, False
        if found := re.fullmatch(r"/api/v2/statements/([0-9a-f-]+)(/cancel)?", path):
            statement = service.handles.get(found[1])
            if statement is None:
                raise Refused(404, "000709", "Statement not found")
            if found[2]:
                service.log.append("cancelled")
                return 200, {"code": "000604", "message": "successfully canceled", "statementHandle": found[1]}, False
            if "partition" in query:
                if "gzip" not in self.headers.get("Accept-Encoding", ""):
                    raise Refused(406, "390142", "partitions come packed")
                return 200, {"data": statement["parts"][int(query["partition"])]}, True
            statement["polls"] -= 1
            if statement["polls"] >= 0:
                return 202, {"code": "333334", "message": "Asynchronous execution in progress.", "statementHandle": found[1]}, False
            return 200, statement["answer"], False
        if path == "/v2/streaming/hostname" and method == "GET":
            return 200, {"hostname": self.headers["Host"]}, False
        if path == "/oauth/token" and method == "POST":
            self.expect("Content-Type", "application/x-www-form-urlencoded")
            form = dict(urllib.parse.parse_qsl(body.decode()))
            if form != {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "scope": self.headers["Host"]}:
                raise Refused(400, "390142", f"not the grant of a scoped token: {form}")
            token = "scoped-" + uuid.uuid4().hex
            service.scoped.add(token)
            return 200, {"token": token}, False
        if path.endswith(":bulk-channel-status") and method == "POST":
            return 200, service.statuses(path, json.loads(body)), False
        if path.endswith("/rows") and path.startswith("/v2/streaming/data/") and method == "POST":
            self.expect("Content-Type", "application/x-ndjson")
            self.expect("Content-Encoding", "gzip")
            return 200, service.append(path, query, gzip.decompress(body)), False
        if method == "PUT" and path.startswith("/v2/streaming/databases/"):
            if json.loads(body) != {}:
                raise Refused(400, "ERR_BAD_PAYLOAD", "opening a channel sets no token")
            return 200, service.open_channel(path), False
        raise Refused(404, "NOT_FOUND", path)

    def expect(self, name, value):
        if self.headers.get(name) != value:
            raise Refused(400, "390142", f"{name} is {self.headers.get(name)} and should be {value}")

    def check_headers(self, path):
        self.expect("Accept", "application/json")
        if not re.match(r"[\w.]+/\d", self.headers.get("User-Agent", "")):
            raise Refused(400, "391903", "The request has no User-Agent")
        kind, token = self.headers.get("X-Snowflake-Authorization-Token-Type"), self.headers.get("Authorization", "")
        if not token.startswith("Bearer "):
            raise Refused(401, "390101", "Authorization header not found")
        token = token[len("Bearer "):]
        if path.startswith("/v2/streaming/") and path != "/v2/streaming/hostname":
            if kind != "OAUTH" or token not in self.service.scoped:
                raise Refused(401, "390303", "Invalid OAuth access token")
        elif kind == "KEYPAIR_JWT":
            check_jwt(token, self.service.key)
        elif (kind, token) not in (("OAUTH", OAUTH_TOKEN), ("PROGRAMMATIC_ACCESS_TOKEN", ACCESS_TOKEN)):
            raise Refused(401, "390303", "Invalid access token")

    def answer(self, status, answer, headers={}, packed=False):
        data = json.dumps(answer).encode()
        if packed:
            data = gzip.compress(data)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def cut(self):
        self.close_connection = True
        try:
            self.connection.shutdown(2)
        except OSError:
            pass  # it is gone already

    def test(self, path, said):
        """What a test asks or changes."""
        service, tables = self.service, self.service.tables
        what = path[len("/test/"):]
        if what == "reset":
            key, drain = service.key, service.drain
            service.tables, service.requests, service.handles, service.channels = Tables(), {}, {}, {}
            service.next, service.log, service.scoped = [], [], set()
            service.key, service.drain, service.page, service.commit_after = key, drain, 1000, 1
        elif what == "next":
            service.next.append(said)
        elif what == "refuse":
            tables.refused[said["id"]] = said["reason"]
        elif what == "rows":
            return tables.tables.get((said["schema"], said["table"]), {"rows": []})["rows"]
        elif what == "add_column":
            tables.tables[said["schema"], said["table"]]["columns"][said["name"]] = "VARCHAR"
        elif what == "drop_column":
            del tables.tables[said["schema"], said["table"]]["columns"][said["name"]]
        elif what == "version":
            for row in tables.tables[said["schema"], "CHURN_META"]["rows"]:
                row["VALUE"] = said["version"]
        elif what == "set":
            vars(service).update(said)
        elif what == "forget_tokens":
            service.scoped.clear()
        elif what == "open_elsewhere":
            for channel in service.channels.values():
                channel["sequencer"] += 1
                channel["pending"] = []
        elif what == "seen":
            return {"executed": tables.executed, "log": service.log, "channels": {key[2]: one for key, one in service.channels.items()},
                    "views": {name: text for (_, name), text in tables.views.items()}}
        else:
            return {"unknown": what}
        return {}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # while it stands still, those who come in vain must not keep others out

    def handle_error(self, request, client_address):
        """A client that was killed is no news; anything else is."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def make_server(public_key_pem, port=0, drain=False, file=None):
    handler = type("BoundHandler", (Handler,), {"service": Service(public_key_pem, drain, file)})
    return Server(("127.0.0.1", port), handler)
