//! The store over any of the databases: each call is its statements, its values and its answer.

use async_trait::async_trait;
use systole_systems::input::MinuteTotals;
use systole_systems::report::HostMetrics;
use systole_systems::rows::{Batch, ComponentMinuteRow, InstanceRow};
use systole_systems::status::NodeStatus;
use systole_systems::time::{Millis, Minute, TickNumber};

use crate::auth::secrets::{hex, random};
use crate::store::dialect::Dialect;
use crate::store::history::Timed;
use crate::store::instants::tick_bounds;
use crate::store::resolution::{MINUTES_PER_DAY, MINUTES_PER_HOUR, Span};
use crate::store::row::Readable;
use crate::store::value::Statement;
use crate::store::{
    AuditEntry, AuditQuery, Breakdown, Credential, Directory, EnrolledNode, EnrollmentToken,
    Environment, Forgotten, HistoryKind, HistoryQuery, HostSums, Hour, LatencySum, Member,
    NewVersion, NodeEdit, NodePast, Pipeline, RolledUp, SpanTotals, Store, StoreError, StoreResult,
    StoredAuditEntry, StoredEvent, StoredLog, StoredMinute, StoredNode, Team, User, Version,
    VersionInfo, VolumeOf, audit, history, rollup, series, statements as text,
};

/// Random bytes of a database's identity: no two databases ever have the same.
const IDENTITY_BYTES: usize = 16;

/// The store over one database.
pub(crate) struct SqlStore<D> {
    pub(crate) database: D,
}

fn sql<'a>(text: &'static str) -> Statement<'a> {
    Statement::new(text)
}

impl<D: Dialect> SqlStore<D> {
    async fn list<T: Readable + Send>(&self, statement: Statement<'_>) -> StoreResult<Vec<T>> {
        self.database.read(statement, |row| row.read()).await
    }

    /// Runs statements as one; the rows that the last one touched are of no interest.
    async fn write(&self, statements: Vec<Statement<'_>>) -> StoreResult<()> {
        self.database.write(statements, |_| Ok(())).await.map(drop)
    }

    /// Runs statements as one, the last of which must touch a row.
    async fn write_existing(&self, statements: Vec<Statement<'_>>) -> StoreResult<()> {
        match self.database.write(statements, |_| Ok(())).await?.len() {
            0 => Err(StoreError::NotFound),
            _ => Ok(()),
        }
    }

    async fn create_credential(
        &self,
        credential: &Credential,
        is_session: bool,
    ) -> StoreResult<()> {
        let create = sql(text::CREATE_CREDENTIAL)
            .bind(&credential.id)
            .bind(&credential.user)
            .bind(&credential.name)
            .bind(&credential.digest)
            .bind(credential.created_at)
            .bind(credential.expires_at)
            .bind(is_session);
        self.write(vec![create]).await
    }

    /// Deletes what `id` names by the last of its statements, and all history of it before.
    async fn delete_with_history(
        &self,
        id: &str,
        history: &[&'static str],
        delete: &'static str,
    ) -> StoreResult<()> {
        let mut statements = vec![sql(text::WAIT_FOR_FLUSH)];
        statements.extend(history.iter().map(|text| sql(text).bind(id)));
        statements.push(sql(delete).bind(id));
        self.write_existing(statements).await
    }
}

#[async_trait]
impl<D: Dialect> Store for SqlStore<D> {
    fn kind(&self) -> &'static str {
        D::KIND
    }

    async fn ping(&self) -> StoreResult<()> {
        self.database.read(sql(text::PING), |_| Ok(())).await.map(drop)
    }

    async fn close(&self) {
        self.database.close().await;
    }

    async fn identity(&self) -> StoreResult<String> {
        let create = sql(text::CREATE_IDENTITY).bind(hex(&random::<IDENTITY_BYTES>()));
        let statements = vec![create, sql(text::IDENTITY)];
        let identities = self.database.write(statements, |row| row.read()).await?;
        identities.into_iter().next().ok_or(StoreError::NotFound)
    }

    async fn last_tick(&self) -> StoreResult<TickNumber> {
        let ticks = self.list(sql(text::LAST_TICK)).await?;
        ticks.into_iter().next().ok_or(StoreError::NotFound)
    }

