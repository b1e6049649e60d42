//! The text an agent gets: it writes a file named `.yaml` and starts Vector with it.

use std::borrow::Cow;

use crate::vector_config::format::Format;
use crate::vector_config::problem::{Problem, Problems};
use crate::vector_config::read;
use crate::vector_config::write_yaml::write_yaml;

/// YAML as it is written, byte for byte; TOML as YAML of the same meaning. Fails with the first error of
/// TOML that cannot be read.
///
/// The same text gives the same bytes, whenever and wherever.
pub fn agent_text(text: &str, format: Format) -> Result<Cow<'_, str>, Problem> {
    match format {
        Format::Yaml => Ok(Cow::Borrowed(text)),
        Format::Toml => {
            let mut problems = Problems::default();
            match read(text, format, &mut problems) {
                Some(root) if !problems.has_errors() => Ok(Cow::Owned(write_yaml(&root))),
                Some(_) | None => {
                    let first = problems.in_order().into_iter().next();
                    Err(first.expect("what cannot be read has a problem"))
                }
            }
        }
    }
}
