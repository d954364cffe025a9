#!/usr/bin/env python3
"""The command line as a person meets it: exit codes, where things are printed, what a message says.

  tests/command_line/command_line_test.py PROGRAM
"""
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

root = pathlib.Path(__file__).resolve().parents[2]
program = pathlib.Path(sys.argv.pop(1)).resolve()
telco = root / "data/telco.csv"


def run(*arguments, **more):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=280, **more)


def stored(store):
    try:
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
            return connection.execute("SELECT count(*) FROM churn_events").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.model = cls.folder / "origin"
        trained = run("train", root / "examples/origin/recipe.toml", "--out", cls.model)
        assert trained.returncode == 0, trained.stderr
        cls.trained = trained.stdout

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def assertWrong(self, ran, *words):
        self.assertEqual(ran.returncode, 2, ran.stderr)
        for word in words:
            self.assertIn(word, ran.stderr)
        self.assertEqual(ran.stdout, "")

    def test_every_verb_explains_itself_with_an_example(self):
        verbs = [line.split()[0] for line in run("--help").stdout.split("Subcommands:")[1].splitlines() if line.strip()]
        self.assertGreaterEqual(len(verbs), 10)
        for verb in verbs:
            page = run(verb, "--help")
            self.assertEqual(page.returncode, 0)
            self.assertIn("Example:\n  churnstream " + verb, page.stdout)

    def pipeline(self, name, sink):
        place = self.folder / name
        place.mkdir()
        file = place / "pipeline.toml"
        file.write_text(f'[source]\ntype = "file"\npath = "{telco}"\n[model]\npath = "{self.model}"\n[[sink]]\n{sink}\n'
                        '[refused]\ntype = "file"\npath = "refused.jsonl"\n[page]\nlisten = "127.0.0.1:0"\n')
        return file

    def test_doctor_says_what_a_build_can_do(self):
        said = run("doctor")
        self.assertEqual(said.returncode, 0, said.stderr)
        for word in ("program\n", "Writes to: console, file", "machine\n", "cores", "DuckDB is there"):
            self.assertIn(word, said.stdout)

    def test_doctor_finds_a_pipeline_well_and_changes_nothing(self):
        file = self.pipeline("well", 'type = "sqlite"\npath = "churn.db"')
        for before in (True, False):
            for said in (run("doctor", file), run("run", file, "--dry-run")):
                self.assertEqual(said.returncode, 0, said.stderr)
                self.assertIn("churn.db is not there and would be made" if before else "everything before record 7044 of", said.stdout)
                self.assertNotIn("FAIL", said.stdout)
            if before:
                self.assertEqual([path.name for path in file.parent.iterdir()], ["pipeline.toml"])
                self.assertEqual(run("run", file, "--until-end").returncode, 0)

    def test_doctor_names_what_is_wrong_with_a_store_and_what_to_do(self):
        file = self.pipeline("ill", 'type = "sqlite"\npath = "none/churn.db"\n[[sink]]\ntype = "sqlite"\nname = "other"\npath = "other.db"')
        with sqlite3.connect(file.parent / "other.db") as other:
            other.executescript("CREATE TABLE churn_meta (key, value); INSERT INTO churn_meta VALUES ('format_version', '999')")
        for said in (run("doctor", file), run("run", file, "--dry-run")):
            self.assertEqual(said.returncode, 2)
            self.assertIn("FAIL  The folder " + str(file.parent / "none") + " is not there.\n        -> mkdir -p", said.stdout)
            self.assertIn("its format version is 999", said.stdout)
            self.assertIn("And 1 more", said.stderr)

    def test_a_wrong_command_line_is_exit_code_2(self):
        self.assertEqual(run().returncode, 2)
        self.assertEqual(run("no-such-verb").returncode, 2)
        self.assertEqual(run("score").returncode, 2)

    def test_a_misspelt_option_of_a_recipe_is_pointed_at(self):
        recipe = self.folder / "wrong.toml"
        recipe.write_text((root / "examples/origin/recipe.toml").read_text().replace("numTrees", "numTreees")
                          .replace("../../data", str(root / "data")))
        self.assertWrong(run("train", recipe, "--out", self.folder / "none"), "wrong.toml:", "numTreees", "did you mean \"numTrees\"?", "^")

    def test_the_origins_forest_prints_sparks_digits(self):
        for digits in ("0.8056801195814649", "0.831805359661495", "0.7974969596340906", "0.8309645141201001"):
            self.assertIn(digits, self.trained)

    def test_scores_come_in_input_order_and_refused_rows_in_their_place(self):
        lines = telco.read_text().splitlines()
        data = self.folder / "some.csv"
        data.write_text("\n".join(lines[:3] + ["only,three,fields"] + lines[3:5]) + "\n")
        scored = run("score", self.model, data, "--out", "-")
        self.assertEqual(scored.returncode, 0, scored.stderr)
        rows = [json.loads(line) for line in scored.stdout.splitlines()]
        self.assertEqual(len(rows), 5)
        self.assertEqual([row["key"] for i, row in enumerate(rows) if i != 2], [line.split(",")[0] for line in lines[1:5]])
        self.assertIn("3", rows[2]["refused"])
        self.assertIn("1 refused", scored.stderr)
        self.assertEqual(set(rows[0]), {"key", "prediction", "probability", "raw", "model"})

    def test_standard_input_scores_like_the_file(self):
        from_file = run("score", self.model, telco, "--out", "-").stdout
        self.assertEqual(len(from_file.splitlines()), 7043)
        self.assertEqual(run("score", self.model, "-", "--out", "-", input=telco.read_text()).stdout, from_file)

    def test_a_pipe_or_a_device_is_written_and_stays_what_it_is(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        self.addCleanup(pipe.unlink)
        came = self.folder / "came"
        reader = subprocess.Popen(["cat", pipe], stdout=open(came, "w"))
        self.addCleanup(reader.kill)
        self.assertEqual(run("score", self.model, telco, "--out", pipe).returncode, 0)
        self.assertTrue(pipe.is_fifo(), "the pipe became a file")
        reader.wait(timeout=60)
        self.assertEqual(came.read_text(), run("score", self.model, telco, "--out", "-").stdout)
        self.assertWrong(run("score", self.model, telco, "--out", pipe, "--format", "parquet"), "Parquet needs a file")

    def test_csv_and_parquet_hold_what_json_lines_hold(self):
        for name in ("scores.jsonl", "scores.csv", "scores.parquet"):
            self.assertEqual(run("score", self.model, telco, "--out", self.folder / name).returncode, 0)
        by_json = [json.loads(line) for line in (self.folder / "scores.jsonl").read_text().splitlines()]
        by_csv = [line.split(",") for line in (self.folder / "scores.csv").read_text().splitlines()]
        self.assertEqual(by_csv[0], ["key", "prediction", "probability"])
        self.assertEqual([[row["key"], row["prediction"], row["probability"][1]] for row in by_json],
                         [[key, prediction, float(p)] for key, prediction, p in by_csv[1:]])
        self.assertEqual((self.folder / "scores.parquet").read_bytes()[:4], b"PAR1")

    def test_a_bare_forest_scores_ready_vectors_like_the_whole_pipeline(self):
        forest = next(self.model.glob("stages/*RandomForest*"))
        vectors = self.folder / "vectors.csv"  # the first customer, by the labels' places
        vectors.write_text("key," + ",".join(f"f{i}" for i in range(19)) + "\n"
                           "first,1,1,0,1,2,1,0,1,0,0,0,0,0,0,0,0,1,29.85,29.85\n")
        ran = run("score", forest, vectors, "--vector", "--out", "-")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        bare = json.loads(ran.stdout)
        whole = json.loads(run("score", self.model, telco, "--out", "-").stdout.splitlines()[0])
        self.assertEqual(bare["key"], "first")
        self.assertEqual((bare["raw"], bare["probability"]), (whole["raw"], whole["probability"]))
        self.assertWrong(run("score", forest, telco, "--out", "-"), "adopt", "--vector")

    def test_an_adopted_forest_has_the_figures_of_the_shipped_one(self):
        shipped = pathlib.Path(os.environ.get("CHURNSTREAM_ORIGIN_MODEL", root / "../shared/models/random_forest_model"))
        for forest in (next(self.model.glob("stages/*RandomForest*")), *([shipped] if shipped.exists() else [])):
            adopted = self.folder / f"adopted-{forest.name}"
            recipe = root / "examples/origin/recipe.toml"
            ran = run("adopt", forest, "--recipe", recipe, "--out", adopted)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            evaluated = run("evaluate", adopted, "--recipe", recipe).stdout
            for figure in ("0.8056801195814649", "0.7974969596340906", "0.8309645141201001", "[911, 95; 165, 167]"):
                self.assertIn(figure, evaluated)

    def test_our_customers_are_ibms_but_for_the_ids(self):
        original = root / "../shared/data/WA_Fn-UseC_-Telco-Customer-Churn.csv"
        if not original.exists():
            self.skipTest("the original file is not here")
        ours, theirs = telco.read_text().splitlines(), original.read_text().splitlines()
        self.assertEqual([line.split(",", 1)[1] for line in ours], [line.split(",", 1)[1] for line in theirs])
        for line in ours[1:]:
            self.assertRegex(line, "^[0-9]{4}-[A-Z]{5},")

    def test_the_label_has_no_say(self):
        """The same rows without the label, and with every label turned round, give the same bytes."""
        lines = [line.rsplit(",", 1) for line in telco.read_text().splitlines()[:200]]
        texts = ["\n".join(left + "," + right for left, right in lines), "\n".join(left for left, _ in lines),
                 "\n".join([",".join(lines[0])] + [left + "," + ("No" if right == "Yes" else "Yes") for left, right in lines[1:]])]
        answers = {run("score", self.model, "-", "--out", "-", input=text + "\n").stdout for text in texts}
        self.assertEqual(len(answers), 1)
        self.assertEqual(len(answers.pop().splitlines()), 199)

    def test_refitting_the_encoders_changes_most_scores(self):
        ran = run("score", self.model, telco, "--out", os.devnull, "--format", "csv", "--simulate-refit", "1")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("accuracy 0.7025", ran.stderr)
        self.assertIn("AUC 0.7647", ran.stderr)

    def test_a_broken_model_is_exit_code_2_and_one_sentence(self):
        broken = self.folder / "broken"
        shutil.copytree(self.model, broken)
        shutil.rmtree(next(broken.glob("stages/*RandomForest*")) / "data")
        ran = run("score", broken, telco, "--out", "-")
        self.assertWrong(ran, "data")
        self.assertEqual(len(ran.stderr.strip().splitlines()), 1)
        self.assertWrong(run("inspect", self.folder / "nowhere"), "nowhere")

    def test_a_stop_signal_drains_and_commits_and_a_second_one_ends_at_once(self):
        for signals, code in (1, 0), (2, None):
            folder = self.folder / f"stop{signals}"
            folder.mkdir()
            pipeline = folder / "pipeline.toml"
            pipeline.write_text(f'[source]\ntype = "file"\npath = "{telco}"\nrate = 500\nfollow = true\n'
                                f'[model]\npath = "{self.model}"\n[[sink]]\ntype = "sqlite"\npath = "churn.db"\n'
                                '[refused]\ntype = "file"\npath = "refused.jsonl"\n')
            process = subprocess.Popen([program, "run", pipeline], stderr=subprocess.PIPE, text=True, cwd=folder)
            for _ in range(100):
                time.sleep(0.1)
                if (folder / "churn.db").exists() and stored(folder / "churn.db") > 0:
                    break
            for _ in range(signals):
                process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=30)[1]
            if code == 0:
                self.assertEqual(process.returncode, 0, said)
                self.assertIn("0 under way", said)
                self.assertGreater(stored(folder / "churn.db"), 0)
            else:  # the first may have been enough
                self.assertIn(process.returncode, (0, 1), said)

    def test_refused_rows_of_a_file_are_listed_and_written_out_as_they_came(self):
        folder = self.folder / "refused"
        folder.mkdir()
        header, *rows = telco.read_text().splitlines()[:6]
        (folder / "rows.csv").write_text("\n".join([header, *rows, "too,few", '"a,b"'] ) + "\n")
        pipeline = folder / "pipeline.toml"
        pipeline.write_text('[source]\ntype = "file"\npath = "rows.csv"\n'
                            f'[model]\npath = "{self.model}"\n[[sink]]\ntype = "console"\n')
        self.assertEqual(run("refused", "list", pipeline).stdout, "No row is refused that was not sent again already.\n")
        self.assertIn("5 delivered + 2 refused", run("run", pipeline, "--until-end", cwd=folder).stderr)
        told = run("refused", "list", pipeline).stdout
        self.assertIn("2 refused rows, not sent again yet:\n       1  decode: it has 1 fields and not 21\n", told)
        self.assertIn("rows.csv/0/7  decode: it has 1 fields and not 21\n    \"a,b\"\n", told)
        self.assertWrong(run("refused", "replay", pipeline), "pipeline.toml:2", "--out FILE")
        out = folder / "again.csv"
        self.assertIn("2 rows written", run("refused", "replay", pipeline, "--out", out).stderr)
        self.assertEqual(out.read_text(), 'too,few\n"a,b"\n')
        self.assertEqual(out.stat().st_mode & 0o777, 0o600)

    def test_what_is_not_built_is_refused_with_a_sentence(self):
        pipeline = self.folder / "kafka.toml"
        pipeline.write_text(f'[source]\ntype = "kafka"\n[model]\npath = "{self.model}"\n[[sink]]\ntype = "console"\n')
        self.assertWrong(run("run", pipeline, "--check"), "kafka")


unittest.main()
