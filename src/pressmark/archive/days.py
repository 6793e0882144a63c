"""The first day of an archive, so that "everything" need not be asked for since 1996."""

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pressmark.archive.objects import PREFIX
from pressmark.archive.ranges import BEGINNING
from pressmark.aws import asking
from pressmark.errors import ArchiveError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

EMPTY_BUCKET_DAYS = 366
"""How far back rows are looked for if no WARC files are left."""

_DATED = re.compile(r"(?<!\d)\d++/")


def first_day(client: "S3Client", bucket: str, *, today: date) -> date:
    """Return a day before which nothing was captured: the first dated folder of WARC files, by three LISTs.

    Captures are never older than the folder their file is in. A bucket that holds other tools' files next to the
    dated folders may hold anything since the web was first archived; so may one that cannot be listed.
    """
    prefix, numbers = PREFIX, []
    try:
        for _ in range(3):
            with asking(f"ListObjectsV2 s3://{bucket}/{prefix}"):
                answer = client.list_objects_v2(Bucket=bucket, Prefix=prefix, Delimiter="/")
            folders = [each["Prefix"].removeprefix(prefix) for each in answer.get("CommonPrefixes", ())]
            if not folders and not answer.get("Contents"):
                return today - timedelta(days=EMPTY_BUCKET_DAYS)
            if answer.get("Contents") or not all(_DATED.fullmatch(each) for each in folders):
                return BEGINNING
            first = min(folders)
            numbers.append(int(first[:-1]))
            prefix += first
        return date(*numbers)
    except (ArchiveError, ValueError):
        return BEGINNING
