"""Numbers as they come in addresses and forms."""

MOST_DIGITS = 18  # what a 64-bit column takes


def is_key(text: str) -> bool:
    """Whether `text` may be a primary key."""
    return text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
