-- What people edit is not what nodes run: that is a version, deployed to the nodes that a selector picks.

alter table pipeline add column config text not null default '';
alter table pipeline add column deployed bigint;
alter table pipeline add column selector text not null default '[]';
alter table pipeline add column deployed_at bigint;
-- Until now a text was deployed when it was written.
update pipeline set deployed = revision, deployed_at = updated_at, config = (
    select r.config from pipeline_revision r
    where r.pipeline = pipeline.id and r.revision = pipeline.revision
);

alter table pipeline_revision add column changelog text not null default '';
alter table pipeline_revision add column author text;
alter table pipeline_revision add column selector text not null default '[]';

alter table node add column maintenance_since bigint;
-- What the agent is still to do, as it is told.
alter table node add column pending_action text;
