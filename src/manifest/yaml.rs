//! YAML text to spanned tree, with go-yaml v2's structure: anchors, aliases, merge keys, key types.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput};

use crate::source::Span;

use super::Format;
use super::characters::{check_beginning, check_characters};
use super::entries::{Entries, merge};
use super::error::Trouble;
use super::limits::ReadLimits;
use super::node::{Entry, Node, NodeKind};
use super::quoted::Indented;
use super::scalar::{self, Scalar, Tag};

/// Reads the one document of a chunk; `None` when it holds nothing but comments.
pub(super) fn read(
    text: &str,
    format: Format,
    limits: &ReadLimits,
) -> Result<Option<Node>, Trouble> {
    check_characters(text)?;
    check_beginning(text, format)?;
    let mut indented = Indented::none();
    for _ in 0..Indented::MOST {
        match read_indented(text, &indented, format, limits) {
            Err(trouble)
                if trouble.message.ends_with("invalid indentation in quoted scalar")
                    && indented.add(text, trouble.span.start) => {}
            result => return result,
        }
    }
    read_indented(text, &indented, format, limits)
}

fn read_indented(
    text: &str,
    indented: &Indented,
    format: Format,
    limits: &ReadLimits,
) -> Result<Option<Node>, Trouble> {
    let parsed = indented.text(text);
    let mut reader = Reader {
        events: Parser::new_from_str(&parsed),
        offsets: Offsets(indented.offsets(text)),
        text,
        format,
        limits,
        anchors: HashMap::new(),
        visited: 0,
        aliased: 0,
    };
    reader.document()
}

/// The parser counts characters; spans count bytes.
struct Offsets(Option<Vec<usize>>);

impl Offsets {
    fn byte(&self, index: usize) -> usize {
        match &self.0 {
            None => index,
            Some(offsets) => offsets[index.min(offsets.len() - 1)],
        }
    }
}

/// An anchored node, with the number of values that repeating it costs.
struct Anchor {
    node: Node,
    size: usize,
}

struct Reader<'t> {
    events: Parser<'t, StrInput<'t>>,
    offsets: Offsets,
    text: &'t str,
    format: Format,
    limits: &'t ReadLimits,
    /// `None` while the anchored node is being read: an alias to it contains itself.
    anchors: HashMap<usize, Option<Anchor>>,
    visited: usize,
    aliased: usize,
}

/// A key before it becomes a string.
struct Key<'t> {
    value: Scalar<'t>,
    merge: bool,
}

