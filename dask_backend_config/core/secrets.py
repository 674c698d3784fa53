"""Which keys hold secrets, and how secrets are masked in values, variables and files.

A snapshot of another process is masked there, by this source: it must run with Python 3.8 and later
and PyYAML alone, see `config.snapshot_program`.
"""

from __future__ import annotations

import ast
import base64
import json
import re
from collections.abc import Mapping
from typing import Any

#: A key is secret if one of these words is in its last part.
SECRET_WORDS = (
    "token", "password", "passwd", "passphrase", "secret", "credential", "api-key", "apikey",
    "private-key",
)  # fmt: skip
MASK = "********"
#: Names of objects that hold a secret, such as those of Kubernetes.
_REFERENCE = r"(?:existing|from|pull)-?secret|secret-?(?:key-?)?(?:name|ref)s?$"
_WORDS = "|".join(word.replace("-", "[-_ ]?") for word in (*SECRET_WORDS, "authorization"))
_NAME = rf"(?:{_WORDS})(?!i[sz])[\w-]{{0,60}}[\"']?"
_OTHER_MARKS = (
    rf"--[\w-]{{0,40}}?{_NAME}\s+"  # an option
    r"|://[^\s/:@]{0,200}:(?=[^\s/]{1,500}@)|://(?=[^\s/:@]{16,500}@)"  # a password in an address
    r"|-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----"
)
#: The text in front of a secret in a line, and in a line of a file that is not valid YAML.
MARK = rf"(?i){_NAME}\s*[:=]\s*|{_OTHER_MARKS}"
MARK_IN_BROKEN_FILE = rf"(?i){_NAME}(?:\s*[:=]\s*|\s+|$)|{_OTHER_MARKS}"
INHERITED_VARIABLE = "DASK_INTERNAL_INHERIT_CONFIG"
NULL = ("", "null", "~", "''", '""')
#: A shorter secret may be an ordinary word, which is not masked in other text.
SHORTEST_KNOWN = 8
_KEY = r"[\w.\"'-]+\s*:(?:\s|$)"
_BEFORE_KEY = " \t#-"


def is_secret(key: str) -> bool:
    """Return whether the last part of a dotted key names a secret, not only where one is stored.

    Examples
    --------
    >>> is_secret("gateway.auth.api_token"), is_secret("tokenize.ensure-deterministic")
    (True, False)
    >>> is_secret("apiTokenFromSecretKey"), is_secret("existing-secret"), is_secret("secretName")
    (False, False, False)
    """
    last = key.rpartition(".")[2].replace("_", "-").lower()
    return any(word in last for word in SECRET_WORDS) and not re.search(_REFERENCE, last)


def is_secret_section(name: str) -> bool:
    """Return whether all values below a section of this name are secrets.

    Examples
    --------
    >>> is_secret_section("Credentials"), is_secret_section("tokenize")
    (True, False)
    """
    spelled = re.sub("s$", "", name.replace("_", "-").lower())
    return spelled.endswith(SECRET_WORDS) and not re.search(_REFERENCE, spelled)


def hides(key: str) -> bool:
    """Return whether a dotted key names a secret, or a section above it does."""
    return is_secret(key) or any(map(is_secret_section, key.split(".")))


def masked(key: str, value: Any) -> Any:
    """Return `value` with `MASK` in place of secrets.

    A value is secret if its key or a section above it names a secret, see `is_secret` and
    `is_secret_section`. None and the empty string are not masked.
    """
    if isinstance(value, Mapping):
        return {name: masked(f"{key}.{name}", inner) for name, inner in value.items()}
    if hides(key) and value not in (None, ""):
        return MASK
    if isinstance(value, (list, tuple)):
        return [masked(key, inner) for inner in value]
    return value


