//! The `OpenAPI` schema of a template's parameters: what it allows, what it gives by default.

mod read;
mod validate;

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use crate::manifest::{Entry, Node};

pub(super) use validate::Faults;

/// A structural schema, as a `CustomResourceDefinition` has it.
#[derive(Clone, Debug, Default)]
pub(super) struct Schema {
    kind: Option<Kind>,
    nullable: bool,
    int_or_string: bool,
    /// Whether fields that it doesn't name may stand there.
    open: bool,
    properties: BTreeMap<String, Schema>,
    additional: Option<Box<Schema>>,
    items: Option<Box<Schema>>,
    default: Option<Node>,
    bounds: Bounds,
    all_of: Vec<Schema>,
    any_of: Vec<Schema>,
    one_of: Vec<Schema>,
    not: Option<Box<Schema>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
}

impl Kind {
    const ALL: [(&'static str, Self); 6] = [
        ("object", Self::Object),
        ("array", Self::Array),
        ("string", Self::String),
        ("integer", Self::Integer),
        ("number", Self::Number),
        ("boolean", Self::Boolean),
    ];

    fn in_words(self) -> &'static str {
        match self {
            Self::Object => "a map",
            Self::Array => "a list",
            Self::String => "text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
        }
    }
}

/// What is asked of a value beyond its type.
#[derive(Clone, Debug, Default)]
struct Bounds {
    required: Vec<String>,
    values: Option<Vec<Value>>,
    minimum: Option<(f64, bool)>,
    maximum: Option<(f64, bool)>,
    multiple_of: Option<f64>,
    pattern: Option<Regex>,
    length: [Option<u64>; 2],
    items: [Option<u64>; 2],
    properties: [Option<u64>; 2],
    unique: bool,
}

impl Schema {
    /// What anything fits.
    fn anything() -> Self {
        Self { open: true, ..Self::default() }
    }

    /// The default of the value as a whole.
    pub(super) fn default_value(&self) -> Option<&Node> {
        self.default.as_ref()
    }

    /// The value with what is absent from it filled in. As in Kubernetes, fields are filled into
    /// maps that are there: a default below an absent map does nothing.
    pub(super) fn with_defaults(&self, node: &Node) -> Node {
        if let Some(items) = node.items() {
            let Some(schema) = &self.items else { return node.clone() };
            let items = items.iter().map(|item| schema.with_defaults(item)).collect();
            return Node::sequence(node.span, items);
        }
        let Some(entries) = node.entries() else { return node.clone() };
        let is_replaced = |entry: &Entry| {
            let schema = self.properties.get(&*entry.key);
            entry.value.is_null() && schema.is_some_and(|s| !s.nullable && s.default.is_some())
        };
        let mut filled: Vec<Entry> = Vec::with_capacity(entries.len());
        for entry in entries.iter().filter(|entry| !is_replaced(entry)) {
            let schema = self.properties.get(&*entry.key).or(self.additional.as_deref());
            let value =
                schema.map_or_else(|| entry.value.clone(), |s| s.with_defaults(&entry.value));
            filled.push(Entry { value, ..entry.clone() });
        }
        for (key, schema) in &self.properties {
            if let Some(default) = &schema.default
                && !filled.iter().any(|entry| *entry.key == **key)
            {
                let value = schema.with_defaults(default);
                filled.push(Entry { key: key.as_str().into(), key_span: node.span, value });
            }
        }
        Node::mapping(node.span, filled)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::document::Document;
    use super::*;
    use crate::manifest::{Format, ReadLimits, read};
    use crate::source::SourceText;

    fn read_node(text: &str) -> (Arc<SourceText>, Node) {
        let source = Arc::new(SourceText::new("x.yaml", text));
        let reading = read(&source, Format::Manifest, &ReadLimits::default());
        (source, reading.manifests[0].root.clone())
    }

    fn schema(text: &str, legacy: bool) -> Result<Schema, String> {
        let (source, node) = read_node(text);
        Schema::read(Document { source: &source }, &node, legacy).map_err(|e| e.message)
    }

    fn faults(schema: &Schema, text: &str) -> Vec<String> {
        let (source, node) = read_node(text);
        let faults = schema.validate(Document { source: &source }, &node, "parameters");
        faults.wrong.into_iter().chain(faults.unknown).map(|error| error.message).collect()
    }

    #[test]
    fn values_are_held_against_the_schema() {
        let schema = schema(
            "type: object\nrequired: [labels]\nproperties:\n  labels:\n    type: array\n    minItems: 1\n    items: {type: object, properties: {key: {type: string, pattern: '^[a-z]+$'}}}\n  mode: {type: string, enum: [a, b]}\n  max: {type: integer, maximum: 3}\n  any: {x-kubernetes-int-or-string: true}\n",
            false,
        )
        .unwrap();
        let faults = |text: &str| faults(&schema, text);
        assert_eq!(faults("labels: [{key: a}]\nmax: 3\nany: 1\n"), [""; 0]);
        assert_eq!(faults("mode: a\n"), ["`parameters` lacks `labels`"]);
        assert_eq!(
            faults("labels: [{key: A}, 3]\nmode: c\nmax: 4.5\nany: {}\n"),
            [
                "`parameters.labels[0].key` does not match the pattern ^[a-z]+$",
                "`parameters.labels[1]` should be a map, not a number",
                "`parameters.mode` should be one of \"a\", \"b\"",
                "`parameters.max` should be a whole number, not a number",
                "`parameters.any` should be a whole number or text, not a map",
            ]
        );
        assert_eq!(
            faults("labels: [{key: a, kex: b}]\n"),
            ["`parameters.labels[0]` has no field `kex`"]
        );
        assert_eq!(faults("labels: []\n"), ["`parameters.labels` has fewer than 1 items"]);
    }

    #[test]
    fn a_legacy_schema_lets_pass_what_it_does_not_name() {
        let text = "properties: {a: {type: array}, b: {properties: {c: {type: string}}}}\n";
        assert_eq!(schema(text, false).unwrap_err(), "the schema lacks a `type`");
        let schema = schema(text, true).unwrap();
        assert_eq!(faults(&schema, "a: [1, x]\nb: {c: x, d: 1}\ne: 2\n"), [""; 0]);
        assert_eq!(
            faults(&schema, "b: {c: 1}\n"),
            ["`parameters.b.c` should be text, not a number"]
        );
    }

    #[test]
    fn defaults_fill_the_maps_that_are_there() {
        let schema = schema(
            "type: object\nproperties:\n  a: {type: string, default: x}\n  b: {type: object, properties: {c: {type: integer, default: 3}}}\n",
            false,
        )
        .unwrap();
        let filled =
            |text: &str| serde_json::Value::from(&schema.with_defaults(&read_node(text).1));
        assert_eq!(filled("{}"), serde_json::json!({"a": "x"}));
        assert_eq!(filled("b: {}"), serde_json::json!({"a": "x", "b": {"c": 3}}));
        assert_eq!(filled("a: z"), serde_json::json!({"a": "z"}));
    }
}
