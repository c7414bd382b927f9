# syntax=docker/dockerfile:1
# Two images from one file: `api` (small, no torch) and `worker`. See docs/deployment.md.
ARG PYTHON=3.12-slim-bookworm

FROM python:${PYTHON} AS source
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY api_schemas api_schemas
COPY jobstore jobstore
COPY rfengine rfengine
COPY service service
COPY worker worker

FROM source AS api-build
RUN /venv/bin/pip install --constraint constraints.txt '.[scale]'

FROM source AS worker-build
# Of torch: builds for CUDA come from https://pypi.org/simple, and are ten times as large.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN /venv/bin/pip install --constraint constraints.txt --index-url "${TORCH_INDEX}" \
        --extra-index-url https://pypi.org/simple torch \
    && /venv/bin/pip install --constraint constraints.txt '.[all]'

FROM python:${PYTHON} AS runtime
# Nothing is written outside /tmp and /checkpoints: the root file system may be read-only.
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    MPLCONFIGDIR=/tmp/matplotlib \
    XDG_CACHE_HOME=/tmp/cache \
    RFENGINE_DATA=/tmp/rfengine-data \
    RFENGINE_CHECKPOINTS=/checkpoints
RUN groupadd --gid 10001 rfengine \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin rfengine \
    && install --directory --owner rfengine --group rfengine --mode 0700 /checkpoints
WORKDIR /tmp
USER 10001:10001

FROM runtime AS api
COPY --from=api-build /venv /venv
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-P", "-m", "service", "--host", "0.0.0.0", "--port", "8000"]

FROM runtime AS worker
COPY --from=worker-build /venv /venv
ENV RFENGINE_WORKER_METRICS=0.0.0.0:9108
EXPOSE 9108
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9108/metrics', timeout=4)"]
CMD ["python", "-P", "-m", "worker", "--queue", "cpu"]
