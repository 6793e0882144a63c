"""Every measure of speed and cost in one table: Pressmark, the obvious way, wget and warcio, on the same pages.

usage: python -m bench.run [--quick] [--save], or `make bench`. Rounds of all ways in turn, and their medians; the wall
time of a batch is the least of many, which other work on the machine disturbs least. --save writes bench/figures.json,
of which bench.cost and bench.scale make the tables in docs/.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import cold, prices, servers
from bench.prices import Batch

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".tools" / "peers" / "bin" / "python"
FIGURES = ROOT / "bench" / "figures.json"
BATCH = 10
ANSWER_MS = 300.0
MEMORY = 512


def ours(way: str, urls: list[str], environment: dict[str, str], batch: int = BATCH) -> dict[str, Any]:
    """Run bench.ways.ours in a process of its own."""
    command = [sys.executable, "-m", "bench.ways.ours", way, str(batch)]
    return _json(command, urls, {**environment, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"})


def obvious(way: str, urls: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """Run bench.ways.obvious in the peers' environment."""
    return _json([str(PEERS), str(ROOT / "bench" / "ways" / "obvious.py"), way], urls, environment)


def wget(urls: list[str]) -> float:
    """Processor milliseconds a page of ``wget --warc-file``, asking for gzip as browsers do."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "urls").write_text("\n".join(urls))
        command = [
            "wget",
            "-q",
            "--header=Accept-Encoding: gzip",
            "--warc-file=w",
            "-i",
            "urls",
            "-O",
            os.devnull,
        ]
        process = subprocess.Popen(command, cwd=folder)
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
        return 1000 * (used.ru_utime + used.ru_stime) / len(urls)


def _json(command: list[str], urls: list[str], environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        command,
        input="\n".join(urls),
        env={**os.environ, **environment},
        cwd=ROOT,
        text=True,
        capture_output=True,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def grown(html: bytes, size: int) -> bytes:
    """Return the page with its body's content repeated until it has ``size`` bytes."""
    head, tag, rest = html.partition(b"<body")
    start, _, content = rest.rpartition(b"</body>")[0].partition(b">")
    times = max(1, -(-(size - len(head)) // max(1, len(content))))
    return head + tag + start + b">" + content * times + b"</body></html>"


def measure(rounds: int) -> dict[str, Any]:
    """Run everything; return the figures."""
    pages = servers.news_pages()
    found: dict[str, Any] = {"pages": len(pages), "load": os.getloadavg()[0]}
    print(f"load at the start: {found['load']:.1f}", file=sys.stderr)
    with ExitStack() as stack:
        site = stack.enter_context(servers.nginx(pages))
        slow = stack.enter_context(servers.slow_site(_middle(pages), ANSWER_MS / 1000))
        big = stack.enter_context(servers.slow_site(grown(_middle(pages), 2_000_000), 0))
        ports = [int(each.rsplit(":", 1)[1]) for each in (site, slow, big)]
        embedded = stack.enter_context(servers.embedded_aws(ports))
        instant = stack.enter_context(servers.instant_aws(embedded))
        # What AWS takes to answer belongs to a batch's wall time.
        distant = stack.enter_context(
            servers.instant_aws(embedded, database=prices.DYNAMODB_MS / 1000, store=prices.S3_PUT_MS / 1000)
        )
        counting = stack.enter_context(servers.dynalite(embedded))
        urls = servers.addresses(site, pages)
        found["rounds"] = list(_rounds(rounds, urls, instant))
        slow_urls = [f"{slow}/{number}" for number in range(BATCH * (1 + 6 * rounds))]
        found["slow"] = ours("all", slow_urls, distant)
        found["big"] = ours("all", [f"{big}/{number}" for number in range(3 * BATCH)], instant)
        # A turn for every page; each batch has a page of each host, and waits a second for it.
        spread = servers.addresses(site, pages, hosts=servers.HOSTS)
        polite = {**(counting or embedded), "PRESSMARK_HOST_DELAY": "1", "BENCH_UNITS": "1"}
        found["counted"] = ours("all", spread, polite)
        found["dynalite"] = counting is not None
        if cold.BUILT.is_dir():
            found["package"] = cold.package_bytes()
            found["init"] = cold.measure(rounds)
    return found


def _middle(pages: list[tuple[str, bytes]]) -> bytes:
    return sorted(pages, key=lambda page: len(page[1]))[len(pages) // 2][1]


def _rounds(rounds: int, urls: list[str], environment: dict[str, str]) -> Iterator[dict[str, Any]]:
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        yield {
            "ours": ours("all", urls, environment),
            "obvious": obvious("all", urls, environment),
            "ours_fetch": ours("fetch", urls, environment)["cpu_ms"],
            "capture_http": obvious("fetch", urls, environment)["cpu_ms"],
            "wget": wget(urls),
        }


def middle(found: dict[str, Any], *path: str) -> float:
    """Return the median over the rounds of one figure."""
    values = []
    for each in found["rounds"]:
        for name in path:
            each = each[name]
        values.append(each)
    return float(statistics.median(values))


def batch_of(found: dict[str, Any], *, terms: bool) -> Batch:
    """Return what a batch of ten hosts' pages uses by the figures. terms: with every index term."""
    units, calls = found["counted"]["units"], found["counted"]["calls"]
    written = sum(amount for name, amount in units.items() if name.startswith("rule:row:"))
    written += units.get("rule:terms:table", 0.0) if terms else 0.0
    written += calls["dynamodb:UpdateItem"]  # the turn: well below 1 KB
    slow = found["slow"]
    return Batch(
        pages=BATCH,
        cpu_ms=middle(found, "ours", "cpu_ms"),
        wait_ms=max(ANSWER_MS, slow["least_ms"] - BATCH * slow["least_cpu_ms"]),
        write_units=written,
        read_units=units["rule:read"],
        log_bytes=found["counted"]["log_bytes"],
        log_lines=found["counted"]["log_lines"],
    )


def obvious_batch(found: dict[str, Any]) -> Batch:
    """Return what ten pages use in the obvious way: one after the other, a PUT and an item of four kilobytes each."""
    wait = ANSWER_MS + prices.S3_PUT_MS + prices.DYNAMODB_MS
    return Batch(
        pages=BATCH,
        cpu_ms=middle(found, "obvious", "cpu_ms"),
        wait_ms=BATCH * wait,
        write_units=middle(found, "obvious", "write_units"),
        read_units=0,
        log_bytes=200,
        log_lines=1,
        puts=BATCH,
    )


def table(found: dict[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """Return the rows: measure, the obvious way, Pressmark, the ratio, and what it is to reach."""
    mine, theirs = middle(found, "ours", "cpu_ms"), middle(found, "obvious", "cpu_ms")
    fetch, capture, get = (middle(found, name) for name in ("ours_fetch", "capture_http", "wget"))
    slow = found["slow"]
    ideal = ANSWER_MS + BATCH * slow["least_cpu_ms"]
    serial = BATCH * (ANSWER_MS + theirs)
    cost = {
        terms: sum(prices.per_million(batch_of(found, terms=terms), MEMORY).values())
        for terms in (True, False)
    }
    other = sum(prices.per_million(obvious_batch(found), MEMORY).values())
    rows = [
        ("CPU a page, ms", f"{theirs:.1f}", f"{mine:.1f}", f"{theirs / mine:.1f} x", "25"),
        (
            "  fetch and WARC: warcio capture_http",
            f"{capture:.2f}",
            f"{fetch:.2f}",
            f"{capture / fetch:.1f} x",
            "3.5",
        ),
        ("  fetch and WARC: wget --warc-file", f"{get:.2f}", f"{fetch:.2f}", f"{get / fetch:.1f} x", "3.5"),
        (
            "batch of 10, 300 ms servers, wall ms",
            f"{serial:.0f}",
            f"{slow['least_ms']:.0f}",
            f"{slow['least_ms'] / ideal:.2f} x (300 + 10 x CPU)",
            "1.3 x",
        ),
        (
            "$ a million pages: with turns, no terms",
            f"{other:.2f}",
            f"{cost[False]:.2f}",
            f"{other / cost[False]:.1f} x",
            "5",
        ),
        ("  and with every index term", "-", f"{cost[True]:.2f}", "", ""),
    ]
    if "init" in found:
        init = found["init"]
        rows.append(
            (
                "cold start, ms",
                f"{init['baseline']:.0f} (clients alone)",
                f"{init['ours']:.0f}",
                f"{init['ours'] / init['baseline']:.2f} x",
                "1.3 x",
            )
        )
        rows.append(
            (
                "  without the package's byte code",
                f"{init['baseline_source']:.0f}",
                f"{init['ours_source']:.0f}",
                f"{init['ours_source'] / init['baseline_source']:.2f} x",
                "",
            )
        )
        rows.append(("package, MB unzipped", "", f"{found['package'] / 1e6:.1f}", "", "75"))
    else:
        rows.append(("cold start, package", "", "make build first", "", ""))
    rows += [
        ("peak memory, batches of 10 x 2 MB, MB", "", f"{found['big']['peak_mb']:.0f}", "", "200"),
        (
            "pages a second on one processor",
            f"{1000 / theirs:.0f}",
            f"{1000 / mine:.0f}",
            f"{theirs / mine:.1f} x",
            "40",
        ),
    ]
    return rows


def show(found: dict[str, Any]) -> None:
    """Print the table, and the figures that it is made from."""
    rows = [("measure", "obvious way", "Pressmark", "ratio", "reach"), *table(found)]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for number, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    counted = found["counted"]
    print(f"\n{found['pages']} pages, prices of {prices.DATE}, {MEMORY} MB. For each page:")
    print("  requests     " + ", ".join(f"{name} {count:.2f}" for name, count in counted["calls"].items()))
    print(
        "  write units  "
        + ", ".join(
            f"{name.removeprefix('rule:')} {amount:.2f}"
            for name, amount in counted["units"].items()
            if name.startswith("rule:")
        )
    )
    if found["dynalite"]:
        said, rule = (
            counted["units"]["said:BatchWriteItem"],
            sum(counted["units"].get(f"rule:{kind}:table", 0) for kind in ("row", "terms")),
        )
        print(f"  (dynalite says {said:.2f} for the table's own items, the documented rule {rule:.2f})")
    print(f"  log          {counted['log_bytes']:.0f} bytes in {counted['log_lines']:.2f} lines")
    print(
        "  batch        "
        + ", ".join(f"{name} {value:.4g}" for name, value in asdict(batch_of(found, terms=True)).items())
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--save", action="store_true", help="write bench/figures.json")
    options = parser.parse_args()
    if not PEERS.exists():
        raise SystemExit("the other ways are not installed: make .tools/peers/.installed")
    found = measure(1 if options.quick else 5)
    if options.save:
        FIGURES.write_text(json.dumps(found, indent=1) + "\n")
    show(found)


if __name__ == "__main__":
    main()
