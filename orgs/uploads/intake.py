"""From what somebody sends to what may be kept: name, size, type, virus scan, picture. Every refusal is one sentence."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File

from orgs.fields import mask_identity, mask_phone
from orgs.uploads import images, scanner
from orgs.uploads.kinds import HEIC, KIND_BY_EXTENSION, KINDS, OTHER, Kind, Refused, kind_of

LONGEST_NAME = 100
MOST_AT_ONCE = 10
MEGABYTE = 1024 * 1024
NUMBERS = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|1[3-9]\d{9})(?!\d)", re.ASCII)


@dataclass(frozen=True)
class Accepted:
    """`content` as it will be kept; `sha256` is of that, so the same picture with another camera note is the same."""

    name: str
    content: bytes
    kind: Kind

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def accept(upload: File) -> Accepted:
    """Raises ValidationError: one sentence with the name of the file and the cure."""
    name = clean_name(upload.name or "")
    try:
        return _accepted(name, upload)
    except Refused as error:
        raise ValidationError(f"“{name}”{error}", code="upload") from error


def _accepted(name, upload) -> Accepted:
    if not upload.size:
        raise Refused("是空文件，请检查后重新选择。")
    if upload.size > settings.UPLOAD_MAX_BYTES:
        most, size = settings.UPLOAD_MAX_BYTES // MEGABYTE, upload.size / MEGABYTE
        raise Refused(f"有{size:.1f} MB，超过每个文件{most} MB 的上限，请压缩或拆分后再上传。")
    upload.seek(0)
    content = upload.read()
    kind = kind_of(content)
    _check_extension(name, kind)
    scanner.refuse_infected(content)
    if kind.is_image:
        content, kind = images.drawn_anew(content, kind)
    return Accepted(_with_extension(name, kind), content, kind)


def _check_extension(name, kind):
    _, dot, extension = name.rpartition(".")
    said = KIND_BY_EXTENSION.get(extension.lower() if dot else "")
    if said is None:
        raise Refused(OTHER)
    if said != kind:
        raise Refused(f"的扩展名与内容不符，内容是{kind.label}，请改用正确的扩展名或重新导出后再上传。")


def _with_extension(name, kind) -> str:
    """A picture that was converted is called what it has become."""
    stem, _, extension = name.rpartition(".")
    return name if extension.lower() in kind.extensions else f"{stem}.{kind.extensions[0]}"


def clean_name(name: str) -> str:
    """The last part of a path, without signs that steer a terminal or turn the reading direction, numbers masked."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp")).strip()
    name = NUMBERS.sub(_masked, name)
    stem, dot, extension = name.rpartition(".")
    if dot and len(name) > LONGEST_NAME and len(extension) < 10:
        return f"{stem[: LONGEST_NAME - 1 - len(extension)]}.{extension}"
    return name[:LONGEST_NAME] or "未命名文件"


def _masked(match) -> str:
    """People name scans by number; a page that shows the name must not tell it. No “*”, which no file may bear."""
    number = match[0]
    return (mask_phone(number) if len(number) == 11 else mask_identity(number)).replace("*", "_")


def split_batch(files: list) -> list:
    """The files of one form, if they are not too many or too large together. Raises ValidationError."""
    if not files:
        raise ValidationError("请选择要上传的文件。")
    if len(files) > MOST_AT_ONCE:
        raise ValidationError(f"一次最多上传{MOST_AT_ONCE}个文件，您选择了{len(files)}个，请分几次上传。")
    most = settings.UPLOAD_BATCH_MAX_BYTES
    if sum(file.size for file in files) > most:
        raise ValidationError(f"一次上传的文件合计不超过{most // MEGABYTE} MB，请分几次上传。")
    return files


def accepted_extensions() -> str:
    """For the `accept` of a file field; pictures by type too, so that phones offer the camera."""
    kinds = [kind for kind in KINDS if kind != HEIC or images.reads_heic()]
    return ",".join(["image/*", *(f".{extension}" for kind in kinds for extension in kind.extensions)])


def limits_words() -> str:
    most = settings.UPLOAD_MAX_BYTES // MEGABYTE
    return f"可一次选择多个文件（最多{MOST_AT_ONCE}个），支持 PDF、图片、Word、Excel，每个不超过{most} MB。"


def facts() -> dict:
    """How the installation takes files in, for its administrator."""
    tone, words = scanner.state()
    return {
        "most": settings.UPLOAD_MAX_BYTES // MEGABYTE,
        "pixels": settings.UPLOAD_MAX_PIXELS // 1_000_000,
        "heic": images.reads_heic(),
        "scanner_tone": tone,
        "scanner": words,
    }
