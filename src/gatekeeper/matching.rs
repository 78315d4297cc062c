//! `spec.match`: which objects a constraint looks at.

use crate::manifest::{Node, ResourceId};
use crate::rego::PolicyError;

use super::document::Document;
use super::selector::{LabelSelector, Labels, Wildcard};

const FIELDS: [&str; 8] = [
    "kinds",
    "scope",
    "namespaces",
    "excludedNamespaces",
    "labelSelector",
    "namespaceSelector",
    "name",
    "source",
];

/// What a constraint asks of an object before its template is asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Matcher {
    kinds: Vec<Kinds>,
    scope: Option<Scope>,
    namespaces: Vec<Wildcard>,
    excluded: Vec<Wildcard>,
    labels: Option<LabelSelector>,
    namespace_labels: Option<LabelSelector>,
    name: Option<Wildcard>,
    source: Option<Source>,
}

#[derive(Clone, Debug)]
struct Kinds {
    groups: Vec<String>,
    kinds: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Cluster,
    Namespaced,
}

/// Where an object comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is as someone wrote it.
    Original,
    /// It is what a controller will make of another one.
    Generated,
}

/// What matching looks at in an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    group: String,
    kind: String,
    name: String,
    generate_name: String,
    namespace: String,
    labels: Labels,
}

/// What is known of the namespace that an object is in.
#[derive(Clone, Debug, Default)]
pub(super) struct Namespace {
    pub(super) name: String,
    pub(super) labels: Labels,
    /// Its manifest, where there is one.
    pub(super) object: Option<Node>,
}

/// A constraint selects namespaces by their labels, and the object's is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnknownNamespace(pub(super) String);

impl Subject {
    pub(super) fn of(node: &Node) -> Self {
        let metadata = node.get("metadata");
        let text = |key: &str| {
            let text = metadata.and_then(|metadata| metadata.get_str(key));
            text.unwrap_or_default().to_owned()
        };
        let api_version = node.get_str("apiVersion").unwrap_or_default().to_owned();
        let id = ResourceId { api_version, ..ResourceId::default() };
        Self {
            group: id.group().to_owned(),
            kind: node.get_str("kind").unwrap_or_default().to_owned(),
            name: text("name"),
            generate_name: text("generateName"),
            namespace: text("namespace"),
            labels: labels(node),
        }
    }

    fn is_namespace(&self) -> bool {
        self.group.is_empty() && self.kind == "Namespace"
    }
}

/// The labels of an object. As for the API server, one that is no text makes all of them invalid.
pub(super) fn labels(node: &Node) -> Labels {
    let labels = node.get("metadata").and_then(|metadata| metadata.get("labels"));
    let entries = labels.and_then(Node::entries).unwrap_or_default().iter();
    let label = |entry: &crate::manifest::Entry| {
        entry.value.as_str().map(|value| (entry.key.to_string(), value.to_owned()))
    };
    entries.map(label).collect::<Option<_>>().unwrap_or_default()
}

impl Matcher {
    /// The kinds that it matches; none where it may match any.
    pub(super) fn kinds(&self) -> Option<Vec<&str>> {
        let is_open =
            |kinds: &Kinds| kinds.kinds.is_empty() || kinds.kinds.iter().any(|kind| kind == "*");
        if self.kinds.is_empty() || self.kinds.iter().any(is_open) {
            return None;
        }
        Some(self.kinds.iter().flat_map(|kinds| &kinds.kinds).map(String::as_str).collect())
    }

