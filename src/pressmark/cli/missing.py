"""Says which library is not installed, and what installs it. This module needs none: any may be missing."""


def missing(error: ModuleNotFoundError) -> tuple[str, str] | None:
    """Return what is missing and what installs it, as a message and a hint; None for a module of Pressmark's own."""
    name = (error.name or "").partition(".")[0]
    if name in ("", "pressmark", "handler"):
        return None
    return f"the library {name} is not installed", "pip install 'pressmark[cli]', or '.[cli]' in a checkout"
