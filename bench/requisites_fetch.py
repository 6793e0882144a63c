"""Pages captured with what they need to be seen: seconds, memory and disk, and what a second page of a site saves.

usage: python -m bench.requisites_fetch; every requisite is answered after 100 ms.
"""

import json
import os
import re
import resource
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import prices, servers
from bench.bill import WARC_BYTES
from bench.prices import Batch
from bench.run import FIGURES, MEMORY, batch_of
from bench.tables import table

DELAY = 0.1
"""Seconds after which each requisite is answered."""

SITE = """
import asyncio, re, sys
png = b"\\x89PNG\\r\\n\\x1a\\n"
async def serve(reader, writer):
    try:
        request = await reader.readuntil(b"\\r\\n\\r\\n")
        path = request.split(b" ", 2)[1].decode()
        kind, *rest = path.strip("/").split("/")
        if kind == "page":  # /page/PAGE/COUNT/BYTES/HOSTS/SHARED
            page, count, size, hosts, shared = rest
            images = [f"/image/{'all' if n < int(shared) else page}/{n}/{size}.png" for n in range(int(count))]
            host = [
                f"http://127.0.0.{1 + (n % int(hosts) if n % 4 == 3 else 0)}:{sys.argv[1]}" for n in range(int(count))
            ]
            body = "<title>A page of pictures</title><p>" + "".join(
                f'<img src="{there}{image}">' for there, image in zip(host, images))
            body, said = body.encode(), "text/html\\r\\nETag: \\"1\\""
        elif kind == "image":
            await asyncio.sleep(float(sys.argv[2]))
            size = int(rest[-1].split(".")[0])
            body = (png + path.encode() * (size // len(path) + 1))[:size]
            said = "image/png\\r\\nCache-Control: max-age=86400"
        else:
            body, said = b"", "text/plain"
        said += f"\\r\\nContent-Length: {len(body)}\\r\\nConnection: close"
        head = f"HTTP/1.1 200 OK\\r\\nContent-Type: {said}\\r\\n\\r\\n"
        writer.write(head.encode() + body)
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    writer.close()
async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", int(sys.argv[1]), backlog=256)
    await server.serve_forever()
asyncio.run(main())
"""

CASES: dict[str, tuple[str, int, int]] = {
    "none": ("0/0/1/0", 10, 1),
    "40 of 50 KB, one host": ("40/50000/1/0", 1, 1),
    "40 of 50 KB, five hosts": ("40/50000/5/0", 1, 1),
    "40 of 50 KB, five hosts, ten pages at once": ("40/50000/5/0", 10, 1),
    "300 of 1 MB, five hosts, ten pages at once": ("300/1000000/5/0", 10, 1),
    "40 of 50 KB, a second page that shares none": ("40/50000/5/0", 1, 2),
    "40 of 50 KB, a second page that shares 30": ("40/50000/5/30", 1, 2),
    "the same, ten pages at once": ("40/50000/5/30", 10, 2),
}
"""Requisites of a page (number, bytes, hosts, shared ones); pages in a batch; batches (the last is reported)."""


def child(site: str) -> None:
    """Capture every case, in a process that does nothing else; prints a line of JSON for each."""
    from pressmark.crawl.service import Service
    from pressmark.queues.message import Delivery
    from pressmark.settings import Settings

    settings = Settings.from_environment(
        {name: value for name, value in os.environ.items() if name.startswith("PRESSMARK_")}
    )
    service = Service(settings)
    service.warm_up()
    watched = Watched()
    watched.start()
    numbers = iter(range(10_000))

    def run(path: str, pages: int) -> tuple[list[Any], float]:
        bodies = [
            json.dumps({"url": f"{site}/page/{next(numbers)}/{path}", "requisites": "page"})
            for _ in range(pages)
        ]
        made = [Delivery(f"m{next(numbers)}", body, f"m{number}") for number, body in enumerate(bodies)]
        began = time.monotonic()
        return service.pipeline.run(made, remaining=120.0), time.monotonic() - began

    run("1/1000/1/0", 1)
    for name, (path, pages, batches) in CASES.items():
        watched.disk = watched.memory = 0
        for _ in range(batches):
            spent = time.process_time()
            reports, seconds = run(path, pages)
            spent = time.process_time() - spent
        assert all(report.outcome == "archived" for report in reports), [report.line() for report in reports]
        facts = [report.facts for report in reports]
        print(
            json.dumps(
                {
                    "case": name,
                    "seconds": max(report.ms["requisites"] for report in reports) / 1000,
                    "batch": seconds,
                    "cpu_ms": 1000 * spent / pages,
                    **{
                        each: sum(fact.get(each) or 0 for fact in facts) / pages
                        for each in (
                            "requisites",
                            "requisites_known",
                            "requisites_left_out",
                            "requisites_bytes",
                        )
                    },
                    "memory": watched.memory,
                    "disk": watched.disk,
                }
            ),
            flush=True,
        )
    service.close()


