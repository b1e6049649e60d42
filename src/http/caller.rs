//! Who sent a request: session cookie or bearer token, and whether a browser was tricked into sending it.

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, COOKIE, HOST, HeaderName, ORIGIN};

use crate::app::App;
use crate::auth::credentials::Principal;
use crate::clock::wall_now;
use crate::control::people::SESSION_MILLIS;
use crate::http::reply::HttpError;

const COOKIE_NAME: &str = "systole_session";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whoever sent a request, and how they proved it.
#[derive(Clone, Debug)]
pub struct Caller {
    pub principal: Principal,
    /// A browser sent it by itself, whoever asked it to.
    pub by_cookie: bool,
}

/// The caller of a request; `None`: it carries neither token nor valid session. A token that is
/// sent and not valid is an error, so that a script learns of it.
pub fn caller(app: &App, headers: &HeaderMap) -> Result<Option<Caller>, HttpError> {
    let now = wall_now();
    if let Some(value) = headers.get(AUTHORIZATION) {
        let token = value.to_str().ok().and_then(bearer).ok_or(HttpError::Unauthorized)?;
        let principal = app.caches.credentials.find(token, now).ok_or(HttpError::Unauthorized)?;
        return Ok(Some(Caller { principal, by_cookie: false }));
    }
    let principal = session_secrets(headers).find_map(|s| app.caches.credentials.find(s, now));
    Ok(principal.map(|principal| Caller { principal, by_cookie: true }))
}

/// Refuses what another site made a browser send. Requests of scripts carry none of these headers,
/// and those with a bearer token cannot be made by another site.
pub fn check_same_origin(headers: &HeaderMap, public_url: Option<&str>) -> Result<(), HttpError> {
    let refused = Err(HttpError::Forbidden("requests from other sites are not taken"));
    let text = |name: &HeaderName| headers.get(name).map(|v| v.to_str().unwrap_or_default());
    if headers.contains_key(AUTHORIZATION) {
        return Ok(());
    }
    if let Some(site) = text(&SEC_FETCH_SITE) {
        return if site == "same-origin" || site == "none" { Ok(()) } else { refused };
    }
    let Some(origin) = text(&ORIGIN) else { return Ok(()) };
    let ours = [text(&HOST), public_url.map(authority)];
    if ours.into_iter().flatten().any(|host| host.eq_ignore_ascii_case(authority(origin))) {
        return Ok(());
    }
    refused
}

/// The `Set-Cookie` that starts a session.
pub fn session_cookie(secret: &str, public_url: Option<&str>) -> String {
    let seconds = SESSION_MILLIS / 1_000;
    cookie(secret, seconds, public_url)
}

/// The `Set-Cookie` that makes a browser forget its session.
pub fn no_session_cookie(public_url: Option<&str>) -> String {
    cookie("", 0, public_url)
}

fn cookie(value: &str, seconds: u64, public_url: Option<&str>) -> String {
    let secure = public_url.is_some_and(|url| url.starts_with("https://"));
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE_NAME}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// All cookies of our name: one of another path or domain may stand before ours.
fn session_secrets(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, value)| value)
}

/// Host and port of a URL.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        HeaderMap::from_iter(pairs)
    }

    #[test]
    fn only_our_own_pages_may_write_with_a_cookie() {
        let check = |pairs: &[(&'static str, &'static str)], taken: bool| {
            let result = check_same_origin(&headers(pairs), Some("https://fleet.example.org/"));
            assert_eq!(result.is_ok(), taken, "{pairs:?}");
        };
        check(&[], true);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "none")], true);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("sec-fetch-site", "cross-site"), ("authorization", "Bearer x")], true);
        check(&[("origin", "http://127.0.0.1:7300"), ("host", "127.0.0.1:7300")], true);
        check(&[("origin", "http://127.0.0.1:7301"), ("host", "127.0.0.1:7300")], false);
        check(&[("origin", "https://fleet.example.org"), ("host", "inner:7300")], true);
        check(&[("origin", "null"), ("host", "127.0.0.1:7300")], false);
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let headers = headers(&[("cookie", "a=b; systole_session=s1; x; systole_session=s2")]);
        assert_eq!(session_secrets(&headers).collect::<Vec<_>>(), ["s1", "s2"]);
    }

    #[test]
    fn the_cookie_is_secure_when_people_come_over_https() {
        assert_eq!(
            session_cookie("s1", None),
            "systole_session=s1; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"
        );
        assert!(session_cookie("s1", Some("https://fleet.example.org")).ends_with("; Secure"));
        assert!(!session_cookie("s1", Some("http://fleet.example.org")).contains("Secure"));
        assert!(no_session_cookie(None).starts_with("systole_session=; Path=/; Max-Age=0;"));
    }

    #[test]
    fn a_bearer_token_is_what_follows_the_scheme() {
        assert_eq!(bearer("Bearer systole_1"), Some("systole_1"));
        assert_eq!(bearer("bearer  systole_1 "), Some("systole_1"));
        assert_eq!(bearer("Basic systole_1"), None);
        assert_eq!(bearer("systole_1"), None);
    }
}
