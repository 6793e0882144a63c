"""The embedded AWS: moto's server in a thread of this process."""

import errno
import functools
import logging
import socket
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self

import boto3
from botocore.config import Config
from werkzeug.serving import BaseWSGIServer, make_server

from pressmark.callers import refusal
from pressmark.errors import SettingsError
from pressmark.local.account import ACCOUNT, CREDENTIALS, REGION
from pressmark.local.services import load_cloudformation
from pressmark.local.waiting import Waiting

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class _Gate:
    """Refuses what a web page sends; passes on requests to DynamoDB one at a time, and likewise those to SQS.

    moto allows every page's CORS preflight, and a GET or a form can empty a queue or reset everything. So no request
    passes that a browser sends for another site (pressmark.callers). Programs send neither Origin nor Sec-Fetch-Site.

    DynamoDB decides conditional writes atomically, but moto checks and writes without a lock, and requests come
    from many threads here. A message that is sent while moto deletes another can be lost: moto replaces the queue's
    list by one without the deleted message, and the new one was added to the old list. Messages are still received
    concurrently: a long poll must not hold up other requests.
    """

    def __init__(
        self, application: "WSGIApplication", on_request: "Callable[[WSGIEnvironment], None]", name: str
    ) -> None:
        self._application = application
        self._names = (name,)
        self._on_request = on_request
        self._locks = {"DynamoDB": threading.Lock(), "AmazonSQS": threading.Lock()}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        why = refusal(
            environ.get("HTTP_HOST"),
            environ.get("HTTP_ORIGIN"),
            environ.get("HTTP_SEC_FETCH_SITE"),
            names=self._names,
        )
        if why is not None:
            start_response("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
            return [f"{why}\n".encode()]
        self._on_request(environ)
        service, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
        lock = self._locks.get(service.partition("_")[0])
        if lock is not None and operation != "ReceiveMessage":
            with lock:
                return self._application(environ, start_response)
        return self._application(environ, start_response)


class EmbeddedAws:
    """An AWS in this process, started by ``with``. When the last of them ends, everything in it is gone.

    moto has one state for each process: two of these objects are two servers of the same AWS, so their stacks need
    different names. port: where it listens, 0 for any free port. on_request: called with each request before that is
    served. ``endpoint`` is its URL while it runs.
    """

    _open: ClassVar[int] = 0

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        on_request: "Callable[[WSGIEnvironment], None]" = lambda _environ: None,
    ) -> None:
        self._on_request = on_request
        self._address = (host, port)
        self._server: BaseWSGIServer | None = None
        self._waiting: Waiting | None = None
        self._clients: list[Any] = []

    def __enter__(self) -> Self:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self._see_that_it_is_free()
        load_cloudformation()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        dispatcher = DomainDispatcherApplication(create_backend_app)
        # This lists a folder and tries some hundred patterns for every request; a host's result never changes.
        dispatcher.get_backend_for_host = functools.cache(dispatcher.get_backend_for_host)  # type: ignore[method-assign]
        application = _Gate(dispatcher, self._on_request, self._address[0])
        self._server = make_server(*self._address, application, threaded=True)
        self._waiting = Waiting(self._server, "aws")
        EmbeddedAws._open += 1
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            client.close()
        if self._waiting:
            self._waiting.end()
            EmbeddedAws._open -= 1
            if not EmbeddedAws._open:
                from moto.moto_api._internal.models import moto_api_backend

                moto_api_backend.reset()

    def _see_that_it_is_free(self) -> None:
        """Raise SettingsError if the address cannot be listened on; werkzeug would end the process instead."""
        host, port = self._address
        try:
            socket.create_server((host, port)).close()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise SettingsError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
            raise SettingsError(
                f"port {port} is taken: give another with --port N (make serve PORT=N), or 0 for any that is free"
            ) from error

    def queued(self, queue_url: str) -> list[str]:
        """Return the bodies of all messages of a queue, including those that are delayed or under way.

        An SQS client receives only visible messages, but all of them are lost when this process ends.
        """
        from moto.sqs.models import sqs_backends

        queue = sqs_backends[ACCOUNT][REGION].queues[queue_url.rpartition("/")[2]]
        return [str(message.body) for message in list(queue._messages)]

    @property
    def endpoint(self) -> str:
        """The URL for AWS_ENDPOINT_URL."""
        if self._server is None:
            raise RuntimeError("the embedded AWS is not running")
        return f"http://{self._address[0]}:{self._server.server_port}"

    def client(self, service: str) -> Any:
        """Return a boto3 client of a service of this AWS; it is closed when this object ends."""
        client: Any = boto3.client(
            service,  # type: ignore[call-overload]  # any service: the callers know which
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(max_pool_connections=32, retries={"total_max_attempts": 2}),
        )
        self._clients.append(client)
        return client
