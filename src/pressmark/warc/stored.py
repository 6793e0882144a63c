"""Where a capture is in a WARC file, and the facts its records state.

The writer makes these as it writes, the reader from the file alone; rows are a pure function of them, so
that the table can be rebuilt from the WARC files item for item (D1).
"""

from dataclasses import dataclass
from typing import Any, Literal

IDENTICAL_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


@dataclass(frozen=True, slots=True)
class StoredHop:
    """One response as a WARC file holds it.

    url: WARC-Target-URI. captured: WARC-Date, as :func:`pressmark.warc.stated.capture_time` writes it.
    record_id: WARC-Record-ID. record: ``response``, ``revisit``, ``resource`` (a document that was not fetched by HTTP,
    or whose head was not kept), or ``metadata`` if there was no answer at all.
    status: HTTP status, 0 for none. mime: media type without parameters, lower case.
    digest: WARC-Payload-Digest, ``sha1:`` and Base32. size: bytes of the payload as sent.
    offset, length: of the gzip member in the file, bytes.
    location: raw value of the Location header of a redirect.
    profile, refers_to_url, refers_to_date: of a revisit.
    """

    url: str
    captured: str
    record_id: str
    record: Literal["response", "revisit", "resource", "metadata"]
    offset: int
    length: int
    status: int = 0
    mime: str = ""
    digest: str | None = None
    size: int = 0
    truncated: str | None = None
    location: str | None = None
    profile: str | None = None
    refers_to_url: str | None = None
    refers_to_date: str | None = None


@dataclass(slots=True)
class StoredCapture:
    """One capture event: its hops in order, and what Pressmark recorded of it.

    metadata: the JSON of the event's metadata record.
    meta_offset, meta_length: the place of the metadata record and the conversion record after it, bytes.
    warc: key of the file in the bucket.
    """

    hops: list[StoredHop]
    metadata: dict[str, Any]
    meta_offset: int
    meta_length: int
    warc: str = ""

    @property
    def is_list(self) -> bool:
        """Whether it is an event of requisites, whose metadata record lists them (pressmark.warc.requisites)."""
        return self.metadata.get("purpose") == "requisites"
