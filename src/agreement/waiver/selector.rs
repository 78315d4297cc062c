//! `spec.match`: which violations a waiver is for.

use crate::agreement::Subject;
use crate::gatekeeper::Document;
use crate::manifest::{Node, Pointer, Step, parse_path};
use crate::policy::KindPattern;
use crate::rego::PolicyError;

use super::glob::Glob;

const FIELDS: [&str; 6] = ["kinds", "namespaces", "names", "labels", "files", "paths"];

/// Which violations a waiver is for: those that fit every part that is given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector {
    pub(super) kinds: Vec<KindPattern>,
    pub(super) namespaces: Vec<Glob>,
    pub(super) names: Vec<Glob>,
    pub(super) labels: Vec<(String, String)>,
    pub(super) files: Vec<Glob>,
    /// As they are written, and read.
    pub(super) paths: Vec<(String, Pointer)>,
}

impl Selector {
    pub(super) fn read(document: Document<'_>, spec: &Node) -> Result<Self, PolicyError> {
        let Some(node) = document.mapping(spec, "match")? else { return Ok(Self::default()) };
        document.only(node, &FIELDS, "`match`")?;
        let list = |key: &str| -> Result<Vec<(&Node, String)>, PolicyError> {
            document.texts(node, key)?;
            let text = |item: &'_ Node| match item.as_str().map(str::trim) {
                Some(text) if !text.is_empty() => Ok(text.to_owned()),
                _ => Err(document.wrong("an empty name is none", item.span)),
            };
            let items = node.get(key).and_then(Node::items).unwrap_or_default();
            items.iter().map(|item| Ok((item, text(item)?))).collect()
        };
        let globs = |key: &str| -> Result<Vec<Glob>, PolicyError> {
            let glob = |(item, text): (&Node, String)| {
                Glob::parse(&text).map_err(|reason| {
                    document.wrong(format!("`{text}` is no glob: {reason}"), item.span)
                })
            };
            list(key)?.into_iter().map(glob).collect()
        };
        let path = |(item, text): (&Node, String)| match parse_path(&text) {
            Some(path) if !path.0.is_empty() => Ok((text, path)),
            _ => {
                let error = document.wrong(format!("`{text}` is no path"), item.span);
                Err(error.with_help("write one such as `spec.containers[name=web].image`"))
            }
        };
        let mut labels = Vec::new();
        let entries = document.mapping(node, "labels")?.and_then(Node::entries);
        for entry in entries.unwrap_or_default() {
            let value = entry.value.as_str().ok_or_else(|| {
                document.wrong("the value of a label is text: put it in quotes", entry.value.span)
            })?;
            labels.push((entry.key.to_string(), value.to_owned()));
        }
        labels.sort();
        let kinds = list("kinds")?;
        Ok(Self {
            kinds: kinds.iter().map(|(_, text)| KindPattern::parse(text)).collect(),
            namespaces: globs("namespaces")?,
            names: globs("names")?,
            labels,
            files: globs("files")?,
            paths: list("paths")?.into_iter().map(path).collect::<Result<_, _>>()?,
        })
    }

    /// Whether it leaves no workload out: kinds and paths alone say which ones no more than the
    /// policy does.
    pub(super) fn is_open(&self) -> bool {
        let narrows = |globs: &[Glob]| !globs.is_empty() && !globs.iter().any(Glob::is_open);
        self.labels.is_empty()
            && ![&self.namespaces, &self.names, &self.files].into_iter().any(|part| narrows(part))
    }

    /// Whether a violation is one that it is for. `file` tells its file, relative to what globs are.
    pub(super) fn selects<'f>(&self, subject: &Subject<'_>, file: &dyn Fn() -> &'f str) -> bool {
        let is_among = |globs: &[Glob], name: &str| {
            globs.is_empty() || globs.iter().any(|glob| glob.matches(name))
        };
        let fits_resource = match subject.resource {
            Some(id) => {
                (self.kinds.is_empty() || self.kinds.iter().any(|kind| kind.matches(id)))
                    && is_among(&self.namespaces, &id.namespace)
                    && is_among(&self.names, &id.name)
            }
            None => [self.kinds.len(), self.namespaces.len(), self.names.len()] == [0; 3],
        };
        fits_resource
            && self.labels.iter().all(|(key, value)| subject.labels.get(key) == Some(value))
            && (self.files.is_empty() || is_among(&self.files, file()))
            && (self.paths.is_empty() || self.selects_place(subject))
    }

    /// Whether a violation is at one of the paths, however a member of a list is told.
    fn selects_place(&self, subject: &Subject<'_>) -> bool {
        let stable = subject.stable_path.and_then(parse_path);
        let found: Vec<&Pointer> = subject.path.into_iter().chain(&stable).collect();
        let is_at = |path: &Pointer| found.iter().any(|found| is_within(found, path));
        self.paths.iter().any(|(_, path)| is_at(path))
    }

    /// In a few words, for people.
    pub fn told(&self) -> String {
        let mut parts = Vec::new();
        let mut add = |what: &str, all: Vec<String>| {
            if !all.is_empty() {
                parts.push(format!("{what}{}", all.join(", ")));
            }
        };
        let texts = |globs: &[Glob]| globs.iter().map(|glob| glob.text.clone()).collect();
        add("", self.kinds.iter().map(ToString::to_string).collect());
        match (self.namespaces.as_slice(), self.names.as_slice()) {
            ([namespace], [name]) => add("", vec![format!("{}/{}", namespace.text, name.text)]),
            (namespaces, names) => {
                add("", texts(names));
                add("in ", texts(namespaces));
            }
        }
        add("labelled ", self.labels.iter().map(|(key, value)| format!("{key}={value}")).collect());
        add("of ", texts(&self.files));
        add("at ", self.paths.iter().map(|(text, _)| text.clone()).collect());
        if parts.is_empty() { "everything".to_owned() } else { parts.join(" ") }
    }
}

