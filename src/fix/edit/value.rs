//! Where values begin and end: a reader's spans are for showing, these are for cutting.

use crate::manifest::{Entry, Node, NodeKind};

use super::page::Page;
use super::refusal::Refusal;

/// A value in its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'n> {
    pub(super) node: &'n Node,
    /// Behind the colon or the dash that it belongs to.
    pub(super) after: usize,
    /// Where it begins, behind its anchor and its tag; at `after` if nothing is written.
    pub(super) start: usize,
    pub(super) shape: Shape,
    /// Where its anchor or tag begins, or it itself.
    pub(super) begin: usize,
    /// Whether it stands within brackets.
    pub(super) in_flow: bool,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Not at all: null.
    Unwritten,
    Plain,
    Quoted(u8),
    Alias,
    /// `|` or `>`, with whether line breaks at its end are kept.
    Folded {
        keeps: bool,
    },
    /// A map or list in brackets.
    Flow,
    /// A map or list by indentation.
    Block,
}

impl<'n> Value<'n> {
    /// The value that begins somewhere behind `after`.
    pub(super) fn at(page: &Page<'_>, node: &'n Node, after: usize, in_flow: bool) -> Self {
        let value = |begin, start, shape| Self { node, after, start, shape, begin, in_flow };
        let span = page.span(node);
        if node.is_null() && span.is_empty() {
            return value(after, after, Shape::Unwritten);
        }
        let mut start = page.skip(after);
        let begin = start;
        while matches!(page.byte(start), b'&' | b'!') {
            start = page.skip(page.word_end(start));
        }
        let is_container = matches!(node.kind, NodeKind::Mapping(_) | NodeKind::Sequence(_));
        let shape = match page.byte(start) {
            b'*' => Shape::Alias,
            b'{' | b'[' if is_container => Shape::Flow,
            _ if is_container => Shape::Block,
            quote @ (b'"' | b'\'') => Shape::Quoted(quote),
            b'|' | b'>' if !in_flow => {
                Shape::Folded { keeps: page.text[start..page.line_end(start)].contains('+') }
            }
            _ => Shape::Plain,
        };
        value(begin, start, shape)
    }

    /// Where it ends, without what is blank behind it.
    pub(super) fn end(&self, page: &Page<'_>) -> Result<usize, Refusal> {
        let span = page.span(self.node);
        let trimmed = |end: usize| page.text[..end].trim_end().len();
        Ok(match self.shape {
            Shape::Unwritten => self.after,
            Shape::Quoted(quote) => page.quoted_end(self.start, quote),
            Shape::Alias => page.word_end(self.start),
            Shape::Flow => page.bracket_end(self.start),
            Shape::Plain => trimmed(span.end).max(self.start),
            Shape::Folded { keeps } => {
                let end = trimmed(span.end).max(page.line_end(self.start));
                match page.text[..span.end].trim_end_matches([' ', '\t']).strip_suffix('\n') {
                    // The break of the last line is not what is kept.
                    Some(kept) if keeps => kept.strip_suffix('\r').unwrap_or(kept).len().max(end),
                    _ => end,
                }
            }
            Shape::Block => {
                let last = match &self.node.kind {
                    NodeKind::Mapping(entries) => {
                        let own = entries.iter().filter(|entry| Page::is_own(self.node, entry));
                        let last = own.max_by_key(|entry| entry.key_span.start);
                        last.map(|entry| self.entry(page, entry)).transpose()?
                    }
                    NodeKind::Sequence(_) => self.items(page)?.pop(),
                    _ => None,
                };
                let last = last.map(|value| value.end(page)).transpose()?;
                // What is merged, or given twice, stands in no entry.
                last.unwrap_or_default().max(trimmed(span.end))
            }
        })
    }

    /// Whether it has an anchor or a tag.
    pub(super) fn has_properties(&self) -> bool {
        self.begin < self.start
    }

    /// Whether what it contains stands within brackets.
    fn holds_flow(&self) -> bool {
        self.in_flow || self.shape == Shape::Flow
    }

    /// The value of an entry.
    pub(super) fn entry<'e>(
        &self,
        page: &Page<'_>,
        entry: &'e Entry,
    ) -> Result<Value<'e>, Refusal> {
        if self.shape == Shape::Alias || !Page::is_own(self.node, entry) {
            return Err(Refusal::Shared);
        }
        if self.in_flow && self.shape == Shape::Block {
            return Err(Refusal::Layout("a map without braces stands in a list in brackets"));
        }
        let end = page.key(entry).end;
        let blank = page.text[end..].len() - page.text[end..].trim_start_matches([' ', '\t']).len();
        if page.byte(end + blank) == b':' {
            return Ok(Value::at(page, &entry.value, end + blank + 1, self.holds_flow()));
        }
        Err(Refusal::Layout("a key has no colon on its line"))
    }

    /// The items of a list.
    pub(super) fn items(&self, page: &Page<'_>) -> Result<Vec<Value<'n>>, Refusal> {
        if self.shape == Shape::Alias {
            return Err(Refusal::Shared);
        }
        let items = self.node.items().unwrap_or_default();
        let mut found: Vec<Value<'n>> = Vec::with_capacity(items.len());
        if self.shape == Shape::Flow {
            let mut at = self.start + 1;
            for item in items {
                let value = Value::at(page, item, at, true);
                if value.shape == Shape::Unwritten {
                    return Err(Refusal::Layout("an item of a list in brackets is not written"));
                }
                found.push(value);
                at = page.skip(value.end(page)?);
                if page.byte(at) == b',' {
                    at += 1;
                }
            }
            return Ok(found);
        }
        let mut dash = self.start;
        for item in items {
            if page.byte(dash) != b'-' {
                return Err(Refusal::Layout("a list has no dash where one is expected"));
            }
            let value = Value::at(page, item, dash + 1, false);
            found.push(value);
            dash = page.skip(page.line_end(value.end(page)?));
        }
        Ok(found)
    }
}
