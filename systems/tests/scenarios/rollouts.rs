//! What nodes are told to run, and when a deploy has arrived.

use systole_systems::answer::{AnswerBody, DeploymentItem};
use systole_systems::input::{DeployCause, Input, NodeEdited, PipelineDeployed};
use systole_systems::packed::PackedBuf;
use systole_systems::query::{Page, Query};
use systole_systems::report::{Heartbeat, Label};

use crate::fleet::{Fleet, Report, running};

/// Queues a deploy.
pub fn deploy(fleet: &mut Fleet, pipeline: &str, revision: u32, selector: &[(&str, &str)]) {
    let selector: PackedBuf = selector.iter().map(|&(key, value)| Label { key, value }).collect();
    let (selector, cause) = (selector.packed(), DeployCause::Deploy);
    let deployed = PipelineDeployed { pipeline, revision, checksum: "sum", selector, cause };
    fleet.input(&Input::PipelineDeployed(deployed));
}

fn edit(fleet: &mut Fleet, node: &str, labels: &[(&str, &str)], maintenance: bool) {
    let labels: PackedBuf = labels.iter().map(|&(key, value)| Label { key, value }).collect();
    let operator_labels = labels.packed();
    fleet.input(&Input::NodeEdited(NodeEdited { node, name: node, operator_labels, maintenance }));
}

fn report(revision: u32, status: &str) -> Report<'_> {
    Report { revision, status, ..running("p1", 10) }
}

/// Two nodes that run the first revision, a reader, and the second just deployed.
fn deployed() -> Fleet {
    let mut fleet = Fleet::new();
    fleet.subscribe(1, "root", None);
    ["n1", "n2"].into_iter().for_each(|node| fleet.enroll(node));
    fleet.step(10);
    ["n1", "n2"].into_iter().for_each(|node| fleet.heartbeat(node, &[report(1, "RUNNING")]));
    fleet.step(10);
    fleet.take(1);
    fleet.desired.clear();
    deploy(&mut fleet, "p1", 2, &[]);
    fleet.step(10);
    fleet
}

fn deployment(fleet: &Fleet) -> Vec<DeploymentItem> {
    let page = Page { cursor: None, limit: 10, order: Default::default() };
    let query = Query::Deployment { viewer: "ann".into(), pipeline: "p1".into(), page };
    let AnswerBody::Deployment(page) = fleet.engine.read(&query).body else {
        panic!("ann may see it")
    };
    page.items
}

#[test]
fn a_deploy_has_arrived_when_every_node_reports_it_running() {
    let mut fleet = deployed();
    assert_eq!(fleet.desired, ["n1 [p1@2] deploy", "n2 [p1@2] deploy"]);
    assert!(fleet.take_changes(1).is_empty(), "a text that is stored runs nowhere yet");

    fleet.heartbeat("n1", &[report(2, "STARTING")]);
    fleet.step(10);
    fleet.heartbeat("n1", &[report(2, "RUNNING")]);
    fleet.heartbeat("n2", &[report(1, "RUNNING")]);
    fleet.step(10);
    let changes = fleet.take_changes(1);
    assert!(
        changes.contains(&"n1 DEPLOYING -> DEPLOYED: version 2 is running".to_owned()),
        "{changes:?}"
    );
    fleet.heartbeat("n2", &[report(2, "RUNNING")]);
    fleet.step(10);
    let changes = fleet.take_changes(1);
    let expected = [
        "n2 DEPLOYING -> DEPLOYED: version 2 is running",
        "n2 DEPLOYING -> DEPLOYED: version 2 is running on all 2 nodes",
    ];
    assert_eq!(changes, expected);
    fleet.heartbeat("n2", &[report(2, "RUNNING")]);
    fleet.step(10);
    assert!(fleet.take_changes(1).is_empty(), "it has arrived once");
}

