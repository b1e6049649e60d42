//! The table of operations. A call below `/api/v1` that is not in it is not done; what is in it is described by
//! `/api/openapi.json`, and what it does is recorded under its action.

use crate::http::openapi::operation::Caller::{Agent, Anybody};
use crate::http::openapi::operation::{Effect, Operation, delete, get, post, put};

/// The one action of hosts.
pub const NODE_ENROLL: &str = "node.enroll";

/// The operation of a method on a path after `/api/v1`.
pub fn find(method: &str, path: &[&str]) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.method == method && operation.is_at(path))
}

/// All actions.
pub fn actions() -> impl Iterator<Item = &'static str> {
    OPERATIONS.iter().filter_map(|operation| match operation.effect {
        Effect::Does(action) => Some(action),
        Effect::Reads => None,
    })
}

/// What an action is done to: its first word.
pub fn subject_kind(action: &str) -> &str {
    action.split('.').next().unwrap_or_default()
}

/// All operations, in the order of the document.
pub const OPERATIONS: &[Operation] = &[
    // Who is there.
    post("/api/v1/session", "Signs in and sets the session cookie.")
        .by(Anybody)
        .takes("SignIn")
        .answers("User")
        .does("session.create"),
    get("/api/v1/session", "Who has signed in, and what they belong to.").answers("Session"),
    delete("/api/v1/session", "Signs out a session; an API token is deleted by its id.")
        .by(Anybody)
        .does("session.end"),
    get("/api/v1/setup", "Whether the first super-admin is still to be created.")
        .by(Anybody)
        .answers("Setup"),
    post("/api/v1/setup", "Creates the first super-admin and signs them in.")
        .by(Anybody)
        .takes("SetUp")
        .status(201)
        .answers("User")
        .does("user.set_up"),
    get("/api/v1/users", "All people. For super-admins.").answers("List(User)"),
    post("/api/v1/users", "Creates a person. For super-admins.")
        .takes("NewUser")
        .status(201)
        .answers("User")
        .does("user.create"),
    delete("/api/v1/users/{userId}", "Deletes a person with sessions, tokens and memberships.")
        .does("user.delete"),
    get("/api/v1/teams", "The teams of whoever asks.").answers("List(Team)"),
    post("/api/v1/teams", "Creates a team. For super-admins.")
        .takes("NewTeam")
        .status(201)
        .answers("Team")
        .does("team.create"),
    get("/api/v1/teams/{teamId}/members", "The members of a team.").answers("List(Member)"),
    put("/api/v1/teams/{teamId}/members/{userId}", "Adds a member or changes the role.")
        .takes("NewRole")
        .answers("Member")
        .does("team.member.set"),
    delete("/api/v1/teams/{teamId}/members/{userId}", "Takes a member out of a team.")
        .does("team.member.remove"),
    get("/api/v1/tokens", "The API tokens of whoever asks.").answers("List(Token)"),
    post("/api/v1/tokens", "Creates an API token; its text is shown once.")
        .takes("NewToken")
        .status(201)
        .answers("Token")
        .does("token.create"),
    delete("/api/v1/tokens/{tokenId}", "Deletes an API token.").does("token.delete"),
    // Environments.
    get("/api/v1/environments", "The environments of whoever asks.").answers("List(Environment)"),
    post("/api/v1/environments", "Creates an environment. For super-admins.")
        .takes("NewEnvironment")
        .status(201)
        .answers("Environment")
        .does("environment.create"),
    post(
        "/api/v1/environments/{environmentId}/enrollment-token",
        "Creates an enrollment token; its text is shown once.",
    )
    .status(201)
    .answers("EnrollmentToken")
    .does("enrollment_token.create"),
    get("/api/v1/environments/{environmentId}/enrollment-tokens", "Enrollment tokens.")
        .answers("List(EnrollmentToken)"),
    delete(
        "/api/v1/environments/{environmentId}/enrollment-tokens/{tokenId}",
        "Deletes an enrollment token. Nodes that enrolled with it stay.",
    )
    .does("enrollment_token.delete"),
    // The fleet.
    get("/api/v1/fleet/summary", "Counts and rates of all the caller may see.")
        .query("environmentId")
        .answers("Summary"),
    get("/api/v1/fleet/wall", "Nodes as cells, grouped by a label.")
        .query("environmentId status:node q label group")
        .answers("Wall"),
    get("/api/v1/settings", "How this server was started.").answers("Settings"),
    get("/api/v1/notices", "What whoever runs the server should know now.").answers("List(Notice)"),
    get("/api/v1/nodes", "Nodes, live.")
        .query("environmentId status:node q label sort cursor limit")
        .answers("Live(Node)"),
    get("/api/v1/nodes/{nodeId}", "A node and what it runs.").answers("NodeDetail"),
    put("/api/v1/nodes/{nodeId}", "Names, labels, or sets whether it is in maintenance.")
        .takes("ChangedNode")
        .answers("NodeEdit")
        .does("node.edit"),
    delete("/api/v1/nodes/{nodeId}", "Deletes a node and its history.").does("node.delete"),
    post("/api/v1/nodes/{nodeId}/revoke", "Makes the node's token invalid.")
        .status(204)
        .does("node.revoke"),
    post("/api/v1/nodes/{nodeId}/action", "Has the agent do something.")
        .takes("AgentAction")
        .status(204)
        .does("node.action"),
    delete("/api/v1/nodes/{nodeId}/action", "Takes back what the agent has not done yet.")
        .does("node.action.end"),
    get("/api/v1/nodes/{nodeId}/events", "Changes of status, newest first.")
        .query("pipelineId pipelines since until cursor limit")
        .answers("List(Event)"),
    get("/api/v1/nodes/{nodeId}/logs", "Log lines, newest first.")
        .query("pipelineId levels level q:words since until cursor limit")
        .answers("List(Log)"),
    get("/api/v1/nodes/{nodeId}/metrics", "Its host by the minute, or by the bucket of a range.")
        .query("minutes range from to")
        .answers("HostSeries"),
    get("/api/v1/nodes/{nodeId}/uptime", "How long it was in which status.")
        .query("range from to")
        .answers("Uptime"),
    get("/api/v1/nodes/{nodeId}/timeline", "Its statuses one after the other.")
        .query("range from to")
        .answers("Timeline"),
    get("/api/v1/instances", "Pipelines on nodes, live.")
        .query("environmentId nodeId pipelineId status:instance sort cursor limit")
        .answers("Live(Instance)"),
    get("/api/v1/deployments", "What each node is to run beside what it reports.")
        .query("environmentId! sort cursor limit")
        .answers("Live(MatrixRow)"),
    // Pipelines.
    get("/api/v1/pipelines", "Pipelines as they run.")
        .query("environmentId q sort cursor limit")
        .answers("Live(Pipeline)"),
    post("/api/v1/pipelines", "Creates a pipeline; nothing runs it until it is deployed.")
        .takes("NewPipeline")
        .status(201)
        .answers("StoredPipeline")
        .does("pipeline.create"),
    get("/api/v1/pipelines/{pipelineId}", "A pipeline and its text.").answers("PipelineDetail"),
    put("/api/v1/pipelines/{pipelineId}", "Renames it, gives it another text, or both.")
        .takes("ChangedPipeline")
        .answers("StoredPipeline")
        .does("pipeline.edit"),
    delete("/api/v1/pipelines/{pipelineId}", "Deletes it with its versions and history.")
        .does("pipeline.delete"),
    post("/api/v1/pipelines/{pipelineId}/deploy", "Deploys the text as a new version.")
        .may_take("Deploy")
        .answers("StoredPipeline")
        .does("pipeline.deploy"),
    post("/api/v1/pipelines/{pipelineId}/undeploy", "Takes it off every node.")
        .answers("StoredPipeline")
        .does("pipeline.undeploy"),
    post(
        "/api/v1/pipelines/{pipelineId}/rollback",
        "Deploys the text of an earlier version as a new one.",
    )
    .takes("Rollback")
    .answers("StoredPipeline")
    .does("pipeline.rollback"),
    get("/api/v1/pipelines/{pipelineId}/versions", "Versions, newest first, without texts.")
        .query("cursor:version limit")
        .answers("List(Version)"),
    get("/api/v1/pipelines/{pipelineId}/versions/{version}", "A version with its text.")
        .answers("VersionDetail"),
    get("/api/v1/pipelines/{pipelineId}/diff", "What differs between two texts.")
        .query("from:version! to:version")
        .answers("Difference"),
    get("/api/v1/pipelines/{pipelineId}/graph", "What is in a text, and what is wrong with it.")
        .query("version")
        .answers("Configuration"),
    get("/api/v1/pipelines/{pipelineId}/deployment", "Where nodes stand with it.")
        .query("sort cursor limit")
        .answers("Live(Deployment)"),
    get("/api/v1/pipelines/{pipelineId}/metrics", "What passed, by the minute or bucket.")
        .query("nodeId minutes range from to")
        .answers("VolumeSeries"),
    get("/api/v1/pipelines/{pipelineId}/latency", "Latency of each component.")
        .query("minutes range from to")
        .answers("LatencySeries"),
    get("/api/v1/pipelines/{pipelineId}/samples", "The live series of each component.")
        .query("nodeId minutes:samples")
        .answers("Samples"),
    get("/api/v1/pipelines/{pipelineId}/logs", "Its log lines, newest first.")
        .query("nodeId levels level q:words since until cursor limit")
        .answers("List(Log)"),
    post("/api/v1/pipelines/{pipelineId}/event-samples", "Asks a node for a few events.")
        .takes("NewEventRequest")
        .status(201)
        .answers("EventRequest")
        .does("pipeline.sample"),
    get("/api/v1/pipelines/{pipelineId}/event-samples", "Of each component the newest events.")
        .answers("List(NewestEvents)"),
    get("/api/v1/pipelines/{pipelineId}/event-samples/{requestId}", "What became of a request.")
        .answers("EventRequest"),
    post("/api/v1/pipelines/{pipelineId}/taps", "Starts a live tap of a component.")
        .takes("NewTap")
        .status(201)
        .answers("Tap")
        .does("tap.start"),
    get("/api/v1/taps/{tapId}/events", "The events of a tap, as they pass.")
        .answers("text/event-stream"),
    delete("/api/v1/taps/{tapId}", "Ends a tap.").does("tap.end"),
    post("/api/v1/configurations/check", "What is in a text, before it is stored anywhere.")
        .takes("Text")
        .answers("Configuration"),
    // History.
    get("/api/v1/analytics/volume", "What passed, beside the period before.")
        .query("environmentId! range from to")
        .answers("Volume"),
    get("/api/v1/events", "Changes of status, newest first.")
        .query("environmentId nodeId pipelineId since until cursor limit")
        .answers("List(Event)"),
    get("/api/v1/logs", "Log lines, newest first.")
        .query("environmentId nodeId pipelineId levels level q:words since until cursor limit")
        .answers("List(Log)"),
    get("/api/v1/logs/export", "All lines of a search as lines of JSON.")
        .query("environmentId nodeId pipelineId levels level q:words since until limit:export")
        .answers("application/x-ndjson"),
    get("/api/v1/audit", "Who had what done, newest first.")
        .query("environmentId subject actor action since until cursor limit")
        .answers("List(AuditEntry)"),
    // Streams.
    get("/api/sse", "An event stream; docs/PROTOCOL.md describes its events.")
        .query("environmentIds topics wideTopics nodeIds pipelineIds lastEventId")
        .answers("text/event-stream"),
    put("/api/sse/{streamId}/filter", "Replaces the filter of an open stream of the same session.")
        .takes("StreamFilter")
        .status(204),
    // Agents.
    post("/api/agent/enroll", "A host becomes a node.")
        .by(Anybody)
        .takes("Enrollment")
        .answers("Enrolled")
        .does(NODE_ENROLL),
    get("/api/agent/config", "What the node is to run.").by(Agent).answers("AgentConfig"),
    post("/api/agent/heartbeat", "What the node runs, and how.").by(Agent).takes("Heartbeat"),
    post("/api/agent/logs", "Log lines of pipelines.").by(Agent).takes("[LogBatch]"),
    get("/api/agent/push", "A stream of hints to come for something.")
        .by(Agent)
        .answers("text/event-stream"),
    post("/api/agent/samples", "Samples of events that were asked for.")
        .by(Agent)
        .takes("SampleResults"),
    post("/api/agent/tap-events", "Events of a tap.").by(Agent).takes("TapEvents"),
    // The server itself.
    get("/api/openapi.json", "This document.").by(Anybody).answers("object"),
    get("/healthz", "Whether the process runs.").by(Anybody).answers("text/plain"),
    get("/readyz", "Whether heartbeats are taken.").by(Anybody).answers("text/plain"),
    get("/metrics", "Counts, for Prometheus.").by(Anybody).answers("text/plain"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_write_has_an_action_unless_it_is_known_to_store_nothing() {
        let stores_nothing = ["/api/v1/configurations/check"];
        for operation in OPERATIONS.iter().filter(|o| o.path.starts_with("/api/v1")) {
            let writes = operation.method != "GET" && !stores_nothing.contains(&operation.path);
            let is_recorded = operation.effect != Effect::Reads;
            assert_eq!(is_recorded, writes, "{} {}", operation.method, operation.path);
        }
    }

    #[test]
    fn an_operation_is_found_by_its_path_and_names_its_subject() {
        let check = |method: &str, path: &str, found: Option<(&str, Option<&str>)>| {
            let path: Vec<&str> = path.split('/').collect();
            let operation = find(method, &path);
            let seen = operation.map(|o| match o.effect {
                Effect::Does(action) => (action, o.subject(&path)),
                Effect::Reads => ("", None),
            });
            assert_eq!(seen, found, "{method} {path:?}");
        };
        check("PUT", "teams/t1/members/u1", Some(("team.member.set", Some("t1"))));
        check(
            "DELETE",
            "environments/e1/enrollment-tokens/k1",
            Some(("enrollment_token.delete", Some("k1"))),
        );
        check("POST", "pipelines/p1/deploy", Some(("pipeline.deploy", Some("p1"))));
        check("POST", "pipelines", Some(("pipeline.create", None)));
        check("GET", "nodes/n1", Some(("", None)));
        check("PATCH", "nodes/n1", None);
        check("GET", "nodes/n1/x", None);
    }

    #[test]
    fn actions_and_operations_are_listed_once() {
        for (place, one) in OPERATIONS.iter().enumerate() {
            for other in &OPERATIONS[place + 1..] {
                assert!((one.method, one.path) != (other.method, other.path), "{}", one.path);
                let same = one.effect == other.effect && one.effect != Effect::Reads;
                assert!(!same, "{:?}", one.effect);
            }
        }
    }
}
