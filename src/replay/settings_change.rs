//! A setting of the core given by its option's name: `unreachable-after=2`.

use std::fmt;
use std::str::FromStr;

use systole_systems::settings::Settings;
use systole_systems::time::Millis;

use crate::cli::values::ByteSize;

/// One setting and its other value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingsChange {
    field: &'static Field,
    value: u64,
}

#[derive(Debug)]
struct Field {
    name: &'static str,
    form: Form,
    set: fn(&mut Settings, u64),
}

impl PartialEq for Field {
    fn eq(&self, other: &Field) -> bool {
        self.name == other.name
    }
}

impl Eq for Field {}

#[derive(Clone, Copy, Debug)]
enum Form {
    /// Milliseconds.
    Millis,
    Count,
    /// A size with its unit.
    Bytes,
}

static FIELDS: [Field; 12] = [
    field("heartbeat-interval-ms", Form::Millis, |s, v| s.heartbeat_interval = Millis(v)),
    field("unreachable-after", Form::Count, |s, v| s.unreachable_after = v as u32),
    field("flush-interval-ms", Form::Millis, |s, v| s.flush_interval = Millis(v)),
    field("flush-rows", Form::Count, |s, v| s.flush_rows = v as u32),
    field("backlog-rows", Form::Count, |s, v| s.backlog_rows_max = v as u32),
    field("history-memory", Form::Bytes, |s, v| s.history_bytes_max = v),
    field("log-tail-memory", Form::Bytes, |s, v| s.log_tail_bytes_max = v),
    field("resume-memory", Form::Bytes, |s, v| s.resume_bytes_max = v),
    field("keepalive-ms", Form::Millis, |s, v| s.keepalive_interval = Millis(v)),
    field("lag-max-ms", Form::Millis, |s, v| s.lag_max = Millis(v)),
    field("deploy-timeout-ms", Form::Millis, |s, v| s.deploy_timeout = Millis(v)),
    field("refresh-per-second", Form::Count, |s, v| s.refresh_per_second_max = v as u32),
];

const fn field(name: &'static str, form: Form, set: fn(&mut Settings, u64)) -> Field {
    Field { name, form, set }
}

/// A day: longer spans are mistakes.
const MILLIS_MAX: u64 = 86_400_000;

impl SettingsChange {
    /// Writes the value into settings.
    pub fn apply(&self, settings: &mut Settings) {
        (self.field.set)(settings, self.value);
    }
}

impl FromStr for SettingsChange {
    type Err = String;

    fn from_str(text: &str) -> Result<SettingsChange, String> {
        let (name, value) =
            text.split_once('=').ok_or("write NAME=VALUE, as in unreachable-after=2")?;
        let Some(field) = FIELDS.iter().find(|field| field.name == name) else {
            let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
            return Err(format!("there is no setting `{name}`; there are {}", names.join(", ")));
        };
        let whole = |max: u64| {
            let value = value.parse().ok().filter(|value| (1..=max).contains(value));
            value.ok_or_else(|| format!("write a whole number from 1 to {max}"))
        };
        let value = match field.form {
            Form::Millis => whole(MILLIS_MAX)?,
            Form::Count => whole(u64::from(u32::MAX))?,
            Form::Bytes => value.parse::<ByteSize>()?.0,
        };
        Ok(SettingsChange { field, value })
    }
}

impl fmt::Display for SettingsChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if matches!(self.field.form, Form::Bytes) { "B" } else { "" };
        write!(f, "{}={}{unit}", self.field.name, self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_has_a_name_of_its_own_and_changes_one_thing() {
        for field in &FIELDS {
            let value = if matches!(field.form, Form::Bytes) { "7B" } else { "7" };
            let text = format!("{}={value}", field.name);
            let change: SettingsChange = text.parse().unwrap();
            assert_eq!(change.to_string(), text);
            let mut settings = Settings::default();
            change.apply(&mut settings);
            assert_ne!(settings, Settings::default(), "{text}");
        }
        let mut settings = Settings::default();
        "unreachable-after=2".parse::<SettingsChange>().unwrap().apply(&mut settings);
        assert_eq!(settings, Settings { unreachable_after: 2, ..Settings::default() });
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, expected) in [
            ("unreachable-after", "NAME=VALUE"),
            ("unreachable=2", "there is no setting `unreachable`; there are heartbeat-"),
            ("unreachable-after=0", "from 1 to"),
            ("unreachable-after=5000000000", "from 1 to 4294967295"),
            ("lag-max-ms=86400001", "from 1 to 86400000"),
            ("history-memory=7", "a unit"),
        ] {
            let error = text.parse::<SettingsChange>().unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
