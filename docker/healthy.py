"""Ask Airflow whether one of its components is alive: ``healthy.py scheduler`` exits 0 if it is.

``airflow jobs check`` would tell the same, but costs seconds of CPU each time; this costs none.
The answer comes from the API server, without which no task can run anyway.
"""

import json
import os
import sys
from urllib.parse import urljoin
from urllib.request import urlopen

url = urljoin(os.environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"], "/api/v2/monitor/health")
with urlopen(url, timeout=10) as answer:
    status = json.load(answer)[sys.argv[1]]["status"]
sys.exit(None if status == "healthy" else f"{sys.argv[1]} is {status}")
