"""Reads a Power BI project as far as our own check needs it, and says what does not fit together: what Microsoft's
validator does not look at. Every field of a visual is a column or measure of the model, every column of the model is a
column of the store, and what DAX and M name is there.
"""
import json
import pathlib
import re

# What a store's catalog calls the types, and what TMDL has for them.
TMDL_TYPES = {
    "text": "string", "double precision": "double", "boolean": "boolean", "bigint": "int64", "timestamp with time zone": "dateTime",
    "TEXT": "string", "FLOAT": "double", "DOUBLE": "double", "BOOLEAN": "boolean", "NUMBER": "int64", "TIMESTAMP_NTZ": "dateTime",
}
NUMBERS = ("double", "int64")


class Model:
    """Of the .SemanticModel folder: columns, measures, parameters and the query."""

    def __init__(self, folder):
        definition = folder / "definition"
        self.tables, self.parameters = {}, set()
        for file in sorted((definition / "tables").glob("*.tmdl")):
            self.read_table(file.read_text())
        for line in (definition / "expressions.tmdl").read_text().splitlines():
            if line.startswith("expression "):
                self.parameters.add(line.split()[1])

    def read_table(self, text):
        table = column = None
        in_query = False
        for line in text.splitlines():
            words = line.strip()
            depth = len(line) - len(line.lstrip("\t"))
            if depth < 2:
                column = None
                in_query = False
            if line.startswith("table "):
                table = self.tables.setdefault(name_of(words[6:])[0], {"columns": {}, "measures": {}, "query": "", "modes": []})
            elif depth == 1 and words.startswith("measure "):
                name, dax = name_of(words[8:])
                table["measures"][name] = dax.removeprefix(" = ")
            elif depth == 1 and words.startswith("column "):
                column = table["columns"].setdefault(name_of(words[7:])[0], {})
            elif column is not None and ": " in words:
                key, _, value = words.partition(": ")
                column[key] = value
            elif words.startswith("mode: "):
                table["modes"].append(words[6:])
            elif words == "source =":
                in_query = True
            elif in_query:
                table["query"] += words + "\n"


def name_of(text):
    """The name that a TMDL line begins with, and what comes behind it."""
    if not text.startswith("'"):
        match = re.match(r"\w+", text)
        return match.group(0), text[match.end():]
    match = re.match(r"'((?:[^']|'')*)'", text)
    return match.group(1).replace("''", "'"), text[match.end():]


def fields_in(node):
    """Every {"Column" or "Measure": ...} in a visual, as (kind, table, name)."""
    if isinstance(node, dict):
        for kind in ("Column", "Measure"):
            if kind in node:
                yield kind, node[kind]["Expression"]["SourceRef"]["Entity"], node[kind]["Property"]
        for value in node.values():
            yield from fields_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from fields_in(value)


def sums_in(node):
    if isinstance(node, dict):
        if "Aggregation" in node and node["Aggregation"]["Function"] == 0:
            yield node["Aggregation"]["Expression"]["Column"]["Property"]
        for value in node.values():
            yield from sums_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from sums_in(value)


def visuals(project):
    """(page, visual's folder, its JSON) of every visual."""
    for page in sorted((project / "Churn.Report/definition/pages").glob("*/page.json")):
        for file in sorted((page.parent / "visuals").glob("*/visual.json")):
            yield page.parent.name, file.parent.name, json.loads(file.read_text())


def titles(project):
    show = lambda visual: visual["visual"]["visualContainerObjects"]["title"][0]["properties"]["text"]["expr"]["Literal"]["Value"]
    return [show(visual)[1:-1].replace("''", "'") for _, _, visual in visuals(project)]


def problems(project, stored=None):
    """What does not fit together, as sentences. `stored`: the store's columns of the model's table, name to type."""
    project = pathlib.Path(project)
    model = Model(project / "Churn.SemanticModel")
    return [*visual_problems(project, model), *dax_problems(model), *query_problems(model),
            *(store_problems(model, stored) if stored is not None else [])]


