-- Identities, state and history. Times are milliseconds or minutes since the Unix epoch.

create table position (
    only_row boolean primary key default true check (only_row),
    tick integer not null
);
insert into position (tick) values (0);

create table app_user (
    id text primary key,
    email text not null,
    super_admin boolean not null,
    created_at integer not null,
    password_hash text not null
);
create unique index app_user_email on app_user (lower(email));

create table credential (
    id text primary key,
    app_user text not null references app_user (id) on delete cascade,
    name text not null,
    digest blob not null,
    created_at integer not null,
    expires_at integer,
    is_session boolean not null
);
create unique index credential_digest on credential (digest);
create index credential_of_user on credential (app_user);

create table team (
    id text primary key,
    name text not null,
    created_at integer not null
);
create unique index team_name on team (name);

create table member (
    team text not null references team (id) on delete cascade,
    app_user text not null references app_user (id) on delete cascade,
    role text not null,
    primary key (team, app_user)
);
create index member_of_user on member (app_user);

create table environment (
    id text primary key,
    name text not null,
    team text not null references team (id) on delete cascade,
    created_at integer not null
);
create unique index environment_name on environment (team, name);

create table enrollment_token (
    id text primary key,
    environment text not null references environment (id) on delete cascade,
    digest blob not null,
    hint text not null,
    created_at integer not null
);
create unique index enrollment_token_digest on enrollment_token (digest);
create index enrollment_token_of_environment on enrollment_token (environment);

-- The control plane writes node; flushes write node_state.
create table node (
    id text primary key,
    environment text not null references environment (id) on delete cascade,
    name text not null,
    host text not null,
    token_digest blob,
    operator_labels text not null,
    enrolled_at integer not null
);
create unique index node_token_digest on node (token_digest);
create index node_of_environment on node (environment);

-- Flushes rewrite state in place: no index on what changes keeps that cheap.
create table node_state (
    node text primary key references node (id) on delete cascade,
    status text not null,
    status_since integer not null,
    heard_at integer,
    agent_version text,
    vector_version text,
    os text,
    deployment_mode text,
    running_as text,
    update_error text,
    labels text not null
) without rowid;

create table pipeline (
    id text primary key,
    environment text not null references environment (id) on delete cascade,
    name text not null,
    revision integer not null,
    updated_at integer not null
);
create index pipeline_of_environment on pipeline (environment);

create table pipeline_revision (
    pipeline text not null references pipeline (id) on delete cascade,
    revision integer not null,
    config text not null,
    created_at integer not null,
    primary key (pipeline, revision)
);

create table instance_state (
    node text not null references node (id) on delete cascade,
    pipeline text not null references pipeline (id) on delete cascade,
    status text not null,
    status_since integer not null,
    revision integer not null,
    pid integer,
    uptime_seconds integer,
    config_checksum text,
    events_in integer,
    events_out integer,
    errors integer,
    discarded integer,
    bytes_in integer,
    bytes_out integer,
    totals_pid integer,
    totals_seen_at integer,
    updated_at integer not null,
    primary key (node, pipeline)
) without rowid;
create index instance_state_of_pipeline on instance_state (pipeline);

-- History has no foreign keys: a flush joins the identities once instead of checking every row,
-- and deleting an identity deletes its history in the same transaction.
create table instance_minute (
    pipeline text not null,
    node text not null,
    minute integer not null,
    events_in integer not null,
    events_out integer not null,
    errors integer not null,
    discarded integer not null,
    bytes_in integer not null,
    bytes_out integer not null,
    utilization_sum real not null,
    utilization_count integer not null,
    latency_weighted_sum real not null,
    latency_weight integer not null,
    primary key (pipeline, node, minute)
) without rowid;

create table pipeline_minute (
    pipeline text not null,
    minute integer not null,
    events_in integer not null,
    events_out integer not null,
    errors integer not null,
    discarded integer not null,
    bytes_in integer not null,
    bytes_out integer not null,
    utilization_sum real not null,
    utilization_count integer not null,
    latency_weighted_sum real not null,
    latency_weight integer not null,
    primary key (pipeline, minute)
) without rowid;

create table component_minute (
    pipeline text not null,
    minute integer not null,
    node text not null,
    component text not null,
    latency_weighted_sum real not null,
    latency_weight integer not null,
    primary key (pipeline, minute, node, component)
) without rowid;

create table node_minute (
    node text not null,
    minute integer not null,
    memory_total_bytes integer not null,
    memory_used_bytes integer not null,
    memory_free_bytes integer not null,
    cpu_seconds_total real not null,
    cpu_seconds_idle real not null,
    load_avg_1 real not null,
    load_avg_5 real not null,
    load_avg_15 real not null,
    fs_total_bytes integer not null,
    fs_used_bytes integer not null,
    fs_free_bytes integer not null,
    disk_read_bytes integer not null,
    disk_written_bytes integer not null,
    net_rx_bytes integer not null,
    net_tx_bytes integer not null,
    primary key (node, minute)
) without rowid;

create table status_event (
    tick integer not null,
    ordinal integer not null,
    environment text not null,
    node text not null,
    pipeline text,
    from_status text,
    to_status text not null,
    reason text not null,
    at integer not null,
    primary key (tick, ordinal)
) without rowid;
create index status_event_of_node on status_event (node, tick, ordinal);
create index status_event_of_pipeline on status_event (pipeline, tick, ordinal) where pipeline is not null;

create table log_line (
    tick integer not null,
    ordinal integer not null,
    environment text not null,
    node text not null,
    pipeline text not null,
    at integer not null,
    level text not null,
    message text not null,
    primary key (tick, ordinal)
) without rowid;
create index log_line_of_node on log_line (node, tick, ordinal);
create index log_line_of_pipeline on log_line (pipeline, tick, ordinal);
