//! A store that takes enrollments and is away for everything else, or for all.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use systole::store::resolution::Span;
use systole::store::{
    AuditEntry, AuditQuery, Breakdown, Credential, Directory, EnrolledNode, EnrollmentToken,
    Environment, Forgotten, HistoryKind, HistoryQuery, HostSums, Hour, LatencySum, Member,
    NewVersion, NodeEdit, NodePast, Pipeline, RolledUp, SpanTotals, Store, StoreError, StoreResult,
    StoredAuditEntry, StoredEvent, StoredLog, StoredMinute, StoredNode, Team, User, Version,
    VersionInfo, VolumeOf,
};
use systole_systems::input::MinuteTotals;
use systole_systems::report::HostMetrics;
use systole_systems::rows::{Batch, ComponentMinuteRow, InstanceRow};
use systole_systems::time::{Millis, Minute, TickNumber};

#[derive(Debug, Default)]
pub(crate) struct EnrollmentsOnly {
    pub(crate) away: AtomicBool,
    pub(crate) enrolled: Mutex<Vec<EnrolledNode>>,
}

fn away<T>() -> StoreResult<T> {
    Err(StoreError::Unavailable("switched off".into()))
}

macro_rules! away_for {
    ($($name:ident($($argument:ty),*) -> $result:ty;)*) => {
        #[async_trait]
        impl Store for EnrollmentsOnly {
            fn kind(&self) -> &'static str {
                "enrollments"
            }

            async fn close(&self) {}

            async fn enroll_node(&self, node: &EnrolledNode) -> StoreResult<()> {
                if self.away.load(Ordering::Relaxed) {
                    return away();
                }
                self.enrolled.lock().unwrap().push(node.clone());
                Ok(())
            }

            $(async fn $name(&self, $(_: $argument),*) -> StoreResult<$result> {
                away()
            })*
        }
    };
}

away_for! {
    ping() -> ();
    identity() -> String;
    last_tick() -> TickNumber;
    load_directory() -> Directory;
    load_nodes(&str, u32) -> Vec<StoredNode>;
    load_instances((&str, &str), u32) -> Vec<InstanceRow>;
    load_minute(Minute) -> Vec<StoredMinute>;
    create_user(&User, &str) -> ();
    user_by_email(&str) -> Option<(User, String)>;
    list_users() -> Vec<User>;
    delete_user(&str) -> ();
    create_session(&Credential) -> ();
    delete_credential(&str) -> ();
    purge_sessions(Millis) -> u64;
    create_api_token(&Credential) -> ();
    list_api_tokens(&str) -> Vec<Credential>;
    create_team(&Team) -> ();
    list_teams() -> Vec<Team>;
    set_member(&Member) -> ();
    remove_member(&str, &str) -> ();
    list_members(&str) -> Vec<Member>;
    list_memberships(&str) -> Vec<Member>;
    create_environment(&Environment) -> ();
    create_enrollment_token(&EnrollmentToken) -> ();
    list_enrollment_tokens(&str) -> Vec<EnrollmentToken>;
    delete_enrollment_token(&str, &str) -> ();
    revoke_node(&str) -> ();
    delete_node(&str) -> ();
    create_pipeline(&Pipeline) -> ();
    pipeline(&str) -> Option<Pipeline>;
    edit_node(&NodeEdit) -> ();
    node_edit(&str) -> Option<NodeEdit>;
    set_pending_action(&str, Option<&str>) -> ();
    list_pending_actions() -> Vec<(String, String)>;
    edit_pipeline(&str, &str, &str, Millis) -> ();
    deploy_version(&NewVersion) -> u32;
    undeploy_pipeline(&str) -> ();
    list_versions(&str, u32, u32) -> Vec<VersionInfo>;
    version(&str, u32) -> Option<Version>;
    delete_pipeline(&str) -> ();
    append_audit(&AuditEntry) -> ();
    audit(&AuditQuery) -> Vec<StoredAuditEntry>;
    flush(&Batch) -> ();
    status_events(&HistoryQuery) -> Vec<StoredEvent>;
    logs(&HistoryQuery) -> Vec<StoredLog>;
    pipeline_minutes(&str, Option<&str>, Minute) -> Vec<(Minute, MinuteTotals)>;
    environment_minutes(&str, Breakdown, Minute) -> Vec<StoredMinute>;
    component_minutes(&str, Minute) -> Vec<ComponentMinuteRow>;
    node_minutes(&str, Minute) -> Vec<(Minute, HostMetrics)>;
    next_hour() -> Hour;
    volume_series(&VolumeOf, Span, u32) -> Vec<(Minute, SpanTotals)>;
    volume_totals(&str, Breakdown, Span) -> Vec<(String, SpanTotals)>;
    names(&str, Breakdown) -> Vec<(String, String)>;
    latency_series(&str, Span, u32) -> Vec<(String, Minute, LatencySum)>;
    host_series(&str, Span, u32) -> Vec<(Minute, HostSums)>;
    node_past(&str, Millis, Millis) -> NodePast;
    roll_up_hour(Hour) -> RolledUp;
    forget(HistoryKind, u32) -> Forgotten;
}
