"""What the fault tests share: a local stack of their own, the program under test on it, and what Connect has recorded.

Each test makes a stack in a directory of its own, waits for conditions and never for a time, and ends, by their pids, the
processes that it has started."""

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PROGRAM = REPOSITORY / "deploy/local/stack"
LOGGED = re.compile(r'^(\S+ \S+) .*?"(GET|POST|PUT|DELETE|PATCH) (\S+) HTTP/1.1"', re.MULTILINE)
FILE_STREAM = "org.apache.kafka.connect.file.FileStreamSourceConnector"


class Failure(Exception):
    """What was to be shown does not hold."""


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def wait_until(what, holds, limit=120.0, pause=0.1):
    """What `holds` gives as soon as it is true of something."""
    end = time.monotonic() + limit
    while True:
        found = holds()
        if found:
            return found
        if time.monotonic() > end:
            raise Failure(f"after {limit:.0f} s still not: {what}")
        time.sleep(pause)


def request(method, url, body=None, timeout=30.0):
    """The status and the JSON of an answer; status 0 where nobody answers."""
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=timeout) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as refusal:
        return refusal.code, None
    except (OSError, ValueError):
        return 0, None


class Stack:
    def __init__(self, directory, heap="1g"):
        self.directory, self.heap = directory, heap
        self.settings = {}

    def begin(self, port_base, workers):
        """Anew, whatever an earlier run has left."""
        self.wipe()
        self.does("up", "--port-base", str(port_base), "--workers", str(workers))
        self.settings = self._settings()
        self.connect = self.settings["CONNECT_URL"]
        self.workers = self.settings["CONNECT_URLS"].split(",")

    def does(self, *words):
        environment = os.environ | {"SLUICE_STACK_WORKER_HEAP": self.heap, "SLUICE_STACK_READY_WITHIN": "300"}
        done = subprocess.run(
            [PROGRAM, *words, "--dir", self.directory], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode:
            raise Failure(f"stack {' '.join(words)}: {done.stdout}")
        return done.stdout

    def _settings(self):
        shell = f'set -a; eval "$("{PROGRAM}" env --dir "{self.directory}")"; env -0'
        pairs = subprocess.run(["bash", "-c", shell], stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
        return dict(pair.split("=", 1) for pair in pairs if "=" in pair)

    def environment(self):
        return os.environ | self.settings

    def psql_command(self, side, *arguments):
        port, user = self.settings[f"{side.upper()}_PORT"], self.settings[f"{side.upper()}_USER"]
        return ["psql", "-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-p", port, "-U", user, "-d", f"{side}_db", *arguments]

    def psql_environment(self, side):
        password = self.settings[f"{side.upper()}_DB_PASSWORD"]
        return os.environ | {"PGPASSWORD": password, "PGCONNECT_TIMEOUT": "3"}

    def sql(self, side, query):
        """Rows as text, columns joined by '|'."""
        done = subprocess.run(
            self.psql_command(side, "-v", "ON_ERROR_STOP=1", "-c", query),
            env=self.psql_environment(side),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if done.returncode:
            raise Failure(f"{query}: {done.stderr}")
        return done.stdout.splitlines()

    def ask(self, method, path, body=None):
        return request(method, self.connect + path, body)

    def put_connector(self, name, config):
        status, _ = self.ask("PUT", f"/connectors/{name}/config", config)
        if status not in (200, 201):
            raise Failure(f"Connect refused the config of {name} with {status}")

    def connectors(self):
        """Of each its config, state and tasks' states; nothing where Connect does not answer."""
        status, answer = self.ask("GET", "/connectors?expand=info&expand=status")
        if status != 200:
            return None
        found = {}
        for name, both in answer.items():
            if "info" not in both or "status" not in both:
                return None
            tasks = [task["state"] for task in both["status"]["tasks"]]
            found[name] = {"config": both["info"]["config"], "state": both["status"]["connector"]["state"], "tasks": tasks}
        return found

    def kcat(self, *arguments):
        done = subprocess.run(
            ["kcat", "-b", self.settings["KAFKA_BOOTSTRAP"], *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if done.returncode:
            raise Failure(f"kcat {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def topics(self):
        """Partitions by name."""
        listed = json.loads(self.kcat("-L", "-J"))
        return {topic["topic"]: len(topic["partitions"]) for topic in listed["topics"]}

    def configs_written(self):
        """Every config that Connect has stored since it began, in order: (connector, config), or None for a deletion.
        Nothing but REST calls writes these records, so this is what really was created, changed and deleted."""
        written = []
        text = self.kcat("-C", "-t", "_connect-configs", "-e", "-q", "-f", "%k\t%S\t%s\n")
        for line in text.splitlines():
            key, size, value = line.split("\t", 2)
            if key.startswith("connector-"):
                config = None if size == "-1" else json.loads(value)["properties"]
                written.append((key.removeprefix("connector-"), config))
        return written

    def requests_logged(self, since=None):
        """What the workers have logged of their REST calls: (method, path), without those that one forwarded to another;
        since a local time, when one is given."""
        found = []
        for file in Path(self.directory, "logs").glob("connect*.log*"):
            for when, method, path in LOGGED.findall(file.read_text(errors="replace")):
                is_late_enough = since is None or datetime.fromisoformat(when.replace(",", ".")) >= since
                if is_late_enough and "forward=" not in path:
                    found.append((method, path))
        return found

    def wipe(self):
        self.does("wipe")


class Sluice:
    """The program on a file in a folder of its own."""

    def __init__(self, program, stack, folder, port):
        self.program, self.stack, self.folder = program, stack, Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.file = self.folder / "pipeline.yaml"
        self.listen = f"127.0.0.1:{port}"
        self.process = None

    def write_file(self, text):
        """Whole at once, as a daemon may read it at any moment."""
        new = self.folder / "next"
        new.write_text(text)
        new.rename(self.file)

    def start(self):
        with open(self.folder / "daemon.log", "a") as log:
            self.process = subprocess.Popen(
                [self.program, "-c", self.file, "run"], env=self.stack.environment(), stdout=log, stderr=log
            )

    def start_if_ended(self):
        """As systemd does, when it could not start."""
        if self.process.poll() is not None:
            self.start()

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self):
        self.signal(signal.SIGHUP)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """As an operator stops it: within five seconds."""
        self.process.terminate()
        try:
            self.process.wait(timeout=6)
        except subprocess.TimeoutExpired:
            raise Failure("it does not stop within 5 s of SIGTERM") from None

    def run(self, *words):
        return subprocess.run(
            [self.program, "-c", self.file, *words], env=self.stack.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def get(self, target):
        with urllib.request.urlopen(f"http://{self.listen}{target}", timeout=5) as answer:
            return answer.read().decode()

    def pipelines(self):
        """The daemon's view; nothing where it does not answer."""
        status, answer = request("GET", f"http://{self.listen}/api/v1/pipelines", timeout=5)
        return answer if status == 200 else None

    def metrics(self):
        """The lines of a scrape: {name with labels: value}."""
        lines = [line.rsplit(" ", 1) for line in self.get("/metrics").splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, value in lines}

    def sum_of(self, metric):
        return sum(value for name, value in self.metrics().items() if re.match(metric + r"(\{|$)", name))

    def resident_kb(self):
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def history(self):
        events = []
        for name in ("history.3.jsonl", "history.2.jsonl", "history.1.jsonl", "history.jsonl"):
            file = self.folder / "state" / name
            lines = file.read_text().splitlines() if file.exists() else []
            for line in lines:
                # What was being written when it was killed may be cut off, and only that.
                with contextlib.suppress(ValueError):
                    events.append(json.loads(line))
        return events

    def log_end(self, lines=15):
        log = self.folder / "daemon.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def options(description, name, number):
    """Each test has a stack and ports of its own, so that two can run side by side."""
    ports = int(os.environ.get("SLUICE_FAULT_PORT_BASE", "21400")) + 100 * number
    parsed = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parsed.add_argument("--sluice", default=REPOSITORY / "build/release/sluice")
    parsed.add_argument("--dir", default=str(REPOSITORY / ".stack" / f"fault-{name}"), help="the stack's")
    parsed.add_argument("--port-base", type=int, default=ports)
    parsed.add_argument("--keep", action="store_true", help="leave the stack running")
    return parsed


def run(arguments, body, workers=1, heap="1g"):
    """`body(stack, folder)` on a new stack; prints the figure that it gives. The exit code: 1 when something did not hold."""
    stack, code, sluices = Stack(arguments.dir, heap), 0, []
    # A signal ends it as an error does, so that nothing is left running.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    folder = Path(tempfile.mkdtemp(prefix="sluice-fault-"))

    def make(name="sluice"):
        made = Sluice(arguments.sluice, stack, folder / name, arguments.port_base + 80 + len(sluices))
        sluices.append(made)
        return made

    try:
        stack.begin(arguments.port_base, workers)
        print(body(stack, make), flush=True)
    except Failure as failure:
        say(f"FAILED: {failure}")
        code = 1
    finally:
        for sluice in sluices:
            if sluice.process and sluice.process.poll() is None:
                sluice.kill()
            if code:
                say(f"the end of the log in {sluice.folder}:\n{sluice.log_end()}")
        if not arguments.keep:
            stack.wipe()
    if code == 0:
        subprocess.run(["rm", "-rf", folder], check=True)
    return code
