//! From what a violation says of itself to a place in the text.

mod declared;
pub(crate) mod infer;
mod label;
mod stable;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::manifest::{Node, Pointer, Resource, Step};
use crate::source::{Position, SourceText, Span};

pub use declared::{Declared, declared_places};
pub(crate) use declared::{declared_in, unreadable};
use label::{describe_missing, first_line, label_span};

/// How a place was found.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum PlaceSource {
    /// The violation named the path.
    Declared,
    /// Worked out from what the rule read.
    Inferred,
    /// The line that names the resource.
    Resource,
}

/// How sure an inferred place is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// It may well be another one.
    Low,
    /// It is likely to be this one.
    Medium,
    /// Hardly any other one is possible.
    High,
}

impl Confidence {
    /// The confidence's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A place in a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The text. Of one that has been set aside since, only the name may be left.
    pub text: Arc<SourceText>,
    /// Which document of the text, from 1.
    pub document: usize,
    /// The value it speaks of, also where that is absent, from the document's root.
    pub path: Pointer,
    /// The same from the root of the resource, with members of lists by what they are known by: it stays
    /// when others come and go. As in `spec.containers[name=web].image`.
    pub stable_path: String,
    /// What to underline.
    pub span: Span,
    /// Where that begins and ends, as people count.
    pub lines: (Position, Position),
    /// What the violation's path names and the manifest lacks.
    pub missing: Option<String>,
    /// What it is part of, where that is named too far away to be seen beside it.
    pub within: Option<String>,
    /// How the place was found.
    pub source: PlaceSource,
    /// How sure it is; of inferred places alone.
    pub confidence: Option<Confidence>,
    /// Whether it is no nearer because working that out took more than it may.
    pub bounded: bool,
}

impl Place {
    /// The same place, worked out and not named.
    pub(crate) fn inferred(self, confidence: Confidence) -> Self {
        Self { source: PlaceSource::Inferred, confidence: Some(confidence), ..self }
    }

    /// The same place in another text that holds the same object, which began at `from` and begins
    /// at `to`.
    pub(crate) fn moved(self, text: &Arc<SourceText>, from: usize, to: usize) -> Self {
        let at = |offset: usize| (offset + to).saturating_sub(from);
        let span = Span::new(at(self.span.start), at(self.span.end));
        let lines = (text.position(span.start), text.position(span.end));
        Self { text: Arc::clone(text), span, lines, ..self }
    }

    /// The same place, which stands for one that would take too long to work out.
    pub(crate) fn bounded(self) -> Self {
        Self { bounded: true, ..self }
    }

    /// What is written beside the underlined text, if anything is: what is absent there, what it is
    /// part of, and how the place is known where nobody named it. What the message of its violation
    /// names already is not said again.
    pub fn label(&self, message: &str) -> Option<String> {
        label::of(self, message)
    }
}

/// The place of `path` in `input`, which stands at `offset` in the resource: the root, or the pod
/// template of a controller.
pub fn declared(resource: &Resource, input: &Node, offset: &Pointer, path: &Pointer) -> Place {
    let resolved = path.resolve(input);
    let missing = describe_missing(&resolved.missing);
    let span = label_span(resolved.node, resolved.key_span, missing.is_some(), resource);
    let offset = offset_of(&resolved.found, resource, offset);
    let within = label::within(resource, &[offset, &resolved.found].concat(), span);
    let steps = [offset, &resolved.found, &resolved.missing].concat();
    let place = place(resource, &steps, span, missing, PlaceSource::Declared);
    Place { within, ..place }
}

/// Where in the resource a path of an object at `offset` starts. What a pod has of its controller
/// (its name, say) stands there, not in the template.
pub(crate) fn offset_of<'o>(
    found: &[Step],
    resource: &Resource,
    offset: &'o Pointer,
) -> &'o [Step] {
    let inherited = resource.node.at(&offset.join(found).0).is_none();
    if inherited { &[] } else { &offset.0 }
}

/// The place of what stands first in a line; none where no value of the resource begins there.
pub fn line(resource: &Resource, line: usize) -> Option<Place> {
    let text = &resource.manifest.source;
    let begins = |span: Span| !span.is_empty() && text.position(span.start).line == line;
    let (path, span) = label::first_where(&resource.node, &begins)?;
    let span = first_line(text, span);
    let within = label::within(resource, &path, span);
    let place = place(resource, &path, span, None, PlaceSource::Declared);
    Some(Place { within, ..place })
}

/// The place of a resource as a whole: where it is named.
pub fn resource(resource: &Resource) -> Place {
    let span = first_line(&resource.manifest.source, resource.naming_node().span);
    place(resource, &[], span, None, PlaceSource::Resource)
}

fn place(
    resource: &Resource,
    steps: &[Step],
    span: Span,
    missing: Option<String>,
    source: PlaceSource,
) -> Place {
    let path = resource.pointer(steps);
    let stable_path = stable::path(&resource.node, steps);
    let text = Arc::clone(&resource.manifest.source);
    let lines = (text.position(span.start), text.position(span.end));
    let document = resource.manifest.document;
    Place {
        text,
        document,
        path,
        stable_path,
        span,
        lines,
        missing,
        within: None,
        source,
        confidence: None,
        bounded: false,
    }
}
