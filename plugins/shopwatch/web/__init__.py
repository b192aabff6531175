"""The review pages, mounted in Airflow."""
