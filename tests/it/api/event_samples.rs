//! Event samples: asked for by people, handed to a node, answered by that node alone.

use serde_json::{Value, json};
use systole::auth::node_tokens::NodeIdentity;

use super::rights::member;
use super::running::{Running, event};
use super::{Person, Whole};

#[tokio::test]
async fn a_newer_agent_is_asked_on_its_push_stream_and_answers_component_by_component() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let running = Running::new(&whole, &admin, 2).await;
    let mut push = running.connect(1).await;
    let body = json!({ "componentIds": ["in", "route.errors"] });
    let answer = admin.ask(&format!("POST {}", running.path("event-samples")), &body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let asked = answer.json();
    assert_eq!(
        (&asked["status"], &asked["nodeId"]),
        (&json!("PENDING"), &json!(running.nodes[1].id))
    );

    let told = event(&mut push, "sample_request").await;
    let id = asked["id"].as_str().unwrap();
    let expected = json!({
        "type": "sample_request", "requestId": id, "pipelineId": running.pipeline,
        "componentKeys": ["in", "route.errors"], "limit": 5,
    });
    assert_eq!(told, expected);
    assert_eq!(pending(&running, 1), json!([]), "its poll does not tell it again");

    let events = json!([{ "message": "<b>1</b>\n", "n": 12345678901234567890_u64 }]);
    let schema = json!([{ "path": ".n", "type": "integer", "sample": "1" }]);
    let first = json!({ "results": [
        { "requestId": id, "componentKey": "in", "events": events, "schema": schema },
    ]});
    assert_eq!(running.agent(1, "samples", &first).await, 200);
    let shown = show(&admin, &running, id).await;
    assert_eq!(shown["status"], "PENDING", "one of two has answered");
    let component = &shown["components"][0];
    assert_eq!((&component["status"], &component["events"]), (&json!("COMPLETED"), &events));
    assert_eq!((&component["schema"], &component["error"]), (&schema, &Value::Null));
    assert_eq!(component["nodeId"], *running.nodes[1].id);
    assert_eq!(shown["components"][1]["status"], "PENDING");

    let second = json!({ "results": [
        { "requestId": id, "componentKey": "route.errors", "error": "no events" },
    ]});
    assert_eq!(running.agent(1, "samples", &second).await, 200);
    let shown = show(&admin, &running, id).await;
    assert_eq!(shown["status"], "PARTIAL");
    let component = &shown["components"][1];
    assert_eq!((&component["status"], &component["events"]), (&json!("FAILED"), &Value::Null));
    assert_eq!(component["error"], "no events");

    let newest = admin.get(&running.path("event-samples")).await;
    assert_eq!((&newest["total"], &newest["items"][0]["componentId"]), (&json!(1), &json!("in")));
    assert_eq!(
        (&newest["items"][0]["events"], &newest["items"][0]["requestId"]),
        (&events, &json!(id))
    );
}

#[tokio::test]
async fn an_older_agent_is_asked_by_one_poll_and_answers_with_its_heartbeat() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let running = Running::new(&whole, &admin, 2).await;
    let asked = ask(&admin, &running, &json!({ "componentIds": ["in", "out"], "limit": 2 })).await;
    assert_eq!(asked["nodeId"], Value::Null, "nobody is connected");
    let id = asked["id"].as_str().unwrap();
    let expected = json!([{
        "requestId": id, "pipelineId": running.pipeline, "componentKeys": ["in", "out"], "limit": 2,
    }]);
    assert_eq!(pending(&running, 1), expected);
    assert_eq!((pending(&running, 1), pending(&running, 0)), (json!([]), json!([])));

    let result = |component: &str| {
        json!({
            "requestId": id, "componentKey": component, "events": [{ "c": component }, 2, 3],
        })
    };
    let beat = |results: Value| json!({ "pipelines": [], "sampleResults": results });
    assert_eq!(running.agent(1, "heartbeat", &beat(json!([result("out")]))).await, 200);
    let shown = show(&admin, &running, id).await;
    assert_eq!(shown["status"], "PENDING", "a heartbeat with one of two completes nothing");
    assert_eq!(running.agent(1, "heartbeat", &beat(Value::Null)).await, 200);
    assert_eq!(running.agent(1, "heartbeat", &beat(json!([result("in")]))).await, 200);
    let shown = show(&admin, &running, id).await;
    assert_eq!(
        (&shown["status"], &shown["nodeId"]),
        (&json!("COMPLETED"), &json!(running.nodes[1].id))
    );
    let component = &shown["components"][0];
    assert_eq!(component["events"], json!([{ "c": "in" }, 2]), "no more than were asked for");
    assert_eq!(component["truncated"], true);
}

