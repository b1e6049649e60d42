//! What comes on an agent's push stream, read as agents read it: lines, and an empty one ends an event.

use serde::Deserialize;

use crate::fleet_sim::messages::{SampleRequest, TapRequest};

/// A message of the server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Pushed {
    ConfigChanged,
    SampleRequest(SampleRequest),
    TapStart(TapRequest),
    TapStop {
        request_id: String,
    },
    /// One that this agent does not know.
    #[serde(other)]
    Unknown,
}

/// Longest line an agent reads before it gives the stream up.
const LINE_BYTES_MAX: usize = 256 << 10;

/// Bytes of a stream on their way to messages.
#[derive(Debug, Default)]
pub struct PushReader {
    line: Vec<u8>,
    data: String,
}

/// The stream is not one of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotMessages;

impl PushReader {
    /// Reads on; what is no message we know is passed over.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Vec<Pushed>, NotMessages> {
        let mut messages = Vec::new();
        for &byte in bytes {
            if byte != b'\n' {
                self.line.push(byte);
                if LINE_BYTES_MAX < self.line.len() {
                    return Err(NotMessages);
                }
                continue;
            }
            let line = String::from_utf8_lossy(&self.line).trim_end_matches('\r').to_owned();
            self.line.clear();
            if let Some(data) = line.strip_prefix("data: ") {
                self.data.push_str(data);
            }
            if line.is_empty() {
                messages.extend(serde_json::from_str::<Pushed>(&self.data).ok());
                self.data.clear();
            }
        }
        Ok(messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_however_their_bytes_are_cut() {
        let stream = ": connected\n\nevent: config_changed\ndata: {\"type\":\"config_changed\",\"reason\":\"deploy\"}\n\n\
                      : keepalive\n\nevent: tap_stop\r\ndata: {\"type\":\"tap_stop\",\"requestId\":\"r1\"}\r\n\r\n\
                      event: new\ndata: {\"type\":\"new\",\"a\":1}\n\n\
                      data: {\"type\":\"sample_request\",\"requestId\":\"r2\",\"pipelineId\":\"p\",\"componentKeys\":[\"a\"],\"limit\":3}\n\n\
                      data: {\"type\":\"tap_start\",\"requestId\":\"r3\",\"pipelineId\":\"p\",\"componentId\":\"a\"}\n\ndata: {";
        let (pipeline_id, component_keys) = ("p".to_owned(), vec!["a".to_owned()]);
        let expected = [
            Pushed::ConfigChanged,
            Pushed::TapStop { request_id: "r1".into() },
            Pushed::Unknown,
            Pushed::SampleRequest(SampleRequest {
                request_id: "r2".into(),
                pipeline_id: pipeline_id.clone(),
                component_keys,
                limit: 3,
            }),
            Pushed::TapStart(TapRequest {
                request_id: "r3".into(),
                pipeline_id,
                component_id: "a".into(),
            }),
        ];
        for size in [1, 7, 1_000] {
            let mut reader = PushReader::default();
            let read = stream.as_bytes().chunks(size).flat_map(|part| reader.read(part).unwrap());
            assert_eq!(read.collect::<Vec<_>>(), expected, "{size}");
        }
        let mut reader = PushReader::default();
        assert_eq!(reader.read(&vec![b'x'; LINE_BYTES_MAX + 1]), Err(NotMessages));
    }
}
