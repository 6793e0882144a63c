"""Words for an error of a connection, without line numbers of Python's sources or names of modules."""

import re
import ssl

_SOURCE = re.compile(r" ?\(_[a-z]+\.c:\d+\)")
_LIBRARY = re.compile(r"^\[(?:SSL|X509|SYS)[^\]]*\] *")


def plain(error: BaseException) -> str:
    """Return the words of an error of the operating system, OpenSSL or urllib3; never empty."""
    said = str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        said = error.verify_message or said
    elif isinstance(error, ssl.SSLError):
        said = getattr(error, "reason", None) or error.strerror or said
    elif isinstance(error, OSError) and error.strerror:
        said = error.strerror
    return _LIBRARY.sub("", _SOURCE.sub("", said)).strip() or type(error).__name__
