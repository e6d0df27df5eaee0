# The app in one image: models inside, nothing fetched when it runs.
# For a CPU-only image where the package source also has CUDA builds:
#   --build-arg PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu
ARG BASE=python:3.11-slim

FROM ${BASE} AS packages
ARG PIP_EXTRA_INDEX_URL
# The image of the engine of deploy/kubernetes/engine: --build-arg ENGINE=ray
ARG ENGINE
WORKDIR /packages
COPY requirements.txt .
COPY deploy/engine/requirements.txt engine.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements.txt ${ENGINE:+-r engine.txt}

FROM ${BASE}
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    HF_HUB_OFFLINE=1 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501
WORKDIR /srv/attention-lab
COPY --from=packages /opt/venv /opt/venv
COPY . .
USER 10001:10001
EXPOSE 8501
# Finds a drawn heatmap, not only an open port. To listen elsewhere set STREAMLIT_SERVER_PORT, which this reads too.
HEALTHCHECK --interval=60s --timeout=65s --start-period=120s --retries=3 CMD ["python", "app/healthcheck.py"]
ENTRYPOINT ["streamlit", "run", "app/server.py", "--server.headless=true"]
