"""Backup and restore of everything: the database as of one moment, and all uploaded files. Never the keys.

An archive is a tar stream, sealed with the first of `BACKUP_KEYS` when there is one:

    about.json          product, version, engine, migrations, fingerprints of the keys, rows and SHA-256 of every table
    database/000000 …   what pg_dump wrote, or the SQLite file packed with zlib, in pieces
    files/…             the uploaded files as they lie on the disk
    files.sha256        SHA-256 and name of each file, in the order of the archive
    sums.json           SHA-256 of about.json, of the database's pieces together and of files.sha256

What is signed in and what is cached (`TRANSIENT`) stays out: an old session must not open a door again.
"""

from portal.backups.archive import Refused
from portal.backups.make import backup, newest_backup
from portal.backups.restore import restore

__all__ = ["Refused", "backup", "newest_backup", "restore"]
