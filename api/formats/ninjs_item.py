"""A ninjs document of any generation under the names of the newest one."""

from api.formats.addresses import identifier_of
from api.formats.arrival import Document, Node
from api.formats.concepts import coded, entity, identified
from api.formats.ninjs_schema import Generation, lower
from api.wire import EntityType

# How 1.x calls what later generations have as arrays.
FIRST_NAMES = {
    "people": "person",
    "organisations": "organisation",
    "subjects": "subject",
    "genres": "genre",
    "infoSources": "infosource",
    "by": "byline",
    "standard": "$standard",
}


class Item:
    """A ninjs document of a known generation, read by the names of 3.x."""

    def __init__(self, node: Node, generation: Generation, site: str) -> None:
        self.node = node
        self.generation: Generation = generation
        self.site = site

    def name(self, name: str) -> str:
        """Spell a name of 3.x."""
        if self.generation == 3:
            return name
        return FIRST_NAMES.get(name, lower(name)) if self.generation == 1 else lower(name)

    def text(self, name: str) -> str | None:
        """Take a string."""
        return self.node.text(self.name(name))

    def labelled(self, plural: str, singular: str) -> list[tuple[str, str, Node]]:
        """List headlines, bodies or descriptions: role, media type, and the node of the text."""
        if self.generation != 1:
            return [
                (
                    str(each.take("role") or ""),
                    str(each.take(lower_if(self, "contentType")) or ""),
                    each.child("value"),
                )
                for each in self.node.items(plural)
            ]
        prefix = f"{singular}_"
        return [
            (name.removeprefix(prefix), "", self.node.child(name))
            for name in self.node.value
            if name.startswith(prefix)
        ]

    def identity(self, node: Node) -> tuple[str, str] | None:
        """Take what identifies a concept: a URI, a scheme with its code, or a QCode as a literal."""
        if self.generation == 1:
            return self._coded(node)
        uri, literal = node.value.get("uri"), node.value.get("literal")
        if uri:
            node.take("uri")
            return identifier_of(uri)
        if literal and (found := coded(None, literal)):
            node.take("literal")
            return found
        return None

    def _coded(self, node: Node) -> tuple[str, str] | None:
        """Take a code, with its scheme when it has one."""
        found = coded(node.value.get("scheme"), node.value.get("code"))
        for name in ("scheme", "code") if found else ():
            node.take(name)
        return found

    def entity(self, type: EntityType, node: Node) -> Document | None:
        """Take a person or an organisation."""
        if self.generation == 1:
            name = node.text("name")
            return {"name": name[:500], **identified(self._coded(node))} if name else None
        found = entity(type, node.text("name"), node.value.get("uri"), self.site)
        if found is not None:
            node.take("uri")
        return found


def lower_if(item: Item, name: str) -> str:
    """Spell a member of a label."""
    return name if item.generation == 3 else name.lower()
