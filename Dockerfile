# One image for the worker, the API and the commands: what it is told to run chooses.
#
#     docker build --build-arg REVISION=$(git rev-parse HEAD) --tag logtally .
#
# docs/image.md says how it is run.

# Any image of a Linux with glibc that has Python 3.11 or newer, with its module venv.
ARG BASE_IMAGE=docker.io/library/python:3.13-slim-trixie

FROM ${BASE_IMAGE} AS tools
COPY requirements/build.txt /requirements/
RUN python3 -m venv /tools \
    && /tools/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
        --requirement /requirements/build.txt

# What logtally needs: it changes when its lock file does, and is a layer of its own.
FROM tools AS dependencies
COPY requirements/run.txt /requirements/
# Wheels alone: nothing is compiled, and no code of a package runs while it is installed.
RUN python3 -m venv --without-pip /opt/logtally \
    && /tools/bin/pip --python /opt/logtally/bin/python install --no-cache-dir --disable-pip-version-check \
        --only-binary :all: --require-hashes --requirement /requirements/run.txt

# logtally itself, with nothing of what it needs.
FROM dependencies AS package
COPY pyproject.toml README.md LICENSE /source/
COPY api /source/api
COPY cli /source/cli
COPY core /source/core
COPY local /source/local
COPY worker /source/worker
RUN /tools/bin/pip wheel --no-cache-dir --disable-pip-version-check --no-build-isolation --no-deps --wheel-dir /wheel /source \
    && /tools/bin/pip --python /opt/logtally/bin/python install --no-cache-dir --disable-pip-version-check \
        --no-deps --no-index --prefix /package /wheel/*.whl

FROM ${BASE_IMAGE}
ARG REVISION=unknown
ARG VERSION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="logtally" \
    org.opencontainers.image.description="Counts the errors in S3 log files once." \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.source="${SOURCE}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.version="${VERSION}"

# A home, for the AWS files of whoever mounts theirs.
RUN groupadd --gid 10001 logtally \
    && useradd --uid 10001 --gid 10001 --create-home --shell /usr/sbin/nologin logtally

COPY --from=dependencies /opt/logtally /opt/logtally
COPY --from=package /package /opt/logtally

ENV PATH=/opt/logtally/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    LOGTALLY_API_HOST=0.0.0.0 \
    LOGTALLY_HEALTH_FILE=/tmp/logtally-worker.json \
    LOGTALLY_COMMIT=${REVISION}

# All that is written; the rest may be read-only.
VOLUME /tmp
USER 10001:10001
EXPOSE 8000

# A worker has its file from its first moment on; a container without one serves. Whatever else runs here has no health:
# docs/image.md.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["sh", "-c", "if [ -e \"$LOGTALLY_HEALTH_FILE\" ]; then exec logtally worker --health; fi; exec logtally api --health"]

CMD ["logtally", "api"]
