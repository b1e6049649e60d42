//! What the store knows and the core does not becomes inputs, and applying them makes both equal.

use systole_systems::answer::AnswerBody;
use systole_systems::directory::{
    DeployedEntry, EnvironmentEntry, MemberEntry, PipelineEntry, UserEntry,
};
use systole_systems::engine::Engine;
use systole_systems::query::Query;
use systole_systems::rows::NodeRow;
use systole_systems::status::{NodeStatus, Role};
use systole_systems::time::{Millis, Tick, TickNumber};

use super::*;
use crate::config_answers::VersionText;
use crate::store::{DeployedVersion, Environment, Member, Pipeline, User};

/// A fleet as text, a fact a line.
const BASE: [&str; 9] = [
    "user ann",
    "user root super",
    "member t1 ann VIEWER",
    "environment e1 prod t1",
    "environment e2 test t1",
    "pipeline p1 e1 web 1",
    "pipeline p2 e1 api 1",
    "node n1 e1",
    "node n3 e1 revoked",
];

#[test]
fn what_the_store_knows_and_the_core_does_not_becomes_inputs() {
    check(&[], &[], &[]);

    check(&[], &["user bob"], &["UserSet { user: \"bob\", super_admin: false }"]);
    check(&["user ann"], &["user ann super"], &["UserSet { user: \"ann\", super_admin: true }"]);
    check(&["user root super"], &[], &["UserRemoved { user: \"root\" }"]);
    // The membership goes with the user.
    check(&["user ann", "member t1 ann VIEWER"], &[], &["UserRemoved { user: \"ann\" }"]);

    let viewer = "member t1 ann VIEWER";
    check(&[viewer], &[], &["MemberRemoved { team: \"t1\", user: \"ann\" }"]);
    let editor = "MemberSet { team: \"t1\", user: \"ann\", role: Editor }";
    check(&[viewer], &["member t1 ann EDITOR"], &[editor]);
    let elsewhere = "MemberSet { team: \"t2\", user: \"ann\", role: Admin }";
    check(&[], &["member t2 ann ADMIN"], &[elsewhere]);

    let renamed = "EnvironmentSet { environment: \"e1\", name: \"live\", team: \"t1\" }";
    check(&["environment e1 prod t1"], &["environment e1 live t1"], &[renamed]);
    let given = "EnvironmentSet { environment: \"e1\", name: \"prod\", team: \"t2\" }";
    check(&["environment e1 prod t1"], &["environment e1 prod t2"], &[given]);

    let set = |id: &str, environment: &str, name: &str, revision: u32| {
        format!(
            "PipelineSet {{ pipeline: {id:?}, environment: {environment:?}, name: {name:?}, revision: {revision} }}"
        )
    };
    let p1 = "pipeline p1 e1 web 1";
    check(&[p1], &["pipeline p1 e1 web 2"], &[&set("p1", "e1", "web", 2)]);
    check(&[p1], &["pipeline p1 e1 www 1"], &[&set("p1", "e1", "www", 1)]);
    check(&[p1], &[], &["PipelineRemoved { pipeline: \"p1\" }"]);
    let moved = ["PipelineRemoved { pipeline: \"p1\" }", &set("p1", "e2", "web", 1)];
    check(&[p1], &["pipeline p1 e2 web 1"], &moved);

    check(&["node n1 e1"], &[], &["NodeRemoved { node: \"n1\" }"]);
    check(&["node n3 e1 revoked"], &[], &["NodeRemoved { node: \"n3\" }"]);
    check(&["node n1 e1"], &["node n1 e1 revoked"], &["NodeRevoked { node: \"n1\" }"]);
    for id in ["n0", "n2", "n4"] {
        check(&[], &[&format!("node {id} e1")], &[&format!("NodeLoaded {id} e1 false")]);
    }
    check(&[], &["node n2 e1 revoked"], &["NodeLoaded n2 e1 true"]);
    let moved = ["NodeRemoved { node: \"n1\" }", "NodeLoaded n1 e2 false"];
    check(&["node n1 e1"], &["node n1 e2"], &moved);
    let again = ["NodeRemoved { node: \"n3\" }", "NodeLoaded n3 e1 false"];
    check(&["node n3 e1 revoked"], &["node n3 e1"], &again);
}

