//! The components of an instance: what their counters stood at, what passed them lately. Plain data.
//!
//! There are more of them than of anything else, and each heartbeat touches all of an instance: a row is two
//! lines of a processor's cache, and what only a live fleet needs lies beside the rows.

use bevy_ecs::prelude::Component;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::answer::Sample;
use crate::history::ChunkId;
use crate::report::{ComponentCounts, ComponentKind};
use crate::short_text::ShortText;
use crate::time::Millis;

/// The components of an instance, in order of first sight. Rows by `apply_heartbeats`, values by `apply_observations`.
#[derive(Component, Clone, Debug, Default)]
pub struct ComponentRows {
    pub rows: Vec<ComponentRow>,
    /// Positions in `rows`, by component id.
    order: Vec<u16>,
    /// Chunks of history, oldest first, by position in `rows`; the last rows may have no entry.
    chunks: Vec<Vec<ChunkId>>,
}

/// One component of an instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "RowForm", into = "RowForm")]
#[repr(C, align(64))]
pub struct ComponentRow {
    pub id: ShortText,
    pub kind: ComponentKind,
    has_totals: bool,
    has_rates: bool,
    rates: [f32; Sample::RATES],
    seen_at: Millis,
    totals: ComponentCounts,
    /// Sum of latency in milliseconds times weight, in the instance's minute.
    pub latency_weighted_sum: f64,
    pub latency_weight: u64,
}

const _: () = assert!(size_of::<ComponentRow>() == 128);

impl ComponentRow {
    fn new(id: &str) -> ComponentRow {
        ComponentRow {
            id: id.into(),
            kind: ComponentKind::default(),
            has_totals: false,
            has_rates: false,
            totals: ComponentCounts::default(),
            seen_at: Millis(0),
            rates: [0.0; Sample::RATES],
            latency_weighted_sum: 0.0,
            latency_weight: 0,
        }
    }

    /// Counters of the last observation; `None`: not seen yet, or gone.
    #[inline]
    pub fn totals(&self) -> Option<&ComponentCounts> {
        self.has_totals.then_some(&self.totals)
    }

    /// Rates up to the last observation; `None`: no data.
    #[inline]
    pub fn latest(&self) -> Option<Sample> {
        self.has_rates.then(|| Sample::of(self.seen_at, self.rates))
    }

    /// Looks at both lines of memory it lies in.
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        u64::from(self.rates[0].to_bits()) ^ self.latency_weight
    }

    /// When it was last observed.
    #[inline]
    pub fn seen_at(&self) -> Millis {
        self.seen_at
    }

    /// It was observed.
    #[inline]
    pub fn observe(&mut self, totals: &ComponentCounts, now: Millis) {
        self.has_totals = true;
        self.totals = *totals;
        self.seen_at = now;
    }

    /// Replaces the rates up to the last observation.
    #[inline]
    pub fn set_rates(&mut self, rates: Option<[f32; Sample::RATES]>) {
        self.has_rates = rates.is_some();
        if let Some(rates) = rates {
            self.rates = rates;
        }
    }

    /// What it counted is not to be gone on from.
    pub fn forget_totals(&mut self) {
        self.has_totals = false;
    }
}

impl ComponentRows {
    /// Position of a component, looked for at `guess` first: agents repeat themselves.
    pub fn find_near(&self, id: &[u8], guess: usize) -> Option<u16> {
        if self.rows.get(guess).is_some_and(|row| row.id.as_bytes() == id) {
            return Some(guess as u16);
        }
        self.place(id).ok().map(|at| self.order[at])
    }

    /// Position of a component; entered when it is new and there are fewer than `rows_max`.
    pub fn enter(&mut self, id: &str, rows_max: usize) -> Option<u16> {
        match self.place(id.as_bytes()) {
            Ok(at) => Some(self.order[at]),
            Err(at) => {
                if self.rows.len() >= rows_max {
                    return None;
                }
                let row = self.rows.len() as u16;
                // Components seldom come later: no room is kept for them.
                self.rows.reserve_exact(1);
                self.order.reserve_exact(1);
                self.rows.push(ComponentRow::new(id));
                self.order.insert(at, row);
                Some(row)
            }
        }
    }