class Masker:
    """Masks secrets. One that was learned from its key is masked in all other text, too."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def learn(self, secret: Any) -> None:
        """Remember the lines of a secret that are long enough to be no ordinary words."""
        lines = (line.strip() for line in str(secret).splitlines())
        self._known.update(line for line in lines if len(line) >= SHORTEST_KNOWN and line != MASK)

    def learn_all(self, key: str, value: Any) -> None:
        """Remember the secrets in the value of a key."""
        if isinstance(value, Mapping):
            for name, inner in value.items():
                self.learn_all(f"{key}.{name}", inner)
        elif isinstance(value, (list, tuple, set)):
            for inner in value:
                self.learn_all(key, inner)
        elif hides(key) and value is not None:
            self.learn(value)

    def learn_variable(self, name: str, text: str) -> None:
        """Remember the secrets in a variable."""
        self.learn_all(_key_of(name), _read_variable(name, text))

    def learn_file(self, text: str) -> None:
        """Remember the secrets in a YAML text."""
        for _, node, hidden in _scalars(compose(text)[0]).values():
            if hidden and _is_value(node):
                self.learn(node.value)

    def string(self, text: str) -> str:
        """Return a string without what follows the name of a secret in it."""
        found = re.search(MARK, text)
        if found and text[found.end() :].strip() not in NULL:
            text = text[: found.end()] + MASK
        return self._without_known(text)

    def value(self, key: str, value: Any) -> Any:
        """Return the value of a key, with secrets masked in it."""
        if isinstance(value, dict):
            return {name: self.value(f"{key}.{name}", inner) for name, inner in value.items()}
        if hides(key) and value not in (None, ""):
            return MASK
        if type(value) in (list, tuple, set):
            return type(value)(self.value(key, inner) for inner in value)
        return self.string(value) if isinstance(value, str) else value

    def variable(self, name: str, text: str) -> str:
        """Return a text from which dask reads the same value of a variable, but for its secrets."""
        value = _read_variable(name, text)
        masked = self.value(_key_of(name), value)
        if masked == value:
            return text
        if name == INHERITED_VARIABLE:
            return base64.urlsafe_b64encode(json.dumps(masked).encode()).decode()
        return masked if isinstance(value, str) or masked == MASK else repr(masked)

    def file(self, text: str) -> str:
        """Return a YAML text with the same lines, and the same values but for its secrets."""
        root, is_broken = compose(text)
        if is_broken:
            return self._lines(text, is_broken)
        pieces: list[str] = []
        done = 0
        for start, (end, node, hidden) in sorted(_scalars(root).items(), key=lambda item: item[0]):
            written = text[start:end]
            new = written if hidden is None else self._scalar(node, written, hidden)
            pieces += [self._lines(text[done:start]), new]
            done = end
        return "".join((*pieces, self._lines(text[done:])))

    def _scalar(self, node: Any, written: str, hidden: bool) -> str:
        value = MASK if hidden and _is_value(node) else self.string(node.value)
        header = written.splitlines()[0] if node.style in ("|", ">") else ""
        if value == node.value and not re.search(MARK, header):
            return written
        properties = re.match(r"(?:[&!]\S*\s+)*", written)
        anchors = re.findall(r"&\S+", properties.group() if properties else "")
        letters = (
            one if one.isprintable() and one not in '"\\' else f"\\U{ord(one):08x}" for one in value
        )
        breaks = re.findall(r"\r\n|[\r\n]", written)
        return "".join((*(f"{anchor} " for anchor in anchors), '"', *letters, '"', *breaks))

    def _lines(self, text: str, is_broken: bool = False) -> str:
        """Return the text between the values of a file, or a file that is not YAML.

        Lines that may continue a secret are masked, too: rather too much than too little.
        """
        pieces, above = [], -1
        for content, end in re.findall(r"([^\r\n]*)(\r\n|[\r\n]|$)", text):
            start = 0 if is_broken else content.find("#") if "#" in content else len(content)
            part = content[start:].rstrip()
            words = part.lstrip(_BEFORE_KEY)
            indent = len(part) - len(words)
            found = re.search(MARK_IN_BROKEN_FILE if is_broken else MARK, part)
            if above >= 0 and words and (indent > above or not re.match(_KEY, words)):
                content = content[: start + indent] + MASK
            elif found and part[found.end() :] not in NULL[1:]:
                above = indent
                if found.end() < len(part):
                    content = content[: start + found.end()] + MASK
            elif words or (content.strip() and not is_broken):
                above = -1
            pieces += [self._without_known(content), end]
        return "".join(pieces)

    def _without_known(self, text: str) -> str:
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text


def _key_of(variable: str) -> str:
    if variable == INHERITED_VARIABLE:
        return ""
    return re.sub("^DASK_", "", variable).lower().replace("__", ".")


def _read_variable(name: str, text: str) -> Any:
    """Return the value that dask reads from a variable, its text if that is not a literal."""
    try:
        if name == INHERITED_VARIABLE:
            return json.loads(base64.urlsafe_b64decode(text.encode()))
        return ast.literal_eval(text)
    except Exception:  # dask raises most of them; here they are all the same
        return text


def compose(text: str) -> tuple[Any, bool]:
    """Return the root node of a YAML text, and whether YAML does not allow the text."""
    import yaml

    for loader in (getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader):
        try:
            return yaml.compose(text, loader), False
        except (yaml.YAMLError, ValueError, RecursionError):
            continue
    return None, True


def _scalars(root: Any) -> dict[int, tuple[int, Any, bool | None]]:
    """Return start -> end, node, and whether it is hidden (None for a key) of each scalar."""
    import yaml

    found: dict[int, tuple[int, Any, bool | None]] = {}
    waiting: list[tuple[Any, bool]] = [(root, False)]
    seen: set[tuple[int, bool]] = set()
    while waiting:
        node, hidden = waiting.pop()
        if node is None or (id(node), hidden) in seen:
            continue
        seen.add((id(node), hidden))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                waiting.append((value, hidden or _names_secret(key, value)))
                if isinstance(key, yaml.ScalarNode):
                    found.setdefault(key.start_mark.index, (key.end_mark.index, key, None))
                else:
                    waiting.append((key, hidden))
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(value, hidden) for value in node.value]
        elif node.end_mark.index > node.start_mark.index:
            before = found.get(node.start_mark.index, (0, node, False))[2]
            found[node.start_mark.index] = (node.end_mark.index, node, bool(before) or hidden)
    return found


def _names_secret(key: Any, value: Any) -> bool:
    if not isinstance(key.value, str):
        return False
    return is_secret_section(key.value) or (value.id != "mapping" and is_secret(key.value))


def _is_value(node: Any) -> bool:
    return bool(node.value) and not node.tag.endswith(":null")
