"""Several processes that read articles, for commands that read many pages on many processors."""

from queue import LifoQueue

from pressmark.http.exchange import Exchange
from pressmark.reading.process import Read
from pressmark.reading.reader import MODULE, Reader
from pressmark.requisites.wanted import Level


class Readers:
    """Reads as many articles at a time as there are readers; used by any number of threads.

    Not a pool of :mod:`concurrent.futures`, which is broken for all of its work when one of its processes dies.
    """

    def __init__(self, count: int, module: str = MODULE) -> None:
        """Start nothing yet. module: name of the module whose ``extract`` reads articles."""
        self._all = [Reader(module) for _ in range(count)]
        self._free: LifoQueue[Reader] = LifoQueue()
        for reader in self._all:
            self._free.put(reader)

    def start(self) -> None:
        """Begin to start all processes; do not wait until they are ready."""
        for reader in self._all:
            reader.start()

    def read(self, page: Exchange, seconds: float, level: Level = "none") -> Read:
        """Read the article of a page, as :meth:`pressmark.reading.reader.Reader.read`.

        seconds: how long the caller can wait once a reader is free. Raises ReadingError.
        """
        reader = self._free.get()
        try:
            return reader.read(page, seconds, level)
        finally:
            self._free.put(reader)

    def close(self) -> None:
        """End the processes."""
        for reader in self._all:
            reader.close()
