"""Fetches the front-end files at their exact versions and rebuilds static/vendor and static/icons.svg.

Run by a developer (`make vendor`, needs npm) when a version below changes; nothing of this happens at build
or run time. tests/test_vendor.py checks the result against static/vendor/vendor.lock.
"""

import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"
VENDOR = STATIC / "vendor"

# package, version, files inside the package -> file name here
PACKAGES = [
    (
        "@tabler/core",
        "1.6.1",
        {"dist/css/tabler.min.css": "tabler.min.css", "dist/js/tabler.min.js": "tabler.min.js"},
    ),
    ("htmx.org", "4.0.1", {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"}),
    (
        "echarts",
        "6.1.0",
        {"dist/echarts.min.js": "echarts.min.js", "LICENSE": "LICENSE", "NOTICE": "NOTICE"},
    ),
]
ICONS = ("@tabler/icons", "3.51.0")
ICON_NAMES = """
    alert-triangle arrow-back-up arrow-left arrow-right award ban bell bolt books briefcase building
    building-community calendar calendar-event category chart-bar chart-line chart-pie check chevron-down
    chevron-left chevron-right chevron-up circle-check circle-x clipboard-check clipboard-list clock copy
    database device-desktop device-floppy dots download edit external-link eye eye-off file file-download
    file-spreadsheet file-upload filter flag heart-handshake help history home id inbox info-circle key link
    list list-check list-details lock login logout mail map-pin menu-2 message microscope minus network
    pencil phone player-play player-stop plus printer qrcode refresh report school search selector send
    settings shield shield-check sitemap sort-ascending sort-descending star table tag target trash trophy
    unlink upload user user-check user-plus users x
""".split()  # noqa: SIM905

# The package carries the licence only as a line in each file's head.
TABLER_LICENCE = """MIT License

Copyright (c) 2018-2026 The Tabler Authors
Copyright (c) 2018-2026 codecalm.net Paweł Kuna

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


def unpack(name: str, version: str, into: Path) -> Path:
    subprocess.run(  # noqa: S603
        ["npm", "pack", "--silent", "--pack-destination", into, f"{name}@{version}"],  # noqa: S607
        check=True,
        stdout=subprocess.DEVNULL,
    )
    folder = into / name.replace("/", "-").strip("@")
    with tarfile.open(next(into.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    next(into.glob("*.tgz")).unlink()
    return folder / "package"


def without_source_map(content: bytes) -> bytes:
    """The manifest storage would look for the map file that the comment names, and fail."""
    return re.sub(rb"\s*(/\*|//)# sourceMappingURL=[^\s*]+(\s*\*/)?", b"", content).rstrip() + b"\n"


def sprite(icons: Path) -> str:
    symbols = []
    for name in sorted(ICON_NAMES):
        svg = (icons / f"{name}.svg").read_text()
        drawing = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL).group(1)
        shapes = [" ".join(line.split()) for line in drawing.splitlines() if line.strip()]
        body = "".join(shape for shape in shapes if "M0 0h24v24H0z" not in shape)
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            f'stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
        )
    head = f"<!-- Tabler Icons {ICONS[1]}, MIT, see vendor/tabler-icons-{ICONS[1]}/LICENSE -->"
    return f'<svg xmlns="http://www.w3.org/2000/svg">{head}\n' + "\n".join(symbols) + "\n</svg>\n"


def build(scratch: Path) -> list[dict]:
    lock = []

    def keep(name, version, path, content):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        file = path.relative_to(STATIC).as_posix()
        lock.append({"name": name, "version": version, "file": file, "sha256": digest})

    for name, version, files in PACKAGES:
        package = unpack(name, version, scratch)
        target = VENDOR / f"{name.replace('/', '-').strip('@')}-{version}"
        for source, file in files.items():
            keep(name, version, target / file, without_source_map((package / source).read_bytes()))
        if "LICENSE" not in files:
            keep(name, version, target / "LICENSE", TABLER_LICENCE.encode())
    icons = unpack(*ICONS, scratch)
    keep(*ICONS, STATIC / "icons.svg", sprite(icons / "icons" / "outline").encode())
    licence = (icons / "LICENSE").read_bytes()
    keep(*ICONS, VENDOR / f"tabler-icons-{ICONS[1]}" / "LICENSE", licence)
    return lock


if __name__ == "__main__":
    if VENDOR.exists():
        shutil.rmtree(VENDOR)
    with tempfile.TemporaryDirectory() as scratch:
        lock = build(Path(scratch))
    (VENDOR / "vendor.lock").write_text(json.dumps(lock, indent=2) + "\n")
