//! Configurations from text to answer: what is told of good ones and bad ones, and that no text is too
//! much.

mod agent_texts;
mod answers;
mod changes;
mod connections;
mod mutations;
mod readings;
mod situations;

use crate::vector_config::VectorConfig;
use crate::vector_config::problem::Severity;

/// The problems of a text, a line each: `E 3:5 out: message`.
fn problems(text: &str) -> Vec<String> {
    let config = VectorConfig::parse(text);
    let lines = config.problems.iter().map(|problem| {
        let severity = match problem.severity {
            Severity::Error => 'E',
            Severity::Warning => 'W',
        };
        let component = problem.component.as_deref().unwrap_or("-");
        let (at, message) = (problem.at, &problem.message);
        format!("{severity} {}:{} {component}: {message}", at.line, at.column)
    });
    lines.collect()
}

/// The edges of a text, a line each: `from.output > to`.
fn edges(text: &str) -> Vec<String> {
    let config = VectorConfig::parse(text);
    let lines = config.edges.iter().map(|edge| match &edge.output {
        Some(output) => format!("{}.{output} > {}", edge.from, edge.to),
        None => format!("{} > {}", edge.from, edge.to),
    });
    lines.collect()
}
