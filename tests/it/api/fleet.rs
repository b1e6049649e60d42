//! Nodes through the eyes of the API: from enrollment to deletion, in lists, and in numbers.

use serde_json::{Value, json};

use super::{Whole, eventually, heartbeat};

#[tokio::test]
async fn a_node_is_seen_from_enrollment_to_deletion() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let body = json!({ "environmentId": environment, "name": "logs", "config": "sources: {}" });
    let pipeline = admin.create("/api/v1/pipelines", &body).await;
    let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    let path = format!("/api/v1/nodes/{}", node.id);

    let seen = admin.get(&path).await;
    assert_eq!((&seen["status"], &seen["lastHeartbeatAt"]), (&json!("UNKNOWN"), &Value::Null));
    let report = heartbeat(&pipeline, "RUNNING", 100);
    assert_eq!(whole.agent(&node, "POST /api/agent/heartbeat", &report).await, 200);
    let seen = admin.get(&path).await;
    assert_eq!((&seen["status"], &seen["agentVersion"]), (&json!("HEALTHY"), &json!("1.2.3")));
    assert_eq!((&seen["environmentId"], &seen["os"]), (&json!(environment), &json!("linux/amd64")));
    assert_eq!(seen["labels"], json!({ "site": "north" }));
    let instance = &seen["pipelines"][0];
    assert_eq!(
        (&instance["pipelineName"], &instance["status"]),
        (&json!("logs"), &json!("RUNNING"))
    );
    assert_eq!((&instance["eventsIn"], &instance["bytesIn"]), (&json!(100), &json!(1_000)));
    assert_eq!((&instance["version"], &instance["uptimeSeconds"]), (&json!(1), &json!(60)));

    let crashed = heartbeat(&pipeline, "CRASHED", 100);
    assert_eq!(whole.agent(&node, "POST /api/agent/heartbeat", &crashed).await, 200);
    let summary = admin.get("/api/v1/fleet/summary").await;
    assert_eq!(summary["nodes"]["degraded"], 1);
    assert_eq!(
        (&summary["pipelines"]["crashed"], &summary["pipelines"]["total"]),
        (&json!(1), &json!(1))
    );

    let events = format!("{path}/events");
    let events = eventually(|| admin.get(&events), |events| events["total"] == 3).await;
    let changes: Vec<(&Value, &Value)> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (&event["fromStatus"], &event["toStatus"]))
        .collect();
    let (unknown, healthy) = (json!("UNKNOWN"), json!("HEALTHY"));
    let newest_first =
        [(&healthy, &json!("DEGRADED")), (&unknown, &healthy), (&Value::Null, &unknown)];
    assert_eq!(changes, newest_first);

    assert_eq!(admin.status(&format!("POST {path}/revoke")).await, 204);
    assert_eq!(whole.agent(&node, "POST /api/agent/heartbeat", &report).await, 401);
    let revoked = admin.get(&path).await;
    assert_eq!((&revoked["revoked"], &revoked["status"]), (&json!(true), &json!("UNREACHABLE")));
    assert_eq!(admin.status(&format!("DELETE {path}")).await, 204);
    assert_eq!(admin.status(&format!("GET {path}")).await, 404);
    whole.stop().await;
}