#[test]
fn a_crash_of_the_new_version_fails_the_deploy_on_its_node_until_it_runs() {
    let mut fleet = deployed();
    fleet.heartbeat("n1", &[report(2, "CRASHED")]);
    fleet.heartbeat("n2", &[report(2, "RUNNING")]);
    fleet.step(10);
    let changes = fleet.take_changes(1);
    assert!(changes.contains(&"n1 DEPLOYING -> DEPLOY_FAILED: version 2 is CRASHED".to_owned()));
    assert!(!changes.iter().any(|change| change.contains("on all")), "{changes:?}");
    fleet.heartbeat("n1", &[report(2, "RUNNING")]);
    fleet.step(10);
    let changes = fleet.take_changes(1);
    assert!(changes.contains(&"n1 DEPLOY_FAILED -> DEPLOYED: version 2 is running".to_owned()));
    assert!(changes.last().unwrap().ends_with("version 2 is running on all 2 nodes"));
}

#[test]
fn a_node_that_does_not_report_the_version_in_time_is_late_and_may_still_arrive() {
    let mut fleet = deployed();
    fleet.heartbeat("n1", &[report(2, "RUNNING")]);
    fleet.step(10);
    fleet.take(1);
    fleet.step_listening(299_980, 299_980);
    let late = "n2 DEPLOYING -> DEPLOY_TIMED_OUT: version 2 was not reported in time";
    assert!(!fleet.take_changes(1).contains(&late.to_owned()));
    fleet.step(10);
    assert!(fleet.take_changes(1).contains(&late.to_owned()));
    assert_eq!(deployment(&fleet)[1].cell.progress, Some("DEPLOY_TIMED_OUT"));
    fleet.heartbeat("n2", &[report(2, "RUNNING")]);
    fleet.step(10);
    let changes = fleet.take_changes(1);
    assert!(changes.contains(&"n2 DEPLOY_TIMED_OUT -> DEPLOYED: version 2 is running".to_owned()));
}

#[test]
fn a_stalled_server_times_nobody_out() {
    let mut fleet = deployed();
    fleet.step_listening(3_600_000, 50);
    assert!(!fleet.take_changes(1).iter().any(|change| change.contains("TIMED_OUT")));
}

#[test]
fn selectors_pick_by_labels_of_agents_and_people_and_follow_them() {
    let mut fleet = Fleet::new();
    ["n1", "n2"].into_iter().for_each(|node| fleet.enroll(node));
    deploy(&mut fleet, "p1", 1, &[("zone", "a")]);
    deploy(&mut fleet, "p2", 1, &[]);
    fleet.step(10);
    assert_eq!(fleet.desired, ["n1 [p2@1] deploy", "n2 [p2@1] deploy"]);

    fleet.desired.clear();
    let labels: PackedBuf = std::iter::once(Label { key: "zone", value: "a" }).collect();
    let labels = Some(labels.packed());
    fleet.input(&Input::Heartbeat(Heartbeat { node: "n1", labels, ..Heartbeat::default() }));
    fleet.step(10);
    assert_eq!(fleet.desired, ["n1 [p1@1 p2@1] labels"]);

    fleet.desired.clear();
    edit(&mut fleet, "n1", &[("zone", "b")], false);
    edit(&mut fleet, "n2", &[("zone", "a")], false);
    fleet.step(10);
    assert_eq!(fleet.desired, ["n1 [p2@1] labels", "n2 [p1@1 p2@1] labels"]);
}

#[test]
fn a_node_in_maintenance_runs_nothing_and_is_not_waited_for() {
    let mut fleet = deployed();
    fleet.desired.clear();
    edit(&mut fleet, "n2", &[], true);
    fleet.step(10);
    assert_eq!(fleet.desired, ["n2 [] maintenance_on"]);
    fleet.heartbeat("n1", &[report(2, "RUNNING")]);
    fleet.step(10);
    let changes = fleet.take_changes(1);
    let arrived = "version 2 is running on the one node that was picked";
    assert!(changes.last().unwrap().ends_with(arrived), "{changes:?}");
    fleet.desired.clear();
    edit(&mut fleet, "n2", &[], false);
    fleet.step(10);
    assert_eq!(fleet.desired, ["n2 [p1@2] maintenance_off"]);
}

