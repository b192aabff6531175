-- PostgreSQL's image runs this once, on an empty volume. The database `shopwatch` is the image's
-- own doing, since it is the name of the user.
CREATE DATABASE airflow;
