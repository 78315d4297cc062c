//! Records: what a piece of a log holds, as requests that can be judged.

use std::sync::Arc;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::manifest::{
    AdmissionRequest, Manifest, Node, Resource, ReviewError, Step, read_json, review_limits,
};
use crate::source::SourceText;

use super::entry::{About, LeftOut, Reason, Seen, Unjudged};
use super::event;
use super::log::{Piece, located};
use super::looks::Looks;
use super::then::{Then, Told};

/// The API group of audit logs.
const AUDIT: &str = "audit.k8s.io";

/// Lists in lists go no deeper.
const DEEPEST: usize = 4;

/// Which requests are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    resources: Option<GlobSet>,
    decided: bool,
}

impl Wanted {
    /// Those about resources of these names alone: `pods`, `deployments.apps`, or a glob; any, where
    /// there are none.
    ///
    /// # Errors
    ///
    /// If one is no glob.
    pub fn resources(self, globs: &[String]) -> Result<Self, globset::Error> {
        if globs.is_empty() {
            return Ok(self);
        }
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            set.add(Glob::new(glob)?);
        }
        Ok(Self { resources: Some(set.build()?), ..self })
    }

    /// Those alone of which it is recorded what manifestly decided.
    #[must_use]
    pub fn decided(self, decided: bool) -> Self {
        Self { decided, ..self }
    }

    /// Whether a request is wanted, about a resource such as `deployments.apps`.
    pub(super) fn wants(&self, resource: &str, then: &Then) -> bool {
        let name = resource.split('.').next().unwrap_or(resource);
        let is_of = |set: &GlobSet| set.is_match(resource) || set.is_match(name);
        self.resources.as_ref().is_none_or(is_of) && (!self.decided || then.told == Told::Decision)
    }
}

/// A request that was read.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) about: About,
    pub(super) then: Then,
    /// None where no policy looks at what was asked for.
    pub(super) review: Option<AdmissionRequest>,
    /// What a webhook would have been told beside it.
    pub(super) unrecorded: &'static [&'static str],
    /// On which line its text begins, from 0.
    pub(super) line: usize,
}

/// What was read.
#[derive(Debug)]
pub(super) enum Read {
    Request(Box<Request>),
    Unjudged(Box<Unjudged>),
    LeftOut(LeftOut),
}

/// Reads records.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'r> {
    pub(super) file: &'r Arc<str>,
    pub(super) wanted: &'r Wanted,
    pub(super) looks: &'r Looks,
}