def visual_problems(project, model):
    pages = json.loads((project / "Churn.Report/definition/pages/pages.json").read_text())
    seen, places = set(), {}
    for page, folder, visual in visuals(project):
        where = f"visual {folder}"
        if page not in pages["pageOrder"]:
            yield f"{where}: its page {page} is not in pages.json"
        if visual["name"] != folder or folder in seen:
            yield f"{where}: its name is not its folder's, or not unique"
        seen.add(folder)
        for kind, table, name in fields_in(visual):
            there = model.tables.get(table)
            if there is None:
                yield f"{where}: the model has no table {table}"
            elif name not in there["columns" if kind == "Column" else "measures"]:
                yield f"{where}: the table {table} has no {kind.lower()} {name}"
        for name in sums_in(visual):
            column = next(iter(model.tables.values()))["columns"].get(name, {})
            if column.get("dataType") not in NUMBERS:
                yield f"{where}: it sums {name}, which is no number"
        for state in visual["visual"]["query"]["queryState"].values():
            names = [projection["queryRef"] for projection in state["projections"]]
            if len(set(names)) != len(names):
                yield f"{where}: a field stands twice"
        box = visual["position"]
        for other, place in places.setdefault(page, []):
            if (box["x"] < place["x"] + place["width"] and place["x"] < box["x"] + box["width"]
                    and box["y"] < place["y"] + place["height"] and place["y"] < box["y"] + box["height"]):
                yield f"{where}: it lies over {other}"
        places[page].append((folder, box))
        if box["x"] < 0 or box["y"] < 0 or box["x"] + box["width"] > 1280 or box["y"] + box["height"] > 720:
            yield f"{where}: it leaves the page"


def dax_problems(model):
    for table, parts in model.tables.items():
        for measure, dax in parts["measures"].items():
            if measure.upper() in (column.upper() for column in parts["columns"]):
                yield f"measure {measure}: a column is called so"
            bare = re.sub(r'"(?:[^"]|"")*"', '""', dax)
            for owner, name in re.findall(r"'((?:[^']|'')*)'\[((?:[^\]]|\]\])*)\]", bare):
                if owner not in model.tables or name.replace("]]", "]") not in model.tables[owner]["columns"]:
                    yield f"measure {measure}: there is no column {owner}[{name}]"
            for owner in re.findall(r"COUNTROWS\('([^']*)'\)", bare):
                if owner not in model.tables:
                    yield f"measure {measure}: there is no table {owner}"
            for name in re.findall(r"(?<!')\[([^\]]*)\]", re.sub(r"'[^']*'\[[^\]]*\]", "", bare)):
                if name not in parts["measures"]:
                    yield f"measure {measure}: there is no measure {name}"


def query_problems(model):
    for table, parts in model.tables.items():
        if parts["modes"] != ["directQuery"]:
            yield f"table {table}: its partitions are {parts['modes']}, not directQuery"
        source = re.search(r"(PostgreSQL\.Database|Snowflake\.Databases)\(([^)]*)\)", parts["query"])
        if source is None:
            yield f"table {table}: it asks no store"
            continue
        used = {word.strip() for word in source.group(2).split(",")}
        if "Snowflake" in source.group(1):
            used.add("Database")
        if used != model.parameters:
            yield f"table {table}: its query takes {sorted(used)} and the parameters are {sorted(model.parameters)}"


def store_problems(model, stored):
    for table, parts in model.tables.items():
        for name, column in parts["columns"].items():
            source = column["sourceColumn"]
            if source not in stored:
                yield f"column {name}: the store has no column {source}"
            elif TMDL_TYPES[stored[source]] != column["dataType"]:
                yield f"column {name}: it is {column['dataType']}, and the store has {stored[source]}"
        shown = {column["sourceColumn"] for column in parts["columns"].values()}
        for name in stored:
            if name not in shown:
                yield f"table {table}: it does not show the store's {name}"
