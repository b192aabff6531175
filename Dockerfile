# One image for every service of docker-compose.yaml; the command says which one it is.
FROM python:3.11-slim

# Whoever runs the containers. Compose passes the host user's number, so that the files under
# SHOPWATCH_HOME belong to somebody whom the host knows.
ARG UID=50000

ENV AIRFLOW_HOME=/var/lib/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/shopwatch/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/shopwatch/plugins \
    PYTHONPATH=/opt/shopwatch/plugins \
    PYTHONUNBUFFERED=1

# The log folder exists here so that a new volume mounted on it takes over its owner.
RUN useradd --uid "$UID" --create-home --home-dir "$AIRFLOW_HOME" shopwatch \
    && install --directory --owner=shopwatch --group=shopwatch "$AIRFLOW_HOME/logs"

# Before the code: a changed rule must not install 180 packages again. Wheels only, so the image
# needs no compiler.
COPY requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --require-hashes --no-deps --only-binary=:all: -r /tmp/requirements.txt

# Owned by root: what runs here cannot change its own code.
WORKDIR /opt/shopwatch
COPY docker/init.sh docker/healthy.py docker/roles.py docker/
COPY plugins/ plugins/
COPY include/ include/
COPY dags/ dags/

USER shopwatch
ENTRYPOINT ["airflow"]
CMD ["version"]
