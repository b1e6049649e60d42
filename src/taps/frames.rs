//! The events of a tap's stream as bytes.

use bytes::Bytes;
use serde::Serialize;

use crate::json_list::JsonList;
use crate::taps::life::End;

/// Most bytes of a frame besides its events: three ids and the names of the fields.
pub const FRAME_BYTES_BESIDES: usize = 4 << 10;

#[derive(Serialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
enum Message<'a> {
    #[serde(rename = "tap_event")]
    Event { request_id: &'a str, component_id: &'a str, node_id: &'a str, events: &'a JsonList },
    #[serde(rename = "tap_skipped")]
    Skipped { request_id: &'a str, events: u32 },
    #[serde(rename = "tap_stopped")]
    Stopped { request_id: &'a str, reason: &'a str, message: &'a str },
}

/// Events that passed a component.
pub fn events(request: &str, component: &str, node: &str, events: &JsonList) -> Bytes {
    let (request_id, component_id, node_id) = (request, component, node);
    frame("tap_event", &Message::Event { request_id, component_id, node_id, events })
}

/// So many events are missing here.
pub fn skipped(request: &str, events: u32) -> Bytes {
    frame("tap_skipped", &Message::Skipped { request_id: request, events })
}

/// The tap is over.
pub fn stopped(request: &str, end: &End) -> Bytes {
    stopped_for(request, end.reason(), &end.message())
}

/// The stream is over, the tap is not.
pub fn taken_over(request: &str) -> Bytes {
    stopped_for(request, "taken_over", "somebody else reads the tap now")
}

/// What a stream begins with, and when its reader should come back.
pub fn greeting() -> Bytes {
    Bytes::from_static(b": connected\n\nretry: 1000\n\n")
}

/// A sign of life.
pub fn keepalive() -> Bytes {
    Bytes::from_static(b": keepalive\n\n")
}

fn stopped_for(request: &str, reason: &str, message: &str) -> Bytes {
    frame("tap_stopped", &Message::Stopped { request_id: request, reason, message })
}

fn frame(name: &str, message: &Message<'_>) -> Bytes {
    let json = serde_json::to_string(message).expect("plain data");
    format!("event: {name}\ndata: {json}\n\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taps::report::EVENTS_BOUNDS;

    fn check(frame: &Bytes, expected: &str) {
        assert_eq!(std::str::from_utf8(frame), Ok(expected));
    }

    #[test]
    fn each_event_is_one_line_of_data() {
        let mut list = JsonList::new(EVENTS_BOUNDS);
        let value = "{\"a\":\n\n 1.50, \"b\": \"<i>\\n\"}";
        list.push(&serde_json::value::RawValue::from_string(value.into()).unwrap());
        check(
            &events("r1", "route.a", "n1", &list),
            "event: tap_event\ndata: {\"type\":\"tap_event\",\"requestId\":\"r1\",\
             \"componentId\":\"route.a\",\"nodeId\":\"n1\",\
             \"events\":[{\"a\":1.50,\"b\":\"<i>\\n\"}]}\n\n",
        );
        check(
            &skipped("r1", 40),
            "event: tap_skipped\ndata: {\"type\":\"tap_skipped\",\"requestId\":\"r1\",\"events\":40}\n\n",
        );
        check(
            &stopped("r1", &End::AgentStopped("a\nb".into())),
            "event: tap_stopped\ndata: {\"type\":\"tap_stopped\",\"requestId\":\"r1\",\
             \"reason\":\"agent_stopped\",\"message\":\"the agent stopped the tap: a\\nb\"}\n\n",
        );
    }
}
