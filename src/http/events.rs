//! `/api/sse`: opens event streams and moves their filters. What a stream carries the core decides.

use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response};
use serde::Deserialize;
use systole_systems::effect::{Topic, Topics};
use systole_systems::input::{Filter, Input, StreamPosition, Subscribed};
use systole_systems::limits::FILTER_IDS_MAX;
use systole_systems::packed::PackedBuf;
use systole_systems::time::TickNumber;

use crate::app::App;
use crate::auth::secrets::random;
use crate::http::body::{from_json_object, read};
use crate::http::caller::{caller, check_same_origin};
use crate::http::params::{Params, check_ids};
use crate::http::reply::{HttpError, Reply, ReplyBody, no_content};
use crate::ports::Refusal;
use crate::streams::TooManyStreams;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Three full lists of ids of full length fit.
const FILTER_BODY_BYTES_MAX: usize = 128 << 10;
/// Browsers come back after this, each at its own time, so that a restart is no storm.
const RETRY_MILLIS_MIN: u16 = 1_000;
const RETRY_MILLIS_SPREAD: u16 = 2_000;

/// Answers a request whose path after `/api/sse` is `path`.
pub async fn route(
    app: &Arc<App>,
    request: Request<Incoming>,
    path: &[&str],
) -> Result<Reply, HttpError> {
    match (request.method(), path) {
        (&Method::GET, []) => open(app, request.headers(), request.uri().query()),
        (_, []) => Err(HttpError::MethodNotAllowed(&[Method::GET])),
        (&Method::PUT, [stream, "filter"]) => move_filter(app, request, stream).await,
        (_, [_, "filter"]) => Err(HttpError::MethodNotAllowed(&[Method::PUT])),
        _ => Err(HttpError::NotFound("this path was")),
    }
}

/// What a stream is narrowed to; `None`: not narrowed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Narrowing {
    environment_ids: Option<Vec<String>>,
    topics: Option<Vec<String>>,
    /// Topics that lists of nodes and pipelines do not narrow.
    wide_topics: Option<Vec<String>>,
    node_ids: Option<Vec<String>>,
    pipeline_ids: Option<Vec<String>>,
}

/// A narrowing in the form of an input.
struct PackedNarrowing {
    environments: Option<PackedBuf>,
    topics: Option<Topics>,
    nodes: Option<PackedBuf>,
    pipelines: Option<PackedBuf>,
}

fn open(app: &App, headers: &HeaderMap, query: Option<&str>) -> Result<Reply, HttpError> {
    let principal = caller(app, headers)?.ok_or(HttpError::Unauthorized)?.principal;
    let params = Params::parse(query);
    let narrowing = Narrowing {
        environment_ids: params.ids("environmentIds", FILTER_IDS_MAX)?,
        topics: names(&params, "topics"),
        wide_topics: names(&params, "wideTopics"),
        node_ids: params.ids("nodeIds", FILTER_IDS_MAX)?,
        pipeline_ids: params.ids("pipelineIds", FILTER_IDS_MAX)?,
    };
    let filter = narrowing.pack()?;
    let opened = app.streams.open(&principal.credential).map_err(|TooManyStreams| {
        HttpError::Unavailable { why: "too many event streams are open", retry_after_seconds: 30 }
    })?;
    opened.sender.send(greeting()).expect("a new stream is empty and its reader is here");
    let subscribed = Input::Subscribed(Subscribed {
        subscriber: opened.subscriber,
        stream: &opened.id,
        user: &principal.user,
        credential: &principal.credential,
        filter: filter.filter(),
        resume: last_position(headers, &params),
    });
    if !app.ingress.try_tell(&subscribed) {
        return Err(HttpError::from(Refusal::Full));
    }
    // A credential that ended meanwhile was perhaps announced before the core knew the stream.
    if caller(app, headers)?.is_none() {
        app.ingress.tell(&Input::CredentialRevoked { credential: &principal.credential })?;
        return Err(HttpError::Unauthorized);
    }
    let mut reply = Response::new(ReplyBody::Stream(opened.body));
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    Ok(reply)
}

