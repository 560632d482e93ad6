"""A time limit on the arrival of a request's body: neither server that Dateline runs under has one."""

import asyncio

from litestar.types import HTTPReceiveMessage, Receive

from api.http.problems import Problem

# Seconds until the next part of a body, and until the whole of one that is read as a whole. A stream of lines
# may take as long as it needs, as long as it does not stall.
STALL = 20.0
WHOLE = 120.0


class BodyDeadline:
    """The `receive` of a request whose body must arrive in time; when it does not, reading raises a 408."""

    __slots__ = ("_ends", "_receive", "_stall")

    def __init__(self, receive: Receive, *, stall: float = STALL, whole: float | None = WHOLE) -> None:
        self._receive = receive
        self._stall = stall
        self._ends = None if whole is None else asyncio.get_running_loop().time() + whole

    async def __call__(self) -> HTTPReceiveMessage:
        """Receive the next message. What comes after the body, a disconnect, is waited for without limit."""
        if self._stall == 0:
            return await self._receive()  # pyright: ignore[reportReturnType]
        now = asyncio.get_running_loop().time()
        until = now + self._stall if self._ends is None else min(now + self._stall, self._ends)
        try:
            async with asyncio.timeout_at(until):
                message = await self._receive()
        except TimeoutError:
            detail = "The body did not arrive in time."
            raise Problem(408, "request-timeout", detail, headers={"Connection": "close"}) from None
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._stall = 0
        return message  # pyright: ignore[reportReturnType]
