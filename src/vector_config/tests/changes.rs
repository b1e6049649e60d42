//! What a revision changes, component by component.

use crate::vector_config::VectorConfig;
use crate::vector_config::component_changes::ComponentChanges;

#[test]
fn changes_are_told_by_component() {
    const OLD: &str = "\
sources:
  a: {type: stdin, x: 1}
  b: {type: file, include: [/var/log/a]}
transforms:
  t: {type: filter, inputs: [a, b], condition: 'true'}
sinks:
  out: {type: console, inputs: [t], encoding: {codec: json}}
";
    let check = |new: &str, expected: Option<&str>| {
        let (old, new) = (VectorConfig::parse(OLD), VectorConfig::parse(new));
        let changes = ComponentChanges::between(&old, &new).map(|changes| {
            let marked = [("+", changes.added), ("-", changes.removed), ("~", changes.changed)];
            let marked = marked.iter().flat_map(|(mark, names)| {
                names.iter().map(move |name| format!("{mark}{}", name.id))
            });
            marked.collect::<Vec<_>>().join(" ")
        });
        assert_eq!(changes.as_deref(), expected, "{new:?}");
    };
    check(OLD, Some(""));
    check(
        &format!("# said\n{}", OLD.replace("{type: stdin, x: 1}", "{x: 0x1, type: 'stdin'}")),
        Some(""),
    );
    check(
        "\
[sources]
a = {x = 1, type = 'stdin'}
b = {type = 'file', include = ['/var/log/a']}
[transforms.t]
type = 'filter'
inputs = ['a', 'b']
condition = 'true'
[sinks.out]
type = 'console'
inputs = ['t']
encoding.codec = 'json'
",
        Some(""),
    );
    check(&OLD.replace("x: 1", "x: 2").replace("  b:", "  b2:"), Some("+b2 -b ~a"));
    check(&OLD.replace("sinks:", "  out2: {type: filter, inputs: [t]}\nsinks:"), Some("+out2"));
    check(&OLD.replace("[a, b]", "[b, a]"), Some("~t"));
    check("sources: [", None);
    check("{}", Some("-a -b -t -out"));
}
