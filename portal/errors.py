"""What a person reads when the program failed: whether waiting helps, and the number by which the log is searched."""

import errno
import sys
from http import HTTPStatus

from django.http import HttpResponse, JsonResponse
from django.template import loader
from django.views import defaults
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from imports import sql

AWAY = (*sql.AWAY, RedisConnectionError, RedisTimeoutError)
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
QUERY_CANCELED = "57014"
RETRY_SECONDS = 15

FAILED = "系统没能完成这次操作，已经记录下来。请稍后重试；若一直如此，请把操作时间和步骤告诉系统管理员。"
UNAVAILABLE = "系统的数据库或缓存暂时没有应答。请稍后刷新页面；刚才若在提交内容，请核对是否已经保存。"
TOO_LONG = "这次查询用时过长，已经停止。请缩小范围后重试。"
FULL = "服务器的存储空间不足，这次提交的内容没有保存。请通知系统管理员清理磁盘，然后重新提交。"


def server_error(request, template_name="500.html"):
    """503 while a part that others mend does not answer or has no room, else 500. Touches neither database nor session."""
    error = _away(sys.exception())
    status, title, text = HTTPStatus.INTERNAL_SERVER_ERROR, "系统出错了", FAILED
    if error is not None:
        status, title, text = HTTPStatus.SERVICE_UNAVAILABLE, "系统暂时不可用", UNAVAILABLE
        if getattr(error.__cause__, "pgcode", "") == QUERY_CANCELED:
            title, text = "查询用时过长", TOO_LONG
        elif _is_full(error):
            title, text = "存储空间不足", FULL
    number = getattr(request, "id", "")
    if request.path_info.startswith("/api/"):
        response = JsonResponse({"detail": text, "request": number}, status=status)
    else:
        page = loader.get_template(template_name)
        response = HttpResponse(page.render({"title": title, "text": text, "number": number}), status=status)
    if error is not None:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def bad_request(request, exception):
    """As Django's, but for what only looks like a bad request: where the database goes away while a session is written,
    Django says that the person has signed out.
    """
    return server_error(request) if _away(exception) else defaults.bad_request(request, exception)


def _away(error: BaseException | None) -> BaseException | None:
    while error is not None and not isinstance(error, AWAY) and not _is_full(error):
        error = error.__cause__ or error.__context__
    return error


def _is_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in NO_ROOM
