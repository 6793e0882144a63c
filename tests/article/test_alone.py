"""The article reader is of use without the rest of Pressmark."""

import subprocess
import sys

READ = """
import sys
import pressmark.reading.process
from pressmark.article import extract
article = extract(b"<html><head><title>A walk by the sea</title></head><body><p>It was long.</p></body></html>",
                  "https://example.org/walk")
assert article.title == "A walk by the sea"
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_reading_an_article_imports_nothing_of_aws_of_archives_of_connections_or_of_the_command_line() -> (
    None
):
    done = subprocess.run(
        [sys.executable, "-c", READ], stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    others = {"boto3", "botocore", "aws_lambda_powertools", "moto", "warcio", "click", "rich", "duckdb"}
    others |= {"socket", "ssl", "urllib3"}  # nor does the process that reads have a use for them
    assert others.isdisjoint(done.stdout.split())
    assert "lxml" in done.stdout.split()
