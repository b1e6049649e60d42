-- What people and hosts had the control plane do. Rows outlive what they are about, so they refer to nothing.

create table audit_entry (
    number bigint generated always as identity primary key,
    at bigint not null,
    actor text collate "C",
    actor_email text,
    proof text not null,
    credential text collate "C",
    action text not null,
    subject_kind text not null,
    subject text collate "C",
    environment text collate "C",
    detail text not null
);
create index audit_entry_at on audit_entry (at, number);
create index audit_entry_of_environment on audit_entry (environment, at, number);
create index audit_entry_of_actor on audit_entry (actor, at, number);
create index audit_entry_of_subject on audit_entry (subject, at, number);

-- What is written stays as it is.
create function audit_entry_is_immutable() returns trigger language plpgsql as $$
begin
    raise exception 'rows of audit_entry are never changed';
end
$$;
create trigger audit_entry_is_immutable before update on audit_entry
for each row execute function audit_entry_is_immutable();
