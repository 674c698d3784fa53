"""Tables of exact text in, edits, and exact text out."""
