FROM python:3.13-slim AS build
RUN python -m venv /opt/dateline
WORKDIR /build
COPY requirements.txt ./
RUN /opt/dateline/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY api api
COPY migrations migrations
COPY examples examples
RUN /opt/dateline/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/dateline --create-home dateline
COPY --from=build /opt/dateline /opt/dateline
ENV PATH="/opt/dateline/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    DATELINE_DATA_DIR=/var/lib/dateline \
    DATELINE_HOST=0.0.0.0 \
    DATELINE_PORT=8000
USER 10001
EXPOSE 8000
# The port is the setting's; whether the database answers is for /readyz, and no reason to restart this container.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["python", "-c", \
    "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"DATELINE_PORT\"]}/livez', timeout=2)"]
ENTRYPOINT ["dateline"]
CMD ["serve"]
