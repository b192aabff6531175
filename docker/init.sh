#!/usr/bin/env bash
# Prepares an installation or upgrades one. It may run at any time: what is there stays as it is.
set -euo pipefail

# Docker makes a missing folder as root. Hand it over, then stop being root; with root's HOME,
# PostgreSQL's clients would stumble over a folder that they may not read.
if [[ $(id -u) == 0 ]]; then
    mkdir -p "$SHOPWATCH_HOME"
    chown -R shopwatch: "$SHOPWATCH_HOME"
    export HOME=$AIRFLOW_HOME
    exec setpriv --reuid=shopwatch --regid=shopwatch --clear-groups -- "$0"
fi

airflow db migrate
python docker/roles.py
airflow users create --username admin --password "$SHOPWATCH_ADMIN_PASSWORD" --role Admin \
    --email admin@localhost --firstname Shop --lastname Watch
airflow pools set warehouse 1 "One slot: DuckDB has one writer"
if ! airflow pools get shards >/dev/null 2>&1; then # its slots are yours to change
    airflow pools set shards 2 "A slot for each shard that runs at once"
fi
