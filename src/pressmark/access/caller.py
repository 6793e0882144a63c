"""Who asks: what the guard has found out, for the handlers."""

from dataclasses import dataclass
from enum import StrEnum

from pressmark.access.keys.key import Key, Scope


class By(StrEnum):
    """How somebody is known. NOBODY: not at all. HOST: as a user of this machine."""

    NOBODY = "nobody"
    HOST = "host"
    KEY = "key"
    SESSION = "session"
    IAM = "iam"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. key: theirs, if they are known by one, from a header line or a session."""

    by: By = By.NOBODY
    key: Key | None = None

    @property
    def is_signed_in(self) -> bool:
        """Whether it is a person with a session, who may sign out."""
        return self.by is By.SESSION

    @property
    def name(self) -> str:
        """The name of their key; empty without one."""
        return self.key.name if self.key else ""

    def may(self, scope: Scope) -> bool:
        """Whether their key allows this."""
        return self.key is not None and scope in self.key.scopes


NOBODY = Caller()