#[test]
fn undeploying_and_removing_stop_a_pipeline_on_every_node() {
    let mut fleet = deployed();
    fleet.desired.clear();
    fleet.input(&Input::PipelineUndeployed { pipeline: "p1" });
    fleet.step(10);
    assert_eq!(fleet.desired, ["n1 [] undeploy", "n2 [] undeploy"]);
    deploy(&mut fleet, "p2", 1, &[]);
    fleet.step(10);
    fleet.desired.clear();
    fleet.input(&Input::PipelineRemoved { pipeline: "p2" });
    fleet.step(10);
    assert_eq!(fleet.desired, ["n1 [] undeploy", "n2 [] undeploy"]);
}

#[test]
fn what_a_node_reports_is_shown_beside_what_is_desired() {
    let mut fleet = deployed();
    fleet.heartbeat("n1", &[report(2, "RUNNING")]);
    fleet.step(10);
    let cells: Vec<_> = deployment(&fleet)
        .into_iter()
        .map(|item| {
            let reported = item.cell.reported.map(|reported| reported.revision);
            (item.node, item.cell.desired, reported, item.cell.version_drift, item.cell.progress)
        })
        .collect();
    assert_eq!(
        cells,
        [
            ("n1".to_owned(), Some(2), Some(2), false, None),
            ("n2".to_owned(), Some(2), Some(1), true, Some("DEPLOYING")),
        ]
    );
}

#[test]
fn after_a_start_every_node_is_told_again_what_it_runs() {
    let mut fleet = deployed();
    fleet.desired.clear();
    fleet.input(&Input::Started { epoch: 8, settings: Default::default() });
    fleet.step(10);
    assert_eq!(fleet.desired, ["n1 [p1@2] -", "n2 [p1@2] -"]);
}

#[test]
fn a_node_that_comes_while_others_are_late_has_as_much_time_and_a_restored_fleet_says_the_same() {
    let mut fleet = deployed();
    fleet.step_listening(300_000, 300_000);
    fleet.enroll("n3");
    fleet.step(10);
    fleet.twin = Some(crate::images::restored(&fleet));
    fleet.take(1);
    fleet.step_listening(299_980, 299_980);
    assert!(!fleet.take_changes(1).iter().any(|change| change.starts_with("n3 DEPLOYING")));
    fleet.step(20);
    let late = "n3 DEPLOYING -> DEPLOY_TIMED_OUT: version 2 was not reported in time".to_owned();
    assert!(fleet.take_changes(1).contains(&late));
}

#[test]
fn a_node_that_runs_the_version_already_has_arrived_when_it_is_picked_again() {
    let mut fleet = deployed();
    fleet.heartbeat("n1", &[report(2, "RUNNING")]);
    fleet.step(10);
    edit(&mut fleet, "n1", &[], true);
    fleet.step(10);
    edit(&mut fleet, "n1", &[], false);
    fleet.take(1);
    fleet.step(10);
    let changes = fleet.take_changes(1);
    assert!(
        changes.contains(&"n1 DEPLOYING -> DEPLOYED: version 2 is running".to_owned()),
        "{changes:?}"
    );
    fleet.heartbeat("n2", &[report(2, "RUNNING")]);
    fleet.step(10);
    assert!(fleet.take_changes(1).last().unwrap().ends_with("version 2 is running on all 2 nodes"));
}

#[test]
fn nodes_that_leave_or_are_revoked_are_waited_for_no_more() {
    for leaves in [Input::NodeRemoved { node: "n2" }, Input::NodeRevoked { node: "n2" }] {
        let mut fleet = deployed();
        fleet.heartbeat("n1", &[report(2, "RUNNING")]);
        fleet.step(10);
        fleet.take(1);
        fleet.input(&leaves);
        fleet.step(10);
        let changes = fleet.take_changes(1);
        let arrived =
            "n1 DEPLOYING -> DEPLOYED: version 2 is running on the one node that was picked";
        assert!(changes.contains(&arrived.to_owned()), "{changes:?}");
    }
}
