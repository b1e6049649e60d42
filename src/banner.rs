//! What `serve` and `demo` tell the person who started them.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

/// Facts of a server that has just started.
#[derive(Clone, Debug)]
pub struct Banner<'a> {
    /// Where to point a browser.
    pub url: &'a str,
    pub listen: SocketAddr,
    pub database_url: &'a str,
    pub data_dir: &'a Path,
    /// The data directory goes when the server does.
    pub temporary: bool,
    pub sign_in: SignIn<'a>,
    pub fleet: Option<SimulatedFleet>,
    /// How many descriptors the process may hold.
    pub descriptors_max: u64,
}

/// How a person gets in.
#[derive(Clone, Copy, Debug)]
pub enum SignIn<'a> {
    /// There are users.
    Known,
    /// There is no user yet: this link makes the first one, once.
    SetUp { link: &'a str },
    /// The first user was made from the bootstrap option.
    Bootstrap { email: &'a str },
    /// The demo's user.
    Demo { email: &'a str, password: &'a str },
}

/// What `demo` simulates.
#[derive(Clone, Copy, Debug)]
pub struct SimulatedFleet {
    pub nodes: u32,
    pub pipelines: u32,
}

/// The text to print.
pub fn banner(facts: &Banner<'_>, colours: bool) -> String {
    let style = Style { colours };
    let mut text = format!("\n  {} {}\n\n", style.bold("Systole"), env!("CARGO_PKG_VERSION"));
    let mut line = |name: &str, value: &str| {
        writeln!(text, "  {} {value}", style.dim(&format!("{name:<12}"))).expect("text grows");
    };

    line("open", &style.link(facts.url));
    match facts.sign_in {
        SignIn::Known => (),
        SignIn::SetUp { link } => {
            line("first user", &style.link(link));
            line("", "the link works once");
        }
        SignIn::Bootstrap { email } => line("sign in", email),
        SignIn::Demo { email, password } => line("sign in", &format!("{email}  {password}")),
    }
    line("listening on", &facts.listen.to_string());
    line("database", &describe_database(facts.database_url));
    let fate = if facts.temporary { " (removed on exit)" } else { "" };
    line("data", &format!("{}{fate}", facts.data_dir.display()));
    line("descriptors", &format!("at most {}", facts.descriptors_max));
    if let Some(SimulatedFleet { nodes, pipelines }) = facts.fleet {
        line("fleet", &format!("{nodes} simulated nodes and {pipelines} pipelines"));
    }

    text.push('\n');
    text.push_str(match facts.fleet {
        Some(_) => "  Ctrl-C stops the server and its fleet.\n",
        None => "  Ctrl-C stops the server. To enroll a node, open the page and choose \"Add a node\".\n",
    });
    text
}

/// Whether to colour: on a terminal, unless NO_COLOR holds anything.
pub fn wants_colours(is_terminal: bool, no_color: Option<&OsStr>) -> bool {
    is_terminal && no_color.is_none_or(OsStr::is_empty)
}

/// Kind and place of a database, without the credentials in its URL.
pub fn describe_database(url: &str) -> String {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return format!("SQLite, {}", path.split('?').next().unwrap_or(path));
    }
    let place = url.split_once("://").map_or(url, |(_, place)| place);
    let place = place.split('?').next().unwrap_or(place);
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    format!("Postgres, {place}")
}

#[derive(Clone, Copy)]
struct Style {
    colours: bool,
}

impl Style {
    fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn link(self, text: &str) -> String {
        self.paint("36", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Banner<'static> {
        Banner {
            url: "http://127.0.0.1:7300",
            listen: "127.0.0.1:7300".parse().unwrap(),
            database_url: "sqlite:/srv/systole.db",
            data_dir: Path::new("/srv"),
            temporary: false,
            sign_in: SignIn::Known,
            fleet: None,
            descriptors_max: 20_000,
        }
    }

    #[test]
    fn the_credentials_of_a_database_stay_hidden() {
        let cases = [
            ("postgres://u:secret@db:5432/fleet", "Postgres, db:5432/fleet"),
            ("postgresql://u:se@cret@db/fleet?password=secret", "Postgres, db/fleet"),
            ("postgres:///fleet?host=/run", "Postgres, /fleet"),
            ("sqlite:/srv/systole.db?mode=rwc", "SQLite, /srv/systole.db"),
        ];
        for (url, expected) in cases {
            assert_eq!(describe_database(url), expected);
        }
    }

    #[test]
    fn the_first_start_shows_the_link_that_makes_the_first_user() {
        let link = "http://127.0.0.1:7300/setup#abc";
        let text = banner(&Banner { sign_in: SignIn::SetUp { link }, ..facts() }, false);
        assert!(text.contains(link), "{text}");
        assert!(!text.contains('\x1b'), "{text}");
    }

    #[test]
    fn a_demo_shows_its_user_and_that_nothing_stays() {
        let sign_in = SignIn::Demo { email: "demo@systole.example", password: "heartbeat" };
        let fleet = Some(SimulatedFleet { nodes: 60, pipelines: 3 });
        let text = banner(&Banner { sign_in, fleet, temporary: true, ..facts() }, true);
        for part in ["demo@systole.example  heartbeat", "60 simulated nodes", "removed on exit"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.contains("\x1b[36mhttp://127.0.0.1:7300\x1b[0m"), "{text}");
    }

    #[test]
    fn colours_are_for_terminals_whose_owner_wants_them() {
        assert!(wants_colours(true, None));
        assert!(wants_colours(true, Some(OsStr::new(""))));
        assert!(!wants_colours(true, Some(OsStr::new("1"))));
        assert!(!wants_colours(false, None));
    }
}
