//! TOML as agents get it: YAML that is read back as the same value.

use crate::vector_config::agent_text::agent_text;
use crate::vector_config::format::Format;
use crate::vector_config::place::Place;
use crate::vector_config::problem::Problems;
use crate::vector_config::read;
use crate::vector_config::value::{Entry, Node, Value};
use crate::vector_config::write_yaml::write_yaml;

/// Texts that some reader of YAML might take for something else.
const AWKWARD: [&str; 64] = [
    "",
    " ",
    "a",
    "a b",
    " a",
    "a ",
    "1",
    "-1",
    "1.5",
    "1e3",
    "0x1f",
    "0o7",
    "0b1",
    "007",
    "1_000",
    ".5",
    "5.",
    ".inf",
    "-.inf",
    ".nan",
    "inf",
    "NaN",
    "true",
    "True",
    "yes",
    "NO",
    "on",
    "Off",
    "y",
    "n",
    "null",
    "~",
    "2026-11-26",
    "12:30:45",
    "1:20",
    "-",
    "- a",
    "?",
    "? a",
    ":",
    "a: b",
    "a:",
    "#",
    "a #b",
    "[a]",
    "{a}",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a`",
    "'",
    "\"",
    "it's",
    "\\",
    "C:\\dir",
    "<<",
    "=",
    "---",
    "...",
    "é😀",
];

/// Texts with more than one line, or with characters that are not to be seen.
const UNSEEN: [&str; 34] = [
    "a\nb",
    "a\nb\n",
    "a\nb\n\n",
    "a\n\nb\n\n\n",
    "\n",
    "\n\n",
    "\na",
    "\n a\n",
    " a\nb\n",
    "  a\n b",
    "\ta\nb",
    "a\n\tb\n",
    "a\n \nb",
    "a\nb ",
    "a \nb\n ",
    "a\n\n",
    "a\r\nb",
    "a\rb",
    "a\n# b\n",
    "- a\n- b\n",
    "---\na\n...\n",
    "a\tb",
    "\t",
    "\0",
    "\u{1b}[0m",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}\n",
    "\u{feff}a",
    "\u{e000}",
    "\u{f007b}",
    "\u{10ffff}",
    "${A}\n$B $$C\n",
];

fn at_start(value: Value) -> Node {
    Node { value, at: Place::START }
}

fn text(text: &str) -> Node {
    at_start(Value::Text(text.to_owned()))
}

fn map(entries: impl IntoIterator<Item = (String, Node)>) -> Node {
    let entries = entries.into_iter();
    let entries = entries.map(|(key, node)| Entry { key, key_at: Place::START, node });
    at_start(Value::Map(entries.collect()))
}

fn list(items: impl IntoIterator<Item = Node>) -> Node {
    at_start(Value::List(items.into_iter().collect()))
}

/// Written and read back, a tree is what it was.
fn check_tree(tree: &Node) {
    let yaml = write_yaml(tree);
    let mut problems = Problems::default();
    let read_back = read(&yaml, Format::Yaml, &mut problems);
    let problems = problems.in_order();
    let read_back = read_back.unwrap_or_else(|| panic!("{problems:?}\n{yaml}"));
    assert_eq!(read_back.to_string(), tree.to_string(), "{yaml}");
    assert!(problems.is_empty(), "{problems:?}\n{yaml}");
}

#[test]
fn awkward_texts_are_read_back_as_they_were() {
    for awkward in AWKWARD.into_iter().chain(UNSEEN) {
        // A merge key is never a key of TOML that means anything.
        let key = if awkward == "<<" { "<" } else { awkward };
        let nested = map([("list".into(), list([text(awkward), list([text(awkward)])]))]);
        check_tree(&map([
            (key.to_owned(), text(awkward)),
            ("map".into(), map([(key.to_owned(), nested)])),
            ("list".into(), list([text(awkward), map([(key.to_owned(), text(awkward))])])),
            ("last".into(), text(awkward)),
        ]));
    }
}

#[test]
fn awkward_values_are_read_back_as_they_were() {
    let floats = [0.0, -0.0, 1.0, -1.5, 1e16, 1e300, 5e-324, f64::MAX, f64::INFINITY, f64::NAN];
    let integers = [0, -1, i128::from(i64::MAX), i128::from(i64::MIN)];
    let values = floats.map(Value::Float).into_iter().chain(integers.map(Value::Integer));
    let values = values.chain([true, false].map(Value::Bool)).chain([Value::Null]);
    for value in values {
        let node = at_start(value);
        check_tree(&map([("a".into(), node.clone()), ("b".into(), list([node.clone(), node]))]));
    }
    for tree in [map([]), list([]), map([("a".into(), map([]))]), list([list([]), map([])])] {
        check_tree(&tree);
    }
}

#[test]
fn deep_trees_and_long_keys_are_read_back_as_they_were() {
    let mut tree = text("a\nb\n");
    for depth in 0..50 {
        tree = match depth % 3 {
            0 => map([("k".into(), tree), ("it's\n".into(), text("x\n y"))]),
            1 => list([tree, text("'")]),
            _ => list([list([]), tree]),
        };
    }
    check_tree(&tree);
    for key in ["k".repeat(5_000), "'\n".repeat(600)] {
        let long = |node: Node| map([(key.clone(), node), ("z".into(), text("z"))]);
        let deep = (0..9).fold(long(text("a\nb")), |node, _| long(node));
        check_tree(&long(list([long(text("x")), deep])));
    }
}

#[test]
fn toml_becomes_yaml_of_the_same_meaning() {
    let toml = "\
# Comments stay behind.
data_dir = '/var/lib/vector'

[sources.app]
type = 'file'
include = ['/var/log/*.log', \"/srv/é\"]
since = 2026-11-26T01:02:03Z
max = 0x10
ratio = 1.0
version = '1.0'

[transforms.parse]
type = \"remap\"
inputs = [\"app\"]
source = '''
  .a = parse_json!(.message)
  if .b == \"x\" {
    del(.c)
  }
'''

[[transforms.parse.tests]]
name = 'first'
with = { a.b = true, c = [] }

[sinks.out]
type = 'http'
inputs = ['parse']
uri = '${URI}'
port = ${PORT}
limits = [${LOW}, 5]
";
    let yaml = "\
data_dir: /var/lib/vector
sources:
  app:
    type: file
    include: ['/var/log/*.log', '/srv/é']
    since: '2026-11-26T01:02:03Z'
    max: 16
    ratio: 1.0
    version: '1.0'
transforms:
  parse:
    type: remap
    inputs: [app]
    source: |2
        .a = parse_json!(.message)
        if .b == \"x\" {
          del(.c)
        }
    tests:
      - name: first
        with:
          a:
            b: true
          c: []
sinks:
  out:
    type: http
    inputs: [parse]
    uri: '${URI}'
    port: ${PORT}
    limits:
      - ${LOW}
      - 5
";
    assert_eq!(agent_text(toml, Format::Toml).as_deref(), Ok(yaml));
    let value = |text: &str| {
        let root = read(text, Format::of(text), &mut Problems::default()).expect("it can be read");
        root.to_string().replace("<${", "\"${").replace("}>", "}\"")
    };
    assert_eq!(value(toml), value(yaml));
}

#[test]
fn yaml_is_passed_as_it_is_and_bad_toml_is_not_passed() {
    for text in ["", "a: [", "{\"a\": 1}", "a: 1 # said\r\n"] {
        assert_eq!(agent_text(text, Format::Yaml).as_deref(), Ok(text));
    }
    let error = agent_text("a = 1\na = 2\n", Format::Toml).expect_err("a key is there twice");
    assert_eq!((error.at.line, error.at.column), (2, 1));
    assert!(agent_text("", Format::Toml).is_err());
}
