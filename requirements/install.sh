#!/bin/sh
# Builds .venv from a hashed lock file. Called by `make setup` only when the lock changed.
set -eu

lock=$1

for candidate in "${PYTHON:-python3}" python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "${python:-}" ]; then
    echo "需要 Python 3.11 或更高版本，本机没有找到。请先安装，或用 make setup PYTHON=/路径/python3.11 指定。" >&2
    exit 1
fi

echo "正在准备运行环境（.venv），首次约需一分钟……"
# Cleared, not updated: a package that left the lock must also leave the environment.
if ! "$python" -m venv --clear .venv >.venv.log 2>&1; then
    cat .venv.log >&2
    rm -f .venv.log
    echo "无法创建虚拟环境：$python 缺少 venv 模块。Debian/Ubuntu 请先安装 python3-venv。" >&2
    exit 1
fi
rm -f .venv.log
# The lock is complete. Resolving it again would let some versions of pip look at releases newer than the pinned ones
# (wherever a package asks for an extra of another) and refuse them for want of a hash.
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes --requirement "$lock"
.venv/bin/python -m pip check --disable-pip-version-check >/dev/null
# Last, so that an interrupted installation starts again from the beginning.
cp "$lock" .venv/installed.lock
