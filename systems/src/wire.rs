//! Heartbeats read straight from a tick's bytes: the wire form of `report`, without decoding text.
//!
//! Most of a heartbeat says what the last one said. Text stays where it lies, to be compared as bytes,
//! and becomes a string only where it is news. A test holds this to what serde writes.

use crate::fixed::{Numbers, WIDTH};
use crate::report::{ComponentCounts, ComponentKind, Counts, HostMetrics};
use crate::varint;

const ENCODED: &str = "inputs are encoded by `push`";

/// A piece of a tick's bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// True when nothing is in it.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The bytes it names.
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start as usize..self.end as usize]
    }

    /// The text it names.
    pub fn text(self, bytes: &[u8]) -> &str {
        std::str::from_utf8(self.of(bytes)).expect("text was text when it was encoded")
    }
}

/// `report::Heartbeat`, with spans for text and sequences.
#[derive(Clone, Copy, Debug)]
pub struct HeartbeatForm {
    pub node: Span,
    pub agent_version: Option<Span>,
    pub vector_version: Option<Span>,
    pub deployment_mode: Option<Span>,
    pub running_as: Option<Span>,
    pub update_error: Option<Span>,
    pub labels: Option<Span>,
    pub host: Option<HostMetrics>,
    pub pipelines: Span,
}

/// `report::PipelineReport`, with spans for text and sequences.
#[derive(Clone, Copy, Debug)]
pub struct ReportForm {
    pub pipeline: Span,
    pub revision: u32,
    pub status: Span,
    pub pid: Option<u32>,
    pub uptime_seconds: Option<u64>,
    pub config_checksum: Option<Span>,
    pub counters: Option<Counts>,
    pub utilization: Option<f64>,
    pub components: Span,
    pub logs: Span,
}

/// `report::ComponentReport`, with a span for text.
#[derive(Clone, Copy, Debug)]
pub struct ComponentForm {
    pub component: Span,
    pub kind: ComponentKind,
    pub counts: ComponentCounts,
    pub latency_mean_seconds: Option<f64>,
}