impl<'t> Reader<'t> {
    fn document(&mut self) -> Result<Option<Node>, Trouble> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(_) if root.is_some() => {
                    return Err(Trouble::syntax(
                        "kubectl ignores everything from here to the next `---`",
                        self.span(span),
                    )
                    .label("a second document without a `---` line")
                    .help("end the document above with a line `---`"));
                }
                Event::StreamStart
                | Event::DocumentStart(_)
                | Event::DocumentEnd
                | Event::Nothing => {}
                event => root = Some(self.node(event, span, 0)?),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, saphyr_parser::Span), Trouble> {
        match self.events.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(self.scan_error(&error)),
            None => Ok((Event::StreamEnd, saphyr_parser::Span::default())),
        }
    }

    fn scan_error(&self, error: &ScanError) -> Trouble {
        let mut at = self.offsets.byte(error.marker().index()).min(self.text.len());
        if self.text[at..].trim().is_empty() {
            // At the end of the text there is nothing to point at; what stands last has to do.
            let last = self.text.trim_end().char_indices().next_back();
            at = last.map_or(at, |(last, _)| last);
        }
        let end = self.text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
        Trouble::syntax(format!("not valid YAML: {}", error.info()), Span::new(at, end))
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let start = self.offsets.byte(span.start.index());
        Span::new(start, self.offsets.byte(span.end.index()).max(start))
    }

    fn node(
        &mut self,
        event: Event<'t>,
        span: saphyr_parser::Span,
        depth: usize,
    ) -> Result<Node, Trouble> {
        let place = self.span(span);
        self.visit(1, 0, place)?;
        if depth > self.limits.depth {
            return Err(Trouble::limit(
                format!("nested deeper than {} levels", self.limits.depth),
                place,
            ));
        }
        let before = self.visited;
        let (anchor, node) = match event {
            Event::Alias(id) => return self.alias(id, place),
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = self.scalar(text, style, tag.as_deref(), place)?;
                (anchor, Node::new(place, self.value(scalar, place)?))
            }
            Event::SequenceStart(anchor, _) => {
                self.open(anchor);
                (anchor, self.sequence(place, depth)?)
            }
            Event::MappingStart(anchor, _) => {
                self.open(anchor);
                (anchor, self.mapping(place, depth)?)
            }
            _ => return Err(Trouble::syntax("not valid YAML: a value was expected", place)),
        };
        if anchor > 0 {
            let size = self.visited - before + 1;
            self.anchors.insert(anchor, Some(Anchor { node: node.clone(), size }));
        }
        Ok(node)
    }

    fn open(&mut self, anchor: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, None);
        }
    }

    /// Counts values, and refuses a document that aliases blow up, by go-yaml's measure and ours.
    fn visit(&mut self, values: usize, aliased: usize, place: Span) -> Result<(), Trouble> {
        self.visited += values;
        self.aliased += aliased;
        if self.visited > self.limits.nodes {
            return Err(Trouble::limit(
                format!("more than {} values in one document", self.limits.nodes),
                place,
            ));
        }
        #[allow(clippy::cast_precision_loss)] // counts stay far below 2^52
        let share = self.aliased as f64 / self.visited as f64;
        if self.aliased > 100 && self.visited > 1000 && share > allowed_alias_share(self.visited) {
            return Err(Trouble::limit("the document consists of little but aliases", place)
                .help("kubectl refuses it too: write the repeated parts out"));
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, place: Span) -> Result<Node, Trouble> {
        match self.anchors.get(&id) {
            Some(Some(anchor)) => {
                let (kind, size) = (anchor.node.kind.clone(), anchor.size);
                self.visit(size, size, place)?;
                Ok(Node::new(place, kind))
            }
            Some(None) => Err(Trouble::syntax("an anchored value contains itself", place)),
            None => Err(Trouble::syntax("no anchor of this name stands above", place)),
        }
    }

    fn sequence(&mut self, place: Span, depth: usize) -> Result<Node, Trouble> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                let end =
                    self.container_end(place, span, items.last().map(|item: &Node| item.span));
                return Ok(Node::sequence(Span::new(place.start, end), items));
            }
            items.push(self.node(event, span, depth + 1)?);
        }
    }

    fn mapping(&mut self, place: Span, depth: usize) -> Result<Node, Trouble> {
        let mut entries = Entries::default();
        let mut last = None;
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                let end = self.container_end(place, span, last);
                return Ok(Node::mapping(Span::new(place.start, end), entries.list));
            }
            let key_place = self.span(span);
            let key = self.key(event, key_place)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            last = Some(Span::new(key_place.start, value.span.end.max(key_place.end)));
            if key.merge {
                merge(&mut entries, &value)?;
            } else {
                entries.set(Entry {
                    key: key_text(key.value, key_place)?,
                    key_span: key_place,
                    value,
                });
            }
        }
    }

    fn key(&mut self, event: Event<'t>, place: Span) -> Result<Key<'t>, Trouble> {
        self.visit(1, 0, place)?;
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let merge = text == "<<"
                    && match tag.as_deref() {
                        None => style == ScalarStyle::Plain,
                        Some(tag) => whole_tag(tag) == "tag:yaml.org,2002:merge",
                    };
                let value = self.scalar(text, style, tag.as_deref(), place)?;
                if anchor > 0 {
                    let node = Node::new(place, self.value(value.clone(), place)?);
                    self.anchors.insert(anchor, Some(Anchor { node, size: 1 }));
                }
                Ok(Key { value, merge })
            }
            Event::Alias(id) => {
                let value = match self.alias(id, place)?.kind {
                    NodeKind::Null => Scalar::Null,
                    NodeKind::Bool(value) => Scalar::Bool(value),
                    NodeKind::Integer(value) => Scalar::Integer(value),
                    NodeKind::Float(value) => Scalar::Float(value),
                    NodeKind::Number(text) | NodeKind::String(text) => {
                        Scalar::String(text.to_string().into())
                    }
                    _ => return Err(Trouble::syntax("a map or a list can't be a key", place)),
                };
                Ok(Key { value, merge: false })
            }
            _ => Err(Trouble::syntax("a map or a list can't be a key", place)),
        }
    }

    fn scalar(
        &self,
        text: Cow<'t, str>,
        style: ScalarStyle,
        tag: Option<&saphyr_parser::Tag>,
        place: Span,
    ) -> Result<Scalar<'t>, Trouble> {
        if style == ScalarStyle::DoubleQuoted {
            self.check_escapes(place)?;
        }
        match (tag, text) {
            (None, text) if style == ScalarStyle::Plain && self.is_word(&text) => {
                Ok(Scalar::String(text))
            }
            (None, Cow::Borrowed(text)) if style == ScalarStyle::Plain => Ok(scalar::resolve(text)),
            (None, text) if style == ScalarStyle::Plain => Ok(scalar::resolve(&text).into_owned()),
            (None, text) => Ok(Scalar::String(text)),
            (Some(tag), text) => scalar::resolve_tagged(Tag::parse(&whole_tag(tag)), &text)
                .map(Scalar::into_owned)
                .map_err(|why| Trouble::syntax(why, place)),
        }
    }

    /// Whether the text is a truth value to kubectl, and a word to OPA.
    fn is_word(&self, text: &str) -> bool {
        self.format != Format::Manifest && scalar::is_old_truth(text)
    }

    /// A scalar as a JSON value: whole floats become integers on their way through JSON text.
    fn value(&self, scalar: Scalar<'_>, place: Span) -> Result<NodeKind, Trouble> {
        Ok(match scalar {
            Scalar::Null => NodeKind::Null,
            Scalar::Bool(value) => NodeKind::Bool(value),
            Scalar::Integer(value) => NodeKind::Integer(value),
            Scalar::Unsigned(value) if self.format != Format::Manifest => {
                NodeKind::Number(value.to_string().into())
            }
            #[allow(clippy::cast_precision_loss)] // JSON numbers above 64-bit integers are floats
            Scalar::Unsigned(value) => NodeKind::Float(value as f64),
            Scalar::Float(value) if value.is_finite() => super::number(value),
            Scalar::Float(_) => {
                return Err(Trouble::syntax(
                    "JSON has no infinity and no NaN, and so no manifest has",
                    place,
                ));
            }
            Scalar::String(text) => NodeKind::String(text.into()),
        })
    }

    /// `\/` is an escape of JSON and YAML 1.2 that kubectl's YAML does not know.
    fn check_escapes(&self, place: Span) -> Result<(), Trouble> {
        let raw = self.text.get(place.start..place.end).unwrap_or_default();
        let mut escaped = false;
        for (at, byte) in raw.bytes().enumerate() {
            if escaped && byte == b'/' {
                let at = place.start + at;
                return Err(Trouble::syntax(
                    "`\\/` is not an escape in YAML",
                    Span::new(at - 1, at + 1),
                )
                .help("write the slash alone"));
            }
            escaped = byte == b'\\' && !escaped;
        }
        Ok(())
    }

    /// Where a map or list ends: behind its closing bracket, or in block style behind its last item.
    fn container_end(&self, open: Span, close: saphyr_parser::Span, last: Option<Span>) -> usize {
        let flow = matches!(self.text.as_bytes().get(open.start), Some(b'{' | b'['));
        match last {
            Some(last) if !flow => last.end,
            _ => self.span(close).end.max(open.end),
        }
    }
}

/// The share of a document that aliases may make up, by go-yaml's rule.
fn allowed_alias_share(visited: usize) -> f64 {
    const LOW: f64 = 400_000.0;
    const HIGH: f64 = 4_000_000.0;
    #[allow(clippy::cast_precision_loss)] // counts stay far below 2^52
    let visited = (visited as f64).clamp(LOW, HIGH);
    0.99 - 0.89 * (visited - LOW) / (HIGH - LOW)
}

fn whole_tag(tag: &saphyr_parser::Tag) -> String {
    format!("{}{}", tag.handle, tag.suffix)
}

fn key_text(key: Scalar<'_>, place: Span) -> Result<Arc<str>, Trouble> {
    Ok(match key {
        Scalar::String(text) => text.into(),
        Scalar::Integer(value) => value.to_string().into(),
        Scalar::Bool(value) => value.to_string().into(),
        Scalar::Float(value) => scalar::float_key(value).into(),
        Scalar::Null => return Err(Trouble::syntax("null can't be a key", place)),
        Scalar::Unsigned(value) => {
            return Err(Trouble::syntax(format!("{value} is too large to be a key"), place)
                .help("quote it"));
        }
    })
}