/// Whether a place is the one that a path names, or inside of it. A place in an item of a list is
/// one of the item.
fn is_within(found: &Pointer, path: &Pointer) -> bool {
    let mut found = found.0.as_slice();
    while let [Step::Key(key), Step::Index(_), rest @ ..] = found
        && &**key == "items"
        && !rest.is_empty()
    {
        found = rest;
    }
    let is_step = |wanted: &Step, found: &Step| match wanted {
        Step::Key(key) if matches!(&**key, "*" | "_") => true,
        _ => wanted.to_key() == found.to_key(),
    };
    path.0.len() <= found.len() && path.0.iter().zip(found).all(|(a, b)| is_step(a, b))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::manifest::{Format, ReadLimits, ResourceId, read};
    use crate::policy::{Level, Metadata, Policy};
    use crate::source::{SourceText, Span};

    fn selector(text: &str) -> Selector {
        let source = Arc::new(SourceText::new("w.yaml", format!("match: {{{text}}}")));
        let reading = read(&source, Format::Manifest, &ReadLimits::default());
        Selector::read(Document { source: &source }, &reading.manifests[0].root).unwrap()
    }

    fn selects(text: &str, id: Option<&ResourceId>, path: Option<&str>) -> bool {
        let policy = Policy {
            id: "team/root".into(),
            rule: String::new(),
            level: Level::Deny,
            metadata: Metadata::default(),
            source: Arc::new(SourceText::new("", "")),
            span: Span::default(),
        };
        let labels = BTreeMap::from([("team".to_owned(), "web".to_owned())]);
        let path = path.and_then(parse_path);
        let subject = Subject {
            policy: &policy,
            level: Level::Deny,
            resource: id,
            labels: &labels,
            file: "ignored",
            path: path.as_ref(),
            stable_path: Some("spec.initContainers[name=first].image"),
            agreed: None,
        };
        selector(text).selects(&subject, &|| "deploy/web.yaml")
    }

    #[test]
    fn every_part_must_fit() {
        let id = ResourceId {
            api_version: "apps/v1".into(),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: "web".into(),
        };
        for (text, wanted) in [
            ("", true),
            ("kinds: [Deployment]", true),
            ("kinds: [Pod, apps/Deployment]", true),
            ("kinds: [other/Deployment]", false),
            ("namespaces: [shop, till]", true),
            ("namespaces: ['sh*']", true),
            ("namespaces: [till]", false),
            ("names: [web]", true),
            ("names: [we]", false),
            ("names: [WEB]", false),
            ("labels: {team: web}", true),
            ("labels: {team: web, x: z}", false),
            ("files: ['deploy/**']", true),
            ("files: ['deploy/*.yaml']", true),
            ("files: ['*.yaml']", false),
            ("files: [web.yaml]", false),
            ("names: [web], namespaces: [till]", false),
        ] {
            assert_eq!(selects(text, Some(&id), None), wanted, "{text}");
        }
        assert!(selects("files: ['deploy/**']", None, None));
        for text in ["names: ['**']", "kinds: ['*']", "namespaces: ['*']"] {
            assert!(!selects(text, None, None), "{text}");
        }
        // No namespace is written, and so none is meant.
        let nowhere = ResourceId { namespace: String::new(), ..id };
        assert!(!selects("namespaces: [shop]", Some(&nowhere), None));
    }

    #[test]
    fn a_path_is_for_all_that_is_inside() {
        let at =
            |path: &str, found: &str| selects(&format!("paths: ['{path}']"), None, Some(found));
        assert!(at("spec.containers[0]", "/spec/containers/0/image"));
        assert!(at("spec.containers[0]", "/spec/containers/0"));
        assert!(at("spec.containers[0]", "/items/3/spec/containers/0"));
        assert!(at("spec.containers[*].image", "/spec/containers/7/image"));
        assert!(at("spec.containers[name=web]", "/spec/containers/name=web/image"));
        assert!(!at("spec.containers[0]", "/spec/containers/1"));
        assert!(!at("spec.containers[0]", "/spec/containers"));
        assert!(!at("spec.containers[0].image", "/spec/containers/0/imagePullPolicy"));
        assert!(selects("paths: ['spec.initContainers[name=first]']", None, None));
        assert!(!selects("paths: ['spec.initContainers[name=other]']", None, None));
    }

    #[test]
    fn kinds_and_paths_alone_leave_nobody_out() {
        for text in [
            "",
            "kinds: [Pod]",
            "paths: [spec]",
            "names: ['*']",
            "names: [web, '*']",
            "files: ['**']",
        ] {
            assert!(selector(text).is_open(), "{text}");
        }
        for text in ["names: [web]", "namespaces: [kube-system]", "labels: {a: b}", "files: [a/*]"]
        {
            assert!(!selector(text).is_open(), "{text}");
        }
    }

    #[test]
    fn a_selector_is_told_in_a_few_words() {
        let told = |text: &str| selector(text).told();
        assert_eq!(
            told("kinds: [Deployment], namespaces: [shop], names: [web]"),
            "Deployment shop/web"
        );
        assert_eq!(told("namespaces: [a, b], labels: {x: z}"), "in a, b labelled x=z");
        assert_eq!(told("files: ['a/**'], paths: [spec]"), "of a/** at spec");
        assert_eq!(told(""), "everything");
    }
}
