"""The OpenAPI document as a plain page, made from the document itself."""

from functools import cache

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orgs.api.schema import METHODS, document


@login_required
@require_safe
def docs(request):
    return render(request, "portal/api_docs.html", {"groups": _groups()})


@cache
def _groups() -> dict[str, list[dict]]:
    """Operations by the first word of their address."""
    groups: dict[str, list[dict]] = {}
    for path, item in document()["paths"].items():
        lines = groups.setdefault(path.split("/")[2], [])
        lines += [_line(path, method, item[method]) for method in METHODS if method in item]
    return groups


def _line(path, method, operation):
    return {
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": [
            (parameter["name"], parameter.get("description", "").partition("\n")[0])
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "query"
        ],
        "fields": _fields(operation),
    }


def _fields(operation) -> list[tuple[str, bool, str]]:
    """(name, required, words) of the request body."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = next(iter(content.values()), {}).get("schema", {})
    if "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    required = schema.get("required", ())
    return [
        (name, name in required, field.get("description", "").partition("\n")[0])
        for name, field in schema.get("properties", {}).items()
    ]
