# For CI without Python of its own: docker build -t bench-agent . ; docker run --rm -v "$PWD:/work" bench-agent ci
# The project's own dependencies are installed by `docker run ... sh -c 'pip install -e . && bench-agent ci'`, or in an image
# that begins with FROM bench-agent.
FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir build && python -m build --wheel --outdir /dist

FROM python:3.12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /dist/*.whl /tmp/
RUN pip install --no-cache-dir /tmp/*.whl pytest && rm /tmp/*.whl
RUN git config --system --add safe.directory /work
WORKDIR /work
ENTRYPOINT ["bench-agent"]
CMD ["--help"]
