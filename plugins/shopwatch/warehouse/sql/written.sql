-- Dictionary of the columns, and what each table of the dictionary was last written from.
create table if not exists meta.columns (
    table_schema varchar,
    table_name varchar,
    column_name varchar,
    data_type varchar,
    description varchar,
    table_grain varchar,
    table_note varchar
);

create table if not exists meta.written (table_name varchar, content varchar);