#[tokio::test]
async fn nobody_else_can_answer_and_what_they_send_is_counted() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let running = Running::new(&whole, &admin, 2).await;
    let _push = running.connect(0).await;
    let (_, other) = admin.environment("other").await;
    let stranger = whole.enroll(&admin.enrollment_token(&other).await, "db-1").await;
    let asked = ask(&admin, &running, &json!({ "componentIds": ["in"] })).await;
    let id = asked["id"].as_str().unwrap();
    let result = |request: &str, component: &str| {
        json!({
            "requestId": request, "componentKey": component, "events": ["forged"],
        })
    };
    let forged = json!({ "results": [result(id, "in")] });
    assert_eq!(running.agent(1, "samples", &forged).await, 200);
    assert_eq!(whole.agent(&stranger, "POST /api/agent/samples", &forged).await, 200);
    let beat = json!({ "pipelines": [], "sampleResults": [result(id, "in")] });
    assert_eq!(whole.agent(&stranger, "POST /api/agent/heartbeat", &beat).await, 200);
    let wrong =
        json!({ "results": [result(id, "out"), result("none", "in"), { "requestId": id }] });
    assert_eq!(running.agent(0, "samples", &wrong).await, 200);
    assert_eq!(show(&admin, &running, id).await["components"][0]["status"], "PENDING");

    let honest = json!({ "results": [{ "requestId": id, "componentKey": "in", "events": [1] }] });
    assert_eq!(running.agent(0, "samples", &honest).await, 200);
    assert_eq!(running.agent(0, "samples", &forged).await, 200);
    assert_eq!(show(&admin, &running, id).await["components"][0]["events"], json!([1]));
    assert_eq!(running.counted("sample_foreign").await, 3);
    assert_eq!(running.counted("sample_invalid").await, 1);
    // The component, the request, and what came when nothing was open any more.
    assert_eq!(running.counted("sample_unrequested").await, 3);
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let running = Running::new(&whole, &admin, 1).await;
    let ids = vec!["c"; 17];
    for (body, why) in [
        (json!({}), "the body does not fit: missing field `componentIds`"),
        (json!({ "componentIds": [] }), "componentIds does not hold 1 to 16 ids"),
        (json!({ "componentIds": ids }), "componentIds does not hold 1 to 16 ids"),
        (json!({ "componentIds": ["a", "a"] }), "componentIds holds an id twice"),
        (json!({ "componentIds": ["*"] }), "componentIds is a pattern or an option"),
        (json!({ "componentIds": ["a"], "limit": 0 }), "limit is not a number from 1 to 50"),
        (json!({ "componentIds": ["a"], "limit": 51 }), "limit is not a number from 1 to 50"),
        (json!({ "componentIds": ["a"], "nodeId": "/" }), "nodeId is not an id"),
    ] {
        let answer = admin.ask(&format!("POST {}", running.path("event-samples")), &body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json()["error"].as_str().unwrap().starts_with(why), "{answer:?}");
    }
    let stranger = json!({ "componentIds": ["a"], "nodeId": "none" });
    let answer = admin.ask(&format!("POST {}", running.path("event-samples")), &stranger).await;
    assert_eq!(
        (answer.status, &*error(&answer.json())),
        (409, "the node does not run this pipeline now")
    );
    running.beat(0, "STOPPED").await;
    let answer = admin
        .ask(&format!("POST {}", running.path("event-samples")), &json!({ "componentIds": ["a"] }))
        .await;
    assert_eq!((answer.status, &*error(&answer.json())), (409, "no node runs this pipeline now"));
    running.beat(0, "RUNNING").await;
    for _ in 0..20 {
        ask(&admin, &running, &json!({ "componentIds": ["a"] })).await;
    }
    let answer = admin
        .ask(&format!("POST {}", running.path("event-samples")), &json!({ "componentIds": ["a"] }))
        .await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("30")));
}

#[tokio::test]
async fn viewers_read_and_strangers_do_not_even_know() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let running = Running::new(&whole, &admin, 1).await;
    let asked = ask(&admin, &running, &json!({ "componentIds": ["in"] })).await;
    let path = running.path(&format!("event-samples/{}", asked["id"].as_str().unwrap()));
    let viewer = member(&whole, &admin, &running.team, Some("VIEWER")).await;
    assert_eq!(viewer.get(&path).await["status"], "PENDING");
    let outsider = member(&whole, &admin, &running.team, None).await;
    assert_eq!(outsider.status(&format!("GET {path}")).await, 404);
    // Through another pipeline it is not found either.
    let body =
        json!({ "environmentId": running.environment, "name": "q", "config": "sources: {}" });
    let other = admin.create("/api/v1/pipelines", &body).await;
    let path = path.replace(&running.pipeline, &other);
    assert_eq!(admin.status(&format!("GET {path}")).await, 404);
    whole.stop().await;
}

async fn ask(person: &Person<'_>, running: &Running<'_>, body: &Value) -> Value {
    let answer = person.ask(&format!("POST {}", running.path("event-samples")), body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

async fn show(person: &Person<'_>, running: &Running<'_>, id: &str) -> Value {
    person.get(&running.path(&format!("event-samples/{id}"))).await
}

/// What the answer to a poll of the node would ask for.
fn pending(running: &Running<'_>, node: usize) -> Value {
    let identity = NodeIdentity {
        node: running.nodes[node].id.as_str().into(),
        environment: running.environment.as_str().into(),
    };
    let app = &running.whole.server.app;
    serde_json::to_value(app.event_samples.pending(&identity)).unwrap()
}

fn error(answer: &Value) -> String {
    answer["error"].as_str().unwrap().to_owned()
}
