//! Situations of the whole command line: where an option comes from, and what a wrong one is told.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::cli::{Invocation, parse};
use crate::config::{DataDir, DemoConfig, ServeConfig};
use crate::store::retention::Retention;

/// What a person gave, layer by layer.
#[derive(Default)]
struct Given<'a> {
    flags: &'a str,
    environment: &'a [(&'a str, &'a str)],
    file: &'a str,
}

impl Given<'_> {
    fn parse(&self, command: &str) -> Result<Invocation, String> {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(self.file.as_bytes()).unwrap();

        let mut arguments: Vec<OsString> = vec!["systole".into(), command.into()];
        arguments.extend(self.flags.split_whitespace().map(OsString::from));
        if !self.file.is_empty() {
            arguments.extend(["--config".into(), file.path().into()]);
        }
        let variables: BTreeMap<&str, &str> = self.environment.iter().copied().collect();
        parse(&arguments, |name| variables.get(name).map(OsString::from))
            .map_err(|error| error.to_string().replace(file.path().to_str().unwrap(), "FILE"))
    }

    fn serve(&self) -> Result<ServeConfig, String> {
        match self.parse("serve")? {
            Invocation::Serve(config) => Ok(*config),
            Invocation::Demo(_)
            | Invocation::Load(_)
            | Invocation::Admin(_)
            | Invocation::Replay(_)
            | Invocation::Journal(_) => {
                panic!("serve was asked for")
            }
        }
    }

    fn demo(&self) -> DemoConfig {
        match self.parse("demo").unwrap() {
            Invocation::Demo(config) => *config,
            Invocation::Serve(_)
            | Invocation::Load(_)
            | Invocation::Admin(_)
            | Invocation::Replay(_)
            | Invocation::Journal(_) => {
                panic!("demo was asked for")
            }
        }
    }
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let flag = "--tick-max-ms 11";
    let environment = [("SYSTOLE_TICK_MAX_MS", "22")];
    let file = "tick-max-ms = 33";
    let cases = [
        (Given::default(), 50),
        (Given { file, ..Given::default() }, 33),
        (Given { environment: &environment, ..Given::default() }, 22),
        (Given { environment: &environment, file, ..Given::default() }, 22),
        (Given { flags: flag, ..Given::default() }, 11),
        (Given { flags: flag, file, ..Given::default() }, 11),
        (Given { flags: flag, environment: &environment, ..Given::default() }, 11),
        (Given { flags: flag, environment: &environment, file }, 11),
    ];
    for (index, (given, millis)) in cases.iter().enumerate() {
        let config = given.serve().unwrap();
        assert_eq!(config.tick_max, Duration::from_millis(*millis), "case {index}");
    }
}

