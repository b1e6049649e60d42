-- Which database this is: a journal belongs to one, and is refused by any other.

create table store_identity (
    only_row boolean primary key default true check (only_row),
    id text collate "C" not null
);