/// Reads values one after the other.
#[derive(Debug)]
pub struct Reader<'a> {
    /// Those of the tick: a number is read with what comes after it.
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    /// Reads what a span of a tick's bytes holds.
    pub fn new(bytes: &'a [u8], span: Span) -> Reader<'a> {
        Reader { bytes, at: span.start as usize, end: span.end as usize }
    }

    /// True when all was read.
    pub fn is_done(&self) -> bool {
        self.at == self.end
    }

    /// A heartbeat, after the byte that says it is one.
    pub fn heartbeat(&mut self) -> HeartbeatForm {
        HeartbeatForm {
            node: self.span(),
            agent_version: self.option(Self::span),
            vector_version: self.option(Self::span),
            deployment_mode: self.option(Self::span),
            running_as: self.option(Self::span),
            update_error: self.option(Self::span),
            labels: self.option(Self::span),
            host: self.option(Self::fixed),
            pipelines: self.span(),
        }
    }

    /// A pipeline of a heartbeat.
    #[inline]
    pub fn report(&mut self) -> ReportForm {
        ReportForm {
            pipeline: self.span(),
            revision: self.fixed(),
            status: self.span(),
            pid: self.option(Self::fixed),
            uptime_seconds: self.option(Self::fixed),
            config_checksum: self.option(Self::span),
            counters: self.option(Self::fixed),
            utilization: self.option(Self::f64),
            components: self.span(),
            logs: self.span(),
        }
    }

    /// A component of a pipeline.
    pub fn component(&mut self) -> ComponentForm {
        ComponentForm {
            component: self.span(),
            kind: self.kind(),
            counts: self.fixed(),
            latency_mean_seconds: self.option(Self::f64),
        }
    }

    /// Text or an encoded sequence: its length, then its bytes.
    #[inline(always)]
    pub fn span(&mut self) -> Span {
        let (length, count) = varint::read_at(self.bytes, self.at).expect(ENCODED);
        let start = self.at + count;
        self.at = start + length as usize;
        assert!(self.at <= self.end, "{ENCODED}");
        Span { start: start as u32, end: self.at as u32 }
    }

    #[inline]
    fn byte(&mut self) -> u8 {
        let byte = self.bytes[self.at];
        self.at += 1;
        byte
    }

    /// Numbers, each in its place.
    #[inline]
    fn fixed<T: Numbers<N>, const N: usize>(&mut self) -> T {
        let (words, _) = self.bytes[self.at..].as_chunks::<WIDTH>();
        let words: &[_; N] = words.first_chunk().expect(ENCODED);
        self.at += N * WIDTH;
        T::of(words.map(u64::from_le_bytes))
    }

    #[inline]
    fn f64(&mut self) -> f64 {
        let bytes = self.bytes[self.at..].first_chunk().expect(ENCODED);
        self.at += size_of::<f64>();
        f64::from_le_bytes(*bytes)
    }

    #[inline]
    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.byte() != 0).then(|| read(self))
    }

    fn kind(&mut self) -> ComponentKind {
        match self.byte() {
            0 => ComponentKind::Source,
            1 => ComponentKind::Transform,
            2 => ComponentKind::Sink,
            3 => ComponentKind::Other,
            other => unreachable!("inputs are encoded by `push`: kind {other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Input, Inputs};
    use crate::packed::{Packed, PackedBuf};
    use crate::report::{ComponentReport, Heartbeat, Label, LogLevel, LogLine, PipelineReport};

    fn reports(numbers: [u64; 6]) -> PackedBuf {
        let [a, b, c, d, e, f] = numbers;
        let kinds = [
            ComponentKind::Source,
            ComponentKind::Transform,
            ComponentKind::Sink,
            ComponentKind::Other,
        ];
        let components: PackedBuf = kinds
            .into_iter()
            .map(|kind| ComponentReport {
                component: kind.as_str(),
                kind,
                counts: ComponentCounts {
                    received_events: a,
                    sent_events: b,
                    received_bytes: c,
                    sent_bytes: d,
                    errors: e,
                    discarded: f,
                },
                latency_mean_seconds: (a > 0).then_some(0.25),
            })
            .collect();
        let logs: PackedBuf =
            std::iter::once(LogLine { level: LogLevel::Warn, text: "wörds" }).collect();
        let counters = Counts {
            events_in: f,
            events_out: e,
            errors: d,
            discarded: c,
            bytes_in: b,
            bytes_out: a,
        };
        let full = PipelineReport {
            pipeline: "p1",
            revision: u32::MAX,
            status: "RÜNNING",
            pid: Some(a as u32),
            uptime_seconds: Some(b),
            config_checksum: Some("sum"),
            counters: Some(counters),
            utilization: Some(0.5),
            components: components.packed(),
            logs: logs.packed(),
        };
        [PipelineReport::default(), full].into_iter().collect()
    }

    fn check(heartbeat: &Heartbeat<'_>) {
        let inputs = Inputs::of(&Input::Heartbeat(*heartbeat));
        let bytes = inputs.bytes();
        let text = |span: Option<Span>| span.map(|span| span.text(bytes));
        let read = Reader::new(bytes, inputs.heartbeat_span(0).expect("it is one")).heartbeat();
        assert_eq!(read.node.text(bytes), heartbeat.node);
        assert_eq!(text(read.agent_version), heartbeat.agent_version);
        assert_eq!(text(read.vector_version), heartbeat.vector_version);
        assert_eq!(text(read.deployment_mode), heartbeat.deployment_mode);
        assert_eq!(text(read.running_as), heartbeat.running_as);
        assert_eq!(text(read.update_error), heartbeat.update_error);
        assert_eq!(read.labels.map(|span| Packed::of(span.of(bytes))), heartbeat.labels);
        assert_eq!(read.host, heartbeat.host);

        let mut reader = Reader::new(bytes, read.pipelines);
        for report in heartbeat.pipelines.iter() {
            let read = reader.report();
            assert_eq!(read.pipeline.text(bytes), report.pipeline);
            assert_eq!(read.revision, report.revision);
            assert_eq!(read.status.text(bytes), report.status);
            assert_eq!(read.pid, report.pid);
            assert_eq!(read.uptime_seconds, report.uptime_seconds);
            assert_eq!(text(read.config_checksum), report.config_checksum);
            assert_eq!(read.counters, report.counters);
            assert_eq!(read.utilization, report.utilization);
            assert_eq!(Packed::of(read.logs.of(bytes)), report.logs);
            let mut reader = Reader::new(bytes, read.components);
            for component in report.components.iter() {
                let read = reader.component();
                assert_eq!(read.component.text(bytes), component.component);
                assert_eq!(read.kind, component.kind);
                assert_eq!(read.counts, component.counts);
                assert_eq!(read.latency_mean_seconds, component.latency_mean_seconds);
            }
            assert!(reader.is_done());
        }
        assert!(reader.is_done());
    }

    #[test]
    fn what_serde_writes_is_read() {
        check(&Heartbeat::default());
        let labels: PackedBuf =
            [Label { key: "zone", value: "ä" }, Label { key: "", value: "" }].into_iter().collect();
        let host = HostMetrics {
            memory_total_bytes: 1,
            memory_used_bytes: 2,
            memory_free_bytes: 3,
            cpu_seconds_total: 0.4,
            cpu_seconds_idle: 0.5,
            load_avg_1: 0.6,
            load_avg_5: 0.7,
            load_avg_15: 0.8,
            fs_total_bytes: 900,
            fs_used_bytes: 1 << 20,
            fs_free_bytes: 1 << 30,
            disk_read_bytes: 1 << 40,
            disk_written_bytes: 1 << 50,
            net_rx_bytes: 1 << 60,
            net_tx_bytes: u64::MAX,
        };
        for numbers in [[0; 6], [1, 127, 128, 16_384, 1 << 40, 3], [u64::MAX; 6]] {
            let reports = reports(numbers);
            check(&Heartbeat {
                node: "n1",
                agent_version: Some("1"),
                vector_version: Some("2"),
                deployment_mode: None,
                running_as: Some(""),
                update_error: Some("no"),
                labels: Some(labels.packed()),
                host: Some(host),
                pipelines: reports.packed(),
            });
        }
    }
}
