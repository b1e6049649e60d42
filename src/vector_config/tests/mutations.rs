//! Texts that nobody would write, made from texts that somebody would: each is answered, with a problem
//! where there is one, and never with a panic.

use crate::vector_config::agent_text::agent_text;
use crate::vector_config::component_changes::ComponentChanges;
use crate::vector_config::line_changes::line_changes;
use crate::vector_config::place::Lines;
use crate::vector_config::{CONFIG_BYTES_MAX, VectorConfig};

const ROUNDS: u64 = 1_500;

const SEEDS: [&str; 4] = [
    "\
sources:
  app: &app
    type: file
    include: ['/var/log/*.log', \"\\u00e9\"]
  two: {<<: *app, type: opentelemetry}
transforms:
  parse:
    type: remap
    inputs: [app, 'two.*']
    source: |2
        . = parse_json!(.message) # ${A:-{b}}
  split: {type: route, inputs: [parse], route: {a: 'true', b: !!str 1}}
sinks:
  out: {type: http, inputs: [split.a, \"split._unmatched\"], uri: ${URI}, port: 0x1F}
  ? long
  : type: console
    inputs: >-
      parse
",
    "\
data_dir = '/var/lib/vector'
[sources.app]
type = \"file\"
include = ['/var/log/*.log', \"\\u00e9\"]
since = 2026-11-26T01:02:03Z
[transforms.parse]
type = 'remap'
inputs = ['app']
source = '''
. = parse_json!(.message)
'''
[[sinks.out.parts]]
a.b.\"c d\" = { x = 1.5, y = [true, -0x1f] }
[sinks.out]
type = 'http'
inputs = ['parse'] # ${NO}
port = ${PORT}
",
    r#"{"sources": {"a": {"type": "x"}}, "sinks": {"b": {"type": "y", "inputs": ["a", "*"], "n": [1e3, null]}}}"#,
    "---\n%a\n- - ? : [{,}] | > & * ! # ' \"\n\t\u{feff}\u{85}\u{2028}",
];

/// What mutations put in: what languages make something of.
const PIECES: [&str; 40] = [
    "\n",
    "\n  ",
    "\t",
    " ",
    ":",
    ": ",
    "- ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "#",
    " #",
    "'",
    "\"",
    "'''",
    "\"\"\"",
    "|",
    ">-",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "!x ",
    "---\n",
    "...\n",
    "=",
    ".",
    "${",
    "${A}",
    "$",
    "\\",
    "\\u12",
    "*",
    "é",
    "\u{0}",
    "\u{f007b}",
    "[[",
];

#[test]
fn no_text_is_too_odd_to_be_answered() {
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..ROUNDS {
        let seed = SEEDS[random.usize(..SEEDS.len())];
        let mutations = random.usize(1..12);
        let text = (0..mutations).fold(seed.to_owned(), |text, _| mutated(text, &mut random));
        check(seed, &text, round);
    }
}

#[test]
fn every_beginning_of_a_text_is_answered() {
    for seed in SEEDS {
        for (end, _) in seed.char_indices() {
            check(seed, &seed[..end], 0);
        }
    }
}

/// What holds of the answer to any text.
fn check(old: &str, text: &str, round: u64) {
    let config = VectorConfig::parse(text);
    let line_max = text.split(['\n', '\r', '\u{85}', '\u{2028}']).count() + 1;
    for problem in &config.problems {
        let line = usize::try_from(problem.at.line).expect("lines are few");
        assert!((1..=line_max).contains(&line), "round {round}: {problem:?}\n{text}");
        assert!(problem.at.column >= 1 && !problem.message.is_empty(), "round {round}: {text}");
    }
    assert!(config.is_readable || config.first_error().is_some(), "round {round}: {text}");
    assert_eq!(config.in_stream_order().len(), config.components.len(), "round {round}: {text}");
    for edge in &config.edges {
        let known = |id: &str| config.components.iter().any(|component| component.id == id);
        assert!(known(&edge.from) && known(&edge.to), "round {round}: {edge:?}\n{text}");
    }
    // What an agent gets says the same as what was written.
    if let Ok(yaml) = agent_text(text, config.format) {
        let sent = VectorConfig::parse(&yaml);
        let changes = ComponentChanges::between(&config, &sent);
        let is_same = changes.is_none_or(|changes| changes == ComponentChanges::default());
        assert!(is_same || text.contains("${"), "round {round}: {text}\n{yaml}");
    }
    for hunk in line_changes(old, text) {
        assert!(!hunk.lines.is_empty(), "round {round}: {text}");
    }
}

fn mutated(text: String, random: &mut fastrand::Rng) -> String {
    let boundary = |text: &str, at: usize| text.floor_char_boundary(at);
    let from = boundary(&text, random.usize(..=text.len()));
    let to = boundary(&text, (from + random.usize(..20)).min(text.len()));
    let mut text = text;
    match random.u8(..5) {
        0 => text.replace_range(from..to, ""),
        1 => text.insert_str(from, PIECES[random.usize(..PIECES.len())]),
        2 => {
            let piece = text[from..to].to_owned();
            let at = boundary(&text, random.usize(..=text.len()));
            text.insert_str(at, &piece);
        }
        3 => text.replace_range(from..to, PIECES[random.usize(..PIECES.len())]),
        _ => {
            let piece = PIECES[random.usize(..PIECES.len())].repeat(random.usize(..70));
            text.insert_str(from, &piece);
        }
    }
    text
}

#[test]
fn texts_made_to_be_expensive_are_answered() {
    const LEN: usize = CONFIG_BYTES_MAX / 8;
    let fill = |piece: &str| piece.repeat(LEN / piece.len());
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..40 {
        let before = format!("*a{}, ", n - 1).repeat(10);
        laughs.push_str(&format!("a{n}: &a{n} [{before}]\n"));
    }
    let inputs = |input: &str| {
        let sources: String = (0..400).map(|n| format!("  s{n}: {{type: x}}\n")).collect();
        let sinks: String =
            (0..400).map(|n| format!("  k{n}: {{type: x, inputs: [{input}]}}\n")).collect();
        format!("sources:\n{sources}sinks:\n{sinks}")
    };
    let stars = "*s".repeat(500);
    let long = format!(
        "sources: {{{}: {{type: x}}}}\nsinks: {{b: {{type: x, inputs: ['{}b']}}}}",
        "a".repeat(LEN / 2),
        "*a".repeat(LEN / 4)
    );
    let texts = [
        laughs,
        format!("a: &a {}\nb: [{}]\n", "x".repeat(LEN), "*a, ".repeat(LEN / 4)),
        inputs("'*'"),
        inputs(&format!("'{stars}?'")),
        long,
        fill("["),
        fill("{a: "),
        fill("- "),
        fill("? "),
        fill("a:\n"),
        fill("${A:-"),
        fill("${A}"),
        fill("\"a\" "),
        fill("!a "),
        format!("a: [{}]", fill("~, ")),
        format!("a = [{}]", fill("1,")),
        format!("a = [{}]", fill("${A},")),
        format!("a = {}", fill("[")),
        format!("a = {}", fill("{a=")),
        format!("{} = 1", fill("a.") + "a"),
        format!("a = 1\n{}", fill("=\n")),
        format!("a = 1\n{}", fill("a = 1\n")),
    ];
    for text in texts {
        let config = VectorConfig::parse(&text);
        let shown = &text[..60];
        assert!(config.first_error().is_some() || !config.edges.is_empty(), "{shown}");
        assert!(config.edges.len() <= crate::vector_config::edges::EDGES_MAX, "{shown}");
        let place = Lines::of(&text).place(text.len());
        assert!(config.problems.iter().all(|problem| problem.at <= place), "{shown}");
    }
}