impl Record<'_> {
    /// What a piece holds, each with the line that it begins on.
    pub(super) fn read(&self, piece: Piece) -> Vec<(usize, Read)> {
        let unread = |line, why: String| {
            vec![(line, Read::Unjudged(Unjudged::of_text(Reason::Unreadable, why)))]
        };
        match piece {
            Piece::Unread(line, why) => unread(line, why),
            Piece::Document(manifest) => self.all(&manifest, 0),
            Piece::Line(line, bytes) => {
                let size = bytes.len();
                let Ok(text) = String::from_utf8(bytes) else {
                    return unread(line, "it is not UTF-8 text".to_owned());
                };
                let text = Arc::new(SourceText::new("", text.trim_end()));
                match read_json(&text, &review_limits(size)) {
                    Err(error) => unread(line, located(&error, &text)),
                    Ok(None) => Vec::new(),
                    Ok(Some(manifest)) => self.all(&Arc::new(manifest), line - 1),
                }
            }
        }
    }

    /// What a document holds, whose text begins behind so many lines.
    fn all(&self, manifest: &Arc<Manifest>, above: usize) -> Vec<(usize, Read)> {
        let mut found = Vec::new();
        self.some(manifest, &manifest.root, &mut Vec::new(), above, &mut found);
        found
    }

    fn some(
        &self,
        manifest: &Arc<Manifest>,
        node: &Node,
        path: &mut Vec<Step>,
        above: usize,
        found: &mut Vec<(usize, Read)>,
    ) {
        let is_list = node.get_str("kind").is_some_and(|kind| kind.ends_with("List"));
        let (list, key) = match node.get("items").filter(|_| is_list) {
            Some(items) => (items.items(), Some("items")),
            None => (node.items(), None),
        };
        match list.filter(|_| path.len() < DEEPEST) {
            Some(items) => {
                // The events of a list leave out what the list already says.
                let of_events = node.get_str("kind") == Some("EventList");
                for (number, item) in items.iter().enumerate() {
                    let depth = path.len();
                    path.extend(key.map(Step::from));
                    path.push(number.into());
                    if of_events && item.get("kind").is_none() {
                        found.push(self.event(manifest, item, above));
                    } else {
                        self.some(manifest, item, path, above, found);
                    }
                    path.truncate(depth);
                }
            }
            None => found.push(self.one(manifest, node, path, above)),
        }
    }

    fn one(
        &self,
        manifest: &Arc<Manifest>,
        node: &Node,
        path: &[Step],
        above: usize,
    ) -> (usize, Read) {
        let resource = Resource::part(manifest, node.clone(), path);
        if resource.id.kind == "Event" && resource.id.group() == AUDIT {
            return self.event(manifest, node, above);
        }
        let line = above + manifest.source.position(node.span.start).line;
        if !resource.is_admission_review() {
            let id = &resource.id;
            let what = match (id.kind.as_str(), id.api_version.as_str()) {
                ("", _) => "it has no kind".to_owned(),
                (kind, "") => format!("it is `{kind}`"),
                (kind, version) => format!("it is `{kind}` of {version}"),
            };
            return (line, Read::Unjudged(Unjudged::of_text(Reason::Unknown, what)));
        }
        (line, self.review(resource, above))
    }

    fn review(&self, review: Resource, above: usize) -> Read {
        let then = Then::of_response(&review.node);
        let request = review.node.get("request").cloned();
        let name = request.as_ref().map(resource_name).unwrap_or_default();
        if !self.wanted.wants(&name, &then) {
            return Read::LeftOut(LeftOut::Unwanted);
        }
        match AdmissionRequest::of_resource(review) {
            Ok(review) => {
                let about = about(&review, name, Seen::Reviewed);
                let (review, unrecorded) = (Some(review), [].as_slice());
                Read::Request(Box::new(Request { about, then, review, unrecorded, line: above }))
            }
            Err(error) => incomplete(&error, None, then),
        }
    }

    fn event(&self, manifest: &Arc<Manifest>, node: &Node, above: usize) -> (usize, Read) {
        let line = above + manifest.source.position(node.span.start).line;
        (line, event::read(manifest, node, self.wanted, self.looks, above))
    }
}

pub(super) fn incomplete(error: &ReviewError, about: Option<About>, then: Then) -> Read {
    let detail = Some(error.to_string());
    Read::Unjudged(Box::new(Unjudged { reason: Reason::Incomplete, detail, about, then }))
}

/// What a request is about, whose resource goes by this name.
pub(super) fn about(review: &AdmissionRequest, resource: String, seen: Seen) -> About {
    let request = review.review.node.get("request");
    let name = request.and_then(|request| request.get_str("name")).unwrap_or_default();
    let what = match review.object() {
        Some(object) => object.id.to_string(),
        None => named(&resource, &review.namespace, name),
    };
    let named = review.object().map(|object| object.id.name.as_str()).unwrap_or_default();
    About {
        operation: review.operation,
        resource,
        subresource: review.subresource.clone(),
        namespace: review.namespace.clone(),
        name: if name.is_empty() { named } else { name }.to_owned(),
        what,
        username: review.username.clone(),
        uid: review.uid.clone(),
        dry_run: review.dry_run,
        seen,
    }
}

/// `deployments.apps shop/web`
pub(super) fn named(resource: &str, namespace: &str, name: &str) -> String {
    let names: Vec<_> = [namespace, name].into_iter().filter(|name| !name.is_empty()).collect();
    format!("{resource} {}", names.join("/")).trim().to_owned()
}

/// The resource of a request: `deployments.apps`.
fn resource_name(request: &Node) -> String {
    let resource = request.get("resource");
    let text = |key| resource.and_then(|resource| resource.get_str(key)).unwrap_or_default();
    in_group(text("resource"), text("group"))
}

pub(super) fn in_group(resource: &str, group: &str) -> String {
    if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") }
}
