//! Host metrics of a heartbeat.

use serde::de::{IgnoredAny, MapAccess};
use systole_systems::report::HostMetrics;

use crate::http::agent::wire::reading::Reading;
use crate::http::agent::wire::value::{ReadPart, Shape};

/// Reads host metrics. Agents write 0 for what they do not know.
#[derive(Debug)]
pub(super) struct HostReader<'r, 'de> {
    reading: &'r mut Reading<'de>,
    host: HostMetrics,
}

impl<'r, 'de> HostReader<'r, 'de> {
    pub(super) fn new(reading: &'r mut Reading<'de>) -> HostReader<'r, 'de> {
        HostReader { reading, host: HostMetrics::default() }
    }

    /// The metrics, if there are any: an agent that could not measure sends nothing but zeros.
    pub(super) fn measured(&self) -> Option<HostMetrics> {
        (self.host != HostMetrics::default()).then_some(self.host)
    }
}

impl<'de> ReadPart<'de> for HostReader<'_, 'de> {
    fn read_object<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<Shape, A::Error> {
        let mode = self.reading.mode;
        while let Some(key) = map.next_key_seed(mode.key())? {
            let host = &mut self.host;
            match slot(key.as_key(), host) {
                Some(Slot::Count(slot)) => *slot = self.reading.scalar(&mut map)?.unwrap_or(0),
                Some(Slot::Measure(slot)) => *slot = self.reading.scalar(&mut map)?.unwrap_or(0.0),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Shape::Read)
    }
}

enum Slot<'a> {
    Count(&'a mut u64),
    Measure(&'a mut f64),
}

/// Where the value of a key goes.
fn slot<'a>(key: &str, host: &'a mut HostMetrics) -> Option<Slot<'a>> {
    Some(match key {
        "memoryTotalBytes" => Slot::Count(&mut host.memory_total_bytes),
        "memoryUsedBytes" => Slot::Count(&mut host.memory_used_bytes),
        "memoryFreeBytes" => Slot::Count(&mut host.memory_free_bytes),
        "cpuSecondsTotal" => Slot::Measure(&mut host.cpu_seconds_total),
        "cpuSecondsIdle" => Slot::Measure(&mut host.cpu_seconds_idle),
        "loadAvg1" => Slot::Measure(&mut host.load_avg_1),
        "loadAvg5" => Slot::Measure(&mut host.load_avg_5),
        "loadAvg15" => Slot::Measure(&mut host.load_avg_15),
        "fsTotalBytes" => Slot::Count(&mut host.fs_total_bytes),
        "fsUsedBytes" => Slot::Count(&mut host.fs_used_bytes),
        "fsFreeBytes" => Slot::Count(&mut host.fs_free_bytes),
        "diskReadBytes" => Slot::Count(&mut host.disk_read_bytes),
        "diskWrittenBytes" => Slot::Count(&mut host.disk_written_bytes),
        "netRxBytes" => Slot::Count(&mut host.net_rx_bytes),
        "netTxBytes" => Slot::Count(&mut host.net_tx_bytes),
        _ => return None,
    })
}
