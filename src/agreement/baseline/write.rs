//! Baselines as text, made to be read in a diff: sorted, an entry for each place, no more lines than
//! are needed.

use std::fmt::Write as _;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::agreement::fingerprint::ResourceNames;
use crate::manifest::double_quoted;

use super::{Baseline, Stood};

/// What a baseline is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// YAML.
    #[default]
    Yaml,
    /// JSON.
    Json,
}

impl Syntax {
    /// What a file's name asks for.
    pub fn of_path(path: &std::path::Path) -> Self {
        let is_json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
        if is_json { Self::Json } else { Self::Yaml }
    }
}

const HEAD: &str = "\
# The violations that stood when their policies came: they don't block, new ones do.
# Written by `manifestly baseline`.
";

impl Baseline {
    /// The text that [`Baseline::read`] reads.
    pub fn write(&self, syntax: Syntax) -> String {
        let entries = self.iter().map(|(stood, count)| entry(stood, count));
        match syntax {
            Syntax::Json => {
                let document = Document {
                    api_version: super::read::API_VERSION,
                    kind: super::read::KIND,
                    findings: entries.map(Fields).collect(),
                };
                serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
            }
            Syntax::Yaml => {
                let mut text = HEAD.to_owned();
                let (version, kind) = (super::read::API_VERSION, super::read::KIND);
                let none = if self.is_empty() { " []" } else { "" };
                let _ = write!(text, "apiVersion: {version}\nkind: {kind}\nfindings:{none}\n");
                for entry in entries {
                    let lines = entry.iter().enumerate();
                    lines.for_each(|(at, (key, value))| {
                        let begin = if at == 0 { "  - " } else { "    " };
                        // Some digests would be numbers without quotes, so all have them.
                        let is_digest = key == "fingerprint";
                        let value = if is_digest { value.to_string() } else { yaml(value) };
                        let _ = writeln!(text, "{begin}{key}: {value}");
                    });
                }
                text
            }
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    api_version: &'static str,
    kind: &'static str,
    findings: Vec<Fields>,
}

/// Fields that stay in their order.
struct Fields(Vec<(String, Value)>);

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// The fields of an entry, in the order in which people look for them.
fn entry(stood: &Stood, count: u64) -> Vec<(String, Value)> {
    let Stood { policy, resource, path, message } = stood;
    let mut fields = vec![("policy", Value::from(policy.as_str()))];
    fields.extend(resource.as_ref().map(|names| ("resource", resource_fields(names).into())));
    fields.extend(path.as_deref().map(|path| ("path", path.into())));
    fields.extend(message.as_deref().map(|message| ("message", message.into())));
    fields.extend((count > 1).then(|| ("count", count.into())));
    fields.push(("fingerprint", stood.fingerprint().to_string().into()));
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn resource_fields(names: &ResourceNames) -> Map<String, Value> {
    let ResourceNames { group, kind, namespace, name } = names;
    let fields = [("group", group), ("kind", kind), ("namespace", namespace), ("name", name)];
    let said = fields.into_iter().filter(|(_, value)| !value.is_empty());
    said.map(|(key, value)| (key.to_owned(), value.as_str().into())).collect()
}

/// A value in one line of YAML.
fn yaml(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Object(fields) => {
            let order = ["group", "kind", "namespace", "name"];
            let fields = order.iter().filter_map(|key| Some((key, fields.get(*key)?)));
            let fields = fields.map(|(key, value)| format!("{key}: {}", yaml(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => double_quoted(text),
        value => value.to_string(),
    }
}

/// Whether a text is itself in YAML without quotes, in a flow too, by any reader.
fn is_plain(text: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let word = text.to_ascii_lowercase();
    let is_word = matches!(
        word.as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
    );
    begins && text.chars().all(is_safe) && !is_word
}
