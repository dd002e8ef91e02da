"""The server: milliseconds to a schedule of 40 and of 4,000 vehicles, a hundred clients at once, the dashboard's picture, kill -9 and
restart, and what schemathesis finds. Figures on this machine include the clients, which share its cores. `--json` prints one object;
`--quick` leaves out schemathesis."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from harness import finish
from redraw import redraw

CLIENTS, ROUNDS = 100, 5
THINK_S = 5.0  # between a client's answer and its next request, where it thinks
DAY = "2026-12-01"
WRITTEN = """CREATE TABLE written (id TEXT);
CREATE TRIGGER ends AFTER UPDATE OF answer ON jobs WHEN NEW.answer IS NOT NULL BEGIN INSERT INTO written VALUES (NEW.id); END;"""
CONFIG = Path(__file__).parents[1] / "tests" / "web" / "schemathesis.toml"


class Server:
    """`evplan serve` in a process of its own."""

    def __init__(self, data: str) -> None:
        command = [sys.executable, "-m", "evplan", "serve", "--port", "0", "--data", data, "--workers", "2"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.at = self.process.stderr.readline().split()[3].rstrip(";")
        self.port = int(self.at.rpartition(":")[2])
        while not self.ask("GET", "/health")[1]["ready"]:
            time.sleep(0.1)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any, str]:
        """Return the status, the answer and the place of what was made."""
        asked = urllib.request.Request(
            self.at + path, body, {"Content-Type": "application/json", **headers}, method=method
        )
        with urllib.request.urlopen(asked, timeout=120) as answer:
            return answer.status, json.load(answer), answer.headers.get("Location", "")

    def end(self, signum: int) -> None:
        """Send a signal and wait."""
        self.process.send_signal(signum)
        self.process.wait(60)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGTERM)


def request_of(server: Server, count: int, seed: int = 1) -> bytes:
    """Return a request: a made-up day at a site that is never far from its limit."""
    site = {
        "kind": "schedule", "format": 1, "start": f"{DAY}T00:00:00", "hours": 24.0, "connection": {"limit_kw": 2.2 * count},
        "peak_so_far_kw": 0.5 * count, "load_kw": 0.1 * count,
        "tariff": {
            "energy": [{"price_per_kwh": 0.12}, {"price_per_kwh": 0.3, "start": "16:00", "end": "21:00"}],
            "demand": [{"price_per_kw_month": 12.0}], "export_per_kwh": 0.05,
        },
    }  # fmt: skip
    _, made, _ = server.ask("GET", f"/sessions/synthetic?count={count}&date={DAY}&seed={seed}")
    return json.dumps({"site": site, **made}).encode()


def alone(server: Server, count: int, rounds: int) -> float:
    """Return the median seconds of a POST by a client alone, over one connection, from the request to the answer's last byte."""
    body = request_of(server, count)

    async def run() -> list[float]:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        taken = [await post(reader, writer, body) for _ in range(rounds)]
        writer.close()
        assert all(status == 201 for status, _ in taken)
        return [seconds for _, seconds in taken]

    return statistics.median(asyncio.run(run()))


async def post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> tuple[int, float]:
    """Return the status and the seconds of a POST of a schedule."""
    head = f"POST /schedules HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    begun = time.perf_counter()
    writer.write(head.encode() + body)
    said = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    await reader.readexactly(int(said.partition("content-length: ")[2].partition("\r\n")[0]))
    return int(said.split()[1]), time.perf_counter() - begun


