//! How long history is kept, as typed: the options of `serve` and `demo` that say so.

use clap::{Args, value_parser};

use crate::config::ConfigError;
use crate::store::retention::Retention;

/// What a server can be told about keeping history. A day goes as a whole, in UTC.
#[derive(Args, Clone, Copy, Debug)]
pub struct RetentionOptions {
    /// Days for which metrics are kept by the minute
    #[arg(long, value_name = "DAYS", default_value = "7", help_heading = "History",
          value_parser = value_parser!(u32).range(1..=365))]
    pub minutes_keep_days: u32,
    /// Days for which metrics are kept by the hour
    #[arg(long, value_name = "DAYS", default_value = "90", help_heading = "History",
          value_parser = value_parser!(u32).range(2..=3_650))]
    pub hours_keep_days: u32,
    /// Days for which metrics are kept by the day
    #[arg(long, value_name = "DAYS", default_value = "730", help_heading = "History",
          value_parser = value_parser!(u32).range(3..=18_250))]
    pub days_keep_days: u32,
    /// Days for which changes of status are kept
    #[arg(long, value_name = "DAYS", default_value = "90", help_heading = "History",
          value_parser = value_parser!(u32).range(1..=3_650))]
    pub events_keep_days: u32,
    /// Days for which log lines are kept
    #[arg(long, value_name = "DAYS", default_value = "3", help_heading = "History",
          value_parser = value_parser!(u32).range(1..=365))]
    pub logs_keep_days: u32,
}

impl RetentionOptions {
    /// The retention they ask for. An hour can be rolled up as long as there are minutes of it, and
    /// its day from all its hours.
    pub fn retention(self) -> Result<Retention, ConfigError> {
        let RetentionOptions {
            minutes_keep_days: minutes,
            hours_keep_days: hours,
            days_keep_days: days,
            events_keep_days: events,
            logs_keep_days: logs,
        } = self;
        if hours <= minutes || days <= hours {
            return Err(ConfigError::RetentionOrder { minutes, hours, days });
        }
        Ok(Retention { minutes, hours, days, events, logs })
    }
}
