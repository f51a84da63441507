# One image for every process of a team's server: docker-compose.yml says which command each runs.
FROM node:22-slim AS frontend
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci
COPY frontend/ ./
RUN npm run build

FROM python:3.11-slim AS python
RUN python -m venv /opt/orrery
ENV PATH=/opt/orrery/bin:$PATH
COPY requirements/runtime.txt /tmp/runtime.txt
RUN pip install --no-cache-dir --require-hashes --requirement /tmp/runtime.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /srv/orrery orrery \
    && install --directory --owner orrery --mode 0700 /var/lib/orrery /run/orrery
COPY --from=python /opt/orrery /opt/orrery
WORKDIR /srv/orrery
COPY pyproject.toml manage.py README.md LICENSE ./
COPY dashboard/ dashboard/
COPY visualizer/ visualizer/
COPY templates/ templates/
COPY static/ static/
COPY demos/ demos/
COPY --from=frontend /src/static/build/ static/build/
ENV PATH=/opt/orrery/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ORRERY_DATA_DIR=/var/lib/orrery
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .
USER orrery
VOLUME /var/lib/orrery
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'Host': 'localhost'}), timeout=4)"]
CMD ["orrery", "serve", "--host", "0.0.0.0", "--port", "8000"]
