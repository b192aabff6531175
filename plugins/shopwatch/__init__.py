"""shopwatch: the night watch of an on-line shop. A library; it never imports Airflow."""