class Watched(threading.Thread):
    """Measures all the time the most that this process has in memory, and in files that have no name."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.memory = self.disk = 0

    def run(self) -> None:
        """Measure until the process ends."""
        page = resource.getpagesize()
        while True:
            resident = int(Path("/proc/self/statm").read_text().split()[1]) * page
            self.memory, self.disk = max(self.memory, resident), max(self.disk, sum(_unnamed()))
            time.sleep(0.02)


def _unnamed() -> Iterator[int]:
    for each in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if re.search(r"\(deleted\)$|/#\d+", os.readlink(each)):
                yield each.stat().st_size


def of_publishers() -> list[str]:
    """Say how much of what a page names an earlier page of its publisher names as well, by URL."""
    from lxml.html import document_fromstring

    from pressmark.requisites.html import in_html

    real = servers.news_urls()
    seen: dict[str, set[str]] = defaultdict(set)
    counted = named = pages = 0
    for name, html in servers.news_pages():
        if name not in real:
            continue
        host = urlsplit(real[name]).netloc
        urls = {each.url for each in in_html(document_fromstring(html), real[name], "page")}
        if seen[host]:
            pages += 1
            counted += len(urls)
            named += len(urls & seen[host])
        seen[host] |= urls
    return [str(pages), f"{counted / max(1, pages):.1f}", f"{100 * named / max(1, counted):.0f} %"]


def bill(found: dict[str, Any]) -> list[list[str]]:
    """A million pages with the defaults: without requisites, with 40, and with 40 of which 30 are known already."""
    alone = batch_of(json.loads(FIGURES.read_text()), terms=True)
    first = found["40 of 50 KB, five hosts, ten pages at once"]
    later = found["the same, ten pages at once"]
    return [
        _bill("`none`", alone, 0.0),
        _bill("`page`, nothing known", _with(alone, first, found["none"]), first["requisites_bytes"]),
        _bill("`page`, 30 of 40 known", _with(alone, later, found["none"]), later["requisites_bytes"]),
    ]


def _with(alone: Batch, said: dict[str, Any], none: dict[str, Any]) -> Batch:
    """A batch whose pages have requisites: an item for each list, and a Query for the newest lists of the site.

    If some are known, a Query for each of two sites, the median of news pages, tells what was taken down. Links are
    written only once, and looked up once by each process.
    """
    rounds = -(-said["requisites"] // 6)
    return replace(
        alone,
        cpu_ms=alone.cpu_ms + said["cpu_ms"] - none["cpu_ms"],
        wait_ms=alone.wait_ms + 1000 * DELAY * rounds,
        write_units=alone.write_units + 1,
        read_units=alone.read_units + 0.5 + (0.5 * 2 if said["requisites_known"] else 0),
        log_bytes=alone.log_bytes + 90,
    )


def _bill(name: str, batch: Batch, more_bytes: float) -> list[str]:
    parts = prices.per_million(batch, MEMORY)
    # The lists of its site: four, each read once by each process that captures pages of the site.
    lists = 0.0 if not more_bytes else prices.MILLION * 4 / batch.pages * prices.S3_GET
    terabytes = (WARC_BYTES + more_bytes) / 1e6
    stored = 12 * 1000 * terabytes * prices.S3_STANDARD_IA_GB_MONTH
    return [
        name,
        f"{parts['Lambda']:.2f}",
        f"{parts['S3'] + lists:.2f}",
        f"{parts['DynamoDB']:.2f}",
        f"{parts['SQS'] + parts['Logs']:.2f}",
        f"**{sum(parts.values()) + lists:.2f}**",
        f"{1000 * terabytes:,.0f} GB",
        f"{stored:.0f}",
    ]


def main() -> None:
    """Print Markdown tables."""
    port = servers.free_port()
    site = f"http://127.0.0.1:{port}"
    with (
        servers.running([sys.executable, "-c", SITE, str(port), str(DELAY)], port),
        servers.embedded_aws([port]) as environment,
    ):
        done = subprocess.run(
            [sys.executable, "-m", "bench.requisites_fetch", site],
            env={**os.environ, **environment, "PYTHONPATH": f"src{os.pathsep}."},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    found = {each["case"]: each for each in map(json.loads, done.stdout.splitlines())}
    rows = [
        (
            said["case"],
            f"{said['seconds']:.2f}",
            f"{said['batch']:.2f}",
            f"{said['cpu_ms']:.0f}",
            f"{said['requisites']:.0f}",
            f"{said['requisites_known']:.0f}",
            f"{said['requisites_left_out']:.0f}",
            f"{said['requisites_bytes'] / 1e6:.2f}",
            f"{said['memory'] / 1e6:.0f}",
            f"{said['disk'] / 1e6:.0f}",
        )
        for said in found.values()
    ]
    names = (
        "requisites of a page",
        "seconds",
        "batch, s",
        "CPU, ms",
        "asked",
        "known",
        "left out",
        "MB a page",
        "RAM, MB",
        "/tmp, MB",
    )
    print(table(names, rows))
    titles = (
        "a million pages",
        "Lambda",
        "S3",
        "DynamoDB",
        "SQS, logs",
        "sum",
        "in S3",
        "a year of it in IA",
    )
    print(table(titles, bill(found)))
    print(
        table(("later pages of a publisher", "requisites each", "named by an earlier one"), [of_publishers()])
    )


if __name__ == "__main__":
    child(sys.argv[1]) if len(sys.argv) > 1 else main()
