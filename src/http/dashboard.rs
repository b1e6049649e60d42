//! The dashboard people open: its page for every address that is not the API's, and the files the page names.

use std::sync::LazyLock;

use bytes::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, HeaderMap, HeaderName,
    HeaderValue, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, StatusCode};
use sha2::{Digest as _, Sha256};

use crate::auth::secrets::hex;
use crate::http::accept::{takes_gzip, takes_html};
use crate::http::etag::{is_known, not_modified};
use crate::http::reply::{HttpError, Reply, bytes_of};

/// A file of the dashboard.
#[derive(Debug)]
struct Asset {
    path: &'static str,
    content_type: &'static str,
    plain: &'static [u8],
    /// The same, compressed; `None` where that gains nothing.
    gzip: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/dashboard.rs"));

/// Names of assets hold the hash of their content, so a browser need never ask again.
const ASSET_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The page names the assets of one build, so it is asked for each time.
const PAGE_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// The page runs its own scripts alone and talks to this server alone. Menus, toasts and the editor put
/// styles into the page themselves.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; \
     connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

static PAGE_TAG: LazyLock<HeaderValue> = LazyLock::new(|| {
    let tag = format!("W/\"{}\"", hex(&Sha256::digest(INDEX.plain)[..12]));
    HeaderValue::from_str(&tag).expect("hexadecimal is header-safe")
});

/// Answers a request for the dashboard; `None`: it asks for something else.
pub fn route(method: &Method, path: &str, headers: &HeaderMap) -> Option<Result<Reply, HttpError>> {
    let asset = path.strip_prefix('/').filter(|path| path.starts_with("assets/"));
    // Scripts that mistyped an address get an error they can read.
    let wants_page = || names_page(path) || (is_for_people(path) && takes_html(headers));
    if asset.is_none() && !wants_page() {
        return None;
    }
    if method != Method::GET && method != Method::HEAD {
        return Some(Err(HttpError::MethodNotAllowed(&[Method::GET, Method::HEAD])));
    }
    Some(match asset {
        None => Ok(page(headers)),
        Some(path) => match ASSETS.binary_search_by(|asset| asset.path.cmp(path)) {
            Ok(found) => Ok(reply(&ASSETS[found], ASSET_CACHE, headers)),
            // As after an update, when a page of the older build asks for what is gone.
            Err(_) => Err(HttpError::NotFound("this file of the dashboard was")),
        },
    })
}

/// Where the banner and a typed address lead, whatever asks.
fn names_page(path: &str) -> bool {
    path == "/" || path == "/setup"
}

fn is_for_people(path: &str) -> bool {
    path.starts_with('/') && path != "/metrics" && !path.starts_with("/api/")
}

fn page(headers: &HeaderMap) -> Reply {
    let mut reply = reply(&INDEX, PAGE_CACHE, headers);
    set(&mut reply, ETAG, PAGE_TAG.clone());
    if is_known(headers, &PAGE_TAG) {
        return not_modified(reply);
    }
    set(&mut reply, CONTENT_SECURITY_POLICY, POLICY);
    set(&mut reply, REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    reply
}

fn reply(asset: &Asset, cache: HeaderValue, headers: &HeaderMap) -> Reply {
    let gzip = asset.gzip.filter(|_| takes_gzip(headers));
    let body = Bytes::from_static(gzip.unwrap_or(asset.plain));
    let mut reply = bytes_of(StatusCode::OK, asset.content_type, body);
    if gzip.is_some() {
        set(&mut reply, CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if asset.gzip.is_some() {
        set(&mut reply, VARY, HeaderValue::from_static("accept-encoding"));
    }
    set(&mut reply, CACHE_CONTROL, cache);
    set(&mut reply, X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    reply
}

fn set(reply: &mut Reply, name: HeaderName, value: HeaderValue) {
    reply.headers_mut().insert(name, value);
}

#[cfg(test)]
mod tests {
    use hyper::header::{ACCEPT, ACCEPT_ENCODING, IF_NONE_MATCH};

    use super::*;

    const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

    fn asked(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    fn get(path: &str, headers: &HeaderMap) -> Option<Result<Reply, HttpError>> {
        route(&Method::GET, path, headers)
    }

    fn script() -> &'static Asset {
        ASSETS.iter().find(|asset| asset.path.ends_with(".js")).expect("the page has scripts")
    }

    #[test]
    fn the_page_answers_wherever_a_browser_arrives() {
        let browser = asked(ACCEPT, BROWSER);
        for path in ["/", "/setup", "/fleet", "/pipelines/p1/versions", "/nothing/there"] {
            let reply = get(path, &browser).expect(path).expect(path);
            assert_eq!(reply.headers()[CACHE_CONTROL], "no-cache", "{path}");
            assert_eq!(reply.headers()[CONTENT_SECURITY_POLICY], POLICY, "{path}");
        }
        for path in ["/api/v1/nodes", "/api/sse", "/metrics", "", "fleet"] {
            assert!(get(path, &browser).is_none(), "{path}");
        }
        assert!(get("/fleet", &asked(ACCEPT, "*/*")).is_none());
        assert!(get("/", &HeaderMap::new()).is_some());
        let posted = route(&Method::POST, "/", &browser).unwrap();
        assert!(matches!(posted, Err(HttpError::MethodNotAllowed(_))));
    }

    #[test]
    fn a_browser_that_has_the_page_gets_no_second_copy() {
        let first = get("/", &HeaderMap::new()).unwrap().unwrap();
        let tag = first.headers()[ETAG].clone();
        let again = get("/", &HeaderMap::from_iter([(IF_NONE_MATCH, tag)])).unwrap().unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let other = get("/", &asked(IF_NONE_MATCH, "\"another\"")).unwrap().unwrap();
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[test]
    fn files_are_kept_for_good_and_sent_compressed_to_who_takes_that() {
        let path = format!("/{}", script().path);
        let plain = get(&path, &HeaderMap::new()).unwrap().unwrap();
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));
        let packed = get(&path, &asked(ACCEPT_ENCODING, "br, gzip")).unwrap().unwrap();
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(packed.headers()[VARY], "accept-encoding");
        assert_eq!(packed.headers()[CACHE_CONTROL], ASSET_CACHE);
        assert!(script().gzip.unwrap().len() < script().plain.len() / 2);
    }

    #[test]
    fn a_file_of_an_older_build_is_not_found() {
        let gone = get("/assets/index-00000000.js", &asked(ACCEPT, BROWSER)).unwrap();
        assert!(matches!(gone, Err(HttpError::NotFound(_))));
        assert!(get("/assets/../Cargo.toml", &HeaderMap::new()).unwrap().is_err());
    }

    #[test]
    fn the_page_names_only_files_that_are_there() {
        let page = std::str::from_utf8(INDEX.plain).unwrap();
        let named: Vec<&str> = page.split('"').filter(|text| text.contains("assets/")).collect();
        assert!(!named.is_empty());
        for name in named {
            assert!(get(name, &HeaderMap::new()).unwrap().is_ok(), "{name}");
        }
    }
}
