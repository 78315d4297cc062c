//! What controllers make, as Gatekeeper imagines it.

use std::sync::Arc;

use crate::manifest::{Entry, Fields, Node, Pointer, Step};
use crate::policy::Level;

use super::{Expansion, Expansions, Gvk};

/// How many objects one may make, directly and through others.
const MOST: usize = 1_000;

/// An object that a controller will make, of the very nodes of its manifest.
#[derive(Clone, Debug)]
pub struct Made {
    /// The object.
    pub object: Node,
    /// Where its source stands in the manifest.
    pub path: Pointer,
    /// The expansion template that says so.
    pub template: String,
    /// What its violations ask for, where the template says.
    pub level: Option<Level>,
    /// Its kind.
    pub kind: String,
    /// Those who made it, the last first: `Job report-job`, `CronJob report`.
    pub makers: Vec<String>,
}

/// An object lacks what others are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NothingToMakeOf {
    /// What is wrong, in one line.
    pub message: String,
    /// Where the source should be in the manifest.
    pub path: Pointer,
}

impl Expansions {
    /// What an object makes, and what that makes in turn.
    pub(in super::super) fn made_of(&self, object: &Node) -> Result<Vec<Made>, NothingToMakeOf> {
        let mut made = Vec::new();
        self.add(object, &Pointer::default(), &[], &mut made)?;
        Ok(made)
    }

    /// It ends, as no template leads back to itself.
    fn add(
        &self,
        object: &Node,
        path: &Pointer,
        makers: &[String],
        made: &mut Vec<Made>,
    ) -> Result<(), NothingToMakeOf> {
        let kind = Gvk::of(object);
        for expansion in self.0.iter().filter(|expansion| expansion.makers.contains(&kind)) {
            let source = path.join(&expansion.source);
            if made.len() == MOST {
                let message = format!("it makes more than {MOST} objects");
                return Err(NothingToMakeOf { message, path: source });
            }
            let Some(template) = object.at(&expansion.source).filter(|t| t.entries().is_some())
            else {
                return Err(expansion.nothing(object, source));
            };
            let called = object.metadata("generateName");
            let called = Some(name(object)).filter(|name| !name.is_empty()).or(called);
            let maker = [&kind.kind, called.unwrap_or_default()].join(" ").trim_end().to_owned();
            let makers: Vec<_> = [maker].into_iter().chain(makers.iter().cloned()).collect();
            let object = expansion.object(template, object);
            made.push(Made {
                object: object.clone(),
                path: source.clone(),
                template: expansion.name.clone(),
                level: expansion.level,
                kind: expansion.made.kind.clone(),
                makers: makers.clone(),
            });
            self.add(&object, &source, &makers, made)?;
        }
        Ok(())
    }
}

impl Expansion {
    fn nothing(&self, object: &Node, path: Pointer) -> NothingToMakeOf {
        let source: Vec<_> = self
            .source
            .iter()
            .map(|step| match step {
                Step::Key(key) => &**key,
                Step::Index(_) => "",
            })
            .collect();
        let what = if object.at(&self.source).is_some() { "is no map" } else { "is missing" };
        let message = format!(
            "`{}` {what}: the {} of a {} is made of it, as `{}` says",
            source.join("."),
            self.made.kind,
            Gvk::of(object).kind,
            self.name
        );
        NothingToMakeOf { message, path }
    }

    /// The object that `maker` makes of `template`: of the kind that is said, in the namespace of
    /// its maker, with a name and an owner.
    fn object(&self, template: &Node, maker: &Node) -> Node {
        let new = Fields(template.span);
        let text = |key: &str, text: &str| entry(key, new.text(text));
        let own = template.entry("metadata");
        let given = own.and_then(|own| own.value.entries()).unwrap_or_default();
        let mut metadata: Vec<Entry> = given
            .iter()
            .filter(|e| !matches!(&*e.key, "name" | "namespace" | "ownerReferences"))
            .cloned()
            .collect();
        let metadata_of_maker = maker.get("metadata");
        let naming = metadata_of_maker.and_then(|metadata| metadata.get("name"));
        let made_name = format!("{}-{}", name(maker), self.made.kind).to_lowercase();
        let place = naming.map_or(template.span, |naming| naming.span);
        metadata.push(entry("name", Node::string(place, made_name)));
        let namespace = metadata_of_maker.and_then(|metadata| metadata.entry("namespace"));
        let is_named = |e: &&Entry| e.value.as_str().is_some_and(|text| !text.is_empty());
        metadata.extend(namespace.filter(is_named).cloned());
        let owners = given.iter().find(|e| *e.key == *"ownerReferences").map(|e| &e.value);
        metadata.extend(owner(owners, maker, new));
        let span = own.map_or(template.span, |own| own.value.span);
        let metadata = Entry {
            key: "metadata".into(),
            key_span: own.map_or(template.span, |own| own.key_span),
            value: Node::mapping(span, metadata),
        };
        let head =
            [text("apiVersion", &self.made.api_version()), text("kind", &self.made.kind), metadata];
        let rest = template.entries().unwrap_or_default().iter();
        let rest = rest.filter(|e| !matches!(&*e.key, "apiVersion" | "kind" | "metadata"));
        Node::mapping(template.span, head.into_iter().chain(rest.cloned()).collect())
    }
}

/// The owners of what is made: those it has, and its maker.
fn owner(owners: Option<&Node>, maker: &Node, new: Fields) -> Option<Entry> {
    let known = owners.and_then(Node::items).unwrap_or_default();
    let version = maker.get_str("apiVersion").unwrap_or_default();
    let (kind, name) = (maker.get_str("kind").unwrap_or_default(), name(maker));
    let is_it = |owner: &Node| {
        owner.get_str("apiVersion") == Some(version)
            && owner.get_str("kind") == Some(kind)
            && owner.get_str("name") == Some(name)
    };
    if version.is_empty() || kind.is_empty() || name.is_empty() || known.iter().any(is_it) {
        return owners.map(|owners| entry("ownerReferences", owners.clone()));
    }
    let fields = [("apiVersion", version), ("kind", kind), ("name", name), ("uid", "")];
    let owner = new.map(fields.map(|(key, text)| (key, new.text(text))));
    let owners = known.iter().cloned().chain([owner]).collect();
    Some(entry("ownerReferences", Node::sequence(new.0, owners)))
}

fn entry(key: &str, value: Node) -> Entry {
    Entry { key: Arc::from(key), key_span: value.span, value }
}

fn name(object: &Node) -> &str {
    let metadata = object.get("metadata");
    metadata.and_then(|metadata| metadata.get_str("name")).unwrap_or_default()
}
