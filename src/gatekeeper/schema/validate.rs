//! Holding a value against a schema.

use serde_json::Value;

use super::super::document::{Document, type_name};
use super::read::number;
use super::{Kind, Schema};
use crate::manifest::{Node, NodeKind};
use crate::rego::PolicyError;

/// What is wrong with a value.
#[derive(Debug, Default)]
pub(in super::super) struct Faults {
    /// What the schema forbids.
    pub(in super::super) wrong: Vec<PolicyError>,
    /// Fields that it doesn't name.
    pub(in super::super) unknown: Vec<PolicyError>,
}

impl Schema {
    /// Everything that is wrong with a value, which goes by the name `path`.
    pub(in super::super) fn validate(
        &self,
        document: Document<'_>,
        node: &Node,
        path: &str,
    ) -> Faults {
        let mut check = Check { document, faults: Faults::default() };
        check.value(self, node, path);
        check.faults
    }

    fn fits(&self, document: Document<'_>, node: &Node) -> bool {
        self.validate(document, node, "").wrong.is_empty()
    }

    fn takes(&self, node: &Node) -> bool {
        if self.int_or_string {
            return matches!(node.kind, NodeKind::Integer(_) | NodeKind::String(_));
        }
        match (&node.kind, self.kind) {
            (NodeKind::Null, kind) => self.nullable || kind.is_none(),
            (_, None) => true,
            (NodeKind::Mapping(_), Some(kind)) => kind == Kind::Object,
            (NodeKind::Sequence(_), Some(kind)) => kind == Kind::Array,
            (NodeKind::String(_), Some(kind)) => kind == Kind::String,
            (NodeKind::Bool(_), Some(kind)) => kind == Kind::Boolean,
            (NodeKind::Integer(_), Some(kind)) => matches!(kind, Kind::Integer | Kind::Number),
            (NodeKind::Float(value), Some(Kind::Integer)) => value.fract() == 0.0,
            (NodeKind::Float(_) | NodeKind::Number(_), Some(kind)) => kind == Kind::Number,
        }
    }
}

struct Check<'a> {
    document: Document<'a>,
    faults: Faults,
}

impl Check<'_> {
    fn say(&mut self, node: &Node, message: String) {
        self.faults.wrong.push(self.document.wrong(message, node.span));
    }

    fn value(&mut self, schema: &Schema, node: &Node, path: &str) {
        if !schema.takes(node) {
            let wanted = match schema.kind {
                Some(kind) if !schema.int_or_string => kind.in_words(),
                _ => "a whole number or text",
            };
            return self.say(node, format!("`{path}` should be {wanted}, not {}", type_name(node)));
        }
        if node.is_null() {
            return;
        }
        self.bounds(schema, node, path);
        self.combinations(schema, node, path);
        for (at, item) in node.items().unwrap_or_default().iter().enumerate() {
            if let Some(schema) = &schema.items {
                self.value(schema, item, &format!("{path}[{at}]"));
            }
        }
        for entry in node.entries().unwrap_or_default() {
            let known = schema.properties.get(&*entry.key).or(schema.additional.as_deref());
            match known {
                Some(schema) => self.value(schema, &entry.value, &format!("{path}.{}", entry.key)),
                None if schema.open => {}
                None => {
                    let message = format!("`{path}` has no field `{}`", entry.key);
                    let error = self.document.wrong(message, entry.key_span);
                    let names: Vec<_> = schema.properties.keys().map(String::as_str).collect();
                    self.faults.unknown.push(if names.is_empty() {
                        error
                    } else {
                        error.with_help(format!("it has: {}", names.join(", ")))
                    });
                }
            }
        }
    }

    fn bounds(&mut self, schema: &Schema, node: &Node, path: &str) {
        let bounds = &schema.bounds;
        if let Some(values) = &bounds.values
            && !values.contains(&Value::from(node))
        {
            let values: Vec<_> = values.iter().map(Value::to_string).collect();
            self.say(node, format!("`{path}` should be one of {}", values.join(", ")));
        }
        match &node.kind {
            NodeKind::Mapping(entries) => {
                for key in bounds.required.iter().filter(|key| node.entry(key).is_none()) {
                    self.say(node, format!("`{path}` lacks `{key}`"));
                }
                self.count(bounds.properties, entries.len(), "fields", node, path);
            }
            NodeKind::Sequence(items) => {
                self.count(bounds.items, items.len(), "items", node, path);
                let values: Vec<_> = items.iter().map(Value::from).collect();
                let repeats = |(at, value): (usize, &Value)| values[..at].contains(value);
                if bounds.unique && values.iter().enumerate().any(repeats) {
                    self.say(node, format!("`{path}` has an item twice"));
                }
            }
            NodeKind::String(text) => {
                self.count(bounds.length, text.chars().count(), "characters", node, path);
                if let Some(pattern) = bounds.pattern.as_ref().filter(|p| !p.is_match(text)) {
                    let message = format!("`{path}` does not match the pattern {pattern}");
                    self.say(node, message);
                }
            }
            NodeKind::Integer(_) | NodeKind::Float(_) => self.number(schema, node, path),
            _ => {}
        }
    }

    fn number(&mut self, schema: &Schema, node: &Node, path: &str) {
        let Some(value) = number(node) else { return };
        let bounds = &schema.bounds;
        if let Some((minimum, exclusive)) = bounds.minimum
            && (value < minimum || exclusive && value <= minimum)
        {
            let than = if exclusive { "more than" } else { "at least" };
            self.say(node, format!("`{path}` should be {than} {minimum}"));
        }
        if let Some((maximum, exclusive)) = bounds.maximum
            && (value > maximum || exclusive && value >= maximum)
        {
            let than = if exclusive { "less than" } else { "at most" };
            self.say(node, format!("`{path}` should be {than} {maximum}"));
        }
        if let Some(of) = bounds.multiple_of.filter(|of| (value / of).fract() != 0.0) {
            self.say(node, format!("`{path}` should be a multiple of {of}"));
        }
    }

    fn count(
        &mut self,
        bounds: [Option<u64>; 2],
        count: usize,
        what: &str,
        node: &Node,
        path: &str,
    ) {
        let count = count as u64;
        if let Some(least) = bounds[0].filter(|least| count < *least) {
            self.say(node, format!("`{path}` has fewer than {least} {what}"));
        }
        if let Some(most) = bounds[1].filter(|most| count > *most) {
            self.say(node, format!("`{path}` has more than {most} {what}"));
        }
    }

    fn combinations(&mut self, schema: &Schema, node: &Node, path: &str) {
        let document = self.document;
        for part in &schema.all_of {
            self.faults.wrong.extend(part.validate(document, node, path).wrong);
        }
        let fitting = |parts: &[Schema]| parts.iter().filter(|p| p.fits(document, node)).count();
        if !schema.any_of.is_empty() && fitting(&schema.any_of) == 0 {
            self.say(node, format!("`{path}` fits none of `anyOf`"));
        }
        if !schema.one_of.is_empty() && fitting(&schema.one_of) != 1 {
            self.say(node, format!("`{path}` should fit one of `oneOf`"));
        }
        if schema.not.as_ref().is_some_and(|not| not.fits(document, node)) {
            self.say(node, format!("`{path}` is what the schema says it is not"));
        }
    }
}
