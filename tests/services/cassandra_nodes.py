"""Cassandra nodes of tests/services/cassandra, and rows of them read by a client that is not ours, in a process of its own
with the Python that has it."""
import json
import pathlib
import subprocess
import sys
import time

CASSANDRA = pathlib.Path(__file__).resolve().parent / "cassandra"


def look(arguments):
    """Run by the Python that has the client: prints rows of CQL questions as JSON, one question per line of standard input."""
    from cassandra import ConsistencyLevel
    from cassandra.auth import PlainTextAuthProvider
    from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
    from cassandra.policies import RoundRobinPolicy
    wish = json.loads(arguments)
    more = {}
    if wish.get("user"):
        more["auth_provider"] = PlainTextAuthProvider(wish["user"], wish["password"])
    if wish.get("ca"):
        import ssl
        more["ssl_context"] = ssl.create_default_context(cafile=wish["ca"])
        more["ssl_options"] = {"server_hostname": "127.0.0.1"}
    level = ConsistencyLevel.name_to_value[wish.get("level", "ONE")]
    profile = ExecutionProfile(load_balancing_policy=RoundRobinPolicy(), consistency_level=level, request_timeout=60)
    hosts = [node.rsplit(":", 1)[0] for node in wish["nodes"]]
    cluster = Cluster(hosts, port=int(wish["nodes"][0].rsplit(":", 1)[1]), execution_profiles={EXEC_PROFILE_DEFAULT: profile},
                      connect_timeout=20, **more)
    session = cluster.connect()
    for question in sys.stdin:
        try:
            rows = [list(row) for row in session.execute(question)]
            print(json.dumps({"rows": rows}, default=str), flush=True)
        except Exception as problem:  # told to who asked
            print(json.dumps({"problem": str(problem)}), flush=True)
    cluster.shutdown()


class Nodes:
    def __init__(self, folder, *words):
        self.folder = folder
        said = subprocess.run([CASSANDRA, "start", folder, *words], check=True, stdout=subprocess.PIPE, text=True).stdout
        self.told = dict(line.split("=", 1) for line in said.splitlines())
        self.nodes = self.told["nodes"].split(",")
        self.client = None

    def do(self, action, node=1):
        subprocess.run([CASSANDRA, action, self.folder, "--node", str(node)], check=True)

    def ask(self, question, level="ONE", tries=40):
        """Rows of a CQL question, as lists; asked again while nodes come back."""
        for attempt in range(tries):
            if self.client is None or self.client.poll() is not None:
                wish = {**self.told, "nodes": self.nodes, "level": level}
                python = subprocess.run([CASSANDRA, "fetch", "-"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip().split("=")[1]
                self.client = subprocess.Popen([python, __file__, "--look", json.dumps(wish)], stdin=subprocess.PIPE,
                                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            try:
                self.client.stdin.write(question + "\n")
                self.client.stdin.flush()
                answer = json.loads(self.client.stdout.readline() or '{"problem": "no client"}')
            except OSError:
                answer = {"problem": "no client"}
            if "rows" in answer:
                return answer["rows"]
            time.sleep(0.5)
        raise RuntimeError(answer["problem"])

    def stop(self):
        if self.client is not None:
            self.client.kill()
        subprocess.run([CASSANDRA, "stop", self.folder], check=True)


if __name__ == "__main__":
    look(sys.argv[2])
