# The lab in one image: models inside, nothing fetched when it runs. deploy/README.md tells of the arguments.
ARG BASE=python:3.11-slim

FROM ${BASE} AS init
# Debian holds one version at a time, so a pinned one cannot be built once the next is there.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends tini

FROM ${BASE} AS packages
# https://download.pytorch.org/whl/cpu gives torch for the CPU, .../whl/cu130 for that CUDA; without, what the package source has.
ARG PIP_EXTRA_INDEX_URL
# The image of the engine of deploy/kubernetes/engine: --build-arg ENGINE=ray
ARG ENGINE
WORKDIR /packages
COPY requirements.txt deploy/hashes.txt deploy/pip.txt deploy/torch-cpu.txt ./
COPY deploy/engine/requirements.txt engine.txt
# Tests and headers that packages bring along are taken away again, and the programs of torch that test or build it.
RUN python -m venv installer \
    && installer/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r pip.txt \
    && python -m venv --without-pip /opt/venv \
    && { installer/bin/pip --python /opt/venv install --no-cache-dir --no-compile --require-hashes --no-deps -r torch-cpu.txt || true; } \
    && installer/bin/pip --python /opt/venv install --no-cache-dir --no-compile --require-hashes -c hashes.txt -r requirements.txt ${ENGINE:+-r engine.txt} \
    && find /opt/venv/lib -depth \( -type d \( -name test -o -name tests -o -name include \) \
        -o -type f -path '*/torch/bin/*' ! -name torch_shm_manager \) -exec rm -r {} +

# Python compiles what the first page and the health check import, and nothing else of all that is installed.
FROM packages AS compiled
ENV PYTHONPYCACHEPREFIX=/opt/compiled
WORKDIR /srv/attention-lab
COPY . .
RUN /opt/venv/bin/python -c "\
import app.healthcheck, app.server, matplotlib.backends.backend_pdf; \
from streamlit.testing.v1 import AppTest; \
page = AppTest.from_file('app/main.py', default_timeout=600).run(); \
assert not page.exception, page.exception"

FROM ${BASE}
ARG BASE
LABEL org.opencontainers.image.title="Attention Lab" \
      org.opencontainers.image.description="A web app that shows trained attention under several score functions" \
      org.opencontainers.image.base.name="${BASE}"
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPYCACHEPREFIX=/opt/compiled \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    HF_HUB_OFFLINE=1 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_ALLOWED_HOSTS=* \
    STREAMLIT_SERVER_PORT=8501
WORKDIR /srv/attention-lab
COPY --from=init /usr/bin/tini-static /usr/bin/tini
COPY --from=packages /opt/venv /opt/venv
COPY --from=compiled /opt/compiled /opt/compiled
COPY .streamlit .streamlit
COPY app app
COPY attention_core attention_core
COPY assets assets
USER 10001:10001
EXPOSE 8501
# Finds a drawn heatmap, not only an open port. To listen elsewhere set STREAMLIT_SERVER_PORT, which this reads too.
HEALTHCHECK --interval=60s --timeout=65s --start-period=120s --retries=3 CMD ["python", "app/healthcheck.py"]
ENTRYPOINT ["tini", "--", "streamlit", "run", "app/server.py"]