    async fn load_directory(&self) -> StoreResult<Directory> {
        Ok(Directory {
            users: self.list_users().await?,
            members: self.list(sql(text::LOAD_MEMBERS)).await?,
            teams: self.list_teams().await?,
            environments: self.list(sql(text::LOAD_ENVIRONMENTS)).await?,
            pipelines: self.list(sql(text::LOAD_PIPELINES)).await?,
            enrollment_tokens: self.list(sql(text::LOAD_ENROLLMENT_TOKENS)).await?,
            credentials: self.list(sql(text::LOAD_CREDENTIALS)).await?,
        })
    }

    async fn load_nodes(&self, after: &str, limit: u32) -> StoreResult<Vec<StoredNode>> {
        self.list(sql(text::LOAD_NODES).bind(after).bind(limit)).await
    }

    async fn load_instances(
        &self,
        (node, pipeline): (&str, &str),
        limit: u32,
    ) -> StoreResult<Vec<InstanceRow>> {
        self.list(sql(text::LOAD_INSTANCES).bind(node).bind(pipeline).bind(limit)).await
    }

    async fn load_minute(&self, minute: Minute) -> StoreResult<Vec<StoredMinute>> {
        let mut rows = self.list(sql(text::LOAD_INSTANCE_MINUTES).bind(minute)).await?;
        for text in [text::LOAD_COMPONENT_MINUTES, text::LOAD_PIPELINE_MINUTES] {
            rows.extend(self.list::<StoredMinute>(sql(text).bind(minute)).await?);
        }
        Ok(rows)
    }

    async fn create_user(&self, user: &User, password_hash: &str) -> StoreResult<()> {
        let create = sql(text::CREATE_USER)
            .bind(&user.id)
            .bind(&user.email)
            .bind(user.super_admin)
            .bind(user.created_at)
            .bind(password_hash);
        self.write(vec![create]).await
    }

    async fn user_by_email(&self, email: &str) -> StoreResult<Option<(User, String)>> {
        let find = sql(text::USER_BY_EMAIL).bind(email);
        let found = self.database.read(find, |row| Ok((row.read()?, row.read()?))).await?;
        Ok(found.into_iter().next())
    }

    async fn list_users(&self) -> StoreResult<Vec<User>> {
        self.list(sql(text::LIST_USERS)).await
    }

    async fn delete_user(&self, user: &str) -> StoreResult<()> {
        self.write_existing(vec![sql(text::DELETE_USER).bind(user)]).await
    }

    async fn create_session(&self, session: &Credential) -> StoreResult<()> {
        self.create_credential(session, true).await
    }

    async fn delete_credential(&self, id: &str) -> StoreResult<()> {
        self.write_existing(vec![sql(text::DELETE_CREDENTIAL).bind(id)]).await
    }

    async fn purge_sessions(&self, now: Millis) -> StoreResult<u64> {
        let purge = sql(text::PURGE_SESSIONS).bind(now);
        let purged = self.database.write(vec![purge], |_| Ok(())).await?;
        Ok(purged.len() as u64)
    }

    async fn create_api_token(&self, token: &Credential) -> StoreResult<()> {
        self.create_credential(token, false).await
    }

    async fn list_api_tokens(&self, user: &str) -> StoreResult<Vec<Credential>> {
        self.list(sql(text::LIST_API_TOKENS).bind(user)).await
    }

    async fn create_team(&self, team: &Team) -> StoreResult<()> {
        let create = sql(text::CREATE_TEAM).bind(&team.id).bind(&team.name).bind(team.created_at);
        self.write(vec![create]).await
    }

    async fn list_teams(&self) -> StoreResult<Vec<Team>> {
        self.list(sql(text::LIST_TEAMS)).await
    }

    async fn set_member(&self, member: &Member) -> StoreResult<()> {
        let set =
            sql(text::SET_MEMBER).bind(&member.team).bind(&member.user).bind(member.role.as_str());
        self.write(vec![set]).await
    }

    async fn remove_member(&self, team: &str, user: &str) -> StoreResult<()> {
        self.write_existing(vec![sql(text::REMOVE_MEMBER).bind(team).bind(user)]).await
    }

