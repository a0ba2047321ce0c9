"""Attachments: what is taken in, how it is kept, how it is handed out. The one door for every app.

    accepted = uploads.accept(request.FILES["file"])          # raises ValidationError, one sentence with the cure
    with uploads.keeping() as files:                          # a transaction; its files go with it
        files.keep(CaseDocument(case=case, …), accepted, by=user)
    return uploads.download(document)                         # the caller has checked access and recorded the act

A model of attachments inherits `orgs.models.StoredUpload`, and `reencrypt` and the nightly sweep find it by that.
"""

from orgs.uploads.intake import Accepted, accept, accepted_extensions, facts, limits_words, split_batch
from orgs.uploads.sealed import (
    content_of,
    download,
    download_in_pieces,
    keeping,
    models_of_uploads,
    path_of,
    pieces_of,
    reseal,
    sweep,
    written,
)

__all__ = [
    "Accepted",
    "accept",
    "accepted_extensions",
    "content_of",
    "download",
    "download_in_pieces",
    "facts",
    "keeping",
    "limits_words",
    "models_of_uploads",
    "path_of",
    "pieces_of",
    "reseal",
    "split_batch",
    "sweep",
    "written",
]
