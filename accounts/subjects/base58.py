"""Base58 with Bitcoin's alphabet behind a "z", as multibase writes it: no two of its characters look alike."""

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def encode(data: bytes) -> str:
    number, text = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "z" + ALPHABET[0] * zeros + text


def decode(text: str, length: int) -> bytes:
    """Exactly so many bytes, in their one spelling. Raises ValueError."""
    number = 0
    for character in text[1 : 2 * length + 1]:
        number = number * 58 + ALPHABET.index(character)
    if number >= 256**length:
        raise ValueError("too long")
    data = number.to_bytes(length)
    if encode(data) != text:
        raise ValueError("not the base58 of so many bytes")
    return data
