//! What texts are read as: values, their types, and where they stand.

use crate::vector_config::format::Format;
use crate::vector_config::problem::Problems;
use crate::vector_config::read;
use crate::vector_config::value::{Node, Value};

fn check(text: &str, expected: &str) {
    let mut problems = Problems::default();
    let root = read(text, Format::of(text), &mut problems).expect("it can be read");
    assert!(!problems.has_errors(), "{text}");
    assert_eq!(root.to_string(), expected, "{text}");
}

#[test]
fn values_of_yaml() {
    check("a: 1\nb: [x, 'y', \"z\\n\"]\n", r#"{"a":1,"b":["x","y","z\n"]}"#);
    check(
        "a: |\n  one\n   two\n\n  three\nb: >-\n  one\n  two\n",
        r#"{"a":"one\n two\n\nthree\n","b":"one two"}"#,
    );
    check("a: '1'\nb: !!str 1\nc: ! 1\nd: !!int 1\n", r#"{"a":"1","b":"1","c":"1","d":1}"#);
    check("1: a\ntrue: b\n~: c\n", r#"{"1":"a","true":"b","~":"c"}"#);
    check(
        "a: &x {b: 1}\nc: *x\nd: [*x, *x]\n",
        r#"{"a":{"b":1},"c":{"b":1},"d":[{"b":1},{"b":1}]}"#,
    );
    check("a: &k key\n*k : 1\n", r#"{"a":"key","key":1}"#);
    check("a: &x 5\nb: &x 6\nc: *x\n", r#"{"a":5,"b":6,"c":6}"#);
    check("a: {}\nb: []\nc:\n", r#"{"a":{},"b":[],"c":null}"#);
    check(
        "{\"a\": {\"b\": [1, 2.5, null, true, \"\\u00e9\\n\"]}}",
        r#"{"a":{"b":[1,2.5,null,true,"é\n"]}}"#,
    );
    check("\u{feff}a: é\r\nb: 2\r\n", r#"{"a":"é","b":2}"#);
    check("--- # begins\na: 1\n...\n", r#"{"a":1}"#);
}

#[test]
fn merged_values_of_yaml() {
    check("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\n", r#"{"x":{"a":1,"b":2},"y":{"b":3,"a":1}}"#);
    check("y: {<<: [{a: 1}, {a: 2, b: 2}]}\n", r#"{"y":{"a":1,"b":2}}"#);
    check("y: {<<: {<<: {a: 1}, b: 2}}\n", r#"{"y":{"b":2,"a":1}}"#);
    check("y: {<<: []}\n", r#"{"y":{}}"#);
}

#[test]
fn values_of_toml() {
    check(
        "a.b = 1\nc = [1.5, 'x', \"y\\n\"]\n[d]\ne = 0xff\nf = -0\ng = 1_000\nh = true\n",
        r#"{"a":{"b":1},"c":[1.5,"x","y\n"],"d":{"e":255,"f":0,"g":1000,"h":true}}"#,
    );
    check(
        "a = 2026-11-26T01:02:03Z\nb = 2026-11-26\nc = 01:02:03\nd = inf\ne = -nan\nf = 1e3\n",
        r#"{"a":"2026-11-26T01:02:03Z","b":"2026-11-26","c":"01:02:03","d":inf,"e":NaN,"f":1000.0}"#,
    );
    check("[[z]]\na = 1\n[[z]]\n[y]\n'a.b' = 2\n", r#"{"z":[{"a":1},{}],"y":{"a.b":2}}"#);
    check("a = '''\n\n x\n'''\nb = \"\"\"\\\n   y\"\"\"\n", r#"{"a":"\n x\n","b":"y"}"#);
}

#[test]
fn placeholders_may_stand_anywhere() {
    check(
        "a: ${A}\nb: [${B}, 'x${C}']\nc: {d: ${D:-x, y: z}}\n",
        r#"{"a":"${A}","b":["${B}","x${C}"],"c":{"d":"${D:-x, y: z}"}}"#,
    );
    check("${A}: 1\n", r#"{"${A}":1}"#);
    check("a: $B\nc: $$x\nd: ${E:-#1}\n", r#"{"a":"$B","c":"$$x","d":"${E:-#1}"}"#);
    check("a: |\n  .x = \"${A:-{}\"\n", r#"{"a":".x = \"${A:-{}\"\n"}"#);
    check(
        "a = ${A}\nb = '${B}'\nc = [${C:-1}, \"${D}\"]\n",
        r#"{"a":<${A}>,"b":"${B}","c":[<${C:-1}>,"${D}"]}"#,
    );
    check("[sinks.${ID}]\n${KEY}_x = 1 # ${NO}\n", r#"{"sinks":{"${ID}":{"${KEY}_x":1}}}"#);
    check(
        "a: SECRET[vault.key]\nb: 'CERT[ca]'\nc: VAR[x]\n",
        r#"{"a":"SECRET[vault.key]","b":"CERT[ca]","c":"VAR[x]"}"#,
    );
}

#[test]
fn values_are_the_same_whatever_their_order_and_language() {
    let value = |text: &str| {
        read(text, Format::of(text), &mut Problems::default()).expect("it can be read")
    };
    let yaml = value("a: {x: 1, y: [1, '2']}\nb: .nan\n");
    assert_eq!(yaml, value("# said\n\"b\": .NaN\na:\n  y:\n  - 1\n  - \"2\"\n  x: 0x1\n"));
    assert_eq!(yaml, value("b = nan\n[a]\ny = [1, \"2\"]\nx = 1\n"));
    for other in [
        "a: {x: 1, y: [1, 2]}\nb: .nan\n",
        "a: {x: 1, y: ['2', 1]}\nb: .nan\n",
        "a: {x: 1}\nb: .nan\n",
    ] {
        assert_ne!(yaml, value(other), "{other}");
    }
}

/// The place of every key and value, in the order of the text.
fn places(node: &Node, found: &mut Vec<String>) {
    found.push(format!("{}:{}", node.at.line, node.at.column));
    match &node.value {
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) => (),
        Value::Text(_) | Value::Placeholder(_) => (),
        Value::List(items) => items.iter().for_each(|item| places(item, found)),
        Value::Map(entries) => {
            for entry in entries {
                found.push(format!("{}={}:{}", entry.key, entry.key_at.line, entry.key_at.column));
                places(&entry.node, found);
            }
        }
    }
}

#[test]
fn places_are_those_of_an_editor() {
    let cases = [
        ("é: [a, 'b']\nc:\n  d: |\n    x\n", "1:1 é=1:1 1:4 1:5 1:8 c=2:1 3:3 d=3:3 4:5"),
        ("{\"a\":\n\t{\"b\": 1}}", "1:1 a=1:2 2:2 b=2:3 2:8"),
        ("a: ['${A}', ${X}, x]\n", "1:1 a=1:1 1:4 1:5 1:13 1:19"),
        ("a: &x [1]\nb: *x\n", "1:1 a=1:1 1:4 1:8 b=2:1 2:4 1:8"),
        (
            "[s.'é'.t]\nx = [1,\n \"é\", ${Y}, 2]\n",
            "1:1 s=1:2 1:2 é=1:4 1:4 t=1:8 1:1 x=2:1 2:5 2:6 3:2 3:7 3:13",
        ),
        ("z.y = 1\n[b]\n[a]\n", "1:1 z=1:1 1:1 y=1:3 1:7 b=2:2 2:1 a=3:2 3:1"),
    ];
    for (text, expected) in cases {
        let root = read(text, Format::of(text), &mut Problems::default()).expect("it can be read");
        let mut found = Vec::new();
        places(&root, &mut found);
        assert_eq!(found.join(" "), expected, "{text}");
    }
}
