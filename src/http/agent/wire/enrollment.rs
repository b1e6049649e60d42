//! The body of an enrollment. An agent ends when it is refused, so only what matters is a reason.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess};

use crate::edge_counters::Tally;
use crate::http::agent::wire::labels::{LabelList, Labels};
use crate::http::agent::wire::reading::Reading;
use crate::http::agent::wire::text::is_clean;
use crate::http::agent::wire::value::{Mode, ReadPart, Shape};
use crate::http::agent::wire::{DecodeError, ReadBody};

/// A request to enter the fleet, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrollmentRequest {
    pub token: String,
    pub host: String,
    pub os: Option<String>,
    pub agent_version: Option<String>,
    pub vector_version: Option<String>,
    pub labels: Vec<(String, String)>,
}

/// The longest host name of DNS.
const HOST_BYTES_MAX: usize = 253;

/// Reads an enrollment.
#[derive(Debug)]
pub(super) struct EnrollmentReader<'de> {
    reading: Reading<'de>,
    fields: Fields<'de>,
}

#[derive(Debug, Default)]
struct Fields<'de> {
    is_object: bool,
    token: Option<Cow<'de, str>>,
    host: Option<Cow<'de, str>>,
    os: Option<Cow<'de, str>>,
    agent_version: Option<Cow<'de, str>>,
    vector_version: Option<Cow<'de, str>>,
    labels: Labels<'de>,
}

impl<'de> EnrollmentReader<'de> {
    pub(super) fn new(reading: Reading<'de>) -> EnrollmentReader<'de> {
        EnrollmentReader { reading, fields: Fields::default() }
    }

    /// The request, when it names a token and a host.
    pub(super) fn finish(self) -> Result<(EnrollmentRequest, Tally), DecodeError> {
        let fields = self.fields;
        if !fields.is_object {
            return Err(DecodeError::Wrong { field: "the body", expected: "an object" });
        }
        let token = fields.token.filter(|token| !token.is_empty());
        let token =
            token.ok_or(DecodeError::Wrong { field: "token", expected: "a text, not empty" })?;
        let host = fields
            .host
            .filter(|host| (1..=HOST_BYTES_MAX).contains(&host.len()) && is_clean(host))
            .ok_or(DecodeError::Wrong {
                field: "hostname",
                expected: "a text of 1 to 253 bytes without control characters",
            })?;
        let labels = fields.labels.into_iter();
        let request = EnrollmentRequest {
            token: token.into_owned(),
            host: host.into_owned(),
            os: fields.os.map(Cow::into_owned),
            agent_version: fields.agent_version.map(Cow::into_owned),
            vector_version: fields.vector_version.map(Cow::into_owned),
            labels: labels.map(|(key, value)| (key.into_owned(), value.into_owned())).collect(),
        };
        Ok((request, self.reading.finish().1))
    }
}

impl<'de> ReadBody<'de> for EnrollmentReader<'de> {
    fn start(&mut self, mode: Mode) {
        self.reading.start(mode);
        self.fields = Fields::default();
    }
}

impl<'de> ReadPart<'de> for EnrollmentReader<'de> {
    fn read_object<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<Shape, A::Error> {
        let mode = self.reading.mode;
        self.fields.is_object = true;
        while let Some(key) = map.next_key_seed(mode.key())? {
            let (reading, fields) = (&mut self.reading, &mut self.fields);
            match key.as_key() {
                "token" => fields.token = reading.scalar(&mut map)?,
                "hostname" => fields.host = reading.scalar(&mut map)?,
                "os" => fields.os = reading.short_text(&mut map)?,
                "agentVersion" => fields.agent_version = reading.short_text(&mut map)?,
                "vectorVersion" => fields.vector_version = reading.short_text(&mut map)?,
                "labels" => {
                    let mut list = LabelList::new(reading);
                    let shape = map.next_value_seed(mode.part(&mut list))?;
                    fields.labels = list.labels;
                    reading.note_shape(shape);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Shape::Read)
    }
}