    pub(super) fn read(document: Document<'_>, spec: &Node) -> Result<Self, PolicyError> {
        let Some(node) = document.mapping(spec, "match")? else { return Ok(Self::default()) };
        document.only(node, &FIELDS, "`match`")?;
        let wildcards = |key: &str| -> Result<Vec<Wildcard>, PolicyError> {
            document.list(node, key)?.iter().map(|item| Wildcard::read(document, item)).collect()
        };
        let kinds = |item: &Node| -> Result<Kinds, PolicyError> {
            if item.entries().is_none() {
                let message = "`kinds` is a list of maps with `apiGroups` and `kinds`";
                return Err(document.wrong(message, item.span));
            }
            document.only(item, &["apiGroups", "kinds"], "an item of `kinds`")?;
            let groups = document.texts(item, "apiGroups")?;
            Ok(Kinds { groups, kinds: document.texts(item, "kinds")? })
        };
        let name = node.get("name").filter(|name| !name.is_null());
        let name = name.map(|name| Wildcard::read(document, name)).transpose()?;
        Ok(Self {
            kinds: document.list(node, "kinds")?.iter().map(kinds).collect::<Result<_, _>>()?,
            scope: scope(document, node)?,
            namespaces: wildcards("namespaces")?,
            excluded: wildcards("excludedNamespaces")?,
            labels: LabelSelector::read(document, node, "labelSelector")?,
            namespace_labels: LabelSelector::read(document, node, "namespaceSelector")?,
            name: name.filter(|name| !name.is_empty()),
            source: source(document, node)?,
        })
    }

    /// Whether it selects namespaces by their labels.
    pub(super) fn selects_namespaces(&self) -> bool {
        self.namespace_labels.is_some()
    }

    pub(super) fn matches(
        &self,
        subject: &Subject,
        namespace: Option<&Namespace>,
        source: Source,
    ) -> Result<bool, UnknownNamespace> {
        let matches = self.matches_kind(subject)
            && self.matches_scope(subject, namespace)
            && self.matches_namespace(subject, namespace)
            && self.labels.as_ref().is_none_or(|labels| labels.matches(&subject.labels));
        Ok(matches
            && self.matches_namespace_labels(subject, namespace)?
            && self.name.as_ref().is_none_or(|name| {
                name.matches(&subject.name) || name.matches_generated(&subject.generate_name)
            })
            && self.source.is_none_or(|wanted| wanted == source))
    }

    /// Whether it asks for Pods by name, and not for whatever there is.
    pub(super) fn asks_for_pods(&self) -> bool {
        let names = |names: &[String], name: &str| names.iter().any(|known| known == name);
        self.kinds.iter().any(|kinds| {
            let is_core = kinds.groups.is_empty() || names(&kinds.groups, "*");
            names(&kinds.kinds, "Pod") && (is_core || names(&kinds.groups, ""))
        })
    }

    pub(super) fn matches_kind(&self, subject: &Subject) -> bool {
        let among = |names: &[String], name: &str| {
            names.is_empty() || names.iter().any(|known| known == "*" || known == name)
        };
        self.kinds.is_empty()
            || self.kinds.iter().any(|kinds| {
                among(&kinds.kinds, &subject.kind) && among(&kinds.groups, &subject.group)
            })
    }

    fn matches_scope(&self, subject: &Subject, namespace: Option<&Namespace>) -> bool {
        let is_namespaced =
            !subject.is_namespace() && (!subject.namespace.is_empty() || namespace.is_some());
        match self.scope {
            None => true,
            Some(Scope::Cluster) => !is_namespaced,
            Some(Scope::Namespaced) => is_namespaced,
        }
    }

    fn matches_namespace(&self, subject: &Subject, namespace: Option<&Namespace>) -> bool {
        let name = match namespace {
            _ if subject.is_namespace() => subject.name.as_str(),
            Some(namespace) => namespace.name.as_str(),
            None if !subject.namespace.is_empty() => subject.namespace.as_str(),
            None => return true,
        };
        let is_among = |names: &[Wildcard]| names.iter().any(|known| known.matches(name));
        (self.namespaces.is_empty() || is_among(&self.namespaces)) && !is_among(&self.excluded)
    }

    fn matches_namespace_labels(
        &self,
        subject: &Subject,
        namespace: Option<&Namespace>,
    ) -> Result<bool, UnknownNamespace> {
        let Some(selector) = &self.namespace_labels else { return Ok(true) };
        if subject.is_namespace() {
            return Ok(selector.matches(&subject.labels));
        }
        match namespace {
            Some(namespace) => Ok(selector.matches(&namespace.labels)),
            None if subject.namespace.is_empty() => Ok(true),
            None => Err(UnknownNamespace(subject.namespace.clone())),
        }
    }
}