    async fn list_members(&self, team: &str) -> StoreResult<Vec<Member>> {
        self.list(sql(text::LIST_MEMBERS).bind(team)).await
    }

    async fn list_memberships(&self, user: &str) -> StoreResult<Vec<Member>> {
        self.list(sql(text::LIST_MEMBERSHIPS).bind(user)).await
    }

    async fn create_environment(&self, environment: &Environment) -> StoreResult<()> {
        let create = sql(text::CREATE_ENVIRONMENT)
            .bind(&environment.id)
            .bind(&environment.name)
            .bind(&environment.team)
            .bind(environment.created_at);
        self.write(vec![create]).await
    }

    async fn create_enrollment_token(&self, token: &EnrollmentToken) -> StoreResult<()> {
        let create = sql(text::CREATE_ENROLLMENT_TOKEN)
            .bind(&token.id)
            .bind(&token.environment)
            .bind(&token.digest)
            .bind(&token.hint)
            .bind(token.created_at);
        self.write(vec![create]).await
    }

    async fn list_enrollment_tokens(&self, environment: &str) -> StoreResult<Vec<EnrollmentToken>> {
        self.list(sql(text::LIST_ENROLLMENT_TOKENS).bind(environment)).await
    }

    async fn delete_enrollment_token(&self, environment: &str, token: &str) -> StoreResult<()> {
        let delete = sql(text::DELETE_ENROLLMENT_TOKEN).bind(environment).bind(token);
        self.write_existing(vec![delete]).await
    }

    async fn enroll_node(&self, node: &EnrolledNode) -> StoreResult<()> {
        let identity = sql(text::ENROLL_NODE)
            .bind(&node.id)
            .bind(&node.environment)
            .bind(&node.name)
            .bind(&node.host)
            .bind(&node.token_digest)
            .bind(node.enrolled_at);
        let state = sql(text::ENROLL_NODE_STATE)
            .bind(&node.id)
            .bind(NodeStatus::Unknown.as_str())
            .bind(node.enrolled_at)
            .bind(&node.os)
            .bind(&node.agent_version)
            .bind(&node.vector_version)
            .bind(node.labels.as_slice());
        self.write(vec![identity, state]).await
    }

    async fn revoke_node(&self, node: &str) -> StoreResult<()> {
        self.write_existing(vec![sql(text::REVOKE_NODE).bind(node)]).await
    }

    async fn delete_node(&self, node: &str) -> StoreResult<()> {
        self.delete_with_history(node, &text::DELETE_NODE_HISTORY, text::DELETE_NODE).await
    }

    async fn create_pipeline(&self, pipeline: &Pipeline) -> StoreResult<()> {
        let create = sql(text::CREATE_PIPELINE)
            .bind(&pipeline.id)
            .bind(&pipeline.environment)
            .bind(&pipeline.name)
            .bind(&pipeline.config)
            .bind(pipeline.updated_at);
        self.write(vec![create]).await
    }

    async fn pipeline(&self, pipeline: &str) -> StoreResult<Option<Pipeline>> {
        Ok(self.list(sql(text::PIPELINE).bind(pipeline)).await?.into_iter().next())
    }

    async fn edit_pipeline(
        &self,
        pipeline: &str,
        name: &str,
        config: &str,
        at: Millis,
    ) -> StoreResult<()> {
        let edit = sql(text::EDIT_PIPELINE).bind(pipeline).bind(name).bind(config).bind(at);
        self.write_existing(vec![edit]).await
    }

    async fn deploy_version(&self, version: &NewVersion) -> StoreResult<u32> {
        let count = sql(text::NEXT_VERSION)
            .bind(&version.pipeline)
            .bind(&version.config)
            .bind(version.selector.as_slice())
            .bind(version.at);
        let create = sql(text::CREATE_VERSION)
            .bind(&version.pipeline)
            .bind(&version.changelog)
            .bind(&version.author);
        let numbers = self.database.write(vec![count, create], |row| row.read()).await?;
        numbers.into_iter().next().ok_or(StoreError::NotFound)
    }

    async fn undeploy_pipeline(&self, pipeline: &str) -> StoreResult<()> {
        self.write_existing(vec![sql(text::UNDEPLOY_PIPELINE).bind(pipeline)]).await
    }

