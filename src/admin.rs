//! `systole admin`: people, teams, environments and tokens from the command line.
//!
//! Through the API of a running server, otherwise against the store itself.

mod direct;
pub mod local_token;
mod remote;
pub mod target;

use std::fmt;
use std::sync::Arc;

use clap::{Args, Subcommand};

use crate::control::names;
use crate::http::reply::HttpError;
use crate::store::{Store, StoreError};

/// What `systole admin` can do.
#[derive(Clone, Debug, Subcommand)]
pub enum AdminCommand {
    /// Create a person
    CreateUser(CreateUser),
    /// Create a team
    CreateTeam { name: String },
    /// Create an environment of a team
    CreateEnvironment {
        name: String,
        /// Id of the team
        #[arg(long)]
        team: String,
    },
    /// Create a token that lets nodes enroll into an environment
    EnrollmentToken {
        /// Id of the environment
        #[arg(long)]
        environment: String,
    },
    /// Create an API token for a person
    ApiToken {
        /// Name of the token, for people to tell tokens apart
        name: String,
        /// Email address of the person
        #[arg(long)]
        email: String,
    },
    /// List people, teams and environments with their ids
    List,
}

/// A command and where to carry it out.
#[derive(Args, Clone, Debug)]
pub struct AdminOptions {
    #[command(subcommand)]
    pub command: AdminCommand,
    #[command(flatten)]
    pub place: target::AdminPlace,
}

/// A person to create.
#[derive(Clone, Args)]
pub struct CreateUser {
    pub email: String,
    #[arg(long, env = "SYSTOLE_PASSWORD", hide_env_values = true)]
    pub password: String,
    /// See and manage everything
    #[arg(long)]
    pub super_admin: bool,
}

impl fmt::Debug for CreateUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CreateUser({}, super_admin: {})", self.email, self.super_admin)
    }
}

/// Where a command is carried out.
#[derive(Clone)]
pub enum AdminTarget {
    /// No server runs: the store of this data directory.
    Store(Arc<dyn Store>),
    /// A server's API.
    Server { url: String, token: String },
}

/// Why a command failed.
#[derive(Debug)]
pub enum AdminError {
    /// What was asked for makes no sense; names the argument.
    Invalid(String),
    Store(StoreError),
    /// The server's own words.
    Refused {
        status: u16,
        why: String,
    },
    /// No answer of the server.
    Unreachable {
        url: String,
        why: String,
    },
}

impl fmt::Display for AdminError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AdminError::Invalid(why) => f.write_str(why),
            AdminError::Store(error) => error.fmt(f),
            AdminError::Refused { status, why } => {
                write!(f, "the server refuses: {why} ({status})")
            }
            AdminError::Unreachable { url, why } => write!(f, "no answer from {url}: {why}"),
        }
    }
}

impl std::error::Error for AdminError {}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> AdminError {
        AdminError::Store(error)
    }
}

/// Carries out a command and answers what to print: one `kind id name` a line, secrets last.
pub async fn run(command: AdminCommand, target: AdminTarget) -> Result<String, AdminError> {
    check(&command).map_err(AdminError::Invalid)?;
    match target {
        AdminTarget::Store(store) => direct::run(command, &*store).await,
        AdminTarget::Server { url, token } => remote::run(command, &url, &token).await,
    }
}

/// The rules of the API hold for the store as well.
fn check(command: &AdminCommand) -> Result<(), String> {
    match command {
        AdminCommand::CreateUser(user) => {
            names::email(&user.email)?;
            names::password(&user.password)?;
        }
        AdminCommand::CreateTeam { name } | AdminCommand::CreateEnvironment { name, .. } => {
            names::name("name", name)?;
        }
        AdminCommand::ApiToken { name, email } => {
            names::name("name", name)?;
            names::email(email)?;
        }
        AdminCommand::EnrollmentToken { environment } if !names::is_id(environment) => {
            return Err("--environment is not an id".into());
        }
        AdminCommand::EnrollmentToken { .. } | AdminCommand::List => (),
    }
    Ok(())
}

/// One thing, as a line.
fn line(kind: &str, id: &str, name: &str) -> String {
    format!("{kind} {id} {name}\n")
}

/// A password could not be hashed; nothing else here answers like that.
fn of_hashing(error: HttpError) -> AdminError {
    AdminError::Invalid(format!("the password cannot be hashed: {error:?}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(subcommand)]
        command: AdminCommand,
    }

    fn parse(line: &str) -> AdminCommand {
        Cli::try_parse_from(line.split(' ')).unwrap().command
    }

    #[test]
    fn arguments_are_held_to_the_rules_of_the_api() {
        let refused = |line: &str| check(&parse(line)).unwrap_err();
        assert_eq!(
            refused("admin create-user ada --password 12345678"),
            "email is not an email address"
        );
        assert_eq!(
            refused("admin create-user ada@example.org --password 123"),
            "password is shorter than 8 characters"
        );
        assert_eq!(
            refused("admin enrollment-token --environment a/b"),
            "--environment is not an id"
        );
        assert_eq!(check(&parse("admin api-token ci --email ada@example.org")), Ok(()));
    }

    #[test]
    fn a_password_is_not_shown_in_logs() {
        let command = parse("admin create-user ada@example.org --password secret-12");
        assert!(!format!("{command:?}").contains("secret-12"));
    }
}
