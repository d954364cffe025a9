#!/usr/bin/env python3
"""churnstream powerbi and grafana: projects that fit together, the same bytes for the same pipeline, others' files left alone.

    powerbi_test.py PROGRAM [--validator] [--schemas]

With --validator Microsoft's own validator has its say, too; scripts/setup checks installs it. With
--schemas it fetches Microsoft's JSON schemas for that, which takes internet access. What real servers make of the
projects is in tests/live/.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/powerbi"))
import pbip  # noqa: E402

VALIDATOR = ROOT / "tests/powerbi/node_modules/.bin/powerbi-report-author"
with_schemas = "--schemas" in sys.argv
with_validator = "--validator" in sys.argv or with_schemas
sys.argv = [word for word in sys.argv if word not in ("--validator", "--schemas")]
program = pathlib.Path(sys.argv.pop(1)).resolve()

ORIGINAL = ["Count of CHURN", "Sum of TOTALCHARGES", "Sum of MONTHLYCHARGES", "Sum of TENURE", "Count of MULTIPLELINES",
            "Count of CHURN by GENDER", "Count of CHURN by INTERNETSERVICE", "Sum of MONTHLYCHARGES by PAYMENTMETHOD"]
TWINS = ["Predicted to leave", "TOTALCHARGES predicted to leave", "MONTHLYCHARGES predicted to leave", "TENURE predicted to leave",
         "MULTIPLELINES predicted to leave", "Predicted to leave by GENDER", "Predicted to leave by INTERNETSERVICE",
         "MONTHLYCHARGES predicted to leave by PAYMENTMETHOD"]
GENERAL = ["Number of customers", "Predicted to leave", "Share predicted to leave", "Customers at high risk", "Revenue at risk", "As of",
           "Customers by risk band", "Revenue at risk by risk band", "Top customers"]


def run(*arguments, **more):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=280, **more)


def bytes_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """The examples as they are, beside a model of the Telco customers."""
        cls.home = pathlib.Path(tempfile.mkdtemp(prefix="churnstream-powerbi."))
        for name in ("telco", "kafka_to_postgres", "kafka_to_snowflake", "csv_to_postgres", "two_trees"):
            shutil.copytree(ROOT / "examples" / name, cls.home / "examples" / name, ignore=shutil.ignore_patterns("state", "*.db*"))
        shutil.copytree(ROOT / "data", cls.home / "data")
        shutil.rmtree(cls.home / "examples/telco/model", ignore_errors=True)
        trained = run("train", cls.home / "examples/telco/recipe.toml")
        assert trained.returncode == 0, trained.stderr
        cls.secrets = {name: "" for name in ("CHURN_SNOWFLAKE_KEY", "CHURN_SNOWFLAKE_PASSPHRASE", "PGPASSWORD")}
        cls.bare = {name: value for name, value in os.environ.items() if name not in cls.secrets}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.home)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.home))

    def example(self, name):
        return self.home / f"examples/{name}/pipeline.toml"

    def write(self, pipeline, *words, verb="powerbi", out=None, code=0):
        out = out or self.folder / verb
        done = run(verb, pipeline, "--out", out, *words, env=self.bare)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        self.said = done.stderr
        return out

    def pipeline(self, sinks, name="pipeline.toml"):
        text = self.example("csv_to_postgres").read_text()
        start = text.index("[[sink]]")
        file = self.home / "examples/csv_to_postgres" / name
        file.write_text(text[:start] + sinks + text[text.index("[refused]"):])
        return file

    def top_customers(self, project):
        """The columns of the table."""
        table = next(visual for _, _, visual in pbip.visuals(project) if visual["visual"]["visualType"] == "tableEx")
        return [name for kind, _, name in pbip.fields_in(table) if kind == "Column"]

    # What is written.

    def test_the_originals_page_and_its_predicted_twins_fit_their_model(self):
        project = self.write(self.example("kafka_to_postgres"))
        self.assertEqual(pbip.problems(project), [])
        shown = pbip.titles(project)
        for title in ORIGINAL + TWINS + GENERAL:
            self.assertIn(title, shown)
        self.assertNotIn("left out", self.said)
        self.assertEqual(self.top_customers(project), ["CUSTOMERID", "CHURN", "RISK_BAND", "MONTHLYCHARGES", "EVENT_TIME"])
        model = pbip.Model(project / "Churn.SemanticModel").tables["CHURN"]
        self.assertIn("= \"Yes\"", model["measures"]["Predicted to leave"])
        self.assertIn('[Schema="CHURN", Item="CHURN"]', model["query"])
        self.assertIn('expression Server = "127.0.0.1" meta', (project / "Churn.SemanticModel/definition/expressions.tmdl").read_text())

    def test_a_snowflake_project_asks_with_a_warehouse_and_says_what_is_left_out(self):
        project = self.write(self.example("kafka_to_snowflake"))
        self.assertEqual(pbip.problems(project), [])
        for title in ORIGINAL:
            self.assertEqual(title in pbip.titles(project), title in ("Count of CHURN", "Sum of TENURE"), title)
            if title not in ("Count of CHURN", "Sum of TENURE"):
                self.assertIn(title, self.said)
        for title in GENERAL:
            self.assertIn(title, pbip.titles(project))
        self.assertEqual(self.top_customers(project), ["CUSTOMER", "CHURN", "RISK_BAND", "CHARGES", "EVENT_TIME"])
        self.assertIn("set the parameter Warehouse in Power BI", self.said)
        text = (project / "Churn.SemanticModel/definition/expressions.tmdl").read_text()
        for line in ('Server = "myorg-test.snowflakecomputing.com"', 'Database = "CHURN"', 'Warehouse = "COMPUTE_WH"'):
            self.assertIn("expression " + line, text)

    def test_the_same_pipeline_gives_the_same_bytes_wherever_it_is_written(self):
        for verb in ("powerbi", "grafana"):
            first = bytes_of(self.write(self.example("csv_to_postgres"), verb=verb))
            again = bytes_of(self.write(self.example("csv_to_postgres"), verb=verb))  # over the first
            other = bytes_of(self.write(self.example("csv_to_postgres"), verb=verb, out=self.folder / f"else/{verb}/deep"))
            self.assertEqual(first, again)
            self.assertEqual(first, other)

    def test_the_example_of_the_help_works(self):
        for verb in ("powerbi", "grafana"):
            line = run(verb, "--help").stdout.split("Example:\n  churnstream ")[1].splitlines()[0]
            done = run(*line.split(), cwd=self.home)
            self.assertEqual(done.returncode, 0, done.stderr)
            shutil.rmtree(self.home / line.split()[-1])

    def test_no_secret_and_no_user_is_in_what_is_written(self):
        sinks = ('[[sink]]\ntype = "postgres"\ndsn = "${A_DSN}"\n[sink.postgres]\nuser = "someone-here"\npassword = "${A_WORD}"\n'
                 '[[sink]]\ntype = "snowflake"\naccount = "org-acc"\nuser = "someone-here"\nlogin = "access_token"\n'
                 'token = "${A_WORD}"\nrole = "someones-role"\ndatabase = "CHURN"\nwarehouse = "READ"\n')
        secret = {"A_DSN": "postgresql://someone-here:hunter2@db.example:5433/churn?sslmode=require", "A_WORD": "hunter3"}
        file = self.pipeline(sinks, "secrets.toml")
        for number, (sink, verb) in enumerate([("postgres", "powerbi"), ("snowflake", "powerbi"), ("postgres", "grafana")]):
            out = self.folder / str(number)
            done = run(verb, file, "--out", out, "--sink", sink, env={**self.bare, **secret})
            self.assertEqual(done.returncode, 0, done.stderr)
            written = b"".join(bytes_of(out).values()).decode() + done.stderr
            for word in ("hunter", "someone", "sslmode"):
                self.assertNotIn(word, written)
        text = (self.folder / "0/Churn.SemanticModel/definition/expressions.tmdl").read_text()
        self.assertIn('Server = "db.example:5433"', text)
        self.assertIn('Database = "churn"', text)
        # libpq takes a whole connection string as a database's name.
        file = self.pipeline('[[sink]]\ntype = "postgres"\n[sink.postgres]\ndbname = "postgresql://someone:hunter4@h/d"\n', "dbname.toml")
        self.assertNotIn("hunter4", b"".join(bytes_of(self.write(file, out=self.folder / "dbname")).values()).decode() + self.said)

    def test_secrets_need_not_be_there_and_a_place_that_is_not_known_is_asked_for(self):
        self.write(self.pipeline('[[sink]]\ntype = "postgres"\ndsn = "${NOT_SET_ANYWHERE}"\n', "unset.toml"))
        self.assertIn('set the parameter Server in Power BI, now "localhost"', self.said)
        self.assertIn('set the parameter Database in Power BI, now "churn"', self.said)
        # A secret that stands in the file itself is wrong here, too, and not repeated.
        self.write(self.pipeline('[[sink]]\ntype = "postgres"\ndsn = "postgresql://u:hunter2@h/d"\n', "plain.toml"), code=2,
                   out=self.folder / "none")
        self.assertNotIn("hunter2", self.said)

    def test_a_store_without_the_view_is_shown_under_the_same_names(self):
        project = self.write(self.pipeline('[[sink]]\ntype = "postgres"\nschema = "s"\nview = ""\n', "viewless.toml"))
        self.assertEqual(pbip.problems(project), [])
        columns = pbip.Model(project / "Churn.SemanticModel").tables["CHURN"]["columns"]
        self.assertEqual(columns["CHURN"]["sourceColumn"], "prediction")
        self.assertEqual(columns["TENURE"]["sourceColumn"], "tenure")
        self.assertEqual(self.top_customers(project), ["CUSTOMER_ID", "CHURN", "RISK_BAND", "CHARGES", "EVENT_TIME"])

    def test_planted_errors_are_found(self):
        good = self.write(self.example("kafka_to_postgres"))
        table = "Churn.SemanticModel/definition/tables/CHURN.tmdl"
        first = next((good / "Churn.Report/definition/pages").glob("*/visuals/*/visual.json")).relative_to(good)
        stored = {column["sourceColumn"]: {"string": "text", "double": "double precision", "dateTime": "timestamp with time zone"}[column["dataType"]]
                  for column in pbip.Model(good / "Churn.SemanticModel").tables["CHURN"]["columns"].values()}
        self.assertEqual(pbip.problems(good, stored), [])
        gender = next(path for path in good.rglob("visual.json") if '"GENDER"' in path.read_text()).relative_to(good)
        charges = next(path for path in good.rglob("visual.json") if '"Sum of TOTALCHARGES"' in path.read_text()).relative_to(good)
        for number, (file, before, after, words) in enumerate([
                (table, "\tcolumn GENDER\n", "\tcolumn SEX\n", "has no column GENDER"),
                (table, "\tmeasure 'As of'", "\tmeasure 'As if'", "has no measure As of"),
                (table, "sourceColumn: TENURE", "sourceColumn: TENUER", "the store has no column TENUER"),
                (table, "\tcolumn TENURE\n\t\tdataType: double", "\tcolumn TENURE\n\t\tdataType: string", "it sums TENURE, which is no number"),
                (table, "mode: directQuery", "mode: import", "not directQuery"),
                (table, "'CHURN'[EXPECTED_LOSS]", "'CHURN'[EXPECTED_LOSE]", "there is no column CHURN[EXPECTED_LOSE]"),
                (table, "PostgreSQL.Database(Server, Database)", "PostgreSQL.Database(Server, Base)", "the parameters are"),
                (gender, '"Property": "GENDER"', '"Property": "GENDRE"', "has no column GENDRE"),
                (charges, '"Entity": "CHURN"', '"Entity": "CHRUN"', "has no table CHRUN"),
                (first, '"x": ', '"x": 9', "leaves the page")]):
            bad = self.folder / f"bad{number}"
            shutil.copytree(good, bad)
            text = (bad / file).read_text()
            self.assertIn(before, text)
            (bad / file).write_text(text.replace(before, after))
            found = pbip.problems(bad, stored)
            self.assertTrue(any(words in one for one in found), (words, found))
        short = {name: kind for name, kind in stored.items() if name != "TENURE"}
        self.assertIn("column TENURE: the store has no column TENURE", pbip.problems(good, short))
        self.assertIn("column TENURE: it is double, and the store has text", pbip.problems(good, {**stored, "TENURE": "text"}))

    # Where it is written.

    def test_a_folder_with_others_files_is_refused_and_left_as_it_was(self):
        for verb in ("powerbi", "grafana"):
            out = self.folder / f"{verb}-others"
            out.mkdir()
            (out / "notes.txt").write_text("mine")
            for words in ([], ["--force"]):
                self.write(self.example("csv_to_postgres"), *words, verb=verb, out=out, code=2)
                self.assertIn("it holds other files, notes.txt the first", self.said)
                self.assertEqual(bytes_of(out), {"notes.txt": b"mine"})

    def test_a_project_that_was_edited_is_kept_unless_forced_and_others_files_stay(self):
        project = self.write(self.example("kafka_to_postgres"))
        before = bytes_of(project)
        theirs = project / "Churn.SemanticModel/.pbi/cache.abf"  # as Power BI Desktop keeps beside it
        theirs.parent.mkdir()
        theirs.write_bytes(b"cache")
        model = project / "Churn.SemanticModel/definition/model.tmdl"
        model.write_text(model.read_text() + "// edited\n")
        edited = bytes_of(project)
        self.write(self.example("kafka_to_postgres"), code=2)
        self.assertIn("model.tmdl was edited since we wrote it", self.said)
        self.assertIn("--force", self.said)
        self.assertEqual(bytes_of(project), edited)
        self.write(self.example("kafka_to_postgres"), "--force")
        self.assertEqual(bytes_of(project), {**before, "Churn.SemanticModel/.pbi/cache.abf": b"cache"})

    def test_what_is_no_longer_shown_goes_and_a_foreign_file_in_the_way_is_refused(self):
        project = self.write(self.example("kafka_to_postgres"))
        many = len(bytes_of(project))
        self.write(self.example("csv_to_postgres"))
        self.assertLess(len(bytes_of(project)), many)
        self.assertEqual(pbip.problems(project), [])
        fresh = self.write(self.example("csv_to_postgres"), out=self.folder / "fresh")
        self.assertEqual(bytes_of(project), bytes_of(fresh))
        visual = next(name for name in pbip.titles(self.write(self.example("kafka_to_postgres"), out=self.folder / "big")) if name == ORIGINAL[1])
        place = next(path for path in (self.folder / "big").rglob("visual.json") if f'"{visual}"' in path.read_text()).relative_to(self.folder / "big")
        (project / place).parent.mkdir(parents=True)
        (project / place).write_text("{}")
        self.write(self.example("kafka_to_postgres"), "--force", code=2)
        self.assertIn("visual.json is there and is not ours", self.said)
        self.assertEqual((project / place).read_text(), "{}")

    def test_the_two_verbs_do_not_write_over_each_other_and_no_list_leads_out_of_the_folder(self):
        project = self.write(self.example("csv_to_postgres"))
        self.write(self.example("csv_to_postgres"), verb="grafana", out=project, code=2)
        self.assertIn("churnstream grafana did not write it", self.said)
        outside = self.folder / "outside.txt"
        outside.write_text("mine")
        listed = json.loads((project / "churnstream.json").read_text())
        listed["files"]["../outside.txt"] = "0" * 64
        (project / "churnstream.json").write_text(json.dumps(listed))
        self.write(self.example("csv_to_postgres"), "--force", code=2)
        self.assertEqual(outside.read_text(), "mine")

    def test_a_file_in_the_place_of_the_folder_is_refused(self):
        (self.folder / "file").write_text("mine")
        self.write(self.example("csv_to_postgres"), out=self.folder / "file", code=2)
        self.assertIn("it is there and is no folder", self.said)

    # Which store.

    def test_a_pipeline_without_a_store_to_ask_is_explained(self):
        sqlite = self.pipeline('[[sink]]\ntype = "sqlite"\npath = "churn.db"\n', "sqlite.toml")
        self.write(sqlite, code=2)
        for words in ("choosing a store of " + str(sqlite), "postgres or snowflake", "writes to sqlite alone", 'type = "postgres"', "the live page"):
            self.assertIn(words, self.said)
        self.assertEqual(list(self.folder.iterdir()), [])
        for file in (sqlite, self.example("kafka_to_snowflake")):
            self.write(file, verb="grafana", code=2)
            self.assertIn("can ask a postgres store, and the pipeline writes to", self.said)

    def test_several_stores_are_named_and_one_is_chosen(self):
        file = self.pipeline('[[sink]]\ntype = "postgres"\nname = "near"\nschema = "near_by"\n[[sink]]\ntype = "postgres"\nname = "far"\n'
                             'schema = "far_off"\nview = ""\n[[sink]]\ntype = "sqlite"\npath = "churn.db"\n', "several.toml")
        for verb in ("powerbi", "grafana"):
            self.write(file, verb=verb, code=2)
            self.assertIn("several of its sinks: near, far", self.said)
            for wrong in ("sqlite", "nowhere"):
                self.write(file, "--sink", wrong, verb=verb, code=2)
                self.assertIn("it has near, far", self.said)
            out = self.write(file, "--sink", "far", verb=verb)
            self.assertIn("far_off", b"".join(bytes_of(out).values()).decode())

    def test_events_alone_make_no_project_and_half_a_dashboard(self):
        file = self.pipeline('[[sink]]\ntype = "postgres"\ntables = ["churn_events"]\n', "events.toml")
        self.write(file, code=2)
        self.assertIn("without churn_scores", self.said)
        board = json.loads((self.write(file, verb="grafana") / "churn.json").read_text())
        self.assertEqual([panel["title"] for panel in board["panels"]], ["Scores over time", "Throughput", "Rows the store refused"])
        self.assertIn("Left out", self.said)

    def test_a_pipeline_that_cannot_be_read_is_exit_code_2(self):
        self.write(self.home / "none.toml", code=2)
        broken = self.pipeline('[[sink]]\ntype = "postgres"\nschemma = "s"\n', "broken.toml")
        self.write(broken, code=2)
        self.assertIn('did you mean "schema"?', self.said)

    # The dashboard.

    def test_a_dashboard_imports_anywhere_and_its_panels_lie_side_by_side(self):
        board = json.loads((self.write(self.example("kafka_to_postgres"), verb="grafana") / "churn.json").read_text())
        asked = board["__inputs"][0]
        self.assertEqual((asked["type"], asked["pluginId"]), ("datasource", "grafana-postgresql-datasource"))
        self.assertLessEqual(len(board["uid"]), 40)
        self.assertIsNone(board["id"])
        titles, cells = set(), set()
        for panel in board["panels"]:
            self.assertEqual(panel["datasource"]["uid"], "${" + asked["name"] + "}")
            self.assertNotIn(panel["title"], titles)
            titles.add(panel["title"])
            place = panel["gridPos"]
            here = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
            self.assertFalse(here & cells, panel["title"])
            self.assertLessEqual(place["x"] + place["w"], 24)
            cells |= here
        for title in ("Scores over time", "Throughput", "Customers by risk band", "Revenue at risk", "Customers at risk",
                      "Predicted to leave by Contract", "Rows the store refused"):
            self.assertIn(title, titles)
        other = json.loads((self.write(self.example("csv_to_postgres"), verb="grafana", out=self.folder / "other") / "churn.json").read_text())
        self.assertEqual(other["uid"], board["uid"], "the same store, the same dashboard")

    # Microsoft's own validator.

    def validate(self, project):
        done = subprocess.run([VALIDATOR, "validate", *([] if with_schemas else ["--no-schema"]), "--format", "text", project / "Churn.Report"],
                              capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr

    @unittest.skipUnless(with_validator, "--validator was not asked for")
    def test_microsofts_validator_finds_nothing(self):
        for name in ("kafka_to_postgres", "kafka_to_snowflake", "csv_to_postgres"):
            code, said = self.validate(self.write(self.example(name), out=self.folder / name))
            self.assertEqual(code, 0, said)
            self.assertNotRegex(said.lower(), r"[1-9]\d* (error|warning)")
            self.assertNotIn("PBIR_", said)

    @unittest.skipUnless(with_validator, "--validator was not asked for")
    def test_microsofts_validator_finds_planted_errors(self):
        good = self.write(self.example("kafka_to_postgres"))
        visual = next(path for path in good.rglob("visual.json") if '"donutChart"' in path.read_text()).relative_to(good)
        theme = next(good.rglob("Churnstream.json")).relative_to(good)
        for number, (file, before, after) in enumerate([(visual, '"Category"', '"Categorie"'), (visual, '"position"', '"positon"'),
                                                        (theme, '"Churnstream.json"', '"Churnstream"')]):
            bad = self.folder / f"bad{number}"
            shutil.copytree(good, bad)
            text = (bad / file).read_text()
            self.assertIn(before, text)
            (bad / file).write_text(text.replace(before, after, 1))
            code, said = self.validate(bad)
            self.assertNotEqual(code, 0, said)


if __name__ == "__main__":
    unittest.main()
