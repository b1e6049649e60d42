//! Lists: `{items, nextCursor, total, position}`.

use hyper::StatusCode;
use serde::Serialize;
use systole_systems::answer::PageOf;
use systole_systems::input::StreamPosition;
use systole_systems::query::{Order, Page};

use crate::http::api::call::Call;
use crate::http::reply::{HttpError, Reply, json};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListView<T> {
    pub(super) items: Vec<T>,
    pub(super) next_cursor: Option<String>,
    /// Items on all pages; null where counting them would mean reading all of history.
    pub(super) total: Option<usize>,
    /// Where in the event stream the list is true: `lastEventId` of a stream that goes on from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) position: Option<String>,
}

/// A list that always fits into one page.
pub(super) fn whole_list<T: Serialize>(items: Vec<T>) -> Reply {
    let total = Some(items.len());
    json(StatusCode::OK, &ListView { items, next_cursor: None, total, position: None })
}

/// A page of a live list, each item shown by `view`.
pub(super) fn live_page<'a, T, V: Serialize>(
    page: &'a PageOf<T>,
    position: StreamPosition,
    view: impl Fn(&'a T) -> V,
) -> Reply {
    let list = ListView {
        items: page.items.iter().map(view).collect(),
        next_cursor: page.next_cursor.clone(),
        total: Some(page.total),
        position: Some(position_text(position)),
    };
    json(StatusCode::OK, &list)
}

/// The page a call asks for.
pub(super) fn page(call: &Call) -> Result<Page, HttpError> {
    let order = call.params.word("sort", |word| match word {
        "name" => Some(Order::Name),
        "status" => Some(Order::Status),
        "statusSince" => Some(Order::StatusSince),
        _ => None,
    })?;
    Ok(Page {
        cursor: call.params.get("cursor").map(str::to_owned),
        limit: call.params.limit()?,
        order: order.unwrap_or_default(),
    })
}

/// A stream position as text.
pub(super) fn position_text(position: StreamPosition) -> String {
    format!("{}.{}", position.epoch, position.tick.0)
}