#[tokio::test]
async fn a_list_is_filtered_sorted_and_paged_by_the_server() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let token = admin.enrollment_token(&environment).await;
    for host in ["web-1", "web-2", "db-1"] {
        let node = whole.enroll(&token, host).await;
        if host != "web-2" {
            let report = json!({ "pipelines": [], "labels": { "kind": &host[..2] } });
            assert_eq!(whole.agent(&node, "POST /api/agent/heartbeat", &report).await, 200);
        }
    }
    let hosts = |query: &'static str| {
        let admin = &admin;
        async move {
            let list = admin.get(&format!("/api/v1/nodes{query}")).await;
            let items = list["items"].as_array().unwrap().iter();
            let hosts: Vec<String> =
                items.map(|node| node["host"].as_str().unwrap().to_owned()).collect();
            (hosts.join(" "), list["total"].as_u64().unwrap())
        }
    };
    for (query, expected, total) in [
        ("", "db-1 web-1 web-2", 3),
        ("?q=WEB", "web-1 web-2", 2),
        ("?status=UNKNOWN", "web-2", 1),
        ("?label=kind%3Ddb", "db-1", 1),
        ("?label=kind%3Ddb&q=web", "", 0),
        ("?sort=status&limit=1", "web-2", 3),
        ("?limit=2", "db-1 web-1", 3),
    ] {
        assert_eq!(hosts(query).await, (expected.to_owned(), total), "{query}");
    }
    let first = admin.get("/api/v1/nodes?limit=2").await;
    let cursor = first["nextCursor"].as_str().unwrap();
    let cursor: String = form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
    let second = admin.get(&format!("/api/v1/nodes?limit=2&cursor={cursor}")).await;
    assert_eq!(
        (&second["items"][0]["host"], &second["nextCursor"]),
        (&json!("web-2"), &Value::Null)
    );
}

#[tokio::test]
async fn a_wall_holds_every_node_by_the_value_of_a_label() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let token = admin.enrollment_token(&environment).await;
    for (host, site) in [("web-1", Some("north")), ("web-2", None), ("db-1", Some("north"))] {
        let node = whole.enroll(&token, host).await;
        if let Some(site) = site {
            let report = json!({ "pipelines": [], "labels": { "site": site, "kind": host } });
            assert_eq!(whole.agent(&node, "POST /api/agent/heartbeat", &report).await, 200);
        }
    }
    let wall = async |query: &str| {
        let wall = admin.get(&format!("/api/v1/fleet/wall{query}")).await;
        let groups = wall["groups"].as_array().unwrap().iter();
        let groups: Vec<String> = groups
            .map(|group| {
                let nodes = &group["nodes"];
                let ids = nodes["ids"].as_array().unwrap().len();
                format!("{} {ids} {} {}", group["value"], nodes["names"], nodes["statuses"])
            })
            .collect();
        (groups.join(" | "), wall["labelKeys"].clone())
    };
    let (all, keys) = wall("").await;
    assert_eq!(all, r#"null 3 ["db-1","web-1","web-2"] "HHN""#);
    assert_eq!(keys, json!(["kind", "site"]));
    let (by_site, _) = wall("?group=site").await;
    assert_eq!(by_site, r#""north" 2 ["db-1","web-1"] "HH" | null 1 ["web-2"] "N""#);
    let (healthy, _) = wall("?group=kind&status=HEALTHY&q=db").await;
    assert_eq!(healthy, r#""db-1" 1 ["db-1"] "H""#);
    assert_eq!(wall("?label=site%3Dsouth").await.0, "");
    whole.stop().await;
}

#[tokio::test]
async fn a_list_tells_how_busy_a_host_was_between_two_heartbeats() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    let beat = async |total: f64, idle: f64| {
        let host = json!({
            "cpuSecondsTotal": total, "cpuSecondsIdle": idle,
            "memoryTotalBytes": 800, "memoryUsedBytes": 200,
        });
        let report = json!({ "pipelines": [], "hostMetrics": host });
        assert_eq!(whole.agent(&node, "POST /api/agent/heartbeat", &report).await, 200);
        admin.get("/api/v1/nodes").await["items"][0].clone()
    };
    let first = beat(100.0, 90.0).await;
    assert_eq!(first["cpuPercent"], Value::Null);
    assert_eq!((&first["memoryUsedBytes"], &first["memoryTotalBytes"]), (&json!(200), &json!(800)));
    assert_eq!(beat(110.0, 97.5).await["cpuPercent"], json!(25.0));
    // The host was started anew.
    assert_eq!(beat(5.0, 1.0).await["cpuPercent"], Value::Null);
    whole.stop().await;
}

#[tokio::test]
async fn who_has_signed_in_may_know_how_long_things_are_kept() {
    let whole = Whole::start().await;
    let settings = whole.admin().await.get("/api/v1/settings").await;
    let kept = &settings["retention"];
    assert_eq!((&kept["minutesDays"], &kept["logsDays"]), (&json!(7), &json!(3)));
    assert_eq!(kept["auditDays"], Value::Null);
    assert_eq!(settings["heartbeatIntervalMs"], json!(5_000));
    whole.stop().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_name() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    for (path, field) in [
        ("/api/v1/nodes?limit=0", "limit"),
        ("/api/v1/nodes?limit=501", "limit"),
        ("/api/v1/nodes?status=ILL", "status"),
        ("/api/v1/nodes?sort=size", "sort"),
        ("/api/v1/nodes?label=site", "label"),
        ("/api/v1/nodes?environmentId=a/b", "environmentId"),
        ("/api/v1/nodes?cursor=%00", "cursor"),
        ("/api/v1/analytics/volume", "environmentId"),
        ("/api/v1/logs?levels=LOUD", "levels"),
        ("/api/v1/logs?cursor=yesterday", "cursor"),
        ("/api/sse?topics=weather", "topics"),
        ("/api/sse?nodeIds=a%20b", "nodeIds"),
    ] {
        let answer = admin.ask(&format!("GET {path}"), &Value::Null).await;
        assert_eq!(answer.status, 400, "{path} {answer:?}");
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.starts_with(field), "{path}: {error}");
    }
    let answer = admin.ask("POST /api/v1/teams", &json!({})).await;
    assert_eq!(answer.status, 400);
    assert!(answer.json()["error"].as_str().unwrap().contains("name"), "{answer:?}");
    let answer = admin.ask("PATCH /api/v1/teams", &Value::Null).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, POST")));
    for path in ["/api/v1", "/api/v1/", "/api/v1/weather", "/api/v1/nodes/n1/weather"] {
        assert_eq!(admin.status(&format!("GET {path}")).await, 404, "{path}");
    }
}

