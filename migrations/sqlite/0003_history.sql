-- History by the hour and by the day, how far it goes, and the words of log lines.

-- Hours before next_hour are rolled up; the largest number: there are no minutes yet. A batch with minutes of
-- such an hour sets it back and counts as late, so that a rollup in progress knows. Minutes before first_hour
-- are no longer kept, and nothing is rolled up from them.
alter table position add column next_hour integer not null default 71582788;
alter table position add column first_hour integer not null default 0;
alter table position add column late_batches integer not null default 0;
update position set next_hour = min(
    coalesce((select min(minute) / 60 from pipeline_minute), next_hour),
    coalesce((select min(minute) / 60 from node_minute), next_hour));

create table instance_hour (
    pipeline text not null,
    node text not null,
    hour integer not null,
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
    primary key (pipeline, node, hour)
) without rowid;

create table pipeline_hour (
    pipeline text not null,
    hour integer not null,
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
    primary key (pipeline, hour)
) without rowid;

-- Over all nodes: which one was slow is a question of the last days.
create table component_hour (
    pipeline text not null,
    hour integer not null,
    component text not null,
    latency_weighted_sum real not null,
    latency_weight integer not null,
    primary key (pipeline, hour, component)
) without rowid;

-- Gauges are means over the minutes; the rest is what happened between two minutes that can be compared,
-- with the seconds between them.
create table node_hour (
    node text not null,
    hour integer not null,
    samples integer not null,
    memory_total_bytes real not null,
    memory_used_bytes real not null,
    fs_total_bytes real not null,
    fs_used_bytes real not null,
    load_avg_1 real not null,
    load_avg_5 real not null,
    load_avg_15 real not null,
    cpu_seconds real not null,
    cpu_idle_seconds real not null,
    disk_seconds real not null,
    disk_read_bytes real not null,
    disk_written_bytes real not null,
    net_seconds real not null,
    net_rx_bytes real not null,
    net_tx_bytes real not null,
    primary key (node, hour)
) without rowid;

create table instance_day (
    pipeline text not null,
    node text not null,
    day integer not null,
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
    primary key (pipeline, node, day)
) without rowid;

create table pipeline_day (
    pipeline text not null,
    day integer not null,
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
    primary key (pipeline, day)
) without rowid;

create table component_day (
    pipeline text not null,
    day integer not null,
    component text not null,
    latency_weighted_sum real not null,
    latency_weight integer not null,
    primary key (pipeline, day, component)
) without rowid;

create table node_day (
    node text not null,
    day integer not null,
    samples integer not null,
    memory_total_bytes real not null,
    memory_used_bytes real not null,
    fs_total_bytes real not null,
    fs_used_bytes real not null,
    load_avg_1 real not null,
    load_avg_5 real not null,
    load_avg_15 real not null,
    cpu_seconds real not null,
    cpu_idle_seconds real not null,
    disk_seconds real not null,
    disk_read_bytes real not null,
    disk_written_bytes real not null,
    net_seconds real not null,
    net_rx_bytes real not null,
    net_tx_bytes real not null,
    primary key (node, day)
) without rowid;

-- All history of an environment, newest first.
create index status_event_of_environment on status_event (environment, tick, ordinal);
create index log_line_of_environment on log_line (environment, tick, ordinal);

-- Lines that are looked for among many others.
create index log_line_of_severity on log_line (environment, tick, ordinal) where level in ('WARN', 'ERROR');

-- The words of a line: runs of ASCII letters, which lose their case, digits, and whatever is beyond ASCII. The
-- index keeps no text; its rows are numbered by the key of their line. A tick has far fewer than 2^24 lines.
create virtual table log_word using fts5 (message, content = '', contentless_delete = 1, tokenize = 'ascii');
create trigger log_line_written after insert on log_line begin
    insert into log_word (rowid, message) values (new.tick << 24 | new.ordinal, new.message);
end;
create trigger log_line_removed after delete on log_line begin
    delete from log_word where rowid = old.tick << 24 | old.ordinal;
end;
insert into log_word (rowid, message) select tick << 24 | ordinal, message from log_line;