#[test]
fn what_an_input_names_has_come_before_it() {
    let new = ["user bob", "member t9 bob ADMIN", "environment e9 new t9", "pipeline p9 e9 web 1"];
    let nodes = ["node n9 e9", "node n8 e9"];
    let expected = [
        "UserSet { user: \"bob\", super_admin: false }",
        "MemberSet { team: \"t9\", user: \"bob\", role: Admin }",
        "EnvironmentSet { environment: \"e9\", name: \"new\", team: \"t9\" }",
        "PipelineSet { pipeline: \"p9\", environment: \"e9\", name: \"web\", revision: 1 }",
        "NodeLoaded n8 e9 false",
        "NodeLoaded n9 e9 false",
    ];
    check(&[], &[&new[..], &nodes[..]].concat(), &expected);
}

#[test]
fn inputs_make_the_core_equal_to_the_store_and_then_there_are_none() {
    let other = [
        "user bob",
        "user root",
        "member t1 bob EDITOR",
        "member t2 root VIEWER",
        "environment e1 live t1",
        "environment e2 test t2",
        "environment e3 new t2",
        "pipeline p1 e2 web 1",
        "pipeline p3 e3 new 4",
        "node n0 e3",
        "node n1 e1 revoked",
        "node n2 e1",
        "node n3 e1",
        "node n4 e2 revoked",
    ];
    let mut engine = Engine::default();
    apply(&mut engine, &compare(Directory::default(), &facts(&BASE), 2));
    assert_eq!(ask(&engine), facts(&BASE));

    let inputs = compare(ask(&engine), &facts(&other), 2);
    apply(&mut engine, &inputs);
    assert_eq!(ask(&engine), facts(&other));
    assert!(compare(ask(&engine), &facts(&other), 2).is_empty());
}

#[test]
fn pages_of_any_size_say_the_same() {
    let known = facts(&["environment e1 prod t1", "node a e1", "node c e1", "node e e1"]);
    let stored = ["environment e1 prod t1", "node b e1", "node c e1 revoked", "node d e1"];
    for size in 1..=4 {
        assert_eq!(
            told(&compare(known.clone(), &facts(&stored), size)),
            [
                "NodeRemoved { node: \"a\" }",
                "NodeLoaded b e1 false",
                "NodeRevoked { node: \"c\" }",
                "NodeLoaded d e1 false",
                "NodeRemoved { node: \"e\" }",
            ],
            "pages of {size}"
        );
    }
}

/// The core holds the base, the store the base `without` some facts and `with` others.
fn check(without: &[&str], with: &[&str], expected: &[&str]) {
    let kept = BASE.iter().filter(|fact| !without.contains(fact)).chain(with);
    let stored = facts(&kept.copied().collect::<Vec<_>>());
    let inputs = compare(facts(&BASE), &stored, 2);
    assert_eq!(told(&inputs), expected, "without {without:?}, with {with:?}");
}

/// All inputs that lead from one directory to the other, its nodes in pages.
fn compare(known: Directory, stored: &Directory, page: usize) -> Inputs {
    let nodes: Vec<StoredNode> = stored.nodes.iter().map(stored_node).collect();
    let (mut reconciliation, mut inputs) = Reconciliation::begin(known, &stored_directory(stored));
    for page in nodes.chunks(page) {
        inputs.append(&reconciliation.page(page));
    }
    inputs.append(&reconciliation.finish());
    inputs
}

fn told(inputs: &Inputs) -> Vec<String> {
    let word = |input: Input<'_>| {
        if let Input::NodeLoaded(node) = input {
            let identity = node.identity;
            return format!(
                "NodeLoaded {} {} {}",
                identity.node, identity.environment, node.revoked
            );
        }
        format!("{input:?}")
    };
    inputs.iter().map(word).collect()
}

fn apply(engine: &mut Engine, inputs: &Inputs) {
    let position = engine.read(&Query::Directory).position;
    let number = TickNumber(position.tick.0 + 1);
    engine.tick(Tick { number, now: Millis(60_000), listened: Millis(0) }, inputs);
}

fn ask(engine: &Engine) -> Directory {
    let AnswerBody::Directory(directory) = engine.read(&Query::Directory).body else {
        panic!("a directory");
    };
    *directory
}