    async fn list_versions(
        &self,
        pipeline: &str,
        before: u32,
        limit: u32,
    ) -> StoreResult<Vec<VersionInfo>> {
        self.list(sql(text::LIST_VERSIONS).bind(pipeline).bind(before).bind(limit)).await
    }

    async fn version(&self, pipeline: &str, version: u32) -> StoreResult<Option<Version>> {
        let found = self.list(sql(text::VERSION).bind(pipeline).bind(version)).await?;
        Ok(found.into_iter().next())
    }

    async fn edit_node(&self, node: &NodeEdit) -> StoreResult<()> {
        let edit = sql(text::EDIT_NODE)
            .bind(&node.node)
            .bind(&node.name)
            .bind(node.operator_labels.as_slice())
            .bind(node.maintenance_since);
        self.write_existing(vec![edit]).await
    }

    async fn node_edit(&self, node: &str) -> StoreResult<Option<NodeEdit>> {
        Ok(self.list(sql(text::NODE_EDIT).bind(node)).await?.into_iter().next())
    }

    async fn set_pending_action(&self, node: &str, action: Option<&str>) -> StoreResult<()> {
        let action = action.map(str::to_owned);
        self.write_existing(vec![sql(text::SET_PENDING_ACTION).bind(node).bind(&action)]).await
    }

    async fn list_pending_actions(&self) -> StoreResult<Vec<(String, String)>> {
        let list = sql(text::LIST_PENDING_ACTIONS);
        self.database.read(list, |row| Ok((row.read()?, row.read()?))).await
    }

    async fn delete_pipeline(&self, pipeline: &str) -> StoreResult<()> {
        let history = &text::DELETE_PIPELINE_HISTORY;
        self.delete_with_history(pipeline, history, text::DELETE_PIPELINE).await
    }

    async fn append_audit(&self, entry: &AuditEntry) -> StoreResult<()> {
        self.write(vec![audit::append(entry)]).await
    }

    async fn audit(&self, query: &AuditQuery) -> StoreResult<Vec<StoredAuditEntry>> {
        self.list(audit::select::<D>(query)).await
    }

    async fn flush(&self, batch: &Batch) -> StoreResult<()> {
        self.database.flush(batch).await
    }

    async fn status_events(&self, query: &HistoryQuery) -> StoreResult<Vec<StoredEvent>> {
        let bounds = tick_bounds(&self.database, Timed::Events, query).await?;
        self.list(history::status_events::<D>(query, bounds)).await
    }

    async fn logs(&self, query: &HistoryQuery) -> StoreResult<Vec<StoredLog>> {
        let bounds = tick_bounds(&self.database, Timed::Logs, query).await?;
        if query.words.is_empty() {
            return self.list(history::logs::<D>(query, bounds)).await;
        }
        self.database.search(query, bounds).await
    }

    async fn pipeline_minutes(
        &self,
        pipeline: &str,
        node: Option<&str>,
        since: Minute,
    ) -> StoreResult<Vec<(Minute, MinuteTotals)>> {
        let select = match node {
            None => sql(text::PIPELINE_MINUTES).bind(pipeline).bind(since),
            Some(node) => sql(text::INSTANCE_MINUTES).bind(pipeline).bind(since).bind(node),
        };
        self.database.read(select, |row| Ok((row.read()?, row.read()?))).await
    }

    async fn environment_minutes(
        &self,
        environment: &str,
        by: Breakdown,
        since: Minute,
    ) -> StoreResult<Vec<StoredMinute>> {
        let text = match by {
            Breakdown::Pipelines => text::ENVIRONMENT_PIPELINE_MINUTES,
            Breakdown::Nodes => text::ENVIRONMENT_INSTANCE_MINUTES,
        };
        self.list(sql(text).bind(environment).bind(since)).await
    }

    async fn component_minutes(
        &self,
        pipeline: &str,
        since: Minute,
    ) -> StoreResult<Vec<ComponentMinuteRow>> {
        self.list(sql(text::COMPONENT_MINUTES).bind(pipeline).bind(since)).await
    }

