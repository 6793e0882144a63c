"""The obvious way to write this: requests, capture_http, BeautifulSoup, trafilatura and two boto3 calls a page.

usage: python obvious.py {all|fetch} < URLs; prints one JSON object. Runs in the peers' environment; imports nothing
of Pressmark.
"""

import io
import json
import os
import sys
import time
from typing import Any

from warcio.capture_http import capture_http  # before requests: it patches http.client
from warcio.warcwriter import BufferWARCWriter

import requests  # isort: skip


def fetch(url: str) -> tuple[bytes, bytes]:
    writer = BufferWARCWriter(gzip=True)
    with capture_http(writer):
        html = requests.get(url, timeout=30).content
    return html, writer.get_contents()


def read(html: bytes, url: str) -> dict[str, Any]:
    import trafilatura
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "lxml")

    def meta(name: str) -> str:
        tag = soup.find("meta", attrs={"property": name}) or soup.find("meta", attrs={"name": name})
        return str(tag.get("content") or "") if tag else ""

    title = meta("og:title") or (soup.title.get_text() if soup.title else "")
    text = trafilatura.extract(html, url=url) or ""
    return {
        "url": url,
        "title": title,
        "published": meta("article:published_time"),
        "author": meta("author"),
        "description": meta("og:description"),
        "image": meta("og:image"),
        "text": text[:100_000],
    }


def main() -> None:
    urls = sys.stdin.read().split()
    whole = sys.argv[1] == "all"
    if whole:
        import boto3

        s3 = boto3.client("s3")
        table = boto3.resource("dynamodb").Table("obvious")
    started = spent = 0.0
    done = units = 0
    for number, url in enumerate(urls):
        if number == (min(10, len(urls) - 1) if whole else 0):  # the first ten warm up
            started, spent, done, units = time.perf_counter(), time.process_time(), 0, 0
        html, warc = fetch(url)
        if whole:
            row = read(html, url)
            s3.put_object(
                Bucket=os.environ["PRESSMARK_BUCKET"], Key=f"obvious/{number}.warc.gz", Body=io.BytesIO(warc)
            )
            item = {"pk": url, "sk": str(number), **row}
            table.put_item(Item=item)
            units += -(-sum(len((name + value).encode()) for name, value in item.items()) // 1024)
        done += 1
    print(
        json.dumps(
            {
                "cpu_ms": 1000 * (time.process_time() - spent) / done,
                "wall_ms": 1000 * (time.perf_counter() - started) / done,
                "write_units": units / done,
            }
        )
    )


if __name__ == "__main__":
    main()
