"""Calls the handler of a route by itself: routes and handlers are Litestar's, what lies between is not.

Litestar resolves what a handler takes, checks it, and wraps what it gives, anew for each request. Here all of
that is known before: handlers take the request, texts of the path, and what is the same for every request;
and they give an `Answer`.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, NamedTuple

from litestar import Litestar, Request
from litestar.exceptions import HTTPException
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from api.http.answers import Answer


class PlainRequest(Request[Any, Any, Any]):
    """A request with what handlers ask of it: scope, receive, app and route.

    What else Litestar's own has is made anew for each, and would take as long as the routing.
    """

    def __init__(self, scope: Any, receive: Receive) -> None:  # pyright: ignore[reportMissingSuperCall]
        self.scope = scope
        self.receive = receive


class Call(NamedTuple):
    """How a handler is called: what comes before, and what it is given beside the texts of the path."""

    handler: Callable[..., Awaitable[Answer]]
    before: Callable[[Any], Awaitable[Any]] | None
    given: dict[str, Any]
    asks: bool
    """Whether it takes the request."""


class Dispatch:
    """The routed application, on the state's `given`: what handlers take by these names.

    Litestar answers whatever has no handler of this kind, and what has no route. A handler's failure is left
    to the caller, who makes the same of it (api/http/rendering.py).
    """

    def __init__(self, app: Litestar) -> None:
        self._app: ASGIApp = app
        self._litestar = app
        self._route = app.asgi_router.handle_routing
        self._calls = dict(_calls(app, app.state.given))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        found: Any = self._found(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        call, texts = found
        request = PlainRequest(scope, receive)
        if call.before is not None:
            await call.before(request)
        given = {**call.given, **texts, "request": request} if call.asks else {**call.given, **texts}
        answer = await call.handler(**given)
        await answer(scope, receive, send)

    def _found(self, scope: Any) -> tuple[Call, dict[str, str]] | None:
        """Find the call of a request, and put into the scope what Litestar would."""
        try:
            _, handler, path, texts, template = self._route(path=scope["path"], method=scope["method"])
        except HTTPException:
            return None
        call = self._calls.get(handler)
        if call is None:
            return None
        scope["app"] = scope["litestar_app"] = self._litestar
        scope["path"], scope["path_params"], scope["path_template"] = path, texts, template
        scope["route_handler"] = handler
        return call, texts


def _calls(app: Litestar, given: Mapping[str, Any]) -> Iterator[tuple[Any, Call]]:
    """Prepare the calls of handlers that take nothing else, and whom nothing of Litestar's guards."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        texts = {name for name, each in route.path_parameters.items() if each.type is str}
        handlers: list[Any] = route.route_handlers
        for handler in handlers:
            taken, result = handler.parsed_fn_signature.parameters, handler.parsed_fn_signature.return_type
            is_known = texts <= taken.keys() <= texts | given.keys() | {"request"}
            if result.annotation is Answer and is_known and not handler.resolve_guards():
                own = {name: given[name] for name in taken.keys() & given.keys()}
                yield handler, Call(handler.fn, handler.resolve_before_request(), own, "request" in taken)
