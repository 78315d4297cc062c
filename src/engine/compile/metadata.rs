//! `rego.metadata.chain()` and `rego.metadata.rule()`: what the annotations around a rule say. It
//! is known before anything is evaluated.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::engine::value::Value;
use crate::rego::{Annotation, Scope};

use super::Unit;

/// A rule among all modules.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'s> {
    pub(super) units: &'s [Unit<'s>],
    pub(super) unit: usize,
    pub(super) rule: usize,
}

impl Site<'_> {
    /// What is said of the rule itself; nothing at all is an empty object.
    pub(super) fn rule(&self) -> Value {
        self.of_rule().first().map_or_else(|| object(Vec::new()), |found| content(found))
    }

    /// What is said of the rule, its document, its package and the packages above, from the
    /// inside out.
    pub(super) fn chain(&self) -> Value {
        let unit = &self.units[self.unit];
        let path = unit.module.path_of(&unit.module.rules[self.rule]);
        let own = self.of_rule();
        let mut links = Vec::new();
        if own.is_empty() {
            links.push(object(vec![("path", names(&path))]));
        }
        links.extend(own.into_iter().map(|annotation| link(&path, annotation)));
        let document = self.annotations(Scope::Document).find(|(unit, annotation)| {
            let rule = annotation.rule.and_then(|rule| unit.module.rules.get(rule));
            rule.is_some_and(|rule| unit.module.path_of(rule) == path)
        });
        links.extend(document.map(|(_, annotation)| link(&path, annotation)));
        let package = &unit.module.package;
        let of_package =
            self.annotations(Scope::Package).find(|(unit, _)| unit.module.package == *package);
        links.extend(of_package.map(|(_, annotation)| link(package, annotation)));
        let mut above: Vec<_> = self
            .annotations(Scope::Subpackages)
            .filter(|(unit, _)| package.starts_with(&unit.module.package))
            .collect();
        above.sort_by_key(|(unit, _)| Reverse(unit.module.package.len()));
        links.extend(above.iter().map(|(unit, found)| link(&unit.module.package, found)));
        Value::array(links)
    }

    /// The annotations of the rule alone, the nearest first.
    fn of_rule(&self) -> Vec<&Annotation> {
        let annotations = self.units[self.unit].annotations.iter().rev();
        let is_own =
            |found: &&Annotation| found.scope == Scope::Rule && found.rule == Some(self.rule);
        annotations.filter(is_own).collect()
    }

    fn annotations(&self, scope: Scope) -> impl Iterator<Item = (&Unit<'_>, &Annotation)> {
        let all = self.units.iter();
        let all = all.flat_map(|unit| unit.annotations.iter().map(move |found| (unit, found)));
        all.filter(move |(_, found)| found.scope == scope)
    }
}

fn object(fields: Vec<(&str, Value)>) -> Value {
    Value::object_of_last(
        fields.into_iter().map(|(name, value)| (Value::string(name), value)).collect(),
    )
}

fn names(path: &[Arc<str>]) -> Value {
    Value::array(path.iter().map(|part| Value::string(Arc::clone(part))).collect())
}

fn link(path: &[Arc<str>], annotation: &Annotation) -> Value {
    object(vec![("annotations", content(annotation)), ("path", names(path))])
}

/// The annotation as policies see it: the fields that OPA knows, each in its long form.
fn content(annotation: &Annotation) -> Value {
    let value = Value::from(&annotation.value);
    let mut fields = vec![("scope", Value::string(annotation.scope.as_str()))];
    for name in ["title", "description", "custom", "labels", "organizations"] {
        let found = value.field(name).filter(|found| match found {
            Value::String(_, text) => !text.is_empty(),
            other => !other.is_null() && !other.is_empty(),
        });
        fields.extend(found.map(|found| (name, found.clone())));
    }
    if let Some(Value::Bool(_, true)) = value.field("entrypoint") {
        fields.push(("entrypoint", Value::bool(true)));
    }
    let longer = [("authors", author as fn(&Value) -> Value), ("related_resources", resource)];
    for (name, long) in longer {
        let items = value.field(name).and_then(Value::as_array).unwrap_or_default();
        if !items.is_empty() {
            fields.push((name, Value::array(items.iter().map(long).collect())));
        }
    }
    object(fields)
}

/// `Name <mail>` in its long form.
fn author(value: &Value) -> Value {
    let Some(text) = value.as_str() else { return value.clone() };
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let mail = words.last().and_then(|word| word.strip_prefix('<')?.strip_suffix('>'));
    if mail.is_some() {
        words.pop();
    }
    let mut fields = Vec::new();
    fields.extend(mail.map(|mail| ("email", Value::string(mail))));
    if !words.is_empty() {
        fields.push(("name", Value::string(words.join(" "))));
    }
    object(fields)
}

/// A bare address in its long form.
fn resource(value: &Value) -> Value {
    match value {
        Value::String(..) => object(vec![("ref", value.clone())]),
        other => other.clone(),
    }
}