#[tokio::test]
async fn minutes_are_deltas_and_the_running_one_says_so() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let body = json!({ "environmentId": environment, "name": "logs", "config": "sources: {}" });
    let pipeline = admin.create("/api/v1/pipelines", &body).await;
    let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    for events in [100, 130, 150] {
        let report = heartbeat(&pipeline, "RUNNING", events);
        assert_eq!(whole.agent(&node, "POST /api/agent/heartbeat", &report).await, 200);
    }
    let path = format!("/api/v1/pipelines/{pipeline}/metrics?minutes=5");
    let sum = |series: &Value| {
        let rows = series["rows"].as_array().unwrap().iter();
        rows.map(|row| row["eventsIn"].as_u64().unwrap()).sum::<u64>()
    };
    // First seen already running: what it did before was not measured here.
    let series = eventually(|| admin.get(&path), |series| sum(series) == 50).await;
    let last = series["rows"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["utilization"], &last["latencyMeanMs"]), (&Value::Null, &Value::Null));
    assert!(last["timestamp"].as_str().unwrap().ends_with(":00.000Z"));
    let of_node = admin.get(&format!("{path}&nodeId={}", node.id)).await;
    assert_eq!(sum(&of_node), 50);
    assert_eq!(sum(&admin.get(&format!("{path}&nodeId=another")).await), 0);
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    let report = json!({ "pipelines": [] });
    assert_eq!(whole.agent(&node, "POST /api/agent/heartbeat", &report).await, 200);
    let page = eventually(
        || async { whole.send("", "GET /metrics", &Value::Null).await },
        |page| page.body.contains("\nsystole_heartbeats_total 1\n"),
    )
    .await;
    assert!(page.header("content-type").unwrap().starts_with("text/plain"));
    assert!(page.body.contains("\nsystole_nodes{status=\"healthy\"} 1\n"), "{}", page.body);
}