async fn move_filter(
    app: &App,
    request: Request<Incoming>,
    stream: &str,
) -> Result<Reply, HttpError> {
    let (head, body) = request.into_parts();
    check_same_origin(&head.headers, app.options.public_url.as_deref())?;
    let principal = caller(app, &head.headers)?.ok_or(HttpError::Unauthorized)?.principal;
    let subscriber = app.streams.find(stream, &principal.credential);
    let subscriber = subscriber.ok_or(HttpError::NotFound("stream"))?;
    let body = read(app, body, FILTER_BODY_BYTES_MAX).await?;
    let narrowing = from_json_object::<Narrowing>(&body)?.pack()?;
    let moved = Input::FilterMoved { subscriber, filter: narrowing.filter() };
    if !app.ingress.try_tell(&moved) {
        return Err(HttpError::from(Refusal::Full));
    }
    Ok(no_content())
}

impl Narrowing {
    fn pack(&self) -> Result<PackedNarrowing, HttpError> {
        Ok(PackedNarrowing {
            environments: pack_ids("environmentIds", self.environment_ids.as_deref())?,
            topics: self.topics()?,
            nodes: pack_ids("nodeIds", self.node_ids.as_deref())?,
            pipelines: pack_ids("pipelineIds", self.pipeline_ids.as_deref())?,
        })
    }

    fn topics(&self) -> Result<Option<Topics>, HttpError> {
        let wanted = self.topics.as_deref().map(|names| topics("topics", names)).transpose()?;
        let Some(wide) = &self.wide_topics else { return Ok(wanted) };
        let wide = topics("wideTopics", wide)?;
        Ok(Some(wanted.unwrap_or(Topics::ALL).with_wide(wide)))
    }
}

impl PackedNarrowing {
    fn filter(&self) -> Filter<'_> {
        Filter {
            environments: self.environments.as_ref().map(PackedBuf::packed),
            topics: self.topics,
            nodes: self.nodes.as_ref().map(PackedBuf::packed),
            pipelines: self.pipelines.as_ref().map(PackedBuf::packed),
        }
    }
}

fn pack_ids(name: &str, ids: Option<&[String]>) -> Result<Option<PackedBuf>, HttpError> {
    let Some(ids) = ids else { return Ok(None) };
    check_ids(name, ids, FILTER_IDS_MAX)?;
    Ok(Some(ids.iter().map(String::as_str).collect()))
}

fn names(params: &Params, key: &str) -> Option<Vec<String>> {
    params.get(key).map(|list| list.split(',').map(str::to_owned).collect())
}

fn topics(key: &str, names: &[String]) -> Result<Topics, HttpError> {
    let topics: Option<Vec<Topic>> = names.iter().map(|name| Topic::parse(name)).collect();
    let topics = topics.ok_or_else(|| HttpError::BadRequest(format!("{key} names no event")))?;
    Ok(Topics::of(topics))
}

/// The last position the client saw. One that cannot be read counts as of another epoch, which the
/// core answers with a snapshot.
fn last_position(headers: &HeaderMap, params: &Params) -> Option<StreamPosition> {
    let header = headers.get(LAST_EVENT_ID).map(|value| value.to_str().unwrap_or_default());
    let text = header.or_else(|| params.get("lastEventId"))?;
    let unknown = StreamPosition { epoch: 0, tick: TickNumber(0) };
    Some(parse_position(text).unwrap_or(unknown))
}

fn parse_position(text: &str) -> Option<StreamPosition> {
    let (epoch, tick) = text.split_once('.')?;
    Some(StreamPosition { epoch: epoch.parse().ok()?, tick: TickNumber(tick.parse().ok()?) })
}

