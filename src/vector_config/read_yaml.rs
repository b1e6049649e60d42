//! YAML, and so JSON, as a tree of values.
//!
//! The parser's events are taken one by one, so that reading stops at the first thing that is out of
//! bounds: nesting, and how far aliases blow a text up.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput, Tag};

use crate::vector_config::merge_keys::apply_merge_keys;
use crate::vector_config::place::{Place, clamped};
use crate::vector_config::placeholders::{cover, uncover};
use crate::vector_config::plain_scalar::plain_scalar;
use crate::vector_config::problem::{Problems, shown};
use crate::vector_config::value::{DEPTH_MAX, Entry, Node, Value};

/// Most that aliases may add to a text, in bytes of its tree: a few lines of them can ask for more
/// than any machine has.
pub(super) const ALIASES_BYTES_MAX: usize = 4 << 20;

/// Reads a text; what is wrong with it is among the problems, and `None` when nothing can be read.
pub(super) fn read_yaml(text: &str, problems: &mut Problems) -> Option<Node> {
    let covered = cover(text);
    let mut tree = Tree { is_covered: matches!(covered, Cow::Owned(_)), ..Tree::default() };
    match tree.grow(Parser::new_from_str(&covered)) {
        Ok(()) => (),
        Err(Unreadable { at, message }) => {
            problems.error(at, message);
            return None;
        }
    }
    for (at, message) in tree.repeated_keys {
        problems.error(at, message);
    }
    let nothing = Node { value: Value::Null, at: Place::START };
    let mut root = tree.root.unwrap_or(nothing);
    apply_merge_keys(&mut root, problems);
    Some(root)
}

/// Why a text cannot be read at all.
struct Unreadable {
    at: Place,
    message: String,
}

/// The tree so far, with the collections that are still open.
#[derive(Default)]
struct Tree {
    is_covered: bool,
    root: Option<Node>,
    open: Vec<Open>,
    /// What the anchors stand for, once it is whole, and how heavy each is.
    anchors: FxHashMap<usize, (Node, usize)>,
    aliases_bytes: usize,
    repeated_keys: Vec<(Place, String)>,
}

/// A collection whose end has not come.
struct Open {
    at: Place,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(String, Place)> },
}

impl Tree {
    fn grow(&mut self, mut parser: Parser<'_, StrInput<'_>>) -> Result<(), Unreadable> {
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| Unreadable {
                at: place(error.marker()),
                message: format!("this is not YAML: {}; mend it here", shown(error.info())),
            })?;
            let at = place(&span.start);
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        return unreadable(
                            at,
                            "a second document begins here, and Vector reads one; remove the `---` or what is above it",
                        );
                    }
                }
                Event::Alias(anchor) => {
                    let node = self.alias(anchor, at)?;
                    self.place_node(node, 0)?;
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let value = self.scalar(&text, style, tag.as_deref(), at)?;
                    self.place_node(Node { value, at }, anchor)?;
                }
                Event::SequenceStart(anchor, tag) => {
                    check_tag(tag.as_deref(), at)?;
                    self.open(Open { at, anchor, content: Content::List(Vec::new()) })?;
                }
                Event::MappingStart(anchor, tag) => {
                    check_tag(tag.as_deref(), at)?;
                    let content = Content::Map { entries: Vec::new(), key: None };
                    self.open(Open { at, anchor, content })?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.close()?,
                Event::StreamEnd => break,
                Event::Nothing | Event::StreamStart | Event::DocumentEnd => (),
            }
        }
        Ok(())
    }

    fn open(&mut self, open: Open) -> Result<(), Unreadable> {
        if self.awaits_key() {
            return unreadable(open.at, "a key is a list or a map here, and must be a text");
        }
        if self.open.len() == DEPTH_MAX {
            return too_deep(open.at);
        }
        self.open.push(open);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Unreadable> {
        let Some(Open { at, anchor, content }) = self.open.pop() else { return Ok(()) };
        let value = match content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, key: _ } => Value::Map(self.without_repeated(entries)),
        };
        self.place_node(Node { value, at }, anchor)
    }

    /// Puts a whole node where it belongs: under a key, into a list, at the root, or as a key itself.
    fn place_node(&mut self, node: Node, anchor: usize) -> Result<(), Unreadable> {
        // Zero is no anchor.
        if anchor != 0 {
            let bytes = weight(&node);
            self.spend(bytes, node.at)?;
            self.anchors.insert(anchor, (node.clone(), bytes));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { entries, key }) => match key.take() {
                Some((key, key_at)) => entries.push(Entry { key, key_at, node }),
                None => *key = Some((as_key(&node)?, node.at)),
            },
        }
        Ok(())
    }

    /// A copy of what an anchor stands for, at the place of the alias.
    fn alias(&mut self, anchor: usize, at: Place) -> Result<Node, Unreadable> {
        let Some((node, bytes)) = self.anchors.get(&anchor) else {
            return unreadable(at, "this alias is part of what it stands for; remove it");
        };
        let (node, bytes) = (Node { value: node.value.clone(), at }, *bytes);
        if self.open.len() + depth(&node) > DEPTH_MAX {
            return too_deep(at);
        }
        self.spend(bytes, at)?;
        Ok(node)
    }

    fn spend(&mut self, bytes: usize, at: Place) -> Result<(), Unreadable> {
        self.aliases_bytes = self.aliases_bytes.saturating_add(bytes);
        if self.aliases_bytes > ALIASES_BYTES_MAX {
            return unreadable(
                at,
                "the aliases up to here stand for too much text; write out less of it",
            );
        }
        Ok(())
    }

    fn scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        at: Place,
    ) -> Result<Value, Unreadable> {
        check_tag(tag, at)?;
        let text = if self.is_covered { Cow::Owned(uncover(text)) } else { Cow::Borrowed(text) };
        let is_text = tag.is_some_and(|tag| !tag.is_yaml_core_schema() || tag.suffix == "str");
        // A key is taken as it is written: `1:` is the key `1`.
        let as_written = is_text || self.awaits_key();
        Ok(match style {
            ScalarStyle::Plain if !as_written => plain_scalar(&text),
            ScalarStyle::Plain
            | ScalarStyle::SingleQuoted
            | ScalarStyle::DoubleQuoted
            | ScalarStyle::Literal
            | ScalarStyle::Folded => Value::Text(text.into_owned()),
        })
    }

    fn awaits_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open { content: Content::Map { key: None, entries: _ }, .. })
        )
    }

    /// The entries with the first of each key; the others are told.
    fn without_repeated(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let mut first: FxHashMap<&str, Place> = FxHashMap::default();
        let mut repeated = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            if let Some(known) = first.get(entry.key.as_str()) {
                let message = repeated_key(&entry.key, *known);
                self.repeated_keys.push((entry.key_at, message));
                repeated.push(index);
            } else {
                first.insert(&entry.key, entry.key_at);
            }
        }
        if repeated.is_empty() {
            return entries;
        }
        let mut repeated = repeated.into_iter().peekable();
        let kept = entries.into_iter().enumerate();
        kept.filter(|(index, _)| repeated.next_if_eq(index).is_none()).map(|(_, e)| e).collect()
    }
}

