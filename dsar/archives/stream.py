from collections.abc import Iterator

from django.http import StreamingHttpResponse

from dsar.archives.models import Archive


def stream(archive: Archive, chunks: Iterator[bytes]) -> StreamingHttpResponse:
    """The archive as a file to be saved, kept by nobody on the way and taken for nothing but what it is."""
    response = StreamingHttpResponse(chunks, content_type="application/zip")
    response["Content-Length"] = str(archive.size)
    response["Content-Disposition"] = f'attachment; filename="privacy-center-{archive.reference}.zip"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
