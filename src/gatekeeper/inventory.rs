//! What constraints may know of other objects: `data.inventory`, and the namespaces.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::engine::value::Value;
use crate::manifest::{Node, Resource};

use super::matching::{Namespace, labels};

type Kinds = BTreeMap<String, BTreeMap<String, BTreeMap<String, Value>>>;

/// The objects around the one that is reviewed.
#[derive(Clone, Debug, Default)]
pub struct World {
    cluster: Kinds,
    namespaced: BTreeMap<String, Kinds>,
    namespaces: HashMap<String, Arc<Namespace>>,
    has_default_namespace: bool,
    /// What is asked for with an object: nothing in particular, but at the webhook.
    pub(super) operation: &'static str,
}

impl World {
    /// A world like a cluster, in which there is a namespace `default`.
    pub fn of_cluster() -> Self {
        Self { has_default_namespace: true, ..Self::default() }
    }

    /// Adds an object. One of the same names takes the place of the one before.
    pub fn add(&mut self, resource: &Resource) {
        let id = &resource.id;
        if id.api_version.is_empty() || id.kind.is_empty() {
            return;
        }
        if id.kind == "Namespace" && id.group().is_empty() {
            self.add_namespace(&resource.node);
        }
        let kinds = if id.namespace.is_empty() {
            &mut self.cluster
        } else {
            self.namespaced.entry(id.namespace.clone()).or_default()
        };
        let names = kinds.entry(id.api_version.clone()).or_default();
        let name = resource.node.metadata("name").unwrap_or_default().to_owned();
        names.entry(id.kind.clone()).or_default().insert(name, Value::from(&resource.node));
    }

    fn add_namespace(&mut self, node: &Node) {
        if let Some(name) = node.metadata("name") {
            let (labels, object) = (labels(node), Some(node.clone()));
            let namespace = Namespace { name: name.to_owned(), labels, object };
            self.namespaces.insert(name.to_owned(), Arc::new(namespace));
        }
    }

    /// What is known of a namespace.
    pub(super) fn namespace(&self, name: &str) -> Option<Arc<Namespace>> {
        let known = self.namespaces.get(name).map(Arc::clone);
        let default = || Namespace { name: name.to_owned(), ..Namespace::default() };
        let is_there = self.has_default_namespace && name == "default";
        known.or_else(|| is_there.then(|| Arc::new(default())))
    }

    /// Tells of the namespaces: the same for what no policy can tell apart, and for nothing else.
    pub(crate) fn tell_namespaces(&self, tell: &mut dyn FnMut(&str)) {
        let mut namespaces: Vec<_> = self.namespaces.values().collect();
        namespaces.sort_by(|a, b| a.name.cmp(&b.name));
        for namespace in namespaces {
            let object = namespace.object.as_ref().map(Value::from);
            tell("namespace");
            tell(&namespace.name);
            tell(&object.map_or_else(String::new, |object| object.to_json_string()));
        }
    }

    /// Tells of all objects in the same way.
    pub(crate) fn tell_objects(&self, tell: &mut dyn FnMut(&str)) {
        let of_cluster = [("", &self.cluster)].into_iter();
        let namespaced = self.namespaced.iter().map(|(name, kinds)| (name.as_str(), kinds));
        for (namespace, kinds) in of_cluster.chain(namespaced) {
            for (version, kinds) in kinds {
                for (kind, names) in kinds {
                    for (name, object) in names {
                        ["object", namespace, version, kind, name].into_iter().for_each(&mut *tell);
                        tell(&object.to_json_string());
                    }
                }
            }
        }
    }

    /// The document `data.inventory`.
    pub fn inventory(&self) -> Value {
        let mut parts = Vec::new();
        if !self.cluster.is_empty() {
            parts.push(("cluster", kinds(&self.cluster)));
        }
        if !self.namespaced.is_empty() {
            let namespaces = self.namespaced.iter().map(|(name, of)| (name.as_str(), kinds(of)));
            parts.push(("namespace", object(namespaces)));
        }
        object(parts)
    }
}

fn kinds(kinds: &Kinds) -> Value {
    object(kinds.iter().map(|(version, kinds)| {
        let kinds = kinds.iter().map(|(kind, names)| {
            let names = names.iter().map(|(name, object)| (name.as_str(), object.clone()));
            (kind.as_str(), object(names))
        });
        (version.as_str(), object(kinds))
    }))
}

/// An object of fields that are all different.
pub(super) fn object<'n>(fields: impl IntoIterator<Item = (&'n str, Value)>) -> Value {
    let fields = fields.into_iter().map(|(name, value)| (Value::string(name), value)).collect();
    Value::object(fields).unwrap_or(Value::NULL)
}
