//! `/pipelines/{id}/samples`: the live series of each component, as event streams go on with it.

use hyper::StatusCode;
use serde::Serialize;
use systole_systems::answer::{AnswerBody, ComponentSamples, Sample};
use systole_systems::query::Query;
use systole_systems::time::{MINUTE_MILLIS, Millis};

use crate::clock::wall_now;
use crate::http::api::call::{Call, mismatched};
use crate::http::api::list::position_text;
use crate::http::reply::{HttpError, Reply, json};
use crate::http::rfc3339::Rfc3339;

/// The core keeps an hour.
const MINUTES_MAX: u64 = 60;

#[derive(Serialize)]
struct SamplesView<'a> {
    components: Vec<ComponentView<'a>>,
    position: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ComponentView<'a> {
    node_id: &'a str,
    component_id: &'a str,
    kind: &'a str,
    samples: Vec<SampleView>,
}

/// Rates per second; the names are those of the `metric_update` event.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SampleView {
    timestamp: Rfc3339,
    received_events_rate: f32,
    sent_events_rate: f32,
    received_bytes_rate: f32,
    sent_bytes_rate: f32,
    errors_rate: f32,
    discarded_rate: f32,
    latency_mean_ms: Option<f32>,
}

pub(super) async fn samples(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    let minutes = call.params.number("minutes", 5, 1, MINUTES_MAX)?;
    let query = Query::Samples {
        viewer: call.viewer()?,
        pipeline: pipeline.to_owned(),
        node: call.params.id("nodeId")?,
        since: wall_now().since(Millis(minutes * MINUTE_MILLIS)),
    };
    let answer = call.ask(query, "pipeline").await?;
    let AnswerBody::Samples(components) = &answer.body else { mismatched() };
    let view = SamplesView {
        components: components.iter().map(ComponentView::of).collect(),
        position: position_text(answer.position),
    };
    Ok(json(StatusCode::OK, &view))
}

impl ComponentView<'_> {
    fn of(component: &ComponentSamples) -> ComponentView<'_> {
        ComponentView {
            node_id: &component.node,
            component_id: &component.component,
            kind: component.kind.as_str(),
            samples: component.samples.iter().map(SampleView::of).collect(),
        }
    }
}

impl SampleView {
    fn of(sample: &Sample) -> SampleView {
        let latency = sample.latency_mean_millis;
        SampleView {
            timestamp: Rfc3339(sample.at),
            received_events_rate: sample.received_events,
            sent_events_rate: sample.sent_events,
            received_bytes_rate: sample.received_bytes,
            sent_bytes_rate: sample.sent_bytes,
            errors_rate: sample.errors,
            discarded_rate: sample.discarded,
            latency_mean_ms: (!latency.is_nan()).then_some(latency),
        }
    }
}