#[test]
fn a_file_holds_numbers_texts_and_lists() {
    let file = "
        listen = \"0.0.0.0:80\"
        history-memory = \"1GiB\"
        unreachable-after = 5
        trusted-proxy = [\"10.0.0.0/8\", \"192.0.2.1\"]
        data-dir = \"/srv/systole\"
    ";
    let config = Given { file, ..Given::default() }.serve().unwrap();

    assert_eq!(config.listen, "0.0.0.0:80".parse().unwrap());
    assert_eq!(config.settings.history_bytes_max, 1 << 30);
    assert_eq!(config.settings.unreachable_after, 5);
    assert_eq!(config.edge.trusted_proxies.len(), 2);
    assert_eq!(config.data_dir, DataDir::Kept(PathBuf::from("/srv/systole")));
}

#[test]
fn coarser_history_is_kept_longer() {
    let kept = Given { file: "logs-keep-days = 30\nminutes-keep-days = 14", ..Given::default() };
    let retention = kept.serve().unwrap().retention;
    let expected = Retention { minutes: 14, logs: 30, ..Retention::default() };
    assert_eq!(retention, expected);
    let wrong = Given { flags: "--minutes-keep-days 90", ..Given::default() };
    assert!(wrong.serve().unwrap_err().contains("do not rise"));
}

#[test]
fn a_list_in_the_environment_is_comma_separated() {
    let environment = [("SYSTOLE_TRUSTED_PROXY", "10.0.0.0/8,192.0.2.1")];
    let config = Given { environment: &environment, ..Given::default() }.serve().unwrap();
    assert_eq!(config.edge.trusted_proxies.len(), 2);
}

#[test]
fn an_empty_variable_is_not_set() {
    let environment = [("SYSTOLE_DATABASE_URL", ""), ("SYSTOLE_CONFIG", "")];
    let config = Given { environment: &environment, ..Given::default() }.serve().unwrap();
    assert_eq!(config.database_url, None);
}

#[test]
fn the_environment_can_name_the_file() {
    let environment = [("SYSTOLE_CONFIG", "/nowhere/systole.toml")];
    let error = Given { environment: &environment, ..Given::default() }.serve().unwrap_err();
    assert!(error.contains("/nowhere/systole.toml: No such file"), "{error}");
}

#[test]
fn demo_keeps_its_files_only_where_it_is_told_to() {
    assert_eq!(Given::default().demo().serve.data_dir, DataDir::Temporary);
    let kept = Given { flags: "--data-dir here", ..Given::default() };
    assert_eq!(kept.demo().serve.data_dir, DataDir::Kept("here".into()));
    let kept = Given::default().serve().unwrap();
    assert_eq!(kept.data_dir, DataDir::Kept("systole-data".into()));
}

#[test]
fn a_large_demo_shares_connections() {
    let connections = |flags| Given { flags, ..Given::default() }.demo().connections;
    assert_eq!(connections("--nodes 4000"), None);
    assert_eq!(connections("--nodes 4001"), Some(256));
    assert_eq!(connections("--nodes 4001 --connections 9"), Some(9));
    assert_eq!(connections("--connections 9"), Some(9));
}

#[test]
fn a_wrong_value_is_told_with_its_place_and_what_would_be_right() {
    let cases: [(&str, &[&str]); 14] = [
        ("--tick-min-ms five", &["--tick-min-ms"]),
        ("--tick-min-ms 60", &["--tick-min-ms 60", "--tick-max-ms 50"]),
        ("--heartbeat-interval-ms 10", &["--heartbeat-interval-ms", "1000..=300000"]),
        ("--unreachable-after 0", &["--unreachable-after", "1..=1000"]),
        ("--history-memory 256", &["--history-memory", "KiB, MiB or GiB"]),
        ("--ingress-memory 1MiB", &["--ingress-memory", "--body-max"]),
        ("--listen localhost", &["--listen", "an IP address and a port"]),
        ("--database-url mysql://h/d", &["--database-url", "postgres://", "sqlite:"]),
        ("--public-url s.example", &["--public-url", "https://"]),
        ("--trusted-proxy 10.0.0.0/40", &["--trusted-proxy", "at most 32 bits"]),
        ("--ack later", &["--ack", "`durable`", "`received`"]),
        ("--bootstrap-admin admin", &["SYSTOLE_BOOTSTRAP_ADMIN", "EMAIL:PASSWORD"]),
        ("--log systole=loud", &["--log", "level"]),
        ("--tick-mn-ms 5", &["--tick-mn-ms", "'--tick-min-ms'"]),
    ];
    for (flags, parts) in cases {
        let error = Given { flags, ..Given::default() }.serve().unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{flags}: no {part:?} in {error}");
        }
    }
}

#[test]
fn a_wrong_value_in_a_layer_names_the_layer() {
    let environment = [("SYSTOLE_MAX_STREAMS", "many")];
    let error = Given { environment: &environment, ..Given::default() }.serve().unwrap_err();
    assert!(error.contains("SYSTOLE_MAX_STREAMS: invalid value 'many'"), "{error}");

    let cases = [
        ("max-streams = \"many\"", "FILE: invalid value 'many' for '--max-streams"),
        (
            "tick-max-millis = 3",
            "FILE: serve has no option `tick-max-millis`; did you mean `tick-max-ms`",
        ),
        ("databse-url = \"sqlite:x\"", "did you mean `database-url`"),
        ("colour = 3", "FILE: serve has no option `colour`; see `systole serve --help`"),
        ("nodes = 3", "FILE: serve has no option `nodes`"),
        ("config = \"other\"", "FILE: serve has no option `config`"),
        ("help = 1", "FILE: serve has no option `help`"),
        ("listen = true", "FILE: listen: write a string, a number or a list"),
        ("[listen]\nport = 80", "FILE: listen: write a string, a number or a list"),
        ("listen", "FILE: not TOML"),
    ];
    for (file, expected) in cases {
        let error = Given { file, ..Given::default() }.serve().unwrap_err();
        assert!(error.contains(expected), "{file}: {error}");
    }
}

#[test]
fn an_error_never_tells_the_first_password() {
    let environment = [("SYSTOLE_BOOTSTRAP_ADMIN", "admin@example.org:tiny")];
    let error = Given { environment: &environment, ..Given::default() }.serve().unwrap_err();
    assert!(error.contains("8 characters"), "{error}");
    assert!(!error.contains("tiny"), "{error}");
}

#[test]
fn help_names_the_variable_of_every_option() {
    let help = Given { flags: "--help", ..Given::default() }.serve().unwrap_err();
    for variable in ["SYSTOLE_LISTEN", "SYSTOLE_DATABASE_URL", "SYSTOLE_BOOTSTRAP_ADMIN"] {
        assert!(help.contains(&format!("[env: {variable}]")), "{variable}: {help}");
    }
    assert!(!help.contains("SYSTOLE_HELP"), "{help}");
}
