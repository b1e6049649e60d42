//! A list scan: looks at rows in order, a bounded number a turn, and remembers where it is.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::{AnswerBody, Continuation, PageOf, ScanProgress};
use crate::ids::Key;
use crate::query::{Page, Query};

/// Rows looked at in one turn: about a millisecond.
const ROWS_PER_TURN: usize = 10_000;

/// What a list needs to be scanned.
pub(crate) struct Scan<'a, P, K> {
    pub query: &'a Query,
    pub page: &'a Page,
    /// Items on a page at most.
    pub items_max: usize,
    /// Rows in ascending order of place, after a place or from the start.
    pub rows: &'a dyn Fn(Option<P>) -> Box<dyn Iterator<Item = (P, K)> + 'a>,
    pub matches: &'a dyn Fn(&P, K) -> bool,
    /// How many match, when that is known without looking.
    pub total: Option<usize>,
}

impl<P: Serialize + DeserializeOwned + Ord + Clone, K: Key> Scan<'_, P, K> {
    /// Scans on from `progress`; the page when it is complete.
    pub(crate) fn run<T>(
        &self,
        mut progress: ScanProgress,
        item: impl Fn(K) -> Option<T>,
        wrap: impl FnOnce(PageOf<T>) -> AnswerBody,
    ) -> AnswerBody {
        let limit = self.page.limit.clamp(1, self.items_max);
        let cursor = match &self.page.cursor {
            None => None,
            Some(text) => match from_hex(text).as_deref().and_then(decode::<P>) {
                Some(place) => Some(place),
                None => return AnswerBody::BadCursor,
            },
        };
        // When the total is known, nothing before the page has to be looked at.
        let first = cursor.clone().filter(|_| self.total.is_some());
        let start = decode::<P>(&progress.place).or(first);
        for (seen, (place, key)) in (self.rows)(start).enumerate() {
            if seen == ROWS_PER_TURN {
                let query = self.query.clone();
                return AnswerBody::More(Box::new(Continuation { query, progress }));
            }
            progress.place = encode(&place);
            if !(self.matches)(&place, key) {
                continue;
            }
            progress.total += 1;
            if cursor.as_ref().is_some_and(|cursor| place <= *cursor) {
                continue;
            }
            if progress.matched.len() < limit {
                progress.matched.push(key.index() as u32);
                progress.page_end.clone_from(&progress.place);
                continue;
            }
            progress.has_more = true;
            if self.total.is_some() {
                break;
            }
        }
        let items = progress.matched.iter().filter_map(|&key| item(K::from_index(key as usize)));
        wrap(PageOf {
            items: items.collect(),
            next_cursor: progress.has_more.then(|| to_hex(&progress.page_end)),
            total: self.total.unwrap_or(progress.total),
        })
    }
}

fn encode<P: Serialize>(place: &P) -> Vec<u8> {
    postcard::to_allocvec(place).expect("memory is the only limit")
}

fn decode<P: DeserializeOwned>(bytes: &[u8]) -> Option<P> {
    postcard::from_bytes(bytes).ok()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect();
    let digits = digits?;
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}
