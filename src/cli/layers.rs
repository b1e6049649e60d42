//! The environment and the configuration file, laid under the flags as their defaults.
//!
//! Only commands with a `--config` option have layers. Values of a layer are checked on their own,
//! so that an error can say where the value stands.

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::path::Path;

use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

/// Tells in the help of each option which variable sets it.
pub(crate) fn with_variable_names(command: Command) -> Command {
    command.mut_subcommands(|subcommand| {
        if !has_layers(&subcommand) {
            return subcommand;
        }
        subcommand.mut_args(|arg| {
            let (Some(help), Some(name)) = (arg.get_help(), arg.get_long()) else { return arg };
            let help = format!("{help} [env: {}]", variable_of(name));
            arg.help(help)
        })
    })
}

/// The command with the values of file and environment as defaults of the subcommand that
/// `arguments` name.
pub(crate) fn with_defaults<'a>(
    command: &'a mut Command,
    arguments: &[OsString],
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<&'a mut Command, Error> {
    let environment = |name: &str| environment(name).filter(|value| !value.is_empty());
    let matches = command.clone().try_get_matches_from(arguments)?;
    let Some((name, matches)) = matches.subcommand() else { return Ok(command) };
    let subcommand = command.find_subcommand(name).expect("clap matched it").clone();
    if !has_layers(&subcommand) {
        return Ok(command);
    }

    let config = matches
        .get_raw("config")
        .and_then(|mut values| values.next())
        .map(OsStr::to_owned)
        .or_else(|| environment(&variable_of("config")));
    let mut defaults = match &config {
        Some(path) => read_file(command, &subcommand, Path::new(path))?,
        None => Vec::new(),
    };
    defaults.extend(read_environment(command, &subcommand, environment)?);

    *command = command.clone().mut_subcommand(name, |mut subcommand| {
        // The environment comes after the file, and so replaces its values.
        for Layered { option, values } in defaults {
            subcommand = subcommand.mut_arg(option, |arg| arg.default_values(values));
        }
        subcommand
    });
    Ok(command)
}

/// Values of one option in one layer.
struct Layered {
    /// The option's id within clap.
    option: String,
    values: Vec<OsString>,
}

fn read_file(command: &Command, subcommand: &Command, path: &Path) -> Result<Vec<Layered>, Error> {
    let fail = |message: String| refuse(format!("{}: {message}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    let table: toml::Table = text.parse().map_err(|error| fail(format!("not TOML: {error}")))?;

    let mut layer = Vec::with_capacity(table.len());
    for (key, value) in &table {
        let Some(option) = options(subcommand).find(|arg| arg.get_long() == Some(key)) else {
            return Err(fail(unknown_key(subcommand, key)));
        };
        let Some(values) = texts(value) else {
            return Err(fail(format!("{key}: write a string, a number or a list of them")));
        };
        check(command, subcommand, option, &values).map_err(|error| fail(error.to_string()))?;
        layer.push(Layered { option: option.get_id().to_string(), values });
    }
    Ok(layer)
}

fn read_environment(
    command: &Command,
    subcommand: &Command,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<Layered>, Error> {
    let mut layer = Vec::new();
    for option in options(subcommand) {
        let variable = variable_of(option.get_long().expect("options have long names"));
        let Some(value) = environment(&variable) else { continue };
        let values = vec![value];
        check(command, subcommand, option, &values)
            .map_err(|error| refuse(format!("{variable}: {error}")))?;
        layer.push(Layered { option: option.get_id().to_string(), values });
    }
    Ok(layer)
}

/// Parses the values as if they stood on the command line, alone.
fn check(
    command: &Command,
    subcommand: &Command,
    option: &Arg,
    values: &[OsString],
) -> Result<(), String> {
    let long = option.get_long().expect("options have long names");
    let flags = values.iter().map(|value| {
        let mut flag = OsString::from(format!("--{long}="));
        flag.push(value);
        flag
    });
    let program = [OsString::from(command.get_name()), OsString::from(subcommand.get_name())];
    match command.clone().try_get_matches_from(program.into_iter().chain(flags)) {
        Ok(_) => Ok(()),
        Err(error) => Err(headline(&error)),
    }
}

/// The first line of an error, without its mark.
fn headline(error: &Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// An error without the usage line, which would hide it.
pub(crate) fn refuse(message: impl Display) -> Error {
    Error::raw(ErrorKind::ValueValidation, format!("{message}\n"))
}

fn has_layers(subcommand: &Command) -> bool {
    subcommand.get_arguments().any(|arg| arg.get_long() == Some("config"))
}

/// The options a layer can set.
fn options(subcommand: &Command) -> impl Iterator<Item = &Arg> {
    subcommand.get_arguments().filter(|arg| {
        arg.get_action().takes_values() && arg.get_long().is_some_and(|long| long != "config")
    })
}

fn variable_of(long: &str) -> String {
    format!("SYSTOLE_{}", long.replace('-', "_").to_uppercase())
}

/// The texts of a TOML value, as they would stand on the command line.
fn texts(value: &toml::Value) -> Option<Vec<OsString>> {
    match value {
        toml::Value::String(text) => Some(vec![text.into()]),
        toml::Value::Integer(number) => Some(vec![number.to_string().into()]),
        toml::Value::Array(values) => {
            values.iter().map(texts).collect::<Option<Vec<_>>>().map(|lists| lists.concat())
        }
        toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_)
        | toml::Value::Table(_) => None,
    }
}

fn unknown_key(subcommand: &Command, key: &str) -> String {
    let nearest = options(subcommand)
        .filter_map(Arg::get_long)
        .map(|known| (edit_distance(known, key), known))
        .min()
        .filter(|(distance, known)| *distance <= 1 + known.len() / 3);
    let command = subcommand.get_name();
    match nearest {
        Some((_, known)) => format!("{command} has no option `{key}`; did you mean `{known}`?"),
        None => format!("{command} has no option `{key}`; see `systole {command} --help`"),
    }
}

/// Letters to insert, remove or replace to get from one word to the other.
fn edit_distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in to.bytes().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests;
