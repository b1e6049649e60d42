//! What an answer may be, as the request says.

use hyper::HeaderMap;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, HeaderName};

/// Whether gzip is among the codings the client takes. A weight of zero is written by nobody and not looked for.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    names(headers, &ACCEPT_ENCODING, "gzip")
}

/// Whether the client wants a page: browsers say so when somebody opens an address.
pub fn takes_html(headers: &HeaderMap) -> bool {
    names(headers, &ACCEPT, "text/html")
}

fn names(headers: &HeaderMap, header: &HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
    let mut choices = values.flat_map(|value| value.split(','));
    choices.any(|choice| {
        choice.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
    })
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn choices_of_clients() {
        let cases = [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzipped, br", false),
            ("", false),
            ("identity", false),
        ];
        for (text, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(text));
            assert_eq!(takes_gzip(&headers), expected, "{text}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/html,application/xml;q=0.9"));
        assert!(takes_html(&headers));
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        assert!(!takes_html(&headers));
    }
}
