//! Nodes that run a pipeline now, for what is asked of one of them.

use systole_systems::answer::AnswerBody;
use systole_systems::limits::PAGE_ITEMS_MAX;
use systole_systems::query::{InstanceFilter, Order, Page, Query};

use crate::http::api::call::{Call, mismatched};
use crate::http::reply::HttpError;

/// Pages of instances that are looked through for a node that fits.
const PAGES_MAX: usize = 10;

/// The nodes that run the pipeline, or the given one if it does; always in the same order, and those
/// that `is_preferred` in front. Looks no further than the first page that has one of these.
pub(super) async fn running_nodes(
    call: &Call,
    pipeline: &str,
    node: Option<&str>,
    is_preferred: impl Fn(&str) -> bool,
) -> Result<Vec<String>, HttpError> {
    let filter = InstanceFilter {
        pipeline: Some(pipeline.to_owned()),
        node: node.map(str::to_owned),
        status: Some("RUNNING".into()),
        ..InstanceFilter::default()
    };
    let mut page = Page { cursor: None, limit: PAGE_ITEMS_MAX, order: Order::Name };
    let (mut preferred, mut others) = (Vec::new(), Vec::new());
    for _ in 0..PAGES_MAX {
        let (viewer, filter) = (call.viewer()?, filter.clone());
        let query = Query::Instances { viewer, filter, page: page.clone() };
        let answer = call.ask(query, "pipeline").await?;
        let AnswerBody::Instances(instances) = answer.body else { mismatched() };
        for instance in instances.items {
            let list = if is_preferred(&instance.node) { &mut preferred } else { &mut others };
            list.push(instance.node);
        }
        page.cursor = instances.next_cursor;
        if !preferred.is_empty() || page.cursor.is_none() {
            break;
        }
    }
    if preferred.is_empty() && others.is_empty() {
        return Err(HttpError::Conflict(match node {
            Some(_) => "the node does not run this pipeline now".into(),
            None => "no node runs this pipeline now".into(),
        }));
    }
    preferred.append(&mut others);
    Ok(preferred)
}
