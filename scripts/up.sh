#!/usr/bin/env bash
# Run Airflow with its UI on this machine: SQLite, LocalExecutor, the DAGs of this checkout. Ctrl-C or SIGTERM ends it.
set -euo pipefail
set -m        # each component leads a process group, so that its children end with it
umask 077     # databases, logs and the password file are their owner's alone
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export SHOPWATCH_HOME=${SHOPWATCH_HOME:-$project/data}
export AIRFLOW_HOME=${AIRFLOW_HOME:-$SHOPWATCH_HOME/airflow}
export AIRFLOW__CORE__DAGS_FOLDER=$project/dags
export AIRFLOW__CORE__PLUGINS_FOLDER=$project/plugins
export AIRFLOW__CORE__LOAD_EXAMPLES=False
export AIRFLOW__CORE__EXECUTOR=LocalExecutor
export AIRFLOW__CORE__PARALLELISM=${AIRFLOW__CORE__PARALLELISM:-4}
export AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS=0o700
export AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS=0o600
export PYTHONPATH=$project/plugins
export PATH=$project/.venv/bin:$PATH
port=${PORT:-8080}
export AIRFLOW__API__HOST=127.0.0.1  # plain HTTP: put TLS in front before opening it
export AIRFLOW__API__PORT=$port
export AIRFLOW__CORE__EXECUTION_API_SERVER_URL=http://127.0.0.1:$port/execution/
export SHOPWATCH_PAGE_URL=${SHOPWATCH_PAGE_URL:-http://localhost:$port/shopwatch}

if ! python - "$port" <<'PYTHON'
import socket, sys
with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", int(sys.argv[1])))
        probe.listen()
    except (OSError, OverflowError, ValueError):
        sys.exit(1)
PYTHON
then
    echo "port $port cannot be used: another program listens there, or it is no free port. Choose another: PORT=8090 make up" >&2
    exit 1
fi

mkdir -p "$AIRFLOW_HOME" "$SHOPWATCH_HOME/inbox"
exec 9<"$AIRFLOW_HOME"  # held until the last component has ended
if ! flock --nonblock 9; then
    echo "Airflow already runs on $AIRFLOW_HOME: end it first, or set SHOPWATCH_HOME to another folder" >&2
    exit 1
fi
say() { printf '%3d s  %s\n' "$SECONDS" "$*"; }
say "preparing Airflow's database in $AIRFLOW_HOME"
python - <<'PYTHON' >/dev/null  # in one process: each command of Airflow takes seconds to start
from airflow.configuration import write_default_airflow_configuration_if_needed
from airflow.models.pool import Pool
from airflow.utils.db import upgradedb

write_default_airflow_configuration_if_needed()  # with the secret that all components share, before they start at once
upgradedb()
Pool.create_or_update_pool("warehouse", 1, "One slot: DuckDB has one writer", include_deferred=False)
if Pool.get_pool("shards") is None:
    Pool.create_or_update_pool("shards", 2, "A slot for each shard that runs at once", include_deferred=False)
PYTHON
chmod -R go= "$AIRFLOW_HOME"  # also what an earlier version wrote
say "starting Airflow on http://localhost:$port"
say "user admin, password in $AIRFLOW_HOME/simple_auth_manager_passwords.json.generated"
say "exports go to $SHOPWATCH_HOME/inbox/<shop>/"

components=()
end_all() {
    trap '' TERM INT HUP
    for signal in TERM KILL; do
        for leader in "${components[@]}"; do kill -"$signal" -- "-$leader" 2>/dev/null || true; done
        for _ in {1..200}; do
            any_alive || return 0
            sleep 0.1
        done
    done
}
any_alive() {
    for leader in "${components[@]}"; do kill -0 -- "-$leader" 2>/dev/null && return 0; done
    return 1
}
all_alive() {
    for leader in "${components[@]}"; do kill -0 "$leader" 2>/dev/null || return 1; done
}
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
trap 'end_all; exit 143' TERM HUP
trap 'end_all; exit 130' INT
trap end_all EXIT

# The log servers would listen on every address; the UI reads the logs of this machine from its disk.
airflow api-server & components+=($!)
airflow scheduler --skip-serve-logs & components+=($!)
airflow dag-processor & components+=($!)
airflow triggerer --skip-serve-logs & components+=($!)
until listens || ! all_alive; do sleep 0.5; done
if all_alive; then
    say "Airflow listens on http://localhost:$port. Ctrl-C ends it"
    wait -n || true
fi
echo "a component of Airflow has ended, so the others are ended too: see above" >&2
exit 1
