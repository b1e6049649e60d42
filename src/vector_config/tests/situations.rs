//! What is wrong with a configuration, where, and in which words.

use crate::vector_config::CONFIG_BYTES_MAX;
use crate::vector_config::component::COMPONENT_ID_BYTES_MAX;
use crate::vector_config::problem::PROBLEMS_MAX;
use crate::vector_config::tests::problems;

fn check(text: &str, expected: &[&str]) {
    assert_eq!(problems(text), expected, "{text}");
}

const GOOD_YAML: &str = "\
data_dir: /var/lib/vector
api: {enabled: true, address: '127.0.0.1:8686'}
secret:
  vault: {type: exec, command: [/bin/get]}
sources:
  app:
    type: file
    include: [/var/log/app.log]
transforms:
  parse:
    type: remap
    inputs: [app]
    source: |
      . = parse_json!(.message) # ${NOT_CODE}
sinks:
  out:
    type: http
    inputs: parse
    uri: ${URI:-http://localhost}
    auth: {strategy: bearer, token: 'SECRET[vault.token]'}
    tls: {ca_file: \"CERT[ca]\"}
    request: {headers: {x-env: 'VAR[env]'}}
";

const GOOD_TOML: &str = "\
data_dir = '/var/lib/vector'

[sources.app]
type = 'file'
include = ['/var/log/app.log']

[transforms.parse]
type = \"remap\"
inputs = [\"app\"]
source = '''
. = parse_json!(.message)
'''

[sinks.out]
type = 'http'
inputs = ['parse']
uri = '${URI}'
request.timeout_secs = ${TIMEOUT:-30}
";

const GOOD_JSON: &str = r#"{
  "sources": {"app": {"type": "stdin"}},
  "sinks": {"out": {"type": "console", "inputs": ["app"], "encoding": {"codec": "json"}}}
}"#;

#[test]
fn good_configurations_have_no_problems() {
    for text in [GOOD_YAML, GOOD_TOML, GOOD_JSON] {
        check(text, &[]);
        check(&text.replace('\n', "\r\n"), &[]);
        check(&format!("\u{feff}{text}"), &[]);
    }
}

#[test]
fn texts_that_cannot_be_read() {
    check("", &["E 1:1 -: the configuration is empty; add a source and a sink"]);
    check(" \n\t\n", &["E 1:1 -: the configuration is empty; add a source and a sink"]);
    check(
        "# nothing\n",
        &["E 1:1 -: the configuration is empty, and must be a map with `sources` and `sinks`"],
    );
    check(
        "sources: {}\n#é\0\nsinks: {}\n",
        &["E 2:3 -: character U+0000 is not allowed in YAML; remove it"],
    );
    check(
        "sources:\n  in: {type: stdin\nsinks: {}\n",
        &[
            "E 3:6 -: this is not YAML: while parsing a flow mapping, did not find expected ',' or '}'; mend it here",
        ],
    );
    check(
        "sources:\n  in:\n\ttype: stdin\n",
        &[
            "E 3:2 -: this is not YAML: tabs disallowed within this context (block indentation); mend it here",
        ],
    );
    check(
        "sources:\n  in: \"open\n",
        &[
            "E 2:7 -: this is not YAML: while scanning a quoted scalar, found unexpected end of stream; mend it here",
        ],
    );
    check(
        "sources: {a: *nowhere}\n",
        &["E 1:14 -: this is not YAML: while parsing node, found unknown anchor; mend it here"],
    );
    check("a: &a [*a]\n", &["E 1:8 -: this alias is part of what it stands for; remove it"]);
    check(
        "sources: {}\n---\nsinks: {}\n",
        &[
            "E 2:1 -: a second document begins here, and Vector reads one; remove the `---` or what is above it",
        ],
    );
    check("? [a, b]\n: c\n", &["E 1:3 -: a key is a list or a map here, and must be a text"]);
    check(
        "sources: {in: !file {type: stdin}}\n",
        &["E 1:15 -: tag `!file` means nothing to Vector; remove it"],
    );
    check(
        "{\"sources\": {}",
        &[
            "E 2:1 -: this is not YAML: while parsing a flow mapping, did not find expected ',' or '}'; mend it here",
        ],
    );
    check(
        "[sources.in\ntype = 'stdin'\n",
        &["E 1:12 -: this is not TOML: unclosed table, expected `]`; mend it here"],
    );
    check(
        "[sources.in]\ntype = stdin\nnumber = 1 2\n",
        &[
            "E 2:8 -: this is not TOML: string values must be quoted, expected literal string; mend it here",
            "E 3:10 -: this is not TOML: string values must be quoted, expected literal string; mend it here",
        ],
    );
    check(
        "[sources.in]\ntype = 'stdin\n",
        &["E 2:14 -: this is not TOML: invalid literal string, expected `'`; mend it here"],
    );
    check(
        "[sources.in]\ntype = 'stdin'\nlimit = 99999999999999999999\n",
        &[
            "E 1:1 -: there is no sink; add one under `sinks`",
            "W 1:10 in: nothing reads from source `in`; add it to the `inputs` of a sink or remove it",
            "E 3:9 -: `99999999999999999999` is too large for a number; shorten it, or put it in quotes",
        ],
    );
    check(
        &format!("[sources.in]\na = {}{}\n", "[".repeat(70), "]".repeat(70)),
        &["E 2:66 -: this is nested deeper than 64 levels; flatten it"],
    );
    check(
        &format!("a: {}{}\n", "[".repeat(70), "]".repeat(70)),
        &["E 1:67 -: this is nested deeper than 64 levels; flatten it"],
    );
}

#[test]
fn shapes_that_are_no_configuration() {
    check(
        "just words",
        &["E 1:1 -: the configuration is a text, and must be a map with `sources` and `sinks`"],
    );
    check(
        "- a\n- b\n",
        &["E 1:1 -: the configuration is a list, and must be a map with `sources` and `sinks`"],
    );
    check(
        "sources: 5\nsinks: [a]\ntransforms:\n",
        &[
            "E 1:1 -: `sources` is a number, and must be a map of ids to sources",
            "E 2:1 -: `sinks` is a list, and must be a map of ids to sinks",
            "E 3:1 -: `transforms` is empty, and must be a map of ids to transforms",
        ],
    );
    check(
        "sources:\n  in: stdin\n  two:\nsinks:\n  out: [a]\n",
        &[
            "E 2:3 in: source `in` is a text, and must be a map with a `type`",
            "W 2:3 in: nothing reads from source `in`; add it to the `inputs` of a sink or remove it",
            "E 3:3 two: source `two` is empty, and must be a map with a `type`",
            "W 3:3 two: nothing reads from source `two`; add it to the `inputs` of a sink or remove it",
            "E 5:3 out: sink `out` is a list, and must be a map with a `type`",
        ],
    );
    check(
        "\
sources:
  a: {}
  b: {type: 5}
  c: {type: ''}
  d: {type: }
sinks:
  out: {type: console, inputs: [a, b, c, d]}
",
        &[
            "E 2:3 a: source `a` has no `type`; add one",
            "E 3:7 b: the `type` of source `b` is a number, and must be a text",
            "E 4:7 c: source `c` has an empty `type`; name one",
            "E 5:7 d: the `type` of source `d` is empty, and must be a text",
        ],
    );
    check(
        "\
sources: {in: {type: stdin, inputs: [in]}}
sinks: {out: {type: console, inputs: in}}
",
        &["E 1:29 in: source `in` has `inputs`, and a source reads from no component; remove them"],
    );
    check(
        "\
sources: {in: {type: stdin}}
sinks:
  a: {type: console}
  b: {type: console, inputs: []}
  c: {type: console, inputs: }
  d: {type: console, inputs: 5}
  e: {type: console, inputs: [in, 5, '', [in]]}
",
        &[
            "E 3:3 a: sink `a` has no `inputs`; name what it reads from",
            "E 4:22 b: sink `b` has empty `inputs`; name what it reads from",
            "E 5:22 c: sink `c` has empty `inputs`; name what it reads from",
            "E 6:22 d: `inputs` of sink `d` is a number, and must be a list of ids",
            "E 7:35 e: an input of sink `e` is a number, and must be the id of a component",
            "E 7:38 e: an input of sink `e` is empty; name a component or remove it",
            "E 7:42 e: an input of sink `e` is a list, and must be the id of a component",
        ],
    );
    check(
        "sources: {}\nsinks:\n",
        &[
            "E 1:1 -: there is no source; add one under `sources`",
            "E 2:1 -: `sinks` is empty, and must be a map of ids to sinks",
        ],
    );
    check(
        "transforms: {}\n",
        &[
            "E 1:1 -: there is no source; add one under `sources`",
            "E 1:1 -: there is no sink; add one under `sinks`",
        ],
    );
    check(
        "[sources.in]\ntype = 'stdin'\n",
        &[
            "E 1:1 -: there is no sink; add one under `sinks`",
            "W 1:10 in: nothing reads from source `in`; add it to the `inputs` of a sink or remove it",
        ],
    );
    check(
        "sources = 1\n[[sinks]]\ntype = 'console'\n",
        &[
            "E 1:1 -: `sources` is a number, and must be a map of ids to sources",
            "E 2:3 -: `sinks` is a list, and must be a map of ids to sinks",
        ],
    );
}

#[test]
fn ids_that_cannot_be() {
    check(
        "sources:\n  a.b: {type: stdin}\n  '': {type: stdin}\n  vf_x: {type: stdin}\n  \"a\\nb\": {type: stdin}\nsinks: {out: {type: console, inputs: ['*']}}\n",
        &[
            "E 2:3 a.b: the id of source `a.b` has a dot, which separates a component from its output; use `_`",
            "E 3:3 : the id of source `` is empty; give it one",
            "E 4:3 vf_x: the id of source `vf_x` begins with `vf_`, which is reserved; choose another",
            "E 5:3 a\nb: the id of source `a\\nb` has a control character; remove it",
        ],
    );
    let longest = "x".repeat(COMPONENT_ID_BYTES_MAX);
    check(
        &format!(
            "\
sources: {{{longest}: {{type: stdin}}}}
sinks: {{out: {{type: console, inputs: [{longest}]}}}}
"
        ),
        &[],
    );
    check(
        &format!(
            "\
sources: {{{longest}x: {{type: stdin}}}}
sinks: {{out: {{type: console, inputs: ['x*']}}}}
"
        ),
        &[
            "E 1:11 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: the id of source `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…` is longer than 128 bytes; shorten it",
        ],
    );
    check(
        "\
sources:
  a: {type: stdin}
  a: {type: file}
transforms:
  a: {type: filter, inputs: [b]}
sinks:
  b: {type: console, inputs: [a]}
",
        &[
            "E 3:3 -: key `a` is here a second time, after line 2; remove one",
            "E 5:3 a: transform `a` has the id of a source at line 2; give one of them another",
            "E 5:30 a: transform `a` reads from `b`, which is a sink and has no output; read from what the sink reads",
        ],
    );
    check(
        "\
[sources.a]
type = 'stdin'
[sinks.out]
type = 'console'
inputs = ['a']
inputs = ['a']
[sources.a]
type = 'file'
",
        &[
            "E 6:1 -: key `inputs` is here a second time; remove one",
            "E 7:10 -: key `a` is here a second time; remove one",
            "E 8:1 -: key `type` is here a second time; remove one",
        ],
    );
    check(
        "\
sources: {a: {type: stdin, option: 1, option: 2}}
sinks: {out: {type: console, inputs: [a]}}
",
        &["E 1:39 -: key `option` is here a second time, after line 1; remove one"],
    );
    check(
        "\
sources: {${ID.x}: {type: stdin}}
sinks: {out: {type: console, inputs: ['${ID.x}']}}
",
        &[],
    );
}

#[test]
fn texts_at_their_bounds() {
    let text = |len: usize| format!("{GOOD_YAML}#{}", "x".repeat(len - GOOD_YAML.len() - 1));
    check(&text(CONFIG_BYTES_MAX), &[]);
    check(
        &text(CONFIG_BYTES_MAX + 1),
        &["E 1:1 -: the configuration is 1048577 bytes long, and 1048576 is the most; shorten it"],
    );
    let many = |count: usize| {
        let sources: String = (2..=count).map(|n| format!("  s{n}: {{type: stdin}}\n")).collect();
        format!("sources:\n{sources}sinks:\n  out: {{type: console, inputs: ['s*']}}\n")
    };
    check(&many(1_000), &[]);
    check(
        &many(1_001),
        &["E 1003:3 -: this is more than 1000 components; split the pipeline in two"],
    );
    let wrong = "  x: {}\n".repeat(2 * PROBLEMS_MAX);
    assert_eq!(problems(&format!("sources:\n{wrong}")).len(), PROBLEMS_MAX);
}
