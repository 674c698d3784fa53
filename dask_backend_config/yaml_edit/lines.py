"""The lines of a text as PyYAML counts them, with their positions and line ends."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

BYTE_ORDER_MARK = "\ufeff"
#: What ends a line for PyYAML.
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class Lines:
    """The lines of a text, counted from 0, without a byte order mark before the first."""

    def __init__(self, text: str) -> None:
        self.text = text
        if any(letter in text for letter in "\r\x85\u2028\u2029"):
            self.starts = [0, *(found.end() for found in LINE_BREAK.finditer(text))]
        else:  # three times faster
            self.starts = list(accumulate((len(x) + 1 for x in text.split("\n")[:-1]), initial=0))
        if text.startswith(BYTE_ORDER_MARK):
            self.starts[0] = 1

    def __len__(self) -> int:
        return len(self.starts)

    def at(self, position: int) -> int:
        """Return the number of the line that contains `position`."""
        return max(bisect_right(self.starts, position) - 1, 0)

    def after(self, number: int) -> int:
        """Return where the next line begins, or the end of the text."""
        return self.starts[number + 1] if number + 1 < len(self) else len(self.text)

    def ending(self, number: int) -> str:
        """Return the characters that end a line, the empty string at the end of the text."""
        return self.text[self.starts[number] + len(self.content(number)) : self.after(number)]

    def content(self, number: int) -> str:
        """Return a line without its ending."""
        return self.text[self.starts[number] : self.after(number)].rstrip("\r\n\x85\u2028\u2029")

    def is_blank(self, number: int) -> bool:
        """Return whether a line is empty or has only whitespace."""
        return not self.content(number).strip()

    def is_comment(self, number: int) -> bool:
        """Return whether a line looks like a comment; inside of a long string it is not one."""
        return self.content(number).lstrip().startswith("#")
