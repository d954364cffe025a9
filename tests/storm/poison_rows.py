"""Among ordinary customers: whatever may come out of a broken system, as CSV and as JSON."""
import json

from feed import Rows


class PoisonRows(Rows):
    """Every twentieth is poison of the next kind; `harmless` ones look bad and are not."""

    def __init__(self, count, dice):
        super().__init__(count, dice.random(), spoilt=0)
        self.dice, self.tombstones = dice, 0
        rows, self.lines, self.good = self.good, [], []
        kinds = self.kinds()
        for number, row in enumerate(rows):
            key = row[:row.index(b",")]
            value, score_as = kinds[number // 20 % len(kinds)](row) if number % 20 == 10 else self.ordinary(row)
            self.lines.append(key + b"\t" + value)
            if not value:
                self.tombstones += 1
            elif score_as is None:
                self.spoilt.add(key.decode())
            else:
                self.good.append(score_as)  # as far as its form goes: `churnstream score` says whether it is

    def ordinary(self, row):
        return row, row

    def changed(self, row, name, value):
        values = row.decode().split(",")
        values[self.header.index(name)] = value
        return ",".join(values).encode()

    def kinds(self):
        """row -> the value of the record, and the CSV row whose score it gets, None where it is to be refused."""
        def sick(name, value):
            return lambda row: (self.changed(row, name, value),) * 2

        def refused(make):
            return lambda row: (make(row), None)
        return [
            sick("MonthlyCharges", "NaN"),
            sick("TotalCharges", "-inf"),
            sick("tenure", "1e999"),
            sick("Contract", "never seen before"),
            sick("PaymentMethod", "x" * 950_000),
            lambda row: (b"", None),  # a tombstone: the customer is to be deleted
            refused(lambda row: bytes(range(1, 9)) + bytes(range(11, 32)) + b"\xff\xfe"),
            refused(lambda row: b",".join([b"column"] * 10_000)),
            refused(lambda row: row + b",one,more"),
            refused(lambda row: b'"' + row),
            refused(lambda row: row.split(b",", 1)[1]),
            refused(lambda row: self.cut(json.dumps(dict(zip(self.header, row.decode().split(",")))).encode())),
        ]

    def cut(self, text):
        return text[:self.dice.randint(1, len(text) - 1)]


class PoisonJson(PoisonRows):
    def as_json(self, row):
        values = dict(zip(self.header, row.decode().split(",")))
        values["tenure"], values["MonthlyCharges"] = int(values["tenure"]), float(values["MonthlyCharges"])
        return values

    def ordinary(self, row):
        return json.dumps(self.as_json(row)).encode(), row

    def kinds(self):
        def harmless(make):
            return lambda row: (make(self.as_json(row)), row)

        def sick(name, value):
            return lambda row: (json.dumps(self.as_json(row) | {name: value}).encode(), self.changed(row, name, value))

        def refused(make):
            return lambda row: (make(self.as_json(row)), None)

        def with_field(text):
            """As it stands, behind the ordinary fields."""
            return refused(lambda values: json.dumps(values).encode()[:-1] + b", " + text + b"}")

        def without(values, name):
            return json.dumps({field: value for field, value in values.items() if field != name}).encode()
        return [
            lambda row: (b"", None),
            refused(lambda values: self.cut(json.dumps(values).encode())),
            refused(lambda values: json.dumps(values | {"MonthlyCharges": float("nan")}).encode()),
            refused(lambda values: json.dumps(values | {"tenure": float("-inf")}).encode()),
            refused(lambda values: json.dumps(values).encode().replace(b'"tenure": ', b'"tenure": 1e999')),
            refused(lambda values: json.dumps(values | {"tenure": [12]}).encode()),
            refused(lambda values: json.dumps(values | {"tenure": True}).encode()),
            refused(lambda values: json.dumps(values | {"Contract": {"kind": "One year"}}).encode()),
            refused(lambda values: without(values, "customerID")),
            refused(lambda values: json.dumps(values | {"customerID": None}).encode()),
            refused(lambda values: b"[" + json.dumps(values).encode() + b"]"),
            refused(lambda values: json.dumps(values).encode() * 2),
            refused(lambda values: b"{}"),
            refused(lambda values: ",".join(map(str, values.values())).encode()),
            with_field(b'"tenure": 1'),
            with_field(b'"unused": ' + b"[" * 10_000),
            with_field(b'"unused": ' + b'{"a":' * 100 + b"1" + b"}" * 100),
            with_field(b'"unused": "\xff\xfe"'),
            with_field(b'"unused": "\\ud800"'),
            with_field(b'"unused": nul'),
            sick("Contract", "never seen before"),
            sick("PaymentMethod", "x" * 950_000),
            harmless(lambda values: json.dumps(dict(reversed(values.items()))).encode()),
            harmless(lambda values: b"\xef\xbb\xbf " + json.dumps(values).encode().replace(b", ", b" ,\r  ")),
            harmless(lambda values: json.dumps(values).encode().replace(b'"tenure"', b'"ten\\u0075re"')),
            harmless(lambda values: json.dumps(values | {"unused": {"deep": [[[{}]]] * 1_000}}).encode()),
        ]
