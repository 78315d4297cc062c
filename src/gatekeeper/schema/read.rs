//! From `openAPIV3Schema` to a schema, refusing what Kubernetes refuses.

use regex::Regex;
use serde_json::Value;

use super::super::document::{Document, present};
use super::{Bounds, Kind, Schema};
use crate::manifest::{Node, NodeKind};
use crate::rego::PolicyError;

impl Schema {
    /// Reads a schema. A legacy one needs no types, and lets pass every field it doesn't name.
    pub(in super::super) fn read(
        document: Document<'_>,
        node: &Node,
        legacy: bool,
    ) -> Result<Self, PolicyError> {
        Reader { document, legacy }.schema(node, true)
    }

    /// What a legacy template without a schema allows.
    pub(in super::super) fn of_legacy() -> Self {
        Self::anything()
    }
}

struct Reader<'a> {
    document: Document<'a>,
    legacy: bool,
}

impl Reader<'_> {
    /// `is_structural` is false within `allOf` and the like, which repeat no types.
    fn schema(&self, node: &Node, is_structural: bool) -> Result<Schema, PolicyError> {
        let document = self.document;
        if node.entries().is_none() {
            return Err(document.wrong("a schema is a map", node.span));
        }
        let flag = |key: &str| document.flag(node, key).map(|flag| flag == Some(true));
        let mut schema = Schema {
            kind: self.kind(node)?,
            nullable: flag("nullable")?,
            int_or_string: flag("x-kubernetes-int-or-string")?,
            open: flag("x-kubernetes-preserve-unknown-fields")? || !is_structural,
            default: present(node, "default").cloned(),
            bounds: self.bounds(node)?,
            ..Schema::default()
        };
        if self.legacy && matches!(schema.kind, None | Some(Kind::Object)) {
            schema.open = true;
        }
        if schema.kind.is_none() && !schema.open && !schema.int_or_string {
            return Err(document.wrong("the schema lacks a `type`", node.span).with_help(
                "give it one, or `x-kubernetes-preserve-unknown-fields: true`; \
                 `legacySchema: true` allows schemas without types",
            ));
        }
        let properties = document.mapping(node, "properties")?;
        for entry in properties.and_then(Node::entries).unwrap_or_default() {
            let property = self.schema(&entry.value, is_structural)?;
            schema.properties.insert(entry.key.to_string(), property);
        }
        schema.additional = self.additional(node, is_structural)?;
        schema.items = self.items(node, schema.kind, is_structural)?;
        let several = |key: &str| -> Result<Vec<Schema>, PolicyError> {
            document.list(node, key)?.iter().map(|item| self.schema(item, false)).collect()
        };
        schema.all_of = several("allOf")?;
        schema.any_of = several("anyOf")?;
        schema.one_of = several("oneOf")?;
        let not = present(node, "not");
        schema.not = not.map(|not| self.schema(not, false).map(Box::new)).transpose()?;
        Ok(schema)
    }

    fn kind(&self, node: &Node) -> Result<Option<Kind>, PolicyError> {
        let Some(name) = self.document.text(node, "type")?.filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let known = Kind::ALL.into_iter().find(|(known, _)| *known == name);
        known.map(|(_, kind)| Some(kind)).ok_or_else(|| {
            let names = Kind::ALL.map(|(name, _)| name).join(", ");
            let place = node.get("type").unwrap_or(node).span;
            self.document.wrong(format!("this is no type: they are {names}"), place)
        })
    }

    fn additional(
        &self,
        node: &Node,
        is_structural: bool,
    ) -> Result<Option<Box<Schema>>, PolicyError> {
        match present(node, "additionalProperties") {
            None | Some(Node { kind: NodeKind::Bool(false), .. }) => Ok(None),
            Some(Node { kind: NodeKind::Bool(true), .. }) => Ok(Some(Schema::anything().into())),
            Some(schema) => self.schema(schema, is_structural).map(|schema| Some(schema.into())),
        }
    }

    fn items(
        &self,
        node: &Node,
        kind: Option<Kind>,
        is_structural: bool,
    ) -> Result<Option<Box<Schema>>, PolicyError> {
        match present(node, "items") {
            Some(items) if items.items().is_some() => {
                let message = "`items` is one schema for all items, not a list of them";
                Err(self.document.wrong(message, items.span))
            }
            Some(items) => self.schema(items, is_structural).map(|schema| Some(schema.into())),
            None if kind != Some(Kind::Array) || !is_structural => Ok(None),
            None if self.legacy => Ok(Some(Schema::anything().into())),
            None => Err(self.document.wrong("the schema of a list lacks `items`", node.span)),
        }
    }

    fn bounds(&self, node: &Node) -> Result<Bounds, PolicyError> {
        let document = self.document;
        let number = |key: &str| present(node, key).and_then(number);
        let count = |key: &str| match present(node, key).map(|node| &node.kind) {
            Some(NodeKind::Integer(count)) => u64::try_from(*count).ok(),
            _ => None,
        };
        let excludes = |key: &str| document.flag(node, key).map(|flag| flag == Some(true));
        let pattern = document.text(node, "pattern")?;
        let pattern = pattern.map(|pattern| {
            Regex::new(pattern).map_err(|error| {
                let place = node.get("pattern").unwrap_or(node).span;
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default();
                document.wrong(format!("the pattern is no regular expression: {reason}"), place)
            })
        });
        let values = present(node, "enum").and_then(Node::items);
        let exclusive = [excludes("exclusiveMinimum")?, excludes("exclusiveMaximum")?];
        Ok(Bounds {
            required: document.texts(node, "required")?,
            values: values.map(|values| values.iter().map(Value::from).collect()),
            minimum: number("minimum").map(|minimum| (minimum, exclusive[0])),
            maximum: number("maximum").map(|maximum| (maximum, exclusive[1])),
            multiple_of: number("multipleOf"),
            pattern: pattern.transpose()?,
            length: ["minLength", "maxLength"].map(count),
            items: ["minItems", "maxItems"].map(count),
            properties: ["minProperties", "maxProperties"].map(count),
            unique: document.flag(node, "uniqueItems")? == Some(true),
        })
    }
}

/// A node's number.
#[allow(clippy::cast_precision_loss)] // bounds of schemas are floats in Kubernetes too
pub(super) fn number(node: &Node) -> Option<f64> {
    match node.kind {
        NodeKind::Integer(number) => Some(number as f64),
        NodeKind::Float(number) => Some(number),
        _ => None,
    }
}
