"""How the robots of 企业微信, 钉钉 and 飞书 are spoken to: body, signature, and what an answer says.

Sources: 企业微信开发者中心“群机器人配置说明”; 钉钉开放平台“自定义机器人安全设置”; 飞书开放平台“自定义机器人使用指南”.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from urllib.parse import urlencode

from orgs.models import RobotKind

HOSTS = {
    RobotKind.WECOM: "qyapi.weixin.qq.com",
    RobotKind.DINGTALK: "oapi.dingtalk.com",
    RobotKind.FEISHU: "open.feishu.cn",
}
SIGNED = (RobotKind.DINGTALK, RobotKind.FEISHU)
# What is wrong most often when a robot is set up; see the error codes of the platforms.
HINTS = {
    93000: "机器人地址不对，或机器人已被移出群",
    45009: "发送过于频繁",
    300001: "机器人地址中的access_token不对",
    310000: "不符合机器人的安全设置：核对密钥、关键词和IP地址段",
    19001: "机器人地址不对",
    19021: "签名不符，请核对密钥",
    19022: "本系统的IP不在机器人的白名单内",
    19024: "不含机器人要求的关键词",
}
_MARKED = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]()<>#"})


@dataclass(frozen=True)
class Line:
    """Words, and the page that says more."""

    words: str
    url: str


@dataclass(frozen=True)
class Post:
    title: str
    lines: tuple[Line, ...]


def request_of(robot, post: Post, now: float) -> tuple[str, bytes]:
    """(address, body), signed for this moment where the robot has a secret."""
    address, body = robot.address, _BODIES[robot.kind](post)
    if robot.secret and robot.kind == RobotKind.DINGTALK:
        timestamp = str(int(now * 1000))
        text = f"{timestamp}\n{robot.secret}"
        sign = _base64(hmac.digest(robot.secret.encode(), text.encode(), hashlib.sha256))
        address += ("&" if "?" in address else "?") + urlencode({"timestamp": timestamp, "sign": sign})
    if robot.secret and robot.kind == RobotKind.FEISHU:
        timestamp = str(int(now))
        # The text to sign is the key here, and what is signed is empty.
        sign = _base64(hmac.digest(f"{timestamp}\n{robot.secret}".encode(), b"", hashlib.sha256))
        body |= {"timestamp": timestamp, "sign": sign}
    return address, json.dumps(body, ensure_ascii=False).encode()


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _markdown(post: Post) -> str:
    lines = (f"- [{line.words.translate(_MARKED)}]({line.url})" for line in post.lines)
    return "\n".join([f"**{post.title.translate(_MARKED)}**", "", *lines])


def _wecom(post):
    return {"msgtype": "markdown", "markdown": {"content": _markdown(post)}}


def _dingtalk(post):
    return {"msgtype": "markdown", "markdown": {"title": post.title, "text": _markdown(post)}}


def _feishu(post):
    lines = [[{"tag": "a", "text": line.words, "href": line.url}] for line in post.lines]
    return {"msg_type": "post", "content": {"post": {"zh_cn": {"title": post.title, "content": lines}}}}


_BODIES = {RobotKind.WECOM: _wecom, RobotKind.DINGTALK: _dingtalk, RobotKind.FEISHU: _feishu}


def code_of(body: bytes) -> int | None:
    """The platform's own code, 0 when it took the message; None when the answer is none of theirs."""
    try:
        said = json.loads(body)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    code = said.get("errcode", said.get("code", said.get("StatusCode")))
    return code if isinstance(code, int) and not isinstance(code, bool) else None