fn repeated_key(key: &str, first: Place) -> String {
    format!("key `{}` is here a second time, after line {}; remove one", shown(key), first.line)
}

/// Only keys that are texts have a meaning to Vector.
fn as_key(node: &Node) -> Result<String, Unreadable> {
    match &node.value {
        Value::Text(text) | Value::Placeholder(text) => Ok(text.clone()),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) => Ok(node.to_string()),
        Value::List(_) | Value::Map(_) => {
            unreadable(node.at, "a key is a list or a map here, and must be a text")
        }
    }
}

/// The tags of YAML's own types are known, and `!`, which makes a text.
fn check_tag(tag: Option<&Tag>, at: Place) -> Result<(), Unreadable> {
    let Some(tag) = tag else { return Ok(()) };
    let is_own = tag.is_yaml_core_schema()
        && matches!(tag.suffix.as_str(), "str" | "int" | "float" | "bool" | "null" | "seq" | "map");
    let is_plain = tag.suffix.is_empty() || (tag.handle.is_empty() && tag.suffix == "!");
    if is_own || is_plain {
        return Ok(());
    }
    let tag = shown(&tag.to_string());
    Err(Unreadable { at, message: format!("tag `{tag}` means nothing to Vector; remove it") })
}

/// What a node takes in memory, about.
fn weight(node: &Node) -> usize {
    let own = size_of::<Node>();
    own + match &node.value {
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) => 0,
        Value::Text(text) | Value::Placeholder(text) => text.len(),
        Value::List(items) => items.iter().map(weight).sum(),
        Value::Map(entries) => {
            let weights = entries.iter().map(|entry| entry.key.len() + weight(&entry.node));
            weights.sum()
        }
    }
}

/// How many collections are inside each other.
fn depth(node: &Node) -> usize {
    match &node.value {
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Placeholder(_) => 0,
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Map(entries) => {
            1 + entries.iter().map(|entry| depth(&entry.node)).max().unwrap_or(0)
        }
    }
}

fn too_deep<T>(at: Place) -> Result<T, Unreadable> {
    let message = format!("this is nested deeper than {DEPTH_MAX} levels; flatten it");
    Err(Unreadable { at, message })
}

fn unreadable<T>(at: Place, message: &str) -> Result<T, Unreadable> {
    Err(Unreadable { at, message: message.to_owned() })
}

fn place(marker: &Marker) -> Place {
    Place { line: clamped(marker.line()), column: clamped(marker.col() + 1) }
}
