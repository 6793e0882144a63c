"""What a release says of itself is said once, and is the same everywhere."""

import re
import tomllib
from typing import Any

from tests.docs.pages import ROOT

from pressmark import __version__

CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_newest_dated_section_of_the_changelog_is_this_version() -> None:
    dated = re.findall(r"^## (\d+\.\d+\.\d+) [^\d\n]*\d{4}-\d\d-\d\d", CHANGES, re.MULTILINE)
    assert dated[0] == __version__


def test_the_template_has_the_packages_version_licence_and_authors(template: dict[str, Any]) -> None:
    application = template["Metadata"]["AWS::ServerlessRepo::Application"]
    assert application["SemanticVersion"] == __version__
    assert application["SpdxLicenseId"] == PROJECT["license"]
    assert [application["Author"]] == [each["name"] for each in PROJECT["authors"]]
