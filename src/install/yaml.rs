//! Objects as they are printed: keys in the order in which people write them, and comments.

use std::fmt::Write as _;

use crate::manifest::{Within, is_printable, written};

/// A value of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Yaml {
    Flag(bool),
    Integer(i64),
    Text(String),
    /// A list, and whether it is written on one line.
    List(Vec<Yaml>, bool),
    Map(Map),
}

/// A mapping that keeps its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Map(Vec<Field>);

#[derive(Clone, Debug, PartialEq)]
struct Field {
    key: String,
    value: Yaml,
    comment: String,
}

impl Map {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn with(self, key: impl Into<String>, value: impl Into<Yaml>) -> Self {
        self.noted("", key, value)
    }

    /// With a comment above the key.
    pub(super) fn noted(
        mut self,
        comment: impl Into<String>,
        key: impl Into<String>,
        value: impl Into<Yaml>,
    ) -> Self {
        let (key, value, comment) = (key.into(), value.into(), comment.into());
        self.0.push(Field { key, value, comment });
        self
    }

    /// With the key only where there is something to say.
    pub(super) fn maybe(self, key: &str, value: Option<impl Into<Yaml>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// What stands under a key.
    pub(super) fn get(&self, key: &str) -> Option<&Yaml> {
        self.0.iter().find(|field| field.key == key).map(|field| &field.value)
    }

    /// The text that stands under a key.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(Yaml::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The document.
    pub(super) fn document(&self) -> String {
        let mut out = String::new();
        map(&mut out, self, 0, false);
        out
    }
}

/// A list, an item a line.
pub(super) fn list<T: Into<Yaml>>(items: impl IntoIterator<Item = T>) -> Yaml {
    Yaml::List(items.into_iter().map(Into::into).collect(), false)
}

/// A list of short words, on one line.
pub(super) fn words<T: Into<Yaml>>(items: impl IntoIterator<Item = T>) -> Yaml {
    Yaml::List(items.into_iter().map(Into::into).collect(), true)
}

impl From<bool> for Yaml {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<u32> for Yaml {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<&str> for Yaml {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Yaml {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Map> for Yaml {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

/// Writes the fields of a mapping; the first goes on with its line where something stands on it.
fn map(out: &mut String, fields: &Map, indent: usize, goes_on: bool) {
    for (at, field) in fields.0.iter().enumerate() {
        if at > 0 || !goes_on {
            comment(out, &field.comment, indent);
            out.push_str(&" ".repeat(indent));
        }
        let _ = write!(out, "{}:", written(&field.key, Within::Block));
        value(out, &field.value, indent);
    }
}

fn comment(out: &mut String, text: &str, indent: usize) {
    for line in text.lines() {
        let _ = writeln!(out, "{}# {line}", " ".repeat(indent));
    }
}

/// Writes what stands behind a colon.
fn value(out: &mut String, yaml: &Yaml, indent: usize) {
    match yaml {
        Yaml::Map(inner) if !inner.0.is_empty() => {
            out.push('\n');
            map(out, inner, indent + 2, false);
        }
        Yaml::List(items, false) if !items.is_empty() => {
            out.push('\n');
            for item in items {
                // A comment can't stand between a dash and its first key.
                if let Yaml::Map(Map(fields)) = item {
                    let first = fields.first().map(|field| field.comment.as_str());
                    comment(out, first.unwrap_or_default(), indent + 2);
                }
                let _ = write!(out, "{}-", " ".repeat(indent + 2));
                match item {
                    Yaml::Map(inner) if !inner.0.is_empty() => {
                        out.push(' ');
                        map(out, inner, indent + 4, true);
                    }
                    other => value(out, other, indent + 2),
                }
            }
        }
        Yaml::Text(text) if is_block(text) => block(out, text, indent + 2),
        short => {
            let _ = writeln!(out, " {}", on_one_line(short));
        }
    }
}

fn on_one_line(yaml: &Yaml) -> String {
    match yaml {
        Yaml::Flag(flag) => flag.to_string(),
        Yaml::Integer(number) => number.to_string(),
        Yaml::Text(text) => written(text, Within::Block),
        Yaml::List(items, _) => {
            let items: Vec<_> = items.iter().map(in_brackets).collect();
            format!("[{}]", items.join(", "))
        }
        Yaml::Map(fields) => {
            let field = |field: &Field| {
                format!(
                    "{}: {}",
                    in_brackets(&field.key.as_str().into()),
                    in_brackets(&field.value)
                )
            };
            format!("{{{}}}", fields.0.iter().map(field).collect::<Vec<_>>().join(", "))
        }
    }
}

/// The same where brackets and commas mean something.
fn in_brackets(yaml: &Yaml) -> String {
    match yaml {
        Yaml::Text(text) => written(text, Within::Flow),
        other => on_one_line(other),
    }
}

/// Whether a text can stand in lines of its own, as it is.
fn is_block(text: &str) -> bool {
    let lines = text.trim_end_matches('\n');
    let is_long = lines.contains('\n') || text.ends_with('\n');
    is_long
        && !lines.trim().is_empty()
        && text.chars().all(|c| c == '\n' || c == '\t' || is_printable(c))
}

fn block(out: &mut String, text: &str, indent: usize) {
    let marks = if text.starts_with([' ', '\n', '\t']) { "2" } else { "" };
    let end = match text.len() - text.trim_end_matches('\n').len() {
        0 => "-",
        1 => "",
        _ => "+",
    };
    let _ = writeln!(out, " |{marks}{end}");
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if line.is_empty() {
            out.push('\n');
        } else {
            let _ = writeln!(out, "{}{line}", " ".repeat(indent));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::manifest::{Format, ReadLimits, read};
    use crate::source::SourceText;

    fn json(yaml: &Yaml) -> serde_json::Value {
        match yaml {
            Yaml::Flag(flag) => (*flag).into(),
            Yaml::Integer(number) => (*number).into(),
            Yaml::Text(text) => text.as_str().into(),
            Yaml::List(items, _) => items.iter().map(json).collect(),
            Yaml::Map(map) => {
                map.0.iter().map(|field| (field.key.clone(), json(&field.value))).collect()
            }
        }
    }

    fn read_back(map: &Map) -> serde_json::Value {
        let text = map.document();
        let source = Arc::new(SourceText::new("x.yaml", text.clone()));
        let reading = read(&source, Format::Manifest, &ReadLimits::default());
        assert!(reading.errors.is_empty(), "{:?}\n{text}", reading.errors);
        serde_json::Value::from(&reading.manifests[0].root)
    }

    #[test]
    fn objects_are_written_as_people_write_them() {
        let object = Map::new()
            .with("kind", "Pod")
            .noted("why it is so\nin two lines", "spec", Map::new().with("on", true).with("n", 3))
            .with("args", list(["serve", "--listen=0.0.0.0:8443", "a: b", "yes"]))
            .with("verbs", words(["CREATE", "a,b", "*", ""]))
            .with("empty", Map::new())
            .with(
                "list",
                list([
                    Map::new().with("a", list([Map::new().with("b", "c")])).with("d", "200m"),
                    Map::new().noted("above it", "e", "f").noted("here", "g", "h"),
                ]),
            )
            .with("file", "package a\n\n\tx if y\n")
            .with("odd", "  first\nsecond");
        insta::assert_snapshot!(object.document(), @r#"
        kind: Pod
        # why it is so
        # in two lines
        spec:
          "on": true
          "n": 3
        args:
          - serve
          - --listen=0.0.0.0:8443
          - "a: b"
          - "yes"
        verbs: [CREATE, "a,b", "*", ""]
        empty: {}
        list:
          - a:
              - b: c
            d: 200m
          # above it
          - e: f
            # here
            g: h
        file: |
          package a

          	x if y
        odd: |2-
            first
          second
        "#);
        assert_eq!(read_back(&object), json(&object.clone().into()));
    }

    fn values() -> impl Strategy<Value = Yaml> {
        let text = prop_oneof![
            "[ -~\n\t]{0,12}",
            "\\PC{0,6}",
            any::<String>(),
            "[a\u{7f}\u{85}\u{2028}\u{2029}\u{feff}\u{fffe} \n]{0,4}",
            prop::sample::select(vec!["yes", "~", "0o7", "1e3", "12:30", "---", "- a", "?", "#"])
                .prop_map(str::to_owned),
        ];
        let leaf = prop_oneof![
            any::<bool>().prop_map(Yaml::from),
            any::<i32>().prop_map(|number| Yaml::Integer(number.into())),
            text.prop_map(Yaml::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let items = prop::collection::vec(inner.clone(), 0..4);
            let fields = prop::collection::btree_map("[ -~]{0,6}", (inner, "[a-z\n]{0,3}"), 0..4);
            prop_oneof![
                (items, any::<bool>()).prop_map(|(items, inline)| {
                    let inline = inline && items.iter().all(|item| !matches!(item, Yaml::Map(_)));
                    Yaml::List(items, inline)
                }),
                fields.prop_map(|fields| {
                    let with = |map: Map, (key, (value, comment)): (String, (Yaml, String))| {
                        map.noted(comment, key, value)
                    };
                    Yaml::Map(fields.into_iter().fold(Map::new(), with))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_object_is_read_back_as_it_was_meant(value in values()) {
            let object = Map::new().with("a", value);
            prop_assert_eq!(read_back(&object), json(&object.into()));
        }
    }
}