    fn place(&self, id: &[u8]) -> Result<usize, usize> {
        self.order.binary_search_by(|&row| self.rows[usize::from(row)].id.as_bytes().cmp(id))
    }

    /// Rows of components nobody has reported yet, with what passed them in the minute.
    pub fn counted(latencies: &[(Box<str>, f64, u64)]) -> ComponentRows {
        let mut rows = ComponentRows::default();
        for (id, latency_weighted_sum, latency_weight) in latencies {
            let at = rows.enter(id, latencies.len()).expect("there is a place for each");
            let row = &mut rows.rows[usize::from(at)];
            row.latency_weighted_sum = *latency_weighted_sum;
            row.latency_weight = *latency_weight;
        }
        rows
    }

    /// What passed each component in the minute.
    pub fn latencies(&self) -> impl Iterator<Item = (Box<str>, f64, u64)> {
        let counted = self.rows.iter().filter(|row| row.latency_weight > 0);
        counted.map(|row| (Box::from(&*row.id), row.latency_weighted_sum, row.latency_weight))
    }

    /// The chunks of history of a row, oldest first.
    pub fn chunks(&self, row: usize) -> &[ChunkId] {
        self.chunks.get(row).map_or(&[], Vec::as_slice)
    }

    /// The same, to be added to.
    pub(crate) fn chunks_mut(&mut self, row: usize) -> &mut Vec<ChunkId> {
        if self.chunks.len() <= row {
            self.chunks.reserve_exact(self.rows.len() - self.chunks.len());
            self.chunks.resize_with(self.rows.len(), Vec::new);
        }
        &mut self.chunks[row]
    }

    /// Takes the chunks of history of a row out.
    pub(crate) fn take_chunks(&mut self, row: usize) -> Vec<ChunkId> {
        self.chunks.get_mut(row).map(std::mem::take).unwrap_or_default()
    }

    /// The same rows for another fleet, whose history has none of these chunks.
    pub(crate) fn without_history(mut self) -> ComponentRows {
        self.chunks = Vec::new();
        self
    }

    /// Drops the rows that `keep` refuses; they have no history. What names a row by position must be done
    /// with it.
    pub fn retain(&mut self, keep: impl Fn(&ComponentRow) -> bool) {
        if self.rows.iter().all(&keep) {
            return;
        }
        let mut kept = self.rows.iter().map(&keep);
        self.chunks.retain(|chunks| {
            let is_kept = kept.next().expect("chunks are of a row");
            assert!(is_kept || chunks.is_empty(), "a row that is dropped has no history");
            is_kept
        });
        self.rows.retain(keep);
        self.sort();
    }

    fn sort(&mut self) {
        self.order = (0..self.rows.len() as u16).collect();
        self.order.sort_by(|&a, &b| {
            self.rows[usize::from(a)].id.as_bytes().cmp(self.rows[usize::from(b)].id.as_bytes())
        });
    }
}

/// As the list of its rows.
impl Serialize for ComponentRows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ComponentRows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ComponentRows, D::Error> {
        let mut restored =
            ComponentRows { rows: Vec::deserialize(deserializer)?, ..ComponentRows::default() };
        restored.sort();
        Ok(restored)
    }
}

/// A row as an image holds it.
#[derive(Serialize, Deserialize)]
struct RowForm {
    id: ShortText,
    kind: ComponentKind,
    totals: Option<ComponentCounts>,
    seen_at: Millis,
    latest: Option<Sample>,
    latency_weighted_sum: f64,
    latency_weight: u64,
}

impl TryFrom<RowForm> for ComponentRow {
    type Error = &'static str;

    fn try_from(form: RowForm) -> Result<ComponentRow, &'static str> {
        if form.latest.is_some_and(|sample| sample.at != form.seen_at) {
            return Err("rates of a component that are not of its last observation");
        }
        Ok(ComponentRow {
            id: form.id,
            kind: form.kind,
            has_totals: form.totals.is_some(),
            has_rates: form.latest.is_some(),
            totals: form.totals.unwrap_or_default(),
            seen_at: form.seen_at,
            rates: form.latest.unwrap_or_default().rates(),
            latency_weighted_sum: form.latency_weighted_sum,
            latency_weight: form.latency_weight,
        })
    }
}

