"""Talking to a server over HTTP: one address, one key, retries, and errors that say what to do.

The key is read from the environment, stands in the header of a request and nowhere else: what a server writes is
shown without it, should the server repeat it.
"""

import json
import os
import re
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2
import tenacity

from evalsuite.errors import EvalsuiteError, InputError, ModelUnavailableError
from evalsuite.generation.server.limit import AdaptiveLimit

__all__ = ["Connection", "FailedError"]

ATTEMPTS = 6
"""Of a request whose failures are no refusals for too many requests."""
PATIENCE = 900.0
"""Seconds for which a request that is refused for too many requests is sent again."""
CONNECT_SECONDS = 10.0
PASSING = {408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529}
"""Statuses after which the same request may be answered."""
BUSY = {429, 503, 529}
LOCAL = {"localhost", "127.0.0.1", "::1"}
SHOWN = 300
CONTEXT = re.compile(r"context.{0,20}(length|window|size)|maximum context|too many tokens|exceeds? the available", re.I)
BACKOFF = tenacity.wait_exponential_jitter(multiplier=0.5, max=30.0, jitter=0.5)


class FailedError(Exception):
    """A request that failed and may succeed if it is sent again.

    Attributes
    ----------
    gone
        Whether nobody listens at the address.
    crowded
        Whether the server had too much to do: it refused, or did not answer in time.
    refused
        Whether it said that there were too many requests.
    pause
        Seconds that it asked to wait.
    """

    def __init__(
        self, text: str, *, gone: bool = False, crowded: bool = False, refused: bool = False, pause: float = 0.0
    ) -> None:
        super().__init__(text)
        self.gone, self.crowded, self.refused, self.pause = gone, crowded, refused, pause


class Connection:
    """A server that speaks OpenAI's protocol; entered, it can be asked, and left, nobody waits for it any more.

    Parameters
    ----------
    url
        With or without the ``/v1`` at its end.
    key_variable
        Environment variable of the key; where it is not set none is sent.
    timeout
        Seconds for an answer.
    concurrency
        Most requests at a time.

    Raises
    ------
    InputError
        The address is none, or holds a password.
    """

    def __init__(self, url: str, *, key_variable: str, timeout: float, concurrency: int) -> None:
        self.root = _root(url)
        self.key_variable = key_variable
        self.closing = threading.Event()
        self.limit = AdaptiveLimit(concurrency, self.closing)
        self._key = os.environ.get(key_variable, "").strip()
        if not self._key.isascii() or any(c.isspace() for c in self._key):
            raise InputError(f"the key in {key_variable} holds characters that no key has, such as a line end")
        self._timeout = httpx2.Timeout(timeout, connect=min(CONNECT_SECONDS, timeout))
        self._limits = httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)

    def __enter__(self) -> Self:
        self.closing.clear()
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            timeout=self._timeout,
            limits=self._limits,
            # A proxy of the environment does not know this machine's own servers.
            trust_env=urlsplit(self.root).hostname not in LOCAL,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._client.close()

    def get(self, path: str) -> Any:
        """Return the JSON at `path` behind the root; None where there is none.

        Raises
        ------
        ModelUnavailableError
            Nobody listens, or the key is not accepted.
        """
        try:
            response = self._client.get(self.root + path)
        except httpx2.HTTPError as error:
            raise ModelUnavailableError(self._unreachable(error)) from error
        if response.status_code in (401, 403):
            raise self._not_accepted(response)
        try:
            return response.json() if response.is_success else None
        except (ValueError, RecursionError):
            return None

    def ask(self, path: str, body: dict[str, Any], read: Callable[[Any], Any]) -> tuple[Any, int]:
        """Send a request until it is answered; return what `read` makes of the answer, and the attempts.

        Parameters
        ----------
        read
            Raises a `FailedError` where the answer is not what the protocol says.

        Raises
        ------
        FailedError
            The last attempt failed too.
        EvalsuiteError
            The same request would be refused again.
        """
        refusals = 0

        def is_over(state: tenacity.RetryCallState) -> bool:
            nonlocal refusals
            error = state.outcome.exception() if state.outcome is not None else None
            refusals += isinstance(error, FailedError) and error.refused
            waited = time.monotonic() - state.start_time
            return state.attempt_number - refusals >= ATTEMPTS or waited > PATIENCE or self.closing.is_set()

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(FailedError),
            stop=is_over,
            wait=_pause,
            sleep=tenacity.sleep_using_event(self.closing),
            reraise=True,
        )
        answer = retrying(self._once, path, body, read)
        return answer, int(retrying.statistics["attempt_number"])

    def shown(self, text: str) -> str:
        """Return a server's text as a message can show it: short, one line, without the key."""
        text = text.replace(self._key, "***") if self._key else text
        text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."

    def _once(self, path: str, body: dict[str, Any], read: Callable[[Any], Any]) -> Any:
        with self.limit.permit():
            begun = time.monotonic()
            try:
                answer = self._read(self._post(path, body), read)
            except FailedError as error:
                if error.crowded:
                    self.limit.refused(begun=begun, pause=error.pause)
                raise
            self.limit.answered()
            return answer

    def _read(self, found: Any, read: Callable[[Any], Any]) -> Any:
        try:
            return read(found)
        except FailedError as error:
            raise FailedError(self.shown(str(error))) from error

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        try:
            response = self._client.post(self.root + path, json=body)
        except httpx2.TimeoutException as error:
            gone = isinstance(error, httpx2.ConnectTimeout)
            raise FailedError("the server did not answer in time", gone=gone, crowded=True) from error
        except (httpx2.ConnectError, httpx2.ProxyError) as error:
            raise FailedError(self._unreachable(error), gone=True) from error
        except (httpx2.HTTPError, RuntimeError) as error:  # a closed client says RuntimeError
            raise FailedError(f"the server broke off the connection ({type(error).__name__})") from error
        if not response.is_success:
            raise self._refusal(response, body)
        try:
            return response.json()
        except (ValueError, RecursionError) as error:
            shown = self.shown(response.text[: 4 * SHOWN]) or "it is empty"
            what = "a stream, which was not asked for" if _is_stream(response) else "no JSON"
            raise FailedError(f"the server's answer is {what}: {shown}") from error

    def _refusal(self, response: httpx2.Response, body: dict[str, Any]) -> FailedError | EvalsuiteError:
        """Return the error of a status that is none of success."""
        status, text = response.status_code, self.shown(_message(response))
        if status == 429 and "insufficient_quota" in text:
            return ModelUnavailableError(f"the account of the key in {self.key_variable} is used up: {text}")
        if status in PASSING:
            return FailedError(
                f"status {status}: {text}", crowded=status in BUSY, refused=status in BUSY, pause=_asked_pause(response)
            )
        if status in (401, 403):
            return self._not_accepted(response)
        if response.has_redirect_location:
            return self._moved(response)
        if status == 404:
            return ModelUnavailableError(
                f"{self.root} answers 404 for {response.url.path} and the model {body.get('model')!r}: {text}. Check "
                "--server-url, --model and --api; curl " + f"{self.root}/v1/models lists what is served."
            )
        cap = body.get("max_tokens", body.get("max_completion_tokens"))
        if status == 413 or CONTEXT.search(text):
            return InputError(
                f"a prompt with {cap} new tokens does not fit the model's context: {text}. Lower "
                "--max-new-tokens, use fewer exemplars, or serve the model with a longer context."
            )
        return InputError(f"the server refuses a request (status {status}): {text}")

    def _not_accepted(self, response: httpx2.Response) -> ModelUnavailableError:
        sent = "the key in it is not accepted" if self._key else "it is not set"
        return ModelUnavailableError(
            f"{self.root} wants a key (status {response.status_code}), which is read from {self.key_variable}: {sent}. "
            f"Set it with: export {self.key_variable}=... (or name another variable with --api-key-env)"
        )

    def _moved(self, response: httpx2.Response) -> ModelUnavailableError:
        """Return the error of a redirect, which is not followed: the key is for the address that the user gave."""
        to = self.shown(response.headers["location"])
        return ModelUnavailableError(
            f"{self.root} answers that {response.url.path} is at {to} (status {response.status_code}): give the "
            "address that it has now as --server-url"
        )

    def _unreachable(self, error: Exception) -> str:
        what = self.shown(str(error)) or type(error).__name__
        return (
            f"no server answers at {self.root} ({what}). Start it, or give its address with --server-url; "
            f"curl {self.root}/v1/models shows whether it is there."
        )