    async fn node_minutes(
        &self,
        node: &str,
        since: Minute,
    ) -> StoreResult<Vec<(Minute, HostMetrics)>> {
        let select = sql(text::NODE_MINUTES).bind(node).bind(since);
        self.database.read(select, |row| Ok((row.read()?, row.read()?))).await
    }

    async fn next_hour(&self) -> StoreResult<Hour> {
        let progress = self.database.read(sql(rollup::PROGRESS), |row| row.read()).await?;
        progress.into_iter().next().map(Hour).ok_or(StoreError::NotFound)
    }

    async fn volume_series(
        &self,
        of: &VolumeOf,
        span: Span,
        width: u32,
    ) -> StoreResult<Vec<(Minute, SpanTotals)>> {
        let select = series::volume_series::<D>(of, span, width);
        self.database.read(select, |row| Ok((row.read()?, row.read()?))).await
    }

    async fn volume_totals(
        &self,
        environment: &str,
        by: Breakdown,
        span: Span,
    ) -> StoreResult<Vec<(String, SpanTotals)>> {
        let select = series::volume_totals::<D>(environment, by, span);
        self.database.read(select, |row| Ok((row.read()?, row.read()?))).await
    }

    async fn names(&self, environment: &str, by: Breakdown) -> StoreResult<Vec<(String, String)>> {
        let text = match by {
            Breakdown::Pipelines => text::PIPELINE_NAMES,
            Breakdown::Nodes => text::NODE_NAMES,
        };
        let select = sql(text).bind(environment);
        self.database.read(select, |row| Ok((row.read()?, row.read()?))).await
    }

    async fn latency_series(
        &self,
        pipeline: &str,
        span: Span,
        width: u32,
    ) -> StoreResult<Vec<(String, Minute, LatencySum)>> {
        let select = series::latency_series(pipeline, span, width);
        self.database.read(select, |row| Ok((row.read()?, row.read()?, row.read()?))).await
    }

    async fn host_series(
        &self,
        node: &str,
        span: Span,
        width: u32,
    ) -> StoreResult<Vec<(Minute, HostSums)>> {
        let select = series::host_series::<D>(node, span, width);
        self.database.read(select, |row| Ok((row.read()?, row.read()?))).await
    }

    async fn node_past(&self, node: &str, from: Millis, until: Millis) -> StoreResult<NodePast> {
        let enrolled = self.database.read(sql(text::NODE_ENROLLED_AT).bind(node), |row| row.read());
        let enrolled_at = enrolled.await?.into_iter().next().ok_or(StoreError::NotFound)?;
        let before = self.list(sql(text::NODE_EVENT_BEFORE).bind(node).bind(from)).await?;
        let events = sql(text::NODE_EVENTS).bind(node).bind(from).bind(until);
        Ok(NodePast {
            enrolled_at,
            before: before.into_iter().next(),
            events: self.list(events).await?,
        })
    }

    async fn roll_up_hour(&self, until: Hour) -> StoreResult<RolledUp> {
        let progress = self
            .database
            .read(sql(rollup::PROGRESS), |row| Ok((row.read::<u32>()?, row.read::<u64>()?)));
        let (hour, late) = progress.await?.into_iter().next().ok_or(StoreError::NotFound)?;
        if until.0 <= hour {
            return Ok(RolledUp::Nothing);
        }
        self.database.prepare_rollup(u64::from(hour * MINUTES_PER_HOUR / MINUTES_PER_DAY)).await?;
        for statement in rollup::statements::<D>(hour) {
            self.write(vec![statement]).await?;
        }
        let finish = sql(rollup::FINISH_HOUR).bind(hour).bind(late);
        let finished = self.database.write(vec![finish], |_| Ok(())).await?;
        Ok(if finished.is_empty() {
            RolledUp::Overtaken(Hour(hour))
        } else {
            RolledUp::Done(Hour(hour))
        })
    }

    async fn forget(&self, kind: HistoryKind, before_day: u32) -> StoreResult<Forgotten> {
        if kind == HistoryKind::Minutes {
            let first_hour = before_day * MINUTES_PER_DAY / MINUTES_PER_HOUR;
            self.write(vec![sql(rollup::FORGET_MINUTES).bind(first_hour)]).await?;
        }
        self.database.forget(kind, u64::from(before_day)).await
    }
}
