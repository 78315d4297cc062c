//! Label selectors, and names with an asterisk at an end.

use std::collections::BTreeMap;

use crate::manifest::Node;
use crate::rego::PolicyError;

use super::document::Document;

pub(super) type Labels = BTreeMap<String, String>;

/// Labels that are asked for, all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct LabelSelector(Vec<Requirement>);

#[derive(Clone, Debug)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl LabelSelector {
    /// The selector under a key, if there is one.
    pub(super) fn read(
        document: Document<'_>,
        node: &Node,
        key: &str,
    ) -> Result<Option<Self>, PolicyError> {
        let Some(selector) = document.mapping(node, key)? else { return Ok(None) };
        document.only(selector, &["matchLabels", "matchExpressions"], key)?;
        let mut requirements = Vec::new();
        let labels = document.mapping(selector, "matchLabels")?;
        for entry in labels.and_then(Node::entries).unwrap_or_default() {
            let value = entry.value.as_str().ok_or_else(|| {
                document.wrong("the value of a label is text: put it in quotes", entry.value.span)
            })?;
            requirements.push(Requirement {
                key: entry.key.to_string(),
                operator: Operator::In,
                values: vec![value.to_owned()],
            });
        }
        for expression in document.list(selector, "matchExpressions")? {
            requirements.push(requirement(document, expression)?);
        }
        Ok(Some(Self(requirements)))
    }

    pub(super) fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|requirement| {
            let value = labels.get(&requirement.key);
            let among = value.is_some_and(|value| requirement.values.contains(value));
            match requirement.operator {
                Operator::In => among,
                Operator::NotIn => !among,
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
            }
        })
    }
}

fn requirement(document: Document<'_>, node: &Node) -> Result<Requirement, PolicyError> {
    document.only(node, &["key", "operator", "values"], "an expression")?;
    let key = document.text(node, "key")?.unwrap_or_default();
    if key.is_empty() {
        return Err(document.wrong("an expression needs a `key`", node.span));
    }
    let values = document.texts(node, "values")?;
    let operator = match document.text(node, "operator")? {
        Some("In") => Operator::In,
        Some("NotIn") => Operator::NotIn,
        Some("Exists") => Operator::Exists,
        Some("DoesNotExist") => Operator::DoesNotExist,
        _ => {
            let place = node.get("operator").unwrap_or(node).span;
            let message = "the operator is one of In, NotIn, Exists and DoesNotExist";
            return Err(document.wrong(message, place));
        }
    };
    let takes_values = matches!(operator, Operator::In | Operator::NotIn);
    if takes_values == values.is_empty() {
        let message = if takes_values {
            "In and NotIn need `values`"
        } else {
            "Exists and DoesNotExist take no `values`"
        };
        return Err(document.wrong(message, node.span));
    }
    Ok(Requirement { key: key.to_owned(), operator, values })
}

/// A name, with an asterisk at its beginning, its end, or both.
#[derive(Clone, Debug)]
pub(super) struct Wildcard(String);

impl Wildcard {
    pub(super) fn read(document: Document<'_>, node: &Node) -> Result<Self, PolicyError> {
        let text = node.as_str().unwrap_or_default();
        let inner = text.strip_prefix('*').unwrap_or(text);
        let inner = inner.strip_suffix('*').unwrap_or(inner);
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | ':');
        if node.as_str().is_none() || !inner.chars().all(fits) {
            let message = "this is no name: small letters, digits and dashes, with an asterisk at \
                           the beginning or the end";
            return Err(document.wrong(message, node.span));
        }
        Ok(Self(text.to_owned()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        match (self.0.strip_prefix('*'), self.0.strip_suffix('*')) {
            (Some(after), Some(_)) => name.contains(after.strip_suffix('*').unwrap_or(after)),
            (Some(end), None) => name.ends_with(end),
            (None, Some(start)) => name.starts_with(start),
            (None, None) => self.0 == name,
        }
    }

    /// Whether every name that the API server may make of a `generateName` matches.
    pub(super) fn matches_generated(&self, prefix: &str) -> bool {
        self.0.ends_with('*') && self.matches(prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asterisks_stand_at_the_ends() {
        let matches = |wildcard: &str, name| Wildcard(wildcard.to_owned()).matches(name);
        assert!(matches("kube-*", "kube-system") && !matches("kube-*", "my-kube-x"));
        assert!(matches("*-system", "kube-system") && !matches("*-system", "system"));
        assert!(matches("*sys*", "kube-system") && matches("*", "anything"));
        assert!(matches("a", "a") && !matches("a", "ab"));
        let generated =
            |wildcard: &str, prefix| Wildcard(wildcard.into()).matches_generated(prefix);
        assert!(generated("web-*", "web-") && !generated("*-web", "x-web") && !generated("a", "a"));
    }
}
