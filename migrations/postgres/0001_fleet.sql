-- Identities, state and history. Ids and words compare by bytes, so that pages have one order everywhere.
-- History is partitioned by day; flushes make the partitions ahead of the first row of a day.

create table position (
    only_row boolean primary key default true check (only_row),
    tick bigint not null
);
insert into position (tick) values (0);

create table app_user (
    id text collate "C" primary key,
    email text not null,
    super_admin boolean not null,
    created_at bigint not null,
    password_hash text not null
);
create unique index app_user_email on app_user (lower(email));

create table credential (
    id text collate "C" primary key,
    app_user text collate "C" not null references app_user on delete cascade,
    name text not null,
    digest bytea not null,
    created_at bigint not null,
    expires_at bigint,
    is_session boolean not null
);
create unique index credential_digest on credential (digest);
create index credential_of_user on credential (app_user);

create table team (
    id text collate "C" primary key,
    name text not null,
    created_at bigint not null
);
create unique index team_name on team (name);

create table member (
    team text collate "C" not null references team on delete cascade,
    app_user text collate "C" not null references app_user on delete cascade,
    role text not null,
    primary key (team, app_user)
);
create index member_of_user on member (app_user);

create table environment (
    id text collate "C" primary key,
    name text not null,
    team text collate "C" not null references team on delete cascade,
    created_at bigint not null
);
create unique index environment_name on environment (team, name);

create table enrollment_token (
    id text collate "C" primary key,
    environment text collate "C" not null references environment on delete cascade,
    digest bytea not null,
    hint text not null,
    created_at bigint not null
);
create unique index enrollment_token_digest on enrollment_token (digest);
create index enrollment_token_of_environment on enrollment_token (environment);

-- The control plane writes node; flushes write node_state.
create table node (
    id text collate "C" primary key,
    environment text collate "C" not null references environment on delete cascade,
    name text not null,
    host text not null,
    token_digest bytea,
    operator_labels text not null,
    enrolled_at bigint not null
);
create unique index node_token_digest on node (token_digest);
create index node_of_environment on node (environment);

-- Flushes rewrite state in place: room in the page and no index on what changes keep that cheap.
create table node_state (
    node text collate "C" primary key references node on delete cascade,
    status text not null,
    status_since bigint not null,
    heard_at bigint,
    agent_version text,
    vector_version text,
    os text,
    deployment_mode text,
    running_as text,
    update_error text,
    labels text not null
) with (fillfactor = 70);

create table pipeline (
    id text collate "C" primary key,
    environment text collate "C" not null references environment on delete cascade,
    name text not null,
    revision bigint not null,
    updated_at bigint not null
);
create index pipeline_of_environment on pipeline (environment);

create table pipeline_revision (
    pipeline text collate "C" not null references pipeline on delete cascade,
    revision bigint not null,
    config text not null,
    created_at bigint not null,
    primary key (pipeline, revision)
);

create table instance_state (
    node text collate "C" not null references node on delete cascade,
    pipeline text collate "C" not null references pipeline on delete cascade,
    status text not null,
    status_since bigint not null,
    revision bigint not null,
    pid bigint,
    uptime_seconds bigint,
    config_checksum text,
    events_in bigint,
    events_out bigint,
    errors bigint,
    discarded bigint,
    bytes_in bigint,
    bytes_out bigint,
    totals_pid bigint,
    totals_seen_at bigint,
    updated_at bigint not null,
    primary key (node, pipeline)
) with (fillfactor = 70);
create index instance_state_of_pipeline on instance_state (pipeline);

-- History has no foreign keys: a flush joins the identities once instead of checking every row,
-- and deleting an identity deletes its history in the same transaction.
create table instance_minute (
    pipeline text collate "C" not null,
    node text collate "C" not null,
    minute bigint not null,
    events_in bigint not null,
    events_out bigint not null,
    errors bigint not null,
    discarded bigint not null,
    bytes_in bigint not null,
    bytes_out bigint not null,
    utilization_sum double precision not null,
    utilization_count bigint not null,
    latency_weighted_sum double precision not null,
    latency_weight bigint not null,
    primary key (pipeline, node, minute)
) partition by range (minute);

create table pipeline_minute (
    pipeline text collate "C" not null,
    minute bigint not null,
    events_in bigint not null,
    events_out bigint not null,
    errors bigint not null,
    discarded bigint not null,
    bytes_in bigint not null,
    bytes_out bigint not null,
    utilization_sum double precision not null,
    utilization_count bigint not null,
    latency_weighted_sum double precision not null,
    latency_weight bigint not null,
    primary key (pipeline, minute)
) partition by range (minute);

create table component_minute (
    pipeline text collate "C" not null,
    minute bigint not null,
    node text collate "C" not null,
    component text collate "C" not null,
    latency_weighted_sum double precision not null,
    latency_weight bigint not null,
    primary key (pipeline, minute, node, component)
) partition by range (minute);

create table node_minute (
    node text collate "C" not null,
    minute bigint not null,
    memory_total_bytes bigint not null,
    memory_used_bytes bigint not null,
    memory_free_bytes bigint not null,
    cpu_seconds_total double precision not null,
    cpu_seconds_idle double precision not null,
    load_avg_1 double precision not null,
    load_avg_5 double precision not null,
    load_avg_15 double precision not null,
    fs_total_bytes bigint not null,
    fs_used_bytes bigint not null,
    fs_free_bytes bigint not null,
    disk_read_bytes bigint not null,
    disk_written_bytes bigint not null,
    net_rx_bytes bigint not null,
    net_tx_bytes bigint not null,
    primary key (node, minute)
) partition by range (minute);

create table status_event (
    tick bigint not null,
    ordinal bigint not null,
    environment text collate "C" not null,
    node text collate "C" not null,
    pipeline text collate "C",
    from_status text,
    to_status text not null,
    reason text not null,
    at bigint not null,
    primary key (tick, ordinal, at)
) partition by range (at);
create index status_event_of_node on status_event (node, tick, ordinal);
create index status_event_of_pipeline on status_event (pipeline, tick, ordinal) where pipeline is not null;

create table log_line (
    tick bigint not null,
    ordinal bigint not null,
    environment text collate "C" not null,
    node text collate "C" not null,
    pipeline text collate "C" not null,
    at bigint not null,
    level text not null,
    message text not null,
    primary key (tick, ordinal, at)
) partition by range (at);
create index log_line_of_node on log_line (node, tick, ordinal);
create index log_line_of_pipeline on log_line (pipeline, tick, ordinal);