def _root(url: str) -> str:
    """Return the address without ``/v1`` at its end.

    Examples
    --------
    >>> _root("http://127.0.0.1:8000/v1/")
    'http://127.0.0.1:8000'
    """
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or parts.query or parts.fragment:
        shown = url.partition("?")[0].rpartition("@")[2]
        raise InputError(f"--server-url must be an address such as http://127.0.0.1:8000, got {shown!r}")
    if parts.username is not None or parts.password is not None:
        raise InputError("--server-url holds a password: a key is read from the environment, see --api-key-env")
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


def _pause(state: tenacity.RetryCallState) -> float:
    """Return how long to wait: what the server asked for, and at least the backoff."""
    error = state.outcome.exception() if state.outcome is not None else None
    asked = error.pause if isinstance(error, FailedError) else 0.0
    return max(asked, BACKOFF(state))


def _asked_pause(response: httpx2.Response) -> float:
    """Return the seconds until the time of the header Retry-After, at most `PATIENCE`; 0 where it gives none."""
    asked = response.headers.get("retry-after", "").strip()
    if asked.isdecimal():
        return min(float(asked), PATIENCE)
    try:
        seconds = parsedate_to_datetime(asked).timestamp() - time.time()
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), PATIENCE)


def _is_stream(response: httpx2.Response) -> bool:
    return "event-stream" in response.headers.get("content-type", "") or response.text.startswith("data:")


def _message(response: httpx2.Response) -> str:
    """Return what a server says of an error, in one of the forms that servers use."""
    try:
        found = json.loads(response.text)
    except (ValueError, RecursionError):
        return response.text[: 4 * SHOWN]
    for key in ("error", "detail", "message"):
        if isinstance(found, dict) and key in found:
            found = found[key]
    return found if isinstance(found, str) else json.dumps(found)[: 4 * SHOWN]
