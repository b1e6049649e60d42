-- What people and hosts had the control plane do. Rows outlive what they are about, so they refer to nothing.

create table audit_entry (
    number integer primary key autoincrement,
    at bigint not null,
    actor text,
    actor_email text,
    proof text not null,
    credential text,
    action text not null,
    subject_kind text not null,
    subject text,
    environment text,
    detail text not null
);
create index audit_entry_at on audit_entry (at, number);
create index audit_entry_of_environment on audit_entry (environment, at, number);
create index audit_entry_of_actor on audit_entry (actor, at, number);
create index audit_entry_of_subject on audit_entry (subject, at, number);

-- What is written stays as it is.
create trigger audit_entry_is_immutable before update on audit_entry
begin
    select raise(abort, 'rows of audit_entry are never changed');
end;
