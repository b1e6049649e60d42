//! Questions about live state: scoped, ordered, paged.

use systole_systems::answer::{AnswerBody, PageOf};
use systole_systems::input::Input;
use systole_systems::query::{NodeFilter, Order, Page, Query, Subject};
use systole_systems::status::{NodeStatus, Role};

use crate::fleet::{Fleet, Report, running};

fn fleet() -> Fleet {
    let mut fleet = Fleet::new();
    fleet.input(&Input::EnvironmentSet { environment: "e2", name: "test", team: "t2" });
    for node in ["delta", "Alpha", "charlie", "bravo"] {
        fleet.enroll(node);
    }
    fleet.enroll_in("hidden", "e2");
    fleet.step(10);
    let crashed = Report { pipeline: "p1", status: "CRASHED", ..Report::default() };
    fleet.heartbeat("charlie", &[crashed]);
    fleet.heartbeat("bravo", &[running("p1", 1)]);
    fleet.step(1_000);
    fleet
}

fn ask(fleet: &Fleet, query: &Query) -> AnswerBody {
    let mut body = fleet.engine.read(query).body;
    while let AnswerBody::More(continuation) = body {
        body = fleet.engine.resume_read(*continuation).body;
    }
    body
}

fn nodes(fleet: &Fleet, viewer: &str, filter: NodeFilter, page: Page) -> PageOf<String> {
    let query = Query::Nodes { viewer: viewer.into(), filter, page };
    let AnswerBody::Nodes(page) = ask(fleet, &query) else { panic!("a page of nodes") };
    let items = page.items.into_iter().map(|node| node.id).collect();
    PageOf { items, next_cursor: page.next_cursor, total: page.total }
}

fn page(limit: usize, order: Order) -> Page {
    Page { cursor: None, limit, order }
}

#[test]
fn lists_are_scoped_and_ordered() {
    let fleet = fleet();
    let all = NodeFilter::default;
    let by_name = nodes(&fleet, "ann", all(), page(10, Order::Name));
    assert_eq!(by_name.items, ["Alpha", "bravo", "charlie", "delta"]);
    assert_eq!((by_name.total, by_name.next_cursor), (4, None));
    let by_status = nodes(&fleet, "ann", all(), page(10, Order::Status));
    assert_eq!(by_status.items, ["charlie", "Alpha", "delta", "bravo"]);
    assert_eq!(nodes(&fleet, "root", all(), page(10, Order::Name)).total, 5);
    assert_eq!(nodes(&fleet, "nobody", all(), page(10, Order::Name)).total, 0);
    let latest = nodes(&fleet, "ann", all(), page(2, Order::StatusSince));
    assert_eq!(latest.items, ["charlie", "bravo"]);
}

#[test]
fn pages_follow_each_other_without_gap_or_overlap_in_every_order() {
    let fleet = fleet();
    for order in [Order::Name, Order::Status, Order::StatusSince] {
        for text in [None, Some("A".to_owned())] {
            let filter = NodeFilter { text, ..NodeFilter::default() };
            let whole = nodes(&fleet, "ann", filter.clone(), page(10, order));
            let mut collected = Vec::new();
            let mut cursor = None;
            loop {
                let page = Page { cursor, limit: 1, order };
                let part = nodes(&fleet, "ann", filter.clone(), page);
                assert_eq!(part.total, whole.total);
                collected.extend(part.items);
                cursor = part.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(collected, whole.items, "{order:?}");
        }
    }
}

#[test]
fn filters_narrow_by_status_and_text() {
    let fleet = fleet();
    let by_status = NodeFilter { status: Some(NodeStatus::Degraded), ..NodeFilter::default() };
    assert_eq!(nodes(&fleet, "ann", by_status, page(10, Order::Name)).items, ["charlie"]);
    let by_text = NodeFilter { text: Some("LPH".into()), ..NodeFilter::default() };
    let found = nodes(&fleet, "ann", by_text, page(10, Order::Name));
    assert_eq!((found.items, found.total), (vec!["Alpha".to_owned()], 1));
}

#[test]
fn what_the_viewer_may_not_see_does_not_exist() {
    let fleet = fleet();
    let viewer = || "ann".to_owned();
    let node = Query::Node { viewer: viewer(), node: "hidden".into() };
    assert_eq!(ask(&fleet, &node), AnswerBody::NotFound);
    let filter = NodeFilter { environment: Some("e2".into()), ..NodeFilter::default() };
    let list = Query::Nodes { viewer: viewer(), filter, page: page(1, Order::Name) };
    assert_eq!(ask(&fleet, &list), AnswerBody::NotFound);
    let cursor = Some("not a cursor".to_owned());
    let page = Page { cursor, limit: 1, order: Order::Name };
    let bad = Query::Nodes { viewer: viewer(), filter: NodeFilter::default(), page };
    assert_eq!(ask(&fleet, &bad), AnswerBody::BadCursor);
    for (subject, role) in [
        (Subject::Node("bravo".into()), Some(Role::Viewer)),
        (Subject::Node("hidden".into()), None),
        (Subject::Pipeline("p1".into()), Some(Role::Viewer)),
        (Subject::Environment("e2".into()), None),
        (Subject::Team("t1".into()), Some(Role::Viewer)),
    ] {
        let access = Query::Access { viewer: viewer(), subject };
        assert_eq!(ask(&fleet, &access), AnswerBody::Access { role, super_admin: false });
    }
}

#[test]
fn a_dead_node_has_no_data() {
    let mut fleet = fleet();
    fleet.step(5_000);
    fleet.heartbeat("bravo", &[running("p1", 501)]);
    fleet.step(50);
    let summary = |fleet: &Fleet| {
        let query = Query::FleetSummary { viewer: "ann".into(), environment: None };
        let AnswerBody::FleetSummary(summary) = ask(fleet, &query) else { panic!("a summary") };
        summary
    };
    assert!(summary(&fleet).rates.events_in > 80.0);
    fleet.run(20_000);
    let dead = summary(&fleet);
    assert_eq!(dead.rates.events_in, 0.0);
    assert_eq!((dead.nodes_of(NodeStatus::Unreachable), dead.instances_no_data), (2, 2));
    let query = Query::Node { viewer: "ann".into(), node: "bravo".into() };
    let AnswerBody::Node(detail) = ask(&fleet, &query) else { panic!("a node") };
    assert_eq!(detail.node.rates, None);
    assert_eq!((&detail.instances[0].status, detail.instances[0].totals), (&None, None));
}

#[test]
fn a_wall_comes_in_parts_that_hold_each_node_once() {
    let fleet = fleet();
    let part = |cursor: Option<String>| {
        let query = Query::Wall {
            viewer: "ann".into(),
            filter: NodeFilter::default(),
            group: Some("site".into()),
            page: Page { cursor, limit: 3, order: Order::Name },
        };
        let AnswerBody::Wall(part) = ask(&fleet, &query) else { panic!("a part of a wall") };
        let cells = part.nodes.items.into_iter().map(|node| (node.id, node.status, node.group));
        (cells.collect::<Vec<_>>(), part.nodes.next_cursor)
    };
    let (first, cursor) = part(None);
    let (second, end) = part(cursor);
    let cell = |id: &str, status| (id.to_owned(), status, None);
    let expected = [
        cell("Alpha", NodeStatus::Unknown),
        cell("bravo", NodeStatus::Healthy),
        cell("charlie", NodeStatus::Degraded),
    ];
    assert_eq!(first, expected);
    assert_eq!((second, end), (vec![cell("delta", NodeStatus::Unknown)], None));
}
