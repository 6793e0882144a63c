"""What browsers may do with a response, as header lines.

What is archived is hostile (D13): its bytes are shown in a sandbox, which gives them an origin of their own, without
scripts, forms and requests to anywhere.
"""

from pressmark.access.messages import Policy

COMMON = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)

_POLICIES = {
    Policy.DATA: "default-src 'none'; frame-ancestors 'none'; sandbox",
    # By path, not 'self': /web/ of the same origin serves strangers' content, including scripts.
    Policy.PAGE: (
        "default-src 'none'; script-src {origin}/static/; style-src {origin}/static/; img-src 'self' data:; "
        "font-src {origin}/static/; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    Policy.ARCHIVED: (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; media-src data:; "
        "form-action 'none'; base-uri 'none'"
    ),
}


def header_lines(policy: Policy, *, origin: str) -> list[tuple[str, str]]:
    """Return the header lines that every response of a kind has. origin: this server's, ``https://host``.

    No other site learns where a reader comes from. Our own pages do: with ``no-referrer`` a browser sends ``Origin:
    null`` with their forms (Fetch standard, "append a request Origin header"), as with another site's forms.
    """
    lines = [*COMMON, ("Referrer-Policy", "same-origin" if policy is Policy.PAGE else "no-referrer")]
    if policy in _POLICIES:
        lines.append(("Content-Security-Policy", _POLICIES[policy].format(origin=origin)))
    return lines
