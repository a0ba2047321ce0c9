"""Pictures are drawn anew: what a camera or a stranger put beside the picture (place, device, programs) stays behind."""

import io

from django.conf import settings
from PIL import Image, ImageOps

from orgs.uploads.kinds import DAMAGED, HEIC, JPEG, PNG, WEBP, Kind, Refused

FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", HEIC: "HEIF"}
MODES = {"JPEG": ("L", "RGB"), "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"), "WEBP": ("RGB", "RGBA")}
OPTIONS = {"JPEG": {"quality": 90}, "PNG": {}, "WEBP": {"quality": 90}}
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
NO_HEIC = "是 HEIC 照片，系统无法读取，请在手机“设置—相机—格式”中选“兼容性最佳”重拍，或转为 JPG 后再上传。"


def drawn_anew(content: bytes, kind: Kind) -> tuple[bytes, Kind]:
    """The picture, upright, without anything else; HEIC becomes JPEG. Raises Refused."""
    if kind == HEIC and not reads_heic():
        raise Refused(NO_HEIC)
    target = JPEG if kind == HEIC else kind
    try:
        return _redraw(content, FORMATS[kind], FORMATS[target]), target
    except BOMBS as error:
        raise too_many_pixels() from error
    except Refused:
        raise
    except Exception as error:
        raise Refused(DAMAGED) from error


def _redraw(content, source, target) -> bytes:
    with Image.open(io.BytesIO(content), formats=[source]) as image:
        if image.width * image.height > settings.UPLOAD_MAX_PIXELS:
            raise too_many_pixels()
        upright = ImageOps.exif_transpose(image)
    if upright.mode not in MODES[target]:
        upright = upright.convert("RGBA" if target != "JPEG" and _has_alpha(upright) else "RGB")
    upright.info = {name: value for name, value in upright.info.items() if name == "transparency"}
    out = io.BytesIO()
    upright.save(out, target, **OPTIONS[target])
    return out.getvalue()


def _has_alpha(image) -> bool:
    return image.mode in ("LA", "PA", "La", "RGBa", "RGBA") or "transparency" in image.info


def reads_heic() -> bool:
    """Only with a plug-in that registers the format; none is required."""
    Image.init()
    return FORMATS[HEIC] in Image.OPEN


def too_many_pixels() -> Refused:
    most = settings.UPLOAD_MAX_PIXELS // 10_000
    return Refused(f"的像素超过{most}万，无法处理，请缩小图片或用手机重新拍摄后再上传。")
