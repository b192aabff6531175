-- Tables of the raw warehouse. Rows of an export stay in incoming.<export> until they are checked, then in
-- main.<table>, or in apart.<table> while another version of them is current. All are created from the contracts.
create schema if not exists incoming;
create schema if not exists apart;

-- One row per file that was loaded or rejected, with its outcome.
create table if not exists loads (
    load_id varchar primary key,
    source varchar,
    shop varchar,
    file varchar not null,
    sha256 varchar not null,
    bytes bigint not null,
    exported_at timestamp,
    version_rule varchar,
    contract_hash varchar,
    state varchar not null check (state in ('incoming', 'settled', 'failed', 'rejected')),
    reason varchar,
    rows_read bigint not null default 0,
    rows_loaded bigint not null default 0,
    rows_quarantined bigint not null default 0,
    rows_skipped bigint not null default 0,
    first_day date,
    last_day date,
    loaded_at timestamp not null
);

-- One row a file as it was last seen, so that an unchanged file is not opened again.
create table if not exists seen (
    path varchar primary key,
    size bigint not null,
    modified_ns bigint not null,
    known_hash varchar not null,
    load_id varchar not null
);

alter table loads add column if not exists reason_code varchar;
alter table loads add column if not exists reason_values json;
alter table loads add column if not exists absent_columns varchar[];
alter table seen add column if not exists etag varchar default '';

-- One row a row that was not loaded: why, and what it held but for personal data.
create table if not exists quarantine (
    load_id varchar not null,
    source varchar not null,
    shop varchar not null,
    file varchar not null,
    line bigint,
    column_name varchar,
    value varchar,
    reason varchar not null,
    held json
);

alter table quarantine add column if not exists reason_code varchar;
alter table quarantine add column if not exists reason_values json;

-- One row an expectation and night: what Great Expectations found in the rows that came in.
create table if not exists checks (
    source varchar not null,
    check_name varchar not null,
    level varchar not null,
    load_id varchar not null,
    failed bigint not null
);

-- One row a table, source, shop, day and load that gives the day rows: the state of the raw warehouse.
create table if not exists coverage (
    table_name varchar not null,
    source varchar not null,
    shop varchar not null,
    day date not null,
    load_id varchar not null,
    row_count bigint not null
);

-- One row a replay that made this file; left_out: SHA-256 of files that could not be built again, as the user allowed.
create table if not exists replays (
    replayed_at timestamp not null,
    left_out varchar [] not null
);

-- One row: a fingerprint of the key that made the pseudonyms in here.
create table if not exists pseudonym_key (
    fingerprint varchar not null
);
