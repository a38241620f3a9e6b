# Retold as an image: runs as nobody in particular (uid 10001), keeps everything in /data. docs/docker.md says how.
ARG PYTHON=3.13
FROM python:${PYTHON}-slim AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/retold \
 && /opt/retold/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY . .
RUN /opt/retold/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --no-index . \
 && /opt/retold/bin/retold --version

FROM python:${PYTHON}-slim
RUN groupadd --system --gid 10001 retold \
 && useradd --system --uid 10001 --gid 10001 --home-dir /data --shell /usr/sbin/nologin retold \
 && install -d -o retold -g retold -m 750 /data
COPY --from=build /opt/retold /opt/retold
ENV PATH=/opt/retold/bin:$PATH PYTHONUNBUFFERED=1 RETOLD_DB=/data/stories.db
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8001
# config.yaml is read from /data; SIGTERM ends a run within seconds, and what it had is kept
STOPSIGNAL SIGTERM
ENTRYPOINT ["retold"]
CMD ["--help"]
