"""How long the bucket keeps versions of WARC files that were deleted."""

from typing import TYPE_CHECKING, Any

from pressmark.archive.objects import PREFIX
from pressmark.aws import asking, code_of
from pressmark.errors import ArchiveError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def days_kept(client: "S3Client", bucket: str) -> int | None:
    """Return after how many days a bucket's lifecycle lets deleted small files expire; None if it never does.

    Raises ArchiveError.
    """
    try:
        with asking(f"GetBucketLifecycleConfiguration s3://{bucket}"):
            rules = client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except ArchiveError as error:
        if code_of(error) != "NoSuchLifecycleConfiguration":
            raise
        return None
    days = [
        rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        for rule in rules
        if rule["Status"] == "Enabled"
        and "NoncurrentVersionExpiration" in rule
        and PREFIX.startswith(_prefix_of(rule))
    ]
    return min(days, default=None)


def _prefix_of(rule: Any) -> str:
    """Return the prefix that a lifecycle rule is for, which may be stated in three places."""
    filtered = rule.get("Filter", {})
    return str(rule.get("Prefix") or filtered.get("Prefix") or filtered.get("And", {}).get("Prefix") or "")
