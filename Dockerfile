# The two images of `docker compose up` and of SHOUSI_SANDBOX=docker; `make images` builds both.
#
#   server  API, worker and command line: no torch, no compiler, nothing that runs submissions
#   runner  what submissions run in: torch for CPU, compilers, the fork servers; no library and no
#           secret of the server's
#
# Built by BuildKit and by the classic builder alike, so no RUN --mount; the server's stages come
# last, because the classic builder builds whatever comes before the one that is wanted.

FROM debian:bookworm-slim AS python
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 \
 && rm -rf /var/lib/apt/lists/*
ENV LANG=C.UTF-8 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /opt/shousi

FROM python AS python-venv
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3-venv \
 && rm -rf /var/lib/apt/lists/*

FROM python-venv AS runner-libraries
COPY requirements/runner.txt requirements/torch.txt requirements/torch.in requirements/
RUN python3 -m venv .venv-runner \
 && .venv-runner/bin/pip install --no-cache-dir --require-hashes -r requirements/runner.txt
# A wheel at hand (pip's find-links) first, then PyTorch's CPU index and no other: the package
# index's torch is the CUDA build. The hash in torch.txt is the x86-64 wheel's.
RUN if [ "$(uname -m)" = x86_64 ]; then set -- --require-hashes -r requirements/torch.txt; \
    else set -- -r requirements/torch.in; fi \
 && { .venv-runner/bin/pip install --no-cache-dir --no-deps --no-index "$@" \
   || .venv-runner/bin/pip install --no-cache-dir --no-deps \
        --index-url https://download.pytorch.org/whl/cpu "$@"; }

FROM python AS runner
# /etc/java-17-openjdk and the like are bound into the jail by the fork server. This Debian's own
# Rust and Go are of 2022: newer ones are in its updates for browsers, and in its backports.
RUN sed -i 's/^Suites: bookworm bookworm-updates$/& bookworm-backports/' \
      /etc/apt/sources.list.d/*.sources \
 && apt-get update \
 && apt-get install -y --no-install-recommends \
      gcc g++ libc6-dev default-jdk-headless nodejs rustc-web golang-go/bookworm-backports \
      golang-src/bookworm-backports \
 && rm -rf /var/lib/apt/lists/*
# Since 1.20 Go brings its library as source only, and a compiler in a jail has no cache of it.
RUN CGO_ENABLED=0 GO111MODULE=off GODEBUG=installgoroot=all GOCACHE=/root/go-cache \
      go install std \
 && rm -rf /root/go-cache
RUN useradd --system --uid 10002 --user-group --no-create-home --home-dir /nonexistent runner \
 && install -d -o runner -g runner -m 770 /run/shousi
# The working folder and the programs' folder of containers that are used once; elsewhere empty.
RUN mkdir /box /app && rm -rf /tmp && ln -s /box /tmp
COPY --from=runner-libraries /opt/shousi/.venv-runner .venv-runner
# Of the trusted side only what the host of the fork servers is made of: no queue, no database.
# Submissions that share the image's root (docs/sandbox.md) are other users and don't read it.
COPY judge/__init__.py judge/descriptors.py judge/differences.py judge/limits.py judge/proc_stat.py \
     judge/result.py judge/verdict.py judge/wording.py judge/wording.toml judge/
COPY worker/__init__.py worker/
COPY worker/sandbox worker/sandbox
RUN chown -R runner judge worker && chmod -R o= judge worker
COPY runner runner
LABEL shousi.image=runner
USER runner
ENTRYPOINT [".venv-runner/bin/python", "-m", "worker.sandbox.forkserver.host", "/run/shousi", \
            "--python", "/opt/shousi/.venv-runner/bin/python"]

FROM python-venv AS server-libraries
COPY requirements/server.txt requirements/
RUN python3 -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements/server.txt

FROM python AS server
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/shousi shousi \
 && install -d -o shousi -g shousi -m 700 /var/lib/shousi /run/secrets
COPY --from=server-libraries /opt/shousi/.venv .venv
COPY pyproject.toml README.md ./
COPY requirements/server.in requirements/
COPY judge judge
COPY runner runner
COPY worker worker
COPY api api
COPY cli cli
COPY problems problems
COPY interviews interviews
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --no-index -e .
ENV PATH=/opt/shousi/.venv/bin:$PATH SHOUSI_HOME=/var/lib/shousi SHOUSI_HOST=0.0.0.0
USER shousi
VOLUME /var/lib/shousi
EXPOSE 8000
CMD ["python", "-m", "api"]