impl From<ComponentRow> for RowForm {
    fn from(row: ComponentRow) -> RowForm {
        RowForm {
            kind: row.kind,
            totals: row.totals().copied(),
            seen_at: row.seen_at,
            latest: row.latest(),
            latency_weighted_sum: row.latency_weighted_sum,
            latency_weight: row.latency_weight,
            id: row.id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::History;

    fn rows(ids: &[&str]) -> ComponentRows {
        let mut rows = ComponentRows::default();
        for id in ids {
            rows.enter(id, ids.len());
        }
        rows
    }

    fn sampled(history: &mut History, rows: &mut ComponentRows, row: usize, at: u64) {
        history.push(rows.chunks_mut(row), Sample { at: Millis(at), ..Sample::default() });
    }

    #[test]
    fn a_history_stays_with_its_row_when_another_is_dropped() {
        let mut history = History::default();
        history.set_bytes_max(1 << 20);
        let mut rows = rows(&["in", "mend", "out", "late"]);
        for (row, at) in [(0, 10), (1, 20), (2, 30)] {
            sampled(&mut history, &mut rows, row, at);
        }
        history.release(rows.take_chunks(1));
        rows.retain(|row| &*row.id != "mend");
        let times = |row| {
            let samples = history.samples(rows.chunks(row), Millis(0));
            samples.iter().map(|sample| sample.at.0).collect::<Vec<_>>()
        };
        assert_eq!([times(0), times(1), times(2)], [vec![10], vec![30], vec![]]);
        let place = |id: &str| rows.find_near(id.as_bytes(), 0);
        assert_eq!(["in", "mend", "out", "late"].map(place), [Some(0), None, Some(1), Some(2)]);
    }

    #[test]
    fn rows_of_another_fleet_begin_a_new_history() {
        let mut history = History::default();
        history.set_bytes_max(1 << 20);
        let mut rows = rows(&["in"]);
        sampled(&mut history, &mut rows, 0, 10);
        assert_eq!(rows.chunks(0).len(), 1);
        assert!(rows.without_history().chunks(0).is_empty());
    }

    #[test]
    fn rows_beyond_the_last_history_have_none() {
        let mut history = History::default();
        history.set_bytes_max(1 << 20);
        let mut rows = rows(&["in", "out"]);
        sampled(&mut history, &mut rows, 0, 10);
        rows.enter("late", 3);
        assert!(rows.chunks(2).is_empty() && rows.take_chunks(2).is_empty());
        rows.retain(|row| &*row.id != "late");
        assert_eq!(history.samples(rows.chunks(0), Millis(0)).len(), 1);
    }

    #[test]
    fn a_row_comes_back_from_its_image() {
        let mut seen = ComponentRow::new("in");
        seen.observe(&ComponentCounts { errors: 3, ..ComponentCounts::default() }, Millis(40));
        let mut measured = seen.clone();
        measured.set_rates(Some([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, f32::NAN]));
        measured.latency_weight = 7;
        for row in [ComponentRow::new("a-longer-name-than-fits-in-place"), seen, measured] {
            let bytes = postcard::to_allocvec(&row).expect("memory is there");
            let back: ComponentRow = postcard::from_bytes(&bytes).expect("it was just written");
            assert_eq!(
                (&*back.id, back.totals(), back.seen_at()),
                (&*row.id, row.totals(), row.seen_at())
            );
            assert_eq!(format!("{:?}", back.latest()), format!("{:?}", row.latest()));
            assert_eq!(back.latency_weight, row.latency_weight);
        }
    }

    #[test]
    fn rates_of_another_time_than_the_last_observation_are_refused() {
        let form = |at| RowForm {
            id: "in".into(),
            kind: ComponentKind::Source,
            totals: None,
            seen_at: Millis(40),
            latest: Some(Sample { at: Millis(at), ..Sample::default() }),
            latency_weighted_sum: 0.0,
            latency_weight: 0,
        };
        assert!(ComponentRow::try_from(form(40)).is_ok());
        assert!(ComponentRow::try_from(form(39)).is_err());
    }
}
