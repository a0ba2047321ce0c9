"""The OpenAPI document: what every operation may answer besides success, said once."""

from functools import cache

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

DETAIL = "Refusal"
FAULTS = "Faults"
FAULT = "Fault"
SENTENCE = {"type": "string"}
ONE_FAULT = {"$ref": f"#/components/schemas/{FAULT}"}
COMPONENTS = {
    DETAIL: {"type": "object", "properties": {"detail": SENTENCE}, "required": ["detail"]},
    FAULTS: {
        "type": "object",
        "description": "字段名对应该字段的问题；不属于某个字段的在non_field_errors或detail中。",
        "additionalProperties": ONE_FAULT,
    },
    FAULT: {
        "description": "一句话，或几句话；字段有多项时，按项的序号（从0起）或字段名分别说明。",
        "oneOf": [
            SENTENCE,
            {"type": "array", "items": ONE_FAULT},
            {"type": "object", "additionalProperties": ONE_FAULT},
        ],
    },
}
WORDS = {
    "400": "提交的内容或查询条件有误，逐项说明。",
    "401": "没有登录，或者令牌无效。",
    "403": "看得到，但没有办理此事的权限。",
    "404": "没有这条记录，或者不在您的范围内。",
    "415": "请求内容的格式不受支持。",
    "429": "操作过于频繁，请稍后再试。",
}
METHODS = ("get", "post", "put", "patch", "delete")
# Without a row in the address they look for an organisation by its code.
OF_AN_ORGANISATION = (
    "/measures/", "/snapshots/", "/leaderboards/", "/dues-summary/", "/duties/", "/duty-rates/",
)  # fmt: skip


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "orgs.api.auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "写作“Token yqdj_…”，令牌在网页“我的令牌”中生成。",
        }


def document_refusals(result, generator, request, public):
    """Hook of drf-spectacular: adds the answers of the exception handler to every operation.

    Descriptions taken from docstrings speak to developers of the portal, so they are left out.
    """
    for schema in result.get("components", {}).get("schemas", {}).values():
        _drop_docstring(schema)
    result.setdefault("components", {}).setdefault("schemas", {}).update(COMPONENTS)
    for path, item in result["paths"].items():
        for method in METHODS:
            if method in item:
                _drop_docstring(item[method])
                for code in _codes(path, method, item[method]):
                    item[method]["responses"].setdefault(code, _response(code))
    return result


def _drop_docstring(part):
    if part.get("description", "").isascii():
        part.pop("description", None)


def _codes(path, method, operation):
    codes = ["401", "403"]
    if operation.get("parameters") or "requestBody" in operation:
        codes.append("400")
    if "{" in path or path.endswith(OF_AN_ORGANISATION):
        codes.append("404")
    if method.upper() not in SAFE_METHODS:
        codes += ["400", "415", "429"]
    return codes


def _response(code):
    name = FAULTS if code == "400" else DETAIL
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"description": WORDS[code], "content": {"application/json": {"schema": schema}}}


@cache
def document() -> dict:
    """The whole document, the same for everybody. Made once per process: it says what the code says, in seconds of work."""
    return SchemaGenerator().get_schema(request=None, public=True)


class SchemaView(APIView):
    """For people who may sign in; the document itself names no data."""

    renderer_classes = [OpenApiJsonRenderer, OpenApiJsonRenderer2]
    permission_classes = [IsAuthenticated]
    throttle_classes = []

    @extend_schema(exclude=True)
    def get(self, request):
        return Response(document())