fn scope(document: Document<'_>, node: &Node) -> Result<Option<Scope>, PolicyError> {
    match document.text(node, "scope")? {
        Some("Cluster") => Ok(Some(Scope::Cluster)),
        Some("Namespaced") => Ok(Some(Scope::Namespaced)),
        None | Some("*" | "") => Ok(None),
        Some(_) => {
            let place = node.get("scope").unwrap_or(node).span;
            Err(document.wrong("the scope is one of Cluster, Namespaced and *", place))
        }
    }
}

fn source(document: Document<'_>, node: &Node) -> Result<Option<Source>, PolicyError> {
    match document.text(node, "source")? {
        Some("Original") => Ok(Some(Source::Original)),
        Some("Generated") => Ok(Some(Source::Generated)),
        None | Some("All") => Ok(None),
        Some(_) => {
            let place = node.get("source").unwrap_or(node).span;
            Err(document.wrong("the source is one of Original, Generated and All", place))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::manifest::{Format, ReadLimits, read};
    use crate::source::SourceText;

    fn node(text: &str) -> (Arc<SourceText>, Node) {
        let source = Arc::new(SourceText::new("x.yaml", text));
        let reading = read(&source, Format::Manifest, &ReadLimits::default());
        (source, reading.manifests[0].root.clone())
    }

    fn matches(
        matcher: &str,
        object: &str,
        namespace: Option<&Namespace>,
    ) -> Result<bool, UnknownNamespace> {
        let (source, spec) = node(&format!("match: {{{matcher}}}"));
        let matcher = Matcher::read(Document { source: &source }, &spec).unwrap();
        matcher.matches(&Subject::of(&node(object).1), namespace, Source::Original)
    }

    const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: prod-a}}";
    const ROLE: &str = "{apiVersion: rbac/v1, kind: ClusterRole, metadata: {name: r}}";
    const NAMESPACE: &str =
        "{apiVersion: v1, kind: Namespace, metadata: {name: prod-b, labels: {stage: prod}}}";

    #[test]
    fn objects_match_by_what_they_are() {
        for (matcher, pod, role, namespace) in [
            ("kinds: [{apiGroups: [''], kinds: [Pod]}]", true, false, false),
            ("kinds: [{apiGroups: ['*'], kinds: ['*']}]", true, true, true),
            ("kinds: [{apiGroups: [apps]}]", false, false, false),
            ("scope: Cluster", false, true, true),
            ("scope: Namespaced", true, false, false),
            ("namespaces: ['prod-*']", true, true, true),
            ("namespaces: [dev]", false, true, false),
            ("excludedNamespaces: ['*-a']", false, true, true),
            ("labelSelector: {matchLabels: {stage: prod}}", false, false, true),
            ("name: 'p*'", true, false, true),
            ("source: Generated", false, false, false),
        ] {
            let found = [POD, ROLE, NAMESPACE].map(|object| matches(matcher, object, None));
            assert_eq!(found, [pod, role, namespace].map(Ok), "{matcher}");
        }
    }

    #[test]
    fn namespaces_are_selected_by_their_labels_where_those_are_known() {
        let selector = "namespaceSelector: {matchLabels: {stage: prod}}";
        let known = |stage: &str| Namespace {
            name: "prod-a".into(),
            labels: [("stage".to_owned(), stage.to_owned())].into(),
            object: None,
        };
        assert_eq!(matches(selector, POD, Some(&known("prod"))), Ok(true));
        assert_eq!(matches(selector, POD, Some(&known("dev"))), Ok(false));
        assert_eq!(matches(selector, POD, None), Err(UnknownNamespace("prod-a".into())));
        assert_eq!(matches(selector, ROLE, None), Ok(true));
        assert_eq!(matches(selector, NAMESPACE, None), Ok(true));
        // What doesn't match anyway needs no labels.
        let other = format!("kinds: [{{kinds: [Job]}}], {selector}");
        assert_eq!(matches(&other, POD, None), Ok(false));
    }
}
