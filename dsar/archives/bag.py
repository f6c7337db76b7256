"""A BagIt bag (RFC 8493) written as one ZIP stream, front to back: nothing is held in memory but the list of files.

The same content gives the same bytes: the order is the caller's, and no file carries a time.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Protocol, cast

from accounts.subjects import signing

# What the signature over the manifest is for; see signing.
KIND = "privacy-center-manifest"
# The earliest moment that ZIP can tell.
NO_TIME = (1980, 1, 1, 0, 0, 0)
# Names that Windows keeps for devices, whatever their ending.
RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
LONGEST_NAME = 80


class Writable(Protocol):
    def write(self, data: bytes, /) -> int: ...


class _Hashed:
    """Passes bytes on, counting and hashing them."""

    def __init__(self, out: Writable) -> None:
        self._out, self._hash, self.size = out, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self._out.write(data)
        self._hash.update(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """For zipfile, which flushes what it writes to."""

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class Bag:
    def __init__(self, out: Writable, top: str) -> None:
        self._out = _Hashed(out)
        # zipfile writes to anything that has write() and flush(); it then puts sizes behind the files.
        self._zip = zipfile.ZipFile(cast(IO[bytes], self._out), "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._top = top
        self._manifest: dict[str, str] = {}
        self._bytes = 0

    @property
    def size(self) -> int:
        return self._out.size

    @property
    def sha256(self) -> str:
        return self._out.sha256

    @contextmanager
    def file(self, path: str, *, size: int = 0) -> Iterator[Writable]:
        """A file of the payload. `size` is what is known beforehand: beyond 2 GiB ZIP must be told so."""
        name = f"data/{path}"
        with self._zip.open(self._entry(name, size), "w") as raw:
            hashed = _Hashed(cast(Writable, raw))
            yield hashed
        self._manifest[name] = hashed.sha256
        self._bytes += hashed.size

    def text(self, path: str, content: str) -> None:
        with self.file(path) as out:
            out.write(content.encode())

    def close(self, info: Mapping[str, str]) -> None:
        """Write the tag files: what makes the folder a bag, and the signature over its manifest."""
        oxum = f"{self._bytes}.{len(self._manifest)}"
        lines = [f"{label}: {value}\n" for label, value in {**info, "Payload-Oxum": oxum}.items()]
        manifest = _manifest(self._manifest)
        tags = {
            "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "bag-info.txt": "".join(lines).encode(),
            "manifest-sha256.txt": manifest,
            "signature.json": json.dumps(signing.sign(manifest, kind=KIND), indent=1).encode(),
        }
        tags["tagmanifest-sha256.txt"] = _manifest({name: hashlib.sha256(tags[name]).hexdigest() for name in tags})
        for name, content in tags.items():
            with self._zip.open(self._entry(name, len(content)), "w") as out:
                out.write(content)
        self._zip.close()

    def _entry(self, name: str, size: int) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(f"{self._top}/{name}", NO_TIME)
        entry.compress_type, entry.file_size = zipfile.ZIP_DEFLATED, size
        entry.external_attr = 0o100600 << 16
        return entry


class Names:
    """Names of files that no system on which the ZIP is opened trips over, each given out once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, *words: str) -> str:
        """One folder or file per word: small letters, digits, hyphens, dots and underscores, never upwards."""
        name = plain = "/".join(map(_safe, words))
        count = 1
        while name in self._taken:
            count += 1
            name = f"{plain}-{count}"
        self._taken.add(name)
        return name


def _safe(word: str) -> str:
    name = re.sub(r"[^a-z0-9._-]+", "-", word.lower())[:LONGEST_NAME].strip(".-")
    return f"_{name}" if not name or RESERVED.match(name) else name


def _manifest(hashes: Mapping[str, str]) -> bytes:
    return "".join(f"{sha256}  {name}\n" for name, sha256 in hashes.items()).encode()
