-- Schema-qualified tables that statements read, found by DuckDB's own parser; $statements: their texts.
with trees as (
    select
        statement,
        cast(json_serialize_sql(statement) as varchar) as tree
    from unnest(cast($statements as varchar [])) as given (statement)
),

found as (
    select
        statement,
        regexp_extract_all(tree, '"schema_name":"(\w+)","table_name":"(\w+)"', 1) as schemas,
        regexp_extract_all(tree, '"schema_name":"(\w+)","table_name":"(\w+)"', 2) as tables
    from trees
)

select
    statement,
    list_transform(list_zip(schemas, tables), lambda named: named[1] || '.' || named[2])
from found
