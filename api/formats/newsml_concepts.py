"""Concepts of a NewsML-G2 item: what a QCode, a URI or a literal means, and what the concept is called."""

from api.formats.addresses import identifier_of
from api.formats.arrival import Document, pruned
from api.formats.concepts import entity, identified, qcode, subject
from api.formats.elements import LANG, Element
from api.formats.xml_in import Tree
from api.wire import EntityType, canonical_language

TYPES: dict[str, EntityType] = {"person": "person", "organisation": "organisation"}
# Roles of names, the best first; a name may have none.
NAMES = ("nrol:full", "nrol:display", None)


def code_of(element: Element | None, name: str = "") -> str:
    """Give the code of a concept without its vocabulary, "" when there is none.

    With a name it is that of an attribute that names a concept, such as `type`: a QCode, in `typeuri` a URI.
    """
    if element is None:
        return ""
    value = element.get(name or "qcode") or element.get(f"{name}uri") or ""
    return (value or ("" if name else element.get("literal") or "")).rpartition(":")[2].rpartition("/")[2]


class Concepts:
    """Reads the concepts of one item, whose text is in `language`."""

    def __init__(self, tree: Tree, item: Element, site: str, language: str | None) -> None:
        self._tree = tree
        self._site = site
        self._language = language
        self._schemes = {
            str(scheme.get("alias")): str(scheme.get("uri"))
            for catalog in tree.children(item, "catalog")
            for scheme in tree.children(catalog, "scheme")
            if scheme.get("alias") and scheme.get("uri")
        }

    def is_foreign(self, element: Element) -> bool:
        """Tell whether an element is in another language than the text."""
        language = element.get(LANG)
        return bool(language and self._language) and _primary(language) != _primary(self._language)

    def name(self, element: Element | None) -> str | None:
        """Take the name of a concept: a full or display name first, then one in the language of the text."""
        names = [each for each in self._tree.children(element, "name") if (each.text or "").strip()]
        if not names:
            return None
        chosen = min(names, key=lambda name: (_rank(name.get("role")), self.is_foreign(name)))
        self._tree.attribute(chosen, "role")
        return self._tree.line(chosen)

    def _identity(self, element: Element) -> tuple[str, str] | None:
        """Give what identifies a concept: a QCode, a URI, or a literal that holds one of them.

        An alias that the item's own catalogue declares means what it says there.
        """
        code = qcode(element.get("qcode") or "")
        if code is not None:
            scheme = self._schemes.get(code[0])
            return identifier_of(scheme + code[1]) if scheme else code
        value = element.get("uri") or element.get("literal") or ""
        return identifier_of(value) if ":" in value else None

    def _use_identity(self, element: Element) -> None:
        """Note that the attribute that identifies a concept has been used."""
        for name in ("qcode", "uri", "literal"):
            if self._tree.attribute(element, name):
                return

    def _use_type(self, element: Element) -> None:
        for name in ("type", "typeuri"):
            self._tree.attribute(element, name)

    def party(self, type: EntityType, element: Element) -> Document | None:
        """Take a person or organisation; an organisation without a name has that of its code."""
        name = self.name(element)
        uri = element.get("uri")
        if uri:
            found = entity(type, name, uri, self._site)
            if found is not None:
                self._tree.attribute(element, "uri")
            return found
        identity = self._identity(element)
        if name is None and type == "organisation" and identity is not None:
            name = identity[1]
        name = name or element.get("literal")
        if name is None:
            return None
        self._use_identity(element)
        return {"name": name[:500], **identified(identity)}

    def subject(self, element: Element) -> Document | str | None:
        """Take a subject; one without a code is a keyword, by its name or literal."""
        identity, name = self._identity(element), self.name(element)
        known = subject(name, identity)
        if known is not None:
            self._use_identity(element)
        elif name is None:
            name = self._tree.attribute(element, "literal")
        if (known is not None or name is not None) and code_of(element, "type") == "abstract":
            self._use_type(element)
        return known or name

    def mention(self, type: EntityType, element: Element, about: int) -> list[Document]:
        """Take a person or organisation that the item is about or mentions, with the names it prints.

        It is about one from a relevance of `about` percent on.
        """
        tree = self._tree
        known = self.party(type, element)
        if known is None:
            return []
        self._use_type(element)
        relevance = tree.attribute(element, "relevance") or "100"
        rel = "mentions" if relevance.isdecimal() and int(relevance) < about else "about"
        printed, names = self._other_names(element, known.get("name"))
        if names and "id" not in known:
            known["names"] = names
        note = tree.child(element, "note") if type == "person" else None
        return [pruned({type: known, "rel": rel, "as_printed": printed, "role": tree.line(note)})]

    def _other_names(self, element: Element, name: str | None) -> tuple[list[str], list[Document]]:
        """Take the further names of a concept: those as printed, and those in other languages."""
        printed: list[str] = []
        names: list[Document] = []
        for each in self._tree.children(element, "name"):
            if each.get("role") == "nrol:alternate":
                self._tree.attribute(each, "role")
                printed += filter(None, [self._tree.text(each)])
            elif (value := self._tree.line(each)) and value != name:
                self._tree.attribute(each, "role")
                language = canonical_language(each.get(LANG) or "")
                names.append(pruned({"value": value[:500], "language": language}))
        return printed, names


def _rank(role: str | None) -> int:
    return NAMES.index(role) if role in NAMES else len(NAMES)


def _primary(language: str | None) -> str:
    return (language or "").replace("_", "-").partition("-")[0].lower()
