#!/usr/bin/env python3
"""The semantic models of churnstream powerbi, read by Microsoft's own TMDL parser. Optional: exit code 77 without it.

    CHURNSTREAM_MODELING_MCP=.../powerbi-modeling-mcp parser_test.py PROGRAM

The parser is the executable in the npm package @microsoft/powerbi-modeling-mcp-linux-x64 (0.5.0-beta.13 was tried). It is a
preview under Microsoft's own licence terms, so no script of ours installs it; whoever has read and taken them names it here.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/powerbi"))
import pbip  # noqa: E402


class Parser:
    """Speaks with it over its standard streams: JSON-RPC, one object a line."""

    def __init__(self, binary):
        self.process = subprocess.Popen([binary, "--start", "--readonly"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.asked = 0
        self.ask("initialize", {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}})
        self.say({"method": "notifications/initialized"})

    def say(self, what):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **what}) + "\n")
        self.process.stdin.flush()

    def ask(self, method, parameters):
        self.asked += 1
        self.say({"id": self.asked, "method": method, "params": parameters})
        for line in self.process.stdout:
            answer = json.loads(line)
            if answer.get("id") == self.asked:
                return answer["result"]
        raise RuntimeError("the parser ended")

    def read(self, tool, **request):
        return self.ask("tools/call", {"name": tool, "arguments": {"request": request}})["content"][0]["text"]

    def end(self):
        self.process.terminate()
        self.process.wait()


def loaded(binary, folder):
    """What a parser of its own says of a model: loading it, its columns and its measures."""
    parser = Parser(binary)
    try:
        said = parser.read("connection_operations", operation="ConnectFolder", folderPath=str(folder))
        return said, parser.read("column_operations", operation="List"), parser.read("measure_operations", operation="List")
    finally:
        parser.end()


def main():
    binary = os.environ.get("CHURNSTREAM_MODELING_MCP")
    if not binary:
        print("skipped: CHURNSTREAM_MODELING_MCP names no TMDL parser")
        sys.exit(77)
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="churnstream_tmdl_") as name:
        for example in ("csv_to_postgres", "kafka_to_snowflake"):
            out = pathlib.Path(name) / example
            subprocess.run([program, "powerbi", ROOT / f"examples/{example}/pipeline.toml", "--out", out], check=True, capture_output=True)
            said, columns, measures = loaded(binary, out / "Churn.SemanticModel")
            assert "Successfully loaded" in said, said
            model = pbip.Model(out / "Churn.SemanticModel").tables["CHURN"]
            for kind, text in (("columns", columns), ("measures", measures)):
                got = {one["name"] for table in json.loads(text)["data"] for one in table[kind]}
                assert got == set(model[kind]), (got, set(model[kind]))
            print(f"ok: {example}: {len(model['columns'])} columns and {len(model['measures'])} measures are read as we read them")
        table = out / "Churn.SemanticModel/definition/tables/CHURN.tmdl"
        good = table.read_text()
        for before, after in (("dataType: double", "dataTyp: double"), ("mode: directQuery", "mode: directly"), ("\tcolumn ", "  colum ")):
            assert before in good
            table.write_text(good.replace(before, after, 1))
            said = loaded(binary, out / "Churn.SemanticModel")[0]
            assert "Successfully loaded" not in said, (before, said)
        print("ok: planted errors are refused")


if __name__ == "__main__":
    main()
