# One image for web, worker, beat and migrate; a second, small one for the proxy.

FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r requirements/base.txt
COPY . .
# The settings ask for secrets when DEBUG=0. These serve this one command and are not kept in the image.
RUN DEBUG=0 SECRET_KEY=build FIELD_KEYS=build AUDIT_KEY=build INDEX_KEYS=build ALLOWED_HOSTS=build VAR_DIR=/tmp/var \
    STATIC_ROOT=/app/staticfiles /venv/bin/python manage.py collectstatic --no-input \
    && /venv/bin/python -m compileall -q /app

FROM python:3.11-slim-bookworm AS app
# pg_dump, pg_restore and psql for manage.py backup and restore: of the version of the db service.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 portal \
    && useradd --uid 10001 --gid portal --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal -m 0700 /var/lib/portal
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=portal.settings \
    DEBUG=0 \
    VAR_DIR=/var/lib/portal \
    STATIC_ROOT=/app/staticfiles \
    WEB_BIND=0.0.0.0:8000
WORKDIR /app
USER 10001:10001
VOLUME /var/lib/portal
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "portal.wsgi:application"]

FROM caddy:2.10-alpine AS proxy
# The file capability for ports below 1024 goes: the proxy listens above, and may then run without any privilege.
RUN setcap -r /usr/bin/caddy && mkdir -p /data /config && chown -R 10001:10001 /data /config
COPY deploy/Caddyfile /etc/caddy/Caddyfile
USER 10001:10001
EXPOSE 8080 8443
