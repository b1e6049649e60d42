//! Admin commands through the API of a running server.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::admin::{AdminCommand, AdminError, line};

/// A thing as the API shows it; which fields it has depends on its kind.
#[derive(Deserialize)]
struct Item {
    id: String,
    name: Option<String>,
    email: Option<String>,
    token: Option<String>,
}

#[derive(Deserialize)]
struct List {
    items: Vec<Item>,
}

pub(super) async fn run(
    command: AdminCommand,
    url: &str,
    token: &str,
) -> Result<String, AdminError> {
    let server = Server { url: url.trim_end_matches('/'), token };
    match command {
        AdminCommand::CreateUser(new) => {
            let body = json!({
                "email": new.email, "password": new.password, "superAdmin": new.super_admin,
            });
            Ok(server.create("/users", &body).await?.line("user"))
        }
        AdminCommand::CreateTeam { name } => {
            Ok(server.create("/teams", &json!({ "name": name })).await?.line("team"))
        }
        AdminCommand::CreateEnvironment { name, team } => {
            let body = json!({ "name": name, "teamId": team });
            Ok(server.create("/environments", &body).await?.line("environment"))
        }
        AdminCommand::EnrollmentToken { environment } => {
            let path = format!("/environments/{environment}/enrollment-token");
            Ok(server.create(&path, &Value::Null).await?.line("enrollment-token"))
        }
        AdminCommand::ApiToken { name, email } => {
            let users = server.list("/users").await?;
            let wanted = email.trim().to_lowercase();
            let is_wanted = |user: &&Item| {
                user.email.as_ref().is_some_and(|email| email.to_lowercase() == wanted)
            };
            let Some(user) = users.iter().find(is_wanted) else {
                return Err(AdminError::Invalid(format!("nobody has the address {email}")));
            };
            let body = json!({ "name": name, "userId": user.id });
            Ok(server.create("/tokens", &body).await?.line("api-token"))
        }
        AdminCommand::List => {
            let mut lines = String::new();
            for (path, kind) in
                [("/users", "user"), ("/teams", "team"), ("/environments", "environment")]
            {
                lines.extend(server.list(path).await?.iter().map(|item| item.line(kind)));
            }
            Ok(lines)
        }
    }
}

impl Item {
    /// A secret stands in the place of the name.
    fn line(&self, kind: &str) -> String {
        let name = self.token.as_ref().or(self.email.as_ref()).or(self.name.as_ref());
        line(kind, &self.id, name.map_or("", String::as_str))
    }
}

struct Server<'a> {
    url: &'a str,
    token: &'a str,
}

impl Server<'_> {
    async fn create(&self, path: &str, body: &Value) -> Result<Item, AdminError> {
        self.call(Method::POST, path, body.to_string()).await
    }

    async fn list(&self, path: &str) -> Result<Vec<Item>, AdminError> {
        let list: List = self.call(Method::GET, path, String::new()).await?;
        Ok(list.items)
    }

    async fn call<T: for<'de> Deserialize<'de>>(
        &self,
        method: Method,
        path: &str,
        body: String,
    ) -> Result<T, AdminError> {
        let unreachable = |why: &dyn std::fmt::Display| AdminError::Unreachable {
            url: self.url.to_owned(),
            why: why.to_string(),
        };
        let uri: Uri = format!("{}/api/v1{path}", self.url)
            .parse()
            .map_err(|_| AdminError::Invalid(format!("--url is not a URL: {}", self.url)))?;
        let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            let why = "--url is not an http:// URL; run this on the server's host".to_owned();
            return Err(AdminError::Invalid(why));
        };
        let address = format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80));
        let request = Request::builder()
            .method(method)
            .uri(uri.path())
            .header(HOST, authority.as_str())
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| AdminError::Invalid("--token holds characters no token has".into()))?;

        let socket = TcpStream::connect(&address).await.map_err(|error| unreachable(&error))?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await;
        let (mut sender, connection) = handshake.map_err(|error| unreachable(&error))?;
        // Ends with the socket, after the answer; an error of it is one of the request as well.
        let connection = tokio::spawn(connection);
        let answer = sender.send_request(request).await.map_err(|error| unreachable(&error))?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(|error| unreachable(&error))?;
        connection.abort();
        let body = body.to_bytes();
        if !status.is_success() {
            return Err(AdminError::Refused { status: status.as_u16(), why: sentence(&body) });
        }
        serde_json::from_slice(&body).map_err(|error| unreachable(&error))
    }
}

/// The sentence of an error.
fn sentence(body: &[u8]) -> String {
    let error: Option<Value> = serde_json::from_slice(body).ok();
    let sentence = error.as_ref().and_then(|error| error["error"].as_str());
    sentence.map_or_else(|| String::from_utf8_lossy(body).into_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_shown_in_the_servers_words() {
        assert_eq!(sentence(br#"{"error": "this email is taken"}"#), "this email is taken");
        assert_eq!(sentence(b"Bad Gateway"), "Bad Gateway");
    }

    #[test]
    fn a_secret_is_printed_where_there_is_one() {
        let item: Item =
            serde_json::from_str(r#"{"id": "t1", "name": "ci", "token": "systole_1"}"#).unwrap();
        assert_eq!(item.line("api-token"), "api-token t1 systole_1\n");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named() {
        // Port 9 of the loopback is refused wherever nobody runs a discard server.
        let error = run(AdminCommand::List, "http://127.0.0.1:9", "x").await.unwrap_err();
        assert!(matches!(error, AdminError::Unreachable { url, .. } if url.ends_with(":9")));
        let error = run(AdminCommand::List, "https://example.org", "x").await.unwrap_err();
        assert!(matches!(error, AdminError::Invalid(_)));
    }
}
