//! The data beside the rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Map;

use crate::manifest::{Entry, Node, NodeKind};
use crate::source::Span;

/// The data documents, merged: what stands below `data` but for the rules. Numbers are as they are
/// written.
///
/// ```
/// let data = manifestly::policy::Data::from(serde_json::Map::new());
/// assert!(data.iter().next().is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Data(BTreeMap<Arc<str>, Node>);

impl Data {
    /// Whether something stands below a key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// What stands below `data`, by keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// All of it as one document.
    pub fn to_node(&self) -> Node {
        let entry = |(key, value): (&Arc<str>, &Node)| Entry {
            key: Arc::clone(key),
            key_span: Span::default(),
            value: value.clone(),
        };
        Node::mapping(Span::default(), self.0.iter().map(entry).collect())
    }

    /// Adds a document. The error says what is wrong with it.
    pub(super) fn merge(&mut self, document: &Node) -> Result<(), String> {
        let Some(entries) = document.entries() else {
            return Err("the top of a data file must be a map".to_owned());
        };
        for entry in entries {
            let merged = match self.0.get(&entry.key) {
                None => entry.value.clone(),
                Some(known) => merged(known, &entry.value, &mut vec![&entry.key])?,
            };
            self.0.insert(Arc::clone(&entry.key), merged);
        }
        Ok(())
    }
}

impl From<Map<String, serde_json::Value>> for Data {
    fn from(fields: Map<String, serde_json::Value>) -> Self {
        let entry = |(key, value): (String, serde_json::Value)| (key.into(), Node::from(&value));
        Self(fields.into_iter().map(entry).collect())
    }
}

impl From<&Data> for Map<String, serde_json::Value> {
    fn from(data: &Data) -> Self {
        data.iter().map(|(key, value)| (key.to_owned(), value.into())).collect()
    }
}

/// Two values below one key, as one.
fn merged<'n>(known: &Node, more: &'n Node, path: &mut Vec<&'n str>) -> Result<Node, String> {
    let (NodeKind::Mapping(entries), NodeKind::Mapping(more)) = (&known.kind, &more.kind) else {
        let same = serde_json::Value::from(known) == serde_json::Value::from(more);
        let conflict = || format!("data.{} has another value in another file", path.join("."));
        return if same { Ok(known.clone()) } else { Err(conflict()) };
    };
    let mut entries = entries.to_vec();
    for entry in more.iter() {
        match entries.iter_mut().find(|known| known.key == entry.key) {
            None => entries.push(entry.clone()),
            Some(known) => {
                path.push(&entry.key);
                known.value = merged(&known.value, &entry.value, path)?;
                path.pop();
            }
        }
    }
    Ok(Node::mapping(known.span, entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(documents: &[serde_json::Value]) -> Result<serde_json::Value, String> {
        let mut data = Data::default();
        documents.iter().try_for_each(|document| data.merge(&Node::from(document)))?;
        Ok(Map::from(&data).into())
    }

    #[test]
    fn documents_become_one() {
        let (a, b) =
            (serde_json::json!({"a": {"b": 1}}), serde_json::json!({"a": {"c": 2}, "d": 3}));
        let both = serde_json::json!({"a": {"b": 1, "c": 2}, "d": 3});
        assert_eq!(data(&[a.clone(), b, a]), Ok(both));
        let (a, b) = (serde_json::json!({"a": {"b": 1}}), serde_json::json!({"a": {"b": 2}}));
        assert_eq!(data(&[a, b]), Err("data.a.b has another value in another file".to_owned()));
        assert!(data(&[serde_json::json!([1])]).is_err());
    }
}
