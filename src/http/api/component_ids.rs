//! Ids of components in requests. They end as arguments of a program on the node.

use std::sync::Arc;

use systole_systems::limits::ID_BYTES_MAX;

use crate::http::reply::HttpError;

/// An id that names one component, or one of its outputs.
pub(super) fn component_id(field: &str, text: &str) -> Result<Arc<str>, HttpError> {
    let wrong = |why: &str| Err(HttpError::BadRequest(format!("{field} {why}")));
    if text.is_empty() {
        return wrong("is empty");
    }
    if ID_BYTES_MAX < text.len() {
        return wrong("is longer than 128 bytes");
    }
    // The agent hands it to `vector tap`, where these mean more than one component, or an option.
    let is_pattern = |c: char| matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | ',' | '!');
    if text.starts_with('-') || text.contains(is_pattern) {
        return wrong("is a pattern or an option, not the id of a component");
    }
    if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return wrong("holds blanks or control characters");
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_one_component() {
        let longest = "x".repeat(128);
        for id in ["in", "parse_json-2", "route.errors", "größe", "a-", longest.as_str()] {
            assert_eq!(component_id("componentId", id).as_deref(), Ok(id));
        }
        for (id, why) in [
            ("", "is empty"),
            (&*"x".repeat(129), "is longer than 128 bytes"),
            ("*", "is a pattern or an option, not the id of a component"),
            ("in,out", "is a pattern or an option, not the id of a component"),
            ("--url=x", "is a pattern or an option, not the id of a component"),
            ("a b", "holds blanks or control characters"),
            ("a\n", "holds blanks or control characters"),
        ] {
            let expected = HttpError::BadRequest(format!("componentId {why}"));
            assert_eq!(component_id("componentId", id), Err(expected), "{id:?}");
        }
    }
}
