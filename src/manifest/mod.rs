//! Manifests: text read exactly as kubectl reads it, every value with its place.
//!
//! ```
//! use std::sync::Arc;
//! use manifestly::manifest::{self, Format, ReadLimits};
//! use manifestly::source::SourceText;
//!
//! let text = Arc::new(SourceText::new("mode.yaml", "mode: 0777\non: yes\n"));
//! let reading = manifest::read(&text, Format::Manifest, &ReadLimits::default());
//! let value = serde_json::Value::from(&reading.manifests[0].root);
//! assert_eq!(value, serde_json::json!({"mode": 511, "true": true}));
//! ```

mod admission;
mod characters;
mod controller;
mod entries;
mod error;
mod json;
mod limits;
mod node;
mod pointer;
mod quoted;
mod resource;
mod scalar;
mod stream;
mod template;
mod toml;
mod workload;
mod written;
mod yaml;

use std::sync::Arc;

pub use admission::{AdmissionRequest, Operation, ReviewError, admission_review, review_limits};
pub(crate) use admission::{Fields, REQUEST_FIELDS};
pub use controller::{Controller, controllers};
pub use error::{ReadError, ReadErrorKind};
pub use limits::ReadLimits;
pub use node::{Entry, Node, NodeKind, Step};
pub use pointer::{Pointer, parse_path};
pub use resource::{Resource, ResourceId, resources};
pub(crate) use resource::{group_and_version, items, resource_at};
pub(crate) use template::has_action;
pub use workload::{PodTemplate, pod_template};
pub(crate) use written::{Within, double_quoted, is_printable, written};

use crate::source::{Input, SourceText, Span};

/// The syntax of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// YAML or JSON, told apart as kubectl does it.
    Manifest,
    /// YAML as OPA reads it, for data: words like `yes` are words, and integers without a sign
    /// have 64 bits.
    Yaml,
    /// JSON as OPA reads it, for data: numbers are as they are written.
    Json,
    /// TOML, which no cluster reads but policies may judge.
    Toml,
}

impl Format {
    /// The format that a file name's ending stands for, if any.
    pub fn of_path(path: &std::path::Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "yaml" | "yml" | "json" => Some(Self::Manifest),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }

    /// The format of what is to be read: as a file's name says, else that of manifests.
    pub fn of(input: &Input) -> Self {
        match input {
            Input::File(file) => Self::of_path(&file.path).unwrap_or(Self::Manifest),
            Input::Text(_) => Self::Manifest,
        }
    }
}

/// One document of a source.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The text it stands in.
    pub source: Arc<SourceText>,
    /// Which document of the text it is, from 1; empty ones don't count.
    pub document: usize,
    /// The part of the text that it is read from, comments and all.
    pub extent: Span,
    /// Its value.
    pub root: Node,
}

impl Manifest {
    /// The line on which the document's value begins, from 1.
    pub fn line(&self) -> usize {
        self.source.position(self.root.span.start).line
    }
}

/// What reading a text gave: the documents that could be read, and why others could not.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The documents, in order.
    pub manifests: Vec<Manifest>,
    /// What could not be read, in order.
    pub errors: Vec<ReadError>,
}

/// Reads every document of a text. One that can't be read does not hide the others.
pub fn read(source: &Arc<SourceText>, format: Format, limits: &ReadLimits) -> Reading {
    let text = source.text();
    let mut reading = Reading::default();
    if text.len() > limits.bytes {
        reading.errors.push(too_large(limits).in_source(source));
        return reading;
    }
    if let Some(trouble) = template::of_chart(source.name(), text) {
        reading.errors.push(trouble.in_source(source));
        return reading;
    }
    let mut troubles = Vec::new();
    let mut add = |extent, result: Result<Option<Node>, error::Trouble>| match result {
        Ok(Some(root)) if !root.is_null() => reading.manifests.push(Manifest {
            source: Arc::clone(source),
            document: reading.manifests.len() + 1,
            extent,
            root,
        }),
        Ok(_) => {}
        Err(trouble) => troubles.push(trouble),
    };
    match format {
        Format::Toml => add(Span::new(0, text.len()), crate::stack::enough(|| toml::read(text))),
        Format::Manifest | Format::Yaml | Format::Json => {
            let (chunks, broken) = stream::split(text);
            for chunk in chunks {
                let text = &text[chunk.span.start..chunk.span.end];
                let by = chunk.span.start;
                let root = crate::stack::enough(|| match chunk.syntax {
                    stream::Syntax::Yaml => yaml::read(text, format, limits),
                    stream::Syntax::Json => json::read(text, format, limits),
                });
                let root = root.map(|root| root.map(|root| root.shifted(by)));
                add(chunk.span, root.map_err(|trouble| trouble.shifted(by)));
            }
            troubles.extend(broken);
        }
    }
    if let Some(first) = troubles.iter().find(|trouble| trouble.kind == ReadErrorKind::Syntax)
        && let Some(template) = template::instead_of(first, text)
    {
        troubles = vec![template];
    }
    reading.errors = troubles.into_iter().map(|trouble| trouble.in_source(source)).collect();
    reading
}

/// Reads a text that is to be one value of JSON and nothing else: what a program sent.
pub(crate) fn read_json(
    source: &Arc<SourceText>,
    limits: &ReadLimits,
) -> Result<Option<Manifest>, ReadError> {
    let text = source.text();
    let read = || json::read(text, Format::Manifest, limits);
    let trouble = |trouble: error::Trouble| trouble.in_source(source);
    let root =
        if text.len() > limits.bytes { Err(too_large(limits)) } else { crate::stack::enough(read) };
    let extent = Span::new(0, text.len());
    let manifest = |root| Manifest { source: Arc::clone(source), document: 1, extent, root };
    Ok(root.map_err(trouble)?.map(manifest))
}

fn too_large(limits: &ReadLimits) -> error::Trouble {
    let message = format!("the file is larger than {} bytes", limits.bytes);
    error::Trouble::limit(message, Span::new(0, 0))
}

/// A float as JSON text and back: a whole number that fits 64 bits comes back as an integer.
fn number(value: f64) -> NodeKind {
    // The shortest digits that give the float, padded with zeros: what Go's encoder writes.
    match value.to_string().parse() {
        Ok(integer) => NodeKind::Integer(integer),
        Err(_) => NodeKind::Float(value),
    }
}
