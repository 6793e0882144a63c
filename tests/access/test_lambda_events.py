"""Events of function URLs and HTTP APIs, and the answers that Lambda takes."""

import base64

from tests.access.asking import event

from pressmark.access.lambda_events import to_answer, to_request
from pressmark.access.messages import Response


def test_an_event_of_a_function_url_is_the_request_as_it_was_sent() -> None:
    request = to_request(
        event(
            "/web/2026id_/http://x.example/a%2Fb//c",
            "q=a%26b&r=%C3%A9",
            headers={"Accept": "text/html", "host": "evil.example"},
            cookies=["a=1", "b=2"],
        )
    )

    assert request.target == "/web/2026id_/http://x.example/a%2Fb//c?q=a%26b&r=%C3%A9"
    assert request.headers["cookie"] == "a=1; b=2"
    assert request.headers["accept"] == "text/html"
    assert request.client == "192.0.2.9"


def test_the_origin_is_the_domain_that_aws_names_and_never_the_host_line() -> None:
    asked = event("/", headers={"host": "evil.example", "x-forwarded-host": "evil.example"})

    assert to_request(asked).origin == "https://abc.lambda-url.eu-central-1.on.aws"
    assert to_request(asked, public_url="https://archive.example").origin == "https://archive.example"


def test_what_an_http_api_decoded_cannot_stand_in_a_path_and_is_encoded_again() -> None:
    assert to_request(event("/web/http://x.example/ä b#c\r\n")).target == (
        "/web/http://x.example/%C3%A4%20b%23c%0D%0A"
    )


def test_a_stage_is_no_part_of_the_path() -> None:
    assert to_request(event("/prod/cdx", stage="prod")).path == "/cdx"


def test_a_body_in_base_64_is_decoded() -> None:
    asked = event("/save", method="POST", body=base64.b64encode(b"url=x").decode(), isBase64Encoded=True)

    assert to_request(asked).body == b"url=x"
    assert to_request(event("/save", method="POST", body="url=é")).body == "url=é".encode()


def test_an_answer_keeps_its_bytes_cookies_and_repeated_lines() -> None:
    response = Response(200, [("Link", "<a>"), ("Set-Cookie", "a=1"), ("Link", "<b>"), ("Set-Cookie", "b=2")])
    response.body = iter([b"\x00\xff", b"\x80"])

    assert to_answer(response) == {
        "statusCode": 200,
        "headers": {"Link": "<a>, <b>"},
        "cookies": ["a=1", "b=2"],
        "isBase64Encoded": True,
        "body": base64.b64encode(b"\x00\xff\x80").decode(),
    }
