"""CPU of one fetch on loopback: connect, request, response, digest. The server runs in a process of its own.

python bench/fetch_cpu.py [PAGES]
"""

import gzip
import multiprocessing
import random
import sys
import time
from multiprocessing.connection import Connection

from tests.hostile.fixtures import fetcher, server_tls
from tests.hostile.server import HostileServer

PAGE_BYTES = 370_000


def _page() -> bytes:
    words = [f"word{n}" for n in range(4000)]
    rng = random.Random(7)
    rows = []
    while sum(map(len, rows)) < PAGE_BYTES:
        rows.append(f'<p class="c{rng.randrange(90)}">{" ".join(rng.choices(words, k=40))}</p>\n')
    return "".join(rows).encode()


def _chunks(body: bytes, size: int) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def _serve(pipe: Connection, secure: bool) -> None:
    page = _page()
    packed = gzip.compress(page)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    coded = head + b"Content-Encoding: gzip\r\n"
    with HostileServer(tls=server_tls() if secure else None) as server:
        urls = {
            "plain, length": server.page("/a", head + b"Content-Length: %d\r\n\r\n" % len(page) + page),
            "gzip, length": server.page("/b", coded + b"Content-Length: %d\r\n\r\n" % len(packed) + packed),
            "gzip, 4 KiB chunks": server.page(
                "/c", coded + b"Transfer-Encoding: chunked\r\n\r\n" + _chunks(packed, 4096)
            ),
            "plain, 100 B chunks": server.page(
                "/d", head + b"Transfer-Encoding: chunked\r\n\r\n" + _chunks(page, 100)
            ),
        }
        pipe.send(urls)
        pipe.recv()


def main() -> None:
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    context = multiprocessing.get_context("fork")
    for secure in (False, True):
        server_tls()  # before the fork: both sides share one authority
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, secure))
        process.start()
        urls = ours.recv()
        client = fetcher()
        for name, url in urls.items():
            client.fetch(url, deadline=time.monotonic() + 60).exchanges[0].body.close()
            began = time.process_time()
            for _ in range(pages):
                result = client.fetch(url, deadline=time.monotonic() + 60)
                assert result.error is None, result.error
                result.exchanges[0].body.close()
            spent = (time.process_time() - began) / pages * 1000
            print(f"{'https' if secure else 'http':5} {name:20} {spent:6.2f} ms CPU a page")
        ours.send(None)
        process.join()


if __name__ == "__main__":
    main()
