"""What conditional requests save: the same pages captured, and captured again.

usage: python -m bench.revisits; nginx answers If-None-Match with 304.
"""

from bench import servers
from bench.run import ours


def main() -> None:
    """Print a Markdown table."""
    pages = servers.news_pages()
    with servers.nginx(pages) as site, servers.embedded_aws([int(site.rsplit(":", 1)[1])]) as environment:
        urls = servers.addresses(site, pages)
        runs = {name: ours("all", urls, {**environment, "BENCH_RUN": name}) for name in ("first", "again")}
    print("| capture | outcome | body, bytes a page | response record in the WARC, bytes | CPU, ms |")
    print("|---|---|---|---|---|")
    for name, run in runs.items():
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in run["outcomes"].items())
        print(
            f"| {name} | {outcomes} | {run['body_bytes']:,.0f} | {run['record_bytes']:,.0f} | {run['cpu_ms']:.1f} |"
        )


if __name__ == "__main__":
    main()
