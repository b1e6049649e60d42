-- Seven days of minutes of pipeline p0 on 100 nodes and of four pipelines beside it, and three days of log lines,
-- $LINES in all. $DAY is the present day since the Unix epoch.

insert into team (id, name, created_at) values ('t1', 'Core', 0);
insert into environment (id, name, team, created_at) values ('e1', 'prod', 't1', 0);
insert into node (id, environment, name, host, operator_labels, enrolled_at)
    select 'n' || i, 'e1', 'node ' || i, 'host', '[]', 0 from generate_series(0, 999) i;
insert into node_state (node, status, status_since, labels)
    select 'n' || i, 'HEALTHY', 0, '[]' from generate_series(0, 999) i;
insert into pipeline (id, environment, name, revision, updated_at)
    select 'p' || i, 'e1', 'pipeline ' || i, 1, 0 from generate_series(0, 9) i;

do $$
begin
    for day in $DAY - 7 .. $DAY + 1 loop
        execute format('create table instance_minute_%s partition of instance_minute for values from (%s) to (%s)
            with (fillfactor = 70)', day, day * 1440, (day + 1) * 1440);
        execute format('create table pipeline_minute_%s partition of pipeline_minute for values from (%s) to (%s)
            with (fillfactor = 70)', day, day * 1440, (day + 1) * 1440);
        execute format('create table component_minute_%s partition of component_minute for values from (%s) to (%s)
            with (fillfactor = 70)', day, day * 1440, (day + 1) * 1440);
        execute format('create table node_minute_%s partition of node_minute for values from (%s) to (%s)
            with (fillfactor = 70)', day, day * 1440, (day + 1) * 1440);
        execute format('create table status_event_%s partition of status_event for values from (%s) to (%s)',
            day, day * 86400000::bigint, (day + 1) * 86400000::bigint);
        execute format('create table log_line_%s partition of log_line for values from (%s) to (%s)',
            day, day * 86400000::bigint, (day + 1) * 86400000::bigint);
    end loop;
end $$;

insert into instance_minute
    select 'p' || p, 'n' || n, m, 1000, 900, 1, 10, 100000, 90000, 6, 12, 4000, 1000
    from generate_series(($DAY - 7) * 1440, $DAY * 1440 - 1) m, generate_series(0, 4) p, generate_series(0, 99) n;
insert into pipeline_minute
    select 'p' || p, m, 100000, 90000, 100, 1000, 10000000, 9000000, 600, 1200, 400000, 100000
    from generate_series(($DAY - 7) * 1440, $DAY * 1440 - 1) m, generate_series(0, 4) p;
insert into component_minute
    select 'p0', m, 'n' || n, 'c' || c, 4000, 1000
    from generate_series(($DAY - 7) * 1440, $DAY * 1440 - 1) m, generate_series(0, 1) c, generate_series(0, 99) n;
insert into node_minute
    select 'n' || n, m, 8e9, 4e9, 4e9, m * 60 * 4.0, m * 60 * 3.0, 1, 1, 1, 1e11, 5e10, 5e10, m * 1e6, m * 1e6, m * 1e6, m * 1e6
    from generate_series(($DAY - 7) * 1440, $DAY * 1440 - 1) m, generate_series(0, 99) n;
update position set next_hour = ($DAY - 7) * 24;

-- Indices are built at the end, which takes less time than keeping them.
drop index log_line_words, log_line_of_severity, log_line_of_environment, log_line_of_node, log_line_of_pipeline;
insert into log_line (tick, ordinal, environment, node, pipeline, at, level, message)
    select s, i % 1000, 'e1', 'n' || i * 17 % 1000, 'p' || i % 10, ($DAY - 3) * 86400000::bigint + s * 1000,
        case when i % 50 = 0 then 'WARN' when i % 200 = 1 then 'ERROR' else 'INFO' end,
        case i % 4
            when 0 then 'GET /api/v1/users/' || i * 7919 % 100000 || ' 200 in ' || i % 900 || ' ms request_id='
                || substr(md5(i::text), 1, 16)
            when 1 then 'connection to 10.' || i % 250 || '.' || i / 7 % 250 || '.4:8080 established, pool size ' || i % 64
            when 2 then 'watching file path=/var/log/app-' || i % 300 || '/out.log checkpoint=' || i
            else 'flushed batch of ' || i % 1000 || ' events (' || i % 100000 || ' bytes) to sink elasticsearch-' || i % 20
        end
        || case when i % 2 = 0 then ' retry after timeout' else '' end
        || case when i % 100 = 7 then ' refused by peer' else '' end
        || case when i % 1000 = 3 then ' deadlock detected' else '' end
        || case when i % 500000 = 250001 then ' quux' else '' end
        || case when s between 90000 and 93600 then ' incident' else '' end
    from (select i, i * 259200 / $LINES as s from generate_series(0, $LINES::bigint - 1) i) lines;
create index log_line_of_node on log_line (node, tick, ordinal);
create index log_line_of_pipeline on log_line (pipeline, tick, ordinal);
create index log_line_of_environment on log_line (environment, tick, ordinal);
create index log_line_of_severity on log_line (environment, tick, ordinal) where level in ('WARN', 'ERROR');
create index log_line_words on log_line using gin (log_words(message));
analyze;
