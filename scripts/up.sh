#!/usr/bin/env bash
# Airflow on this machine, with its UI: SQLite, LocalExecutor, the DAGs of this checkout. Ctrl-C ends it.
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export SHOPWATCH_HOME=${SHOPWATCH_HOME:-$project/data}
export AIRFLOW_HOME=${AIRFLOW_HOME:-$SHOPWATCH_HOME/airflow}
export AIRFLOW__CORE__DAGS_FOLDER=$project/dags
export AIRFLOW__CORE__PLUGINS_FOLDER=$project/plugins
export AIRFLOW__CORE__LOAD_EXAMPLES=False
export AIRFLOW__CORE__PARALLELISM=${AIRFLOW__CORE__PARALLELISM:-4}
export PYTHONPATH=$project/plugins
export PATH=$project/.venv/bin:$PATH
port=${PORT:-8080}
export AIRFLOW__API__HOST=127.0.0.1  # plain HTTP: put TLS in front before opening it
export AIRFLOW__API__PORT=$port
export AIRFLOW__CORE__EXECUTION_API_SERVER_URL=http://localhost:$port/execution/
export SHOPWATCH_PAGE_URL=${SHOPWATCH_PAGE_URL:-http://localhost:$port/shopwatch}

mkdir -p "$AIRFLOW_HOME" "$SHOPWATCH_HOME/inbox"
airflow db migrate >/dev/null
airflow pools set warehouse 1 "One slot: DuckDB has one writer" >/dev/null
echo "Airflow starts on http://localhost:$port; user admin, password in"
echo "$AIRFLOW_HOME/simple_auth_manager_passwords.json.generated; exports go to $SHOPWATCH_HOME/inbox/<shop>/"
exec airflow standalone