def crowd(server: Server, think_s: float) -> tuple[list[int], list[float], float]:
    """Return statuses and seconds of many clients' requests, and the requests answered a second.

    think_s : each waits between its requests; none of them begins with the others then.
    """
    bodies = [request_of(server, 40, seed) for seed in range(1, CLIENTS + 1)]

    async def client(k: int) -> list[tuple[int, float]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.sleep(think_s * k / CLIENTS)
        answers = []
        for _ in range(ROUNDS):
            answers.append(await post(reader, writer, bodies[k]))
            await asyncio.sleep(think_s)
        writer.close()
        return answers

    async def run() -> list[tuple[int, float]]:
        return [answer for answers in await asyncio.gather(*map(client, range(CLIENTS))) for answer in answers]

    begun = time.perf_counter()
    answers = asyncio.run(run())
    rate = len(answers) / (time.perf_counter() - begun)
    return [status for status, _ in answers], [seconds for _, seconds in answers], rate


def clients(server: Server) -> dict[str, Any]:
    """Return what a hundred clients see, with and without time between their requests."""
    told: dict[str, Any] = {"clients": CLIENTS}
    for name, think_s in (("", THINK_S), ("_without_pause", 0.0)):
        statuses, seconds, rate = crowd(server, think_s)
        told |= {
            f"clients_refused{name}": sum(status != 201 for status in statuses),
            f"clients_p95_s{name}": statistics.quantiles(seconds, n=20)[-1],
            f"clients_median_s{name}": statistics.median(seconds),
            f"requests_per_s{name}": rate,
        }
    return told


def killed(data: str, count: int = 40) -> dict[str, Any]:
    """Return what became of jobs whose server was killed while it worked on them."""
    database = Path(data) / "jobs.sqlite"
    with Server(data) as server:
        body = request_of(server, 1000)
        with sqlite3.connect(database) as connection:
            connection.executescript(WRITTEN)
        jobs = [
            server.ask("POST", "/schedules", body, Prefer="respond-async")[2].rpartition("/")[2] for _ in range(count)
        ]
        while states(database)["done"] < 5:
            time.sleep(0.01)
        server.end(signal.SIGKILL)
    left, begun = states(database), time.perf_counter()
    with Server(data):
        while states(database)["done"] < count and time.perf_counter() - begun < 300:
            time.sleep(0.1)
        taken = time.perf_counter() - begun
    with sqlite3.connect(database) as connection:
        written = Counter(id for (id,) in connection.execute("SELECT id FROM written"))
    return {
        "killed_jobs": count, "killed_running": left["running"], "killed_waiting": left["queued"],
        "killed_unfinished": len(set(jobs) - set(written)), "killed_twice": sum(times > 1 for times in written.values()),
        "killed_to_all_done_s": taken,
    }  # fmt: skip


def states(database: Path) -> Counter[str]:
    """Return how many jobs there are by state."""
    with sqlite3.connect(database) as connection:
        return Counter(dict(connection.execute("SELECT state, count(*) FROM jobs GROUP BY state")))


def schemathesis(server: Server, examples: int) -> dict[str, Any]:
    """Return what schemathesis finds, with all of its checks; what it says of a failure goes to standard error."""
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(CONFIG), "run", f"{server.at}/openapi.json",
        "--max-examples", str(examples), "--seed", "1", "--continue-on-failure",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    if done.returncode:
        print(done.stdout, file=sys.stderr)
    generated = re.search(r"(\d+) generated", done.stdout)
    failures = len(re.findall(r"^\d+\. Test Case ID", done.stdout, re.MULTILINE))
    return {
        "schemathesis_failures": failures if failures else int(done.returncode != 0),
        "schemathesis_cases": int(generated[1]) if generated else 0,
    }


def main() -> None:
    """Run everything and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    parser.add_argument("--quick", action="store_true", help="leave out schemathesis")
    parser.add_argument("--examples", type=int, default=60, help="of schemathesis, for each operation")
    asked = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as data, Server(data) as server:
        alone(server, 40, 20)
        figures |= {"post_40_ms": 1000 * alone(server, 40, 50), "post_4000_s": alone(server, 4000, 7)}
        figures |= clients(server)
        figures |= redraw(server.at)
        if not asked.quick:
            figures |= schemathesis(server, asked.examples)
    with tempfile.TemporaryDirectory() as data:
        figures |= killed(data)
    finish(figures, asked.json)


if __name__ == "__main__":
    main()