fn greeting() -> Bytes {
    let retry = RETRY_MILLIS_MIN + u16::from_le_bytes(random()) % RETRY_MILLIS_SPREAD;
    format!(": connected\n\nretry: {retry}\n\n").into()
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn a_position_is_an_epoch_and_a_tick_or_of_another_epoch() {
        let check = |query: &str, expected: Option<(u64, u64)>| {
            let position = last_position(&HeaderMap::new(), &Params::parse(Some(query)));
            assert_eq!(position.map(|p| (p.epoch, p.tick.0)), expected, "{query}");
        };
        check("", None);
        check("lastEventId=3.17", Some((3, 17)));
        check("lastEventId=yesterday", Some((0, 0)));
        check("lastEventId=3.x", Some((0, 0)));
    }

    #[test]
    fn the_browsers_own_header_wins_over_the_query() {
        let mut headers = HeaderMap::new();
        headers.insert(LAST_EVENT_ID, HeaderValue::from_static("4.18"));
        let position = last_position(&headers, &Params::parse(Some("lastEventId=3.17"))).unwrap();
        assert_eq!((position.epoch, position.tick.0), (4, 18));
    }

    #[test]
    fn a_filter_tells_absent_from_empty() {
        let body = br#"{"nodeIds": [], "pipelineIds": null, "topics": ["fleet_status"]}"#;
        let packed = from_json_object::<Narrowing>(body).unwrap().pack().unwrap();
        let filter = packed.filter();
        assert!(filter.nodes.is_some_and(|nodes| nodes.is_empty()));
        assert_eq!((filter.environments, filter.pipelines), (None, None));
        assert_eq!(filter.topics, Some(Topics::of([Topic::FleetStatus])));
    }

    #[test]
    fn ids_reach_the_core_in_order() {
        let packed =
            from_json_object::<Narrowing>(br#"{"nodeIds": ["b", "a"]}"#).unwrap().pack().unwrap();
        let nodes: Vec<&str> = packed.filter().nodes.unwrap().iter().collect();
        assert_eq!(nodes, ["b", "a"]);
    }

    #[test]
    fn topics_are_event_names() {
        let all: Vec<String> = Topic::ALL.map(|topic| topic.as_str().to_owned()).to_vec();
        assert_eq!(topics("topics", &all), Ok(Topics::ALL));
        let why = topics("wideTopics", &["weather".to_owned()]).unwrap_err();
        assert_eq!(why, HttpError::BadRequest("wideTopics names no event".into()));
    }

    #[test]
    fn wide_topics_are_wanted_beside_the_others() {
        let body =
            br#"{"nodeIds": ["a"], "topics": ["metric_update"], "wideTopics": ["status_change"]}"#;
        let topics = from_json_object::<Narrowing>(body).unwrap().topics().unwrap().unwrap();
        let told = Topic::ALL.map(|topic| (topics.wants(topic), topics.is_wide(topic)));
        // In the order of their bits: fleet_status, status_change, metric_update, log_entry.
        assert_eq!(told, [(false, false), (true, true), (true, false), (false, false)]);
        let all = from_json_object::<Narrowing>(br#"{"wideTopics": []}"#).unwrap().topics();
        assert_eq!(all, Ok(Some(Topics::ALL)));
    }

    #[test]
    fn too_many_ids_are_refused_by_name() {
        let narrowing = Narrowing { node_ids: Some(vec!["n".into(); 501]), ..Narrowing::default() };
        let why = narrowing.pack().map(|_| ()).unwrap_err();
        assert_eq!(why, HttpError::BadRequest("nodeIds holds more than 500 ids".into()));
    }

    #[test]
    fn a_stream_begins_with_a_comment_and_when_to_come_back() {
        for _ in 0..100 {
            let greeting = String::from_utf8(greeting().to_vec()).unwrap();
            let retry = greeting.strip_prefix(": connected\n\nretry: ").unwrap();
            let millis: u16 = retry.strip_suffix("\n\n").unwrap().parse().unwrap();
            assert!((1_000..3_000).contains(&millis));
        }
    }
}
