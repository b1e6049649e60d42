//! The document as the server gives it, and answers held against it. Stricter than the document: a field that it
//! does not name is a mistake.

use serde_json::{Value, json};

use crate::api::Whole;
use crate::edge::Answer;

pub(super) struct Document {
    text: Value,
}

/// One operation of the document.
pub(super) struct Operation<'a> {
    document: &'a Document,
    pub(super) method: String,
    pub(super) path: String,
    described: &'a Value,
}

impl Document {
    pub(super) async fn of(whole: &Whole) -> Document {
        let mut text = whole.send("", "GET /api/openapi.json", &Value::Null).await.json();
        close(&mut text["components"]["schemas"]);
        Document { text }
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = String> {
        self.text["paths"].as_object().unwrap().keys().cloned()
    }

    pub(super) fn methods(&self, path: &str) -> Vec<String> {
        self.text["paths"][path].as_object().unwrap().keys().map(|m| m.to_uppercase()).collect()
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        self.paths().flat_map(move |path| {
            let methods = self.methods(&path).into_iter();
            methods.map(move |method| self.operation(&method, &path)).collect::<Vec<_>>()
        })
    }

    pub(super) fn operation(&self, method: &str, path: &str) -> Operation<'_> {
        let described = &self.text["paths"][path][method.to_lowercase()];
        assert!(described.is_object(), "{method} {path} is not documented");
        let (method, path) = (method.to_owned(), path.to_owned());
        Operation { document: self, method, path, described }
    }
}

impl Operation<'_> {
    pub(super) fn is_of_agents(&self) -> bool {
        self.described["security"][0].get("nodeToken").is_some()
    }

    pub(super) fn has_parameter(&self, name: &str) -> bool {
        self.described["parameters"].as_array().unwrap().iter().any(|known| known["name"] == name)
    }

    /// The status of success.
    fn status(&self) -> &str {
        let statuses = self.described["responses"].as_object().unwrap().keys();
        statuses.into_iter().find(|status| status.starts_with('2')).unwrap()
    }

    /// The media type of its answer, if it has a body.
    pub(super) fn media_type(&self) -> Option<&str> {
        let content = self.described["responses"][self.status()]["content"].as_object()?;
        content.keys().next().map(String::as_str)
    }

    /// Holds an answer of success against the document.
    pub(super) fn check(&self, answer: &Answer) {
        let name = format!("{} {}", self.method, self.path);
        assert_eq!(answer.status.to_string(), self.status(), "{name} {answer:?}");
        let Some(media_type) = self.media_type() else {
            assert_eq!(answer.body, "", "{name}");
            return;
        };
        let sent = answer.header("content-type").unwrap().split(';').next().unwrap();
        assert_eq!(sent, media_type, "{name}");
        if media_type != "application/json" {
            return;
        }
        let content = &self.described["responses"][self.status()]["content"];
        let mut schema = content[media_type]["schema"].clone();
        close(&mut schema);
        schema["components"] = self.document.text["components"].clone();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let (value, mut wrong) = (answer.json(), Vec::new());
        for error in validator.iter_errors(&value) {
            wrong.push(format!("{} {error}", error.instance_path()));
        }
        assert!(wrong.is_empty(), "{name} {wrong:#?} {}", answer.body);
    }
}

/// Lets no object have fields that its schema does not name.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("properties").is_some_and(Value::is_object) {
                members.insert("additionalProperties".into(), json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (),
    }
}
