//! What people may call things. Each check names the field it is about.

use std::collections::BTreeMap;

use systole_systems::limits::{LABEL_KEY_BYTES_MAX, LABEL_VALUE_BYTES_MAX, LABELS_PER_NODE_MAX};

use crate::auth::passwords::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};

/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 200;
/// Longest email address, in bytes.
pub const EMAIL_BYTES_MAX: usize = 254;
/// Longest id, in bytes.
pub const ID_BYTES_MAX: usize = 64;

/// A name without the blanks around it.
pub fn name<'a>(field: &str, text: &'a str) -> Result<&'a str, String> {
    let name = text.trim();
    if name.is_empty() {
        return Err(format!("{field} is empty"));
    }
    if NAME_CHARS_MAX < name.chars().count() {
        return Err(format!("{field} is longer than {NAME_CHARS_MAX} characters"));
    }
    if name.chars().any(char::is_control) {
        return Err(format!("{field} holds control characters"));
    }
    Ok(name)
}

/// An email address without the blanks around it. Whether it takes mail only mail can tell.
pub fn email(text: &str) -> Result<&str, String> {
    let email = text.trim();
    let (user, host) = email.rsplit_once('@').unwrap_or_default();
    let blank = |c: char| c.is_whitespace() || c.is_control();
    if user.is_empty() || host.is_empty() || email.contains(blank) {
        return Err("email is not an email address".into());
    }
    if EMAIL_BYTES_MAX < email.len() {
        return Err(format!("email is longer than {EMAIL_BYTES_MAX} bytes"));
    }
    Ok(email)
}

/// A password that is worth its name.
pub fn password(text: &str) -> Result<&str, String> {
    if text.chars().count() < PASSWORD_CHARS_MIN {
        return Err(format!("password is shorter than {PASSWORD_CHARS_MIN} characters"));
    }
    if PASSWORD_BYTES_MAX < text.len() {
        return Err(format!("password is longer than {PASSWORD_BYTES_MAX} bytes"));
    }
    Ok(text)
}

/// Labels, sorted by key.
pub fn labels(
    field: &str,
    labels: BTreeMap<String, String>,
) -> Result<Vec<(String, String)>, String> {
    if LABELS_PER_NODE_MAX < labels.len() {
        return Err(format!("{field} has more than {LABELS_PER_NODE_MAX} labels"));
    }
    for (key, value) in &labels {
        if key.is_empty() || LABEL_KEY_BYTES_MAX < key.len() {
            return Err(format!(
                "{field} has a key that is empty or longer than {LABEL_KEY_BYTES_MAX} bytes"
            ));
        }
        if LABEL_VALUE_BYTES_MAX < value.len() {
            return Err(format!("{field}.{key} is longer than {LABEL_VALUE_BYTES_MAX} bytes"));
        }
        if key.chars().chain(value.chars()).any(char::is_control) {
            return Err(format!("{field}.{key} holds control characters"));
        }
    }
    Ok(labels.into_iter().collect())
}

/// Whether the text is an id: `[A-Za-z0-9_-]{1,64}`.
pub fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_bounded_and_printable() {
        assert_eq!(name("name", "  Größe 7 "), Ok("Größe 7"));
        assert_eq!(name("name", "ü".repeat(200).as_str()), Ok("ü".repeat(200).as_str()));
        let check = |text: &str, why: &str| assert_eq!(name("title", text), Err(why.to_owned()));
        check(" \n", "title is empty");
        check(&"x".repeat(201), "title is longer than 200 characters");
        check("a\u{7}b", "title holds control characters");
    }

    #[test]
    fn an_email_address_has_two_sides_and_no_blanks() {
        assert_eq!(email(" demo@localhost "), Ok("demo@localhost"));
        assert_eq!(email("\"a@b\"@example.org"), Ok("\"a@b\"@example.org"));
        for text in ["", "ada", "@example.org", "ada@", "a da@example.org", "a@b\u{0}"] {
            assert!(email(text).is_err(), "{text:?}");
        }
        assert!(email(&format!("{}@x", "a".repeat(253))).is_err());
    }

    #[test]
    fn a_password_has_eight_characters_at_least() {
        assert!(password("1234567").is_err());
        assert!(password("12345678").is_ok());
        assert!(password("пароль12").is_ok());
        assert!(password(&"x".repeat(1_025)).is_err());
    }

    #[test]
    fn ids_are_short_and_plain() {
        for text in ["a", "node_1-B", &"x".repeat(64)] {
            assert!(is_id(text), "{text:?}");
        }
        for text in ["", "a b", "a/b", "ä", "%2e", &"x".repeat(65)] {
            assert!(!is_id(text), "{text:?}");
        }
    }
}
