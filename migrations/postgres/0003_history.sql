-- History by the hour and by the day, how far it goes, and the words of log lines.

-- Hours before next_hour are rolled up; the largest number: there are no minutes yet. A batch with minutes of
-- such an hour sets it back and counts as late, so that a rollup in progress knows. Minutes before first_hour
-- are no longer kept, and nothing is rolled up from them.
alter table position
    add column next_hour bigint not null default 71582788,
    add column first_hour bigint not null default 0,
    add column late_batches bigint not null default 0;
update position set next_hour = least(
    coalesce((select min(minute) / 60 from pipeline_minute), next_hour),
    coalesce((select min(minute) / 60 from node_minute), next_hour));

-- Partitions of hours and days hold several, and are made when the first of them is rolled up.
create table instance_hour (
    pipeline text collate "C" not null,
    node text collate "C" not null,
    hour bigint not null,
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
    primary key (pipeline, node, hour)
) partition by range (hour);

create table pipeline_hour (
    pipeline text collate "C" not null,
    hour bigint not null,
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
    primary key (pipeline, hour)
) partition by range (hour);

-- Over all nodes: which one was slow is a question of the last days.
create table component_hour (
    pipeline text collate "C" not null,
    hour bigint not null,
    component text collate "C" not null,
    latency_weighted_sum double precision not null,
    latency_weight bigint not null,
    primary key (pipeline, hour, component)
) partition by range (hour);

-- Gauges are means over the minutes; the rest is what happened between two minutes that can be compared,
-- with the seconds between them.
create table node_hour (
    node text collate "C" not null,
    hour bigint not null,
    samples bigint not null,
    memory_total_bytes double precision not null,
    memory_used_bytes double precision not null,
    fs_total_bytes double precision not null,
    fs_used_bytes double precision not null,
    load_avg_1 double precision not null,
    load_avg_5 double precision not null,
    load_avg_15 double precision not null,
    cpu_seconds double precision not null,
    cpu_idle_seconds double precision not null,
    disk_seconds double precision not null,
    disk_read_bytes double precision not null,
    disk_written_bytes double precision not null,
    net_seconds double precision not null,
    net_rx_bytes double precision not null,
    net_tx_bytes double precision not null,
    primary key (node, hour)
) partition by range (hour);

create table instance_day (
    pipeline text collate "C" not null,
    node text collate "C" not null,
    day bigint not null,
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
    primary key (pipeline, node, day)
) partition by range (day);

create table pipeline_day (
    pipeline text collate "C" not null,
    day bigint not null,
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
    primary key (pipeline, day)
) partition by range (day);

create table component_day (
    pipeline text collate "C" not null,
    day bigint not null,
    component text collate "C" not null,
    latency_weighted_sum double precision not null,
    latency_weight bigint not null,
    primary key (pipeline, day, component)
) partition by range (day);

create table node_day (
    node text collate "C" not null,
    day bigint not null,
    samples bigint not null,
    memory_total_bytes double precision not null,
    memory_used_bytes double precision not null,
    fs_total_bytes double precision not null,
    fs_used_bytes double precision not null,
    load_avg_1 double precision not null,
    load_avg_5 double precision not null,
    load_avg_15 double precision not null,
    cpu_seconds double precision not null,
    cpu_idle_seconds double precision not null,
    disk_seconds double precision not null,
    disk_read_bytes double precision not null,
    disk_written_bytes double precision not null,
    net_seconds double precision not null,
    net_rx_bytes double precision not null,
    net_tx_bytes double precision not null,
    primary key (node, day)
) partition by range (day);

-- All history of an environment, newest first.
create index status_event_of_environment on status_event (environment, tick, ordinal);
create index log_line_of_environment on log_line (environment, tick, ordinal);

-- Lines that are looked for among many others.
create index log_line_of_severity on log_line (environment, tick, ordinal) where level in ('WARN', 'ERROR');

-- The words of a line: runs of ASCII letters, which lose their case, digits, and whatever is beyond ASCII; so they
-- are the same in every locale. In long lines words are cut, since an index refuses entries of more than two
-- thousand bytes; no word that is asked for is as long. It costs as much as a hundred comparisons.
create function log_words(message text) returns tsvector language plpgsql immutable parallel safe cost 100 as $$
begin
    if octet_length(message) > 1000 then
        message := regexp_replace(
            message, '([a-zA-Z0-9\u0080-\U0010ffff]{255})[a-zA-Z0-9\u0080-\U0010ffff]*', '\1', 'g');
    end if;
    return array_to_tsvector(array_remove(
        regexp_split_to_array(lower(message collate "C"), '[^a-z0-9\u0080-\U0010ffff]+'), ''));
end $$;
create index log_line_words on log_line using gin (log_words(message));