fn facts(facts: &[&str]) -> Directory {
    let mut directory = Directory::default();
    let mut facts = facts.to_vec();
    facts.sort_unstable();
    for fact in facts {
        let words: Vec<&str> = fact.split(' ').collect();
        let word = |at: usize| words[at].to_owned();
        let id = word(1);
        match words[0] {
            "user" => directory.users.push(UserEntry { id, super_admin: words.len() == 3 }),
            "member" => {
                let role = Role::parse(words[3]).unwrap();
                directory.members.push(MemberEntry { team: id, user: word(2), role });
            }
            "environment" => {
                let (name, team) = (word(2), word(3));
                directory.environments.push(EnvironmentEntry { id, name, team });
            }
            "pipeline" => {
                let (environment, name, revision) = (word(2), word(3), words[4].parse().unwrap());
                let deployed = words.get(5).map(|version| {
                    let config = format!("version {version}\n");
                    DeployedEntry {
                        revision: version.trim_start_matches('@').parse().unwrap(),
                        checksum: VersionText::of(&config).checksum,
                        selector: vec![("zone".into(), "a".into())],
                    }
                });
                directory.pipelines.push(PipelineEntry {
                    id,
                    environment,
                    name,
                    revision,
                    deployed,
                });
            }
            "node" => {
                let has = |what| words[3..].contains(&what);
                directory.nodes.push(NodeEntry {
                    environment: word(2),
                    name: id.clone(),
                    operator_labels: Vec::new(),
                    maintenance: has("maintenance"),
                    revoked: has("revoked"),
                    id,
                });
            }
            other => panic!("no fact is a {other}"),
        }
    }
    directory
}

fn stored_directory(directory: &Directory) -> store::Directory {
    let at = Millis(1);
    let user = |entry: &UserEntry| User {
        id: entry.id.clone(),
        email: format!("{}@example.org", entry.id),
        super_admin: entry.super_admin,
        created_at: at,
    };
    let member = |entry: &MemberEntry| Member {
        team: entry.team.clone(),
        user: entry.user.clone(),
        role: entry.role,
    };
    let environment = |entry: &EnvironmentEntry| Environment {
        id: entry.id.clone(),
        name: entry.name.clone(),
        team: entry.team.clone(),
        created_at: at,
    };
    let pipeline = |entry: &PipelineEntry| Pipeline {
        id: entry.id.clone(),
        environment: entry.environment.clone(),
        name: entry.name.clone(),
        revision: entry.revision,
        config: String::new(),
        updated_at: at,
        deployed: entry.deployed.as_ref().map(|deployed| DeployedVersion {
            version: deployed.revision,
            config: format!("version @{}\n", deployed.revision),
            selector: deployed.selector.clone(),
            deployed_at: at,
        }),
    };
    store::Directory {
        users: directory.users.iter().map(user).collect(),
        members: directory.members.iter().map(member).collect(),
        environments: directory.environments.iter().map(environment).collect(),
        pipelines: directory.pipelines.iter().map(pipeline).collect(),
        ..store::Directory::default()
    }
}

fn stored_node(entry: &NodeEntry) -> StoredNode {
    StoredNode {
        environment: entry.environment.clone(),
        name: entry.id.clone(),
        host: entry.id.clone(),
        token_digest: (!entry.revoked).then_some([7; 32]),
        operator_labels: Vec::new(),
        enrolled_at: Millis(1),
        maintenance_since: entry.maintenance.then_some(Millis(2)),
        state: NodeRow {
            node: entry.id.clone(),
            status: NodeStatus::Unknown,
            status_since: Millis(1),
            heard_at: None,
            agent_version: None,
            vector_version: None,
            os: None,
            deployment_mode: None,
            running_as: None,
            update_error: None,
            labels: Vec::new(),
        },
    }
}

#[test]
fn what_nodes_are_to_run_and_what_people_say_of_them_follows_the_store() {
    let deployed = |version: u32| {
        let checksum = VersionText::of(&format!("version @{version}\n")).checksum;
        let labels = r#"[Label { key: "zone", value: "a" }]"#;
        format!(
            "PipelineDeployed(PipelineDeployed {{ pipeline: \"p1\", revision: {version}, \
             checksum: \"{checksum}\", selector: {labels}, cause: Loaded }})"
        )
    };
    let p1 = "pipeline p1 e1 web 1";
    check(&[p1], &["pipeline p1 e1 web 1 @1"], &[&deployed(1)]);
    let set = "PipelineSet { pipeline: \"p1\", environment: \"e1\", name: \"web\", revision: 2 }";
    check(&[p1], &["pipeline p1 e1 web 2 @2"], &[set, &deployed(2)]);
    let edited = "NodeEdited(NodeEdited { node: \"n1\", name: \"n1\", operator_labels: [], \
                  maintenance: true })";
    check(&["node n1 e1"], &["node n1 e1 maintenance"], &[edited]);
}
