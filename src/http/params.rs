//! The query of a URL, read by name; each complaint names the parameter.

use std::str::FromStr;

use systole_systems::limits::PAGE_ITEMS_MAX;

use crate::control::names;
use crate::http::reply::HttpError;

/// Items in a page unless `limit` says otherwise.
const PAGE_ITEMS: usize = 100;
/// Longest text to search for, in bytes.
const TEXT_BYTES_MAX: usize = 200;

/// Decoded `name=value` pairs in order.
#[derive(Clone, Debug, Default)]
pub struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Decodes the query of a URL.
    pub fn parse(query: Option<&str>) -> Params {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Params { pairs: pairs.into_owned().collect() }
    }

    /// The value of a parameter; an empty one counts as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).find(|value| !value.is_empty())
    }

    /// All values of a parameter that may be repeated.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// An id.
    pub fn id(&self, name: &str) -> Result<Option<String>, HttpError> {
        let Some(id) = self.get(name) else { return Ok(None) };
        if !names::is_id(id) {
            return Err(HttpError::BadRequest(format!("{name} is not an id")));
        }
        Ok(Some(id.to_owned()))
    }

    /// Ids separated by commas; `None`: the parameter is absent.
    pub fn ids(&self, name: &str, ids_max: usize) -> Result<Option<Vec<String>>, HttpError> {
        let Some(list) = self.get(name) else { return Ok(None) };
        let ids: Vec<String> = list.split(',').map(str::to_owned).collect();
        check_ids(name, &ids, ids_max)?;
        Ok(Some(ids))
    }

    /// Text to search for.
    pub fn text(&self, name: &str) -> Result<Option<String>, HttpError> {
        let text = self.get(name).map(str::to_owned);
        if text.as_ref().is_some_and(|text| TEXT_BYTES_MAX < text.len()) {
            return Err(HttpError::BadRequest(format!(
                "{name} is longer than {TEXT_BYTES_MAX} bytes"
            )));
        }
        if text.as_ref().is_some_and(|text| text.contains(char::is_control)) {
            return Err(HttpError::BadRequest(format!("{name} holds control characters")));
        }
        Ok(text)
    }

    /// One of a few words.
    pub fn word<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, HttpError> {
        let Some(word) = self.get(name) else { return Ok(None) };
        let unknown = || HttpError::BadRequest(format!("{name} has an unknown value"));
        parse(word).map(Some).ok_or_else(unknown)
    }

    /// Items in a page: 1 to 500, 100 unless given.
    pub fn limit(&self) -> Result<usize, HttpError> {
        self.number("limit", PAGE_ITEMS, 1, PAGE_ITEMS_MAX)
    }

    /// A number between bounds.
    pub fn number<T>(&self, name: &str, default: T, min: T, max: T) -> Result<T, HttpError>
    where
        T: FromStr + PartialOrd + std::fmt::Display,
    {
        let Some(text) = self.get(name) else { return Ok(default) };
        match text.parse() {
            Ok(number) if min <= number && number <= max => Ok(number),
            Ok(_) | Err(_) => {
                Err(HttpError::BadRequest(format!("{name} is not a number from {min} to {max}")))
            }
        }
    }
}

/// Whether a list holds ids, and not too many.
pub fn check_ids(name: &str, ids: &[String], ids_max: usize) -> Result<(), HttpError> {
    if ids_max < ids.len() {
        return Err(HttpError::BadRequest(format!("{name} holds more than {ids_max} ids")));
    }
    if !ids.iter().all(|id| names::is_id(id)) {
        return Err(HttpError::BadRequest(format!("{name} holds something that is not an id")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<T: std::fmt::Debug>(result: Result<T, HttpError>) -> String {
        match result {
            Err(HttpError::BadRequest(why)) => why,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn values_are_decoded_and_may_repeat() {
        let params = Params::parse(Some("q=a%20b+c&label=k%3Dv&label=x&empty=&flag"));
        assert_eq!(params.get("q"), Some("a b c"));
        assert_eq!(params.all("label").collect::<Vec<_>>(), ["k=v", "x"]);
        assert_eq!((params.get("empty"), params.get("flag"), params.get("no")), (None, None, None));
    }

    #[test]
    fn a_page_has_between_one_and_five_hundred_items() {
        let limit = |query| Params::parse(Some(query)).limit();
        assert_eq!((limit(""), limit("limit=1"), limit("limit=500")), (Ok(100), Ok(1), Ok(500)));
        for query in ["limit=0", "limit=501", "limit=-1", "limit=ten"] {
            assert_eq!(refused(limit(query)), "limit is not a number from 1 to 500");
        }
    }

    #[test]
    fn lists_of_ids_are_bounded_and_plain() {
        let ids = |query| Params::parse(Some(query)).ids("nodeIds", 2);
        assert_eq!(ids("nodeIds=a,b"), Ok(Some(vec!["a".into(), "b".into()])));
        assert_eq!(ids(""), Ok(None));
        assert_eq!(refused(ids("nodeIds=a,b,c")), "nodeIds holds more than 2 ids");
        assert_eq!(refused(ids("nodeIds=a,,")), "nodeIds holds more than 2 ids");
        assert_eq!(refused(ids("nodeIds=a,")), "nodeIds holds something that is not an id");
    }
}
