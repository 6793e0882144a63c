"""Reads the messages on the queue.

A message is a plain URL, or JSON ``{"url": ..., options}``, either of them bare or wrapped by SNS or
EventBridge. Anything else raises a MessageError that says what is wrong; nothing is guessed.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pressmark.errors import MessageError, UrlError
from pressmark.forms import REQUISITES, Requisites
from pressmark.urls import clean

MAX_TAGS = 20
MAX_TAG_CHARACTERS = 100
MAX_NOTE_CHARACTERS = 1000

# SQS message attributes of messages that Pressmark itself put back on the queue.
ATTRIBUTE_ID = "PressmarkId"
ATTRIBUTE_TRIES = "PressmarkTries"
ATTRIBUTE_SUSPECT = "PressmarkSuspect"
ATTRIBUTE_WAIT = "PressmarkWait"
ATTRIBUTE_FIRST_SENT = "PressmarkFirstSent"

JOB_ID = re.compile(r"spn2-[0-9a-f]{40}")
"""The form of a job's id (pressmark.queues.jobs)."""

_SPAN = re.compile(r"(\d{1,9})\s*([dhms])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and lone surrogates (which JSON can express): no store accepts them."""
_SECOND = re.compile(r"\s[A-Za-z][A-Za-z0-9+.-]{0,20}://")
_EDGES = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\ufeff\u200b\u200c\u200d\u2060"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of one queue message.

    id: the message's lasting identity: its first SQS message id, which its copies keep.
    body: as received.
    message_id: SQS's id of this very message, which a partial batch response names.
    receipt_handle: what this delivery is acknowledged with.
    receive_count: SQS's ApproximateReceiveCount, 1 on the first delivery. Above 1, an earlier delivery never reported
    an end: a page that fails in the ordinary way continues as a copy.
    earlier_tries: failed tries before this delivery.
    wait: seconds that it still has to wait, if its whole wait is longer than SQS can delay a message.
    unended_alone: usually None. A number means that it is captured alone (see pressmark.crawl.isolation): how many
    deliveries of it that were to be captured alone never reported an end.
    first_sent: when the message was first sent, aware UTC, whatever copies were made of it since; None: not known.
    place: which page of a run's message it is, the first being 0 (pressmark.queues.runs); None: it has its own message.
    """

    id: str
    body: str
    message_id: str
    receipt_handle: str = ""
    receive_count: int = 1
    earlier_tries: int = 0
    wait: float = 0.0
    unended_alone: int | None = None
    first_sent: datetime | None = None
    place: int | None = None

    @property
    def tries(self) -> int:
        """Which try this is, the first being 1. Deliveries that never reported an end are not tries of the page."""
        return self.earlier_tries + 1


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """What a message asks for.

    url: cleaned, absolute (see :func:`pressmark.urls.clean`).
    if_not_archived_within: do nothing if the URL was captured less than this long ago.
    capture_all: keep an error page (4xx, 5xx) as the capture instead of trying again.
    tags: the sender's own words for the capture; they come back in its row as ``labels``.
    note: a sentence of the sender's, kept with the capture.
    requisites: how much of what the page needs to be seen is captured with it; None: as the settings say.
    job: id of the job that records how the page ended (pressmark.queues.jobs).
    """

    url: str
    if_not_archived_within: timedelta | None = None
    capture_all: bool = False
    tags: tuple[str, ...] = ()
    note: str | None = None
    requisites: Requisites | None = None
    job: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what the WARC's metadata record says about the request: the URL, and the options that were given."""
        result: dict[str, Any] = {"url": self.url}
        if self.if_not_archived_within is not None:
            result["if_not_archived_within"] = int(self.if_not_archived_within.total_seconds())
        if self.capture_all:
            result["capture_all"] = True
        if self.tags:
            result["tags"] = list(self.tags)
        if self.note:
            result["note"] = self.note
        if self.requisites is not None:
            result["requisites"] = self.requisites
        return result


def parse(body: str) -> CaptureRequest:
    """Read a message body. Raises MessageError (UrlError if the URL is at fault)."""
    content = _unwrap(body)
    if isinstance(content, str):
        text = trim(content)
        if text.startswith("{"):
            content = _object(text)
        elif (seen := _other_json(text)) is not None:
            raise MessageError(
                f"the message is JSON but neither an object nor a bare URL: it is {seen}; "
                'send the URL without quotes or brackets, or {"url": ...}',
                body=body,
            )
        else:
            return CaptureRequest(url=_url(text))
    return _from_object(content, body)


def trim(text: str) -> str:
    """Remove white space and invisible characters (a byte order mark, zero-width characters) from both ends.

    They are often copied along with a URL from a page or a file; within a URL they may mean something and stay.
    """
    return text.strip(_EDGES)


def parse_span(value: object) -> timedelta:
    """Read ``3d 5h 20m`` or a number of seconds, as Save Page Now does. Raises MessageError."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise MessageError(
            f"if_not_archived_within is {_shown(value)}: write seconds or a span such as '3d 5h 20m'"
        )
    text = str(value).strip().lower()
    if text.isdecimal() and len(text) < 12:
        return timedelta(seconds=int(text))
    found = _SPAN.findall(text)
    if not found or _SPAN.sub("", text).strip():
        raise MessageError(
            f"if_not_archived_within is {_shown(value)}: write seconds or a span such as '3d 5h 20m'"
        )
    try:
        return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in found), timedelta())
    except OverflowError as error:
        raise MessageError(f"if_not_archived_within is {_shown(value)}: that is too long") from error


def _url(text: str) -> str:
    text = trim(text)
    if _SECOND.search(text):
        # clean() would take white space for a part of the path, as browsers do.
        if "\n" in text or "\r" in text:
            raise UrlError("the message holds several URLs; send one message each", url=text)
        raise UrlError("two URLs on one line", url=text)
    return clean(text)


def _other_json(text: str) -> str | None:
    """Say what a text is that is JSON but not an object; None if it is not JSON."""
    if text[:1] not in ("[", '"') and text not in ("null", "true", "false"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list):
        return "a list"
    return "a string in quotes" if isinstance(value, str) else text


def _object(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"the message looks like JSON but is not: {error}", body=text) from error


def _unwrap(body: str) -> Any:
    """Remove the envelopes of SNS and EventBridge; at most one of each."""
    content: Any = body
    for _ in range(3):
        if not isinstance(content, str):
            return content
        text = trim(content)
        if not text.startswith("{"):
            return text
        parsed = _object(text)
        if not isinstance(parsed, dict):
            return parsed
        if parsed.get("Type") == "Notification" and isinstance(parsed.get("Message"), str):
            content = parsed["Message"]
        elif "detail-type" in parsed and isinstance(parsed.get("detail"), dict | str):
            content = parsed["detail"]
        else:
            return parsed
    return content


def _from_object(content: Any, body: str) -> CaptureRequest:
    if not isinstance(content, dict):
        raise MessageError("the message is neither a URL nor a JSON object with a url", body=body)
    if "labels" in content and "tags" not in content:  # listings call the same thing labels
        content = {**content, "tags": content["labels"]}
        del content["labels"]
    known = {"url", "if_not_archived_within", "capture_all", "tags", "note", "requisites", "job"}
    if unknown := sorted(str(name)[:100] for name in content if name not in known)[:10]:
        raise MessageError(
            f"unknown option {', '.join(map(repr, unknown))}; known options: {', '.join(sorted(known))}",
            body=body,
        )
    if not isinstance(content.get("url"), str):
        raise MessageError("the message has no url, or it is not a string", body=body)
    url = _url(content["url"])
    span = content.get("if_not_archived_within")
    capture_all = content.get("capture_all", False)
    if capture_all is None:
        capture_all = False
    if capture_all in ("0", "1", 0, 1):  # Save Page Now's spelling
        capture_all = bool(int(capture_all))
    if not isinstance(capture_all, bool):
        raise MessageError(f"capture_all is {_shown(capture_all)}: write true or false", body=body)
    return CaptureRequest(
        url=url,
        if_not_archived_within=None if span is None else parse_span(span),
        capture_all=capture_all,
        tags=_tags(content.get("tags"), body),
        note=_note(content.get("note"), body),
        requisites=_requisites(content.get("requisites"), body),
        job=_job(content.get("job"), body),
    )


def _shown(value: object) -> str:
    # A message may have a megabyte; the log line about it must not.
    return repr(value)[:100]


def _tags(value: Any, body: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise MessageError("tags must be a list of strings, or one string with commas", body=body)
    tags = tuple(dict.fromkeys(tag.strip() for tag in value if tag.strip()))
    if len(tags) > MAX_TAGS:
        raise MessageError(f"{len(tags)} tags, more than {MAX_TAGS}", body=body)
    for tag in tags:
        if len(tag) > MAX_TAG_CHARACTERS or _CONTROL.search(tag):
            raise MessageError(
                f"the tag {tag[:40]!r} has control characters or more than {MAX_TAG_CHARACTERS} characters",
                body=body,
            )
    return tags


def _requisites(value: Any, body: str) -> Requisites | None:
    if value is None:
        return None
    try:
        said: Requisites = REQUISITES.parse(value if isinstance(value, str) else "")
    except ValueError as error:
        raise MessageError(f"requisites is {_shown(value)}: write {error}", body=body) from error
    return said


def _job(value: Any, body: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or JOB_ID.fullmatch(value) is None:
        raise MessageError("job must be spn2- and 40 hexadecimal digits", body=body)
    return value


def _note(value: Any, body: str) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > MAX_NOTE_CHARACTERS or _CONTROL.search(value):
        raise MessageError(
            f"note must be a string of at most {MAX_NOTE_CHARACTERS} characters without control characters",
            body=body,
        )
    return value.strip()
