"""Articles as MessagePack: the same document as the JSON."""

import msgspec

from api.articles.schemas import Article

_encode = msgspec.msgpack.Encoder().encode


def render(article: Article, _site: str) -> bytes:
    """Render an article with its date-times as text, as in JSON."""
    return _encode(msgspec.to_builtins(article))
