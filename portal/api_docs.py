"""The OpenAPI document as a plain page, made from the document itself."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from orgs.api.schema import METHODS


@login_required
@require_safe
def docs(request):
    document = SchemaGenerator().get_schema(request=None, public=True)
    return render(request, "portal/api_docs.html", {"groups": _groups(document)})


def _groups(document) -> dict[str, list[dict]]:
    """Operations by the first word of their address."""
    groups: dict[str, list[dict]] = {}
    for path, item in document["paths"].items():
        lines = groups.setdefault(path.split("/")[2], [])
        lines += [_line(path, method, item[method], document) for method in METHODS if method in item]
    return groups


def _line(path, method, operation, document):
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
        "fields": _fields(operation, document),
    }


def _fields(operation, document) -> list[tuple[str, bool, str]]:
    """(name, required, words) of the request body."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = next(iter(content.values()), {}).get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    required = schema.get("required", ())
    return [
        (name, name in required, field.get("description", "").partition("\n")[0])
        for name, field in schema.get("properties", {}).items()
    ]
