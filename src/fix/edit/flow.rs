//! Edits within brackets: JSON, and YAML in flow style.

use crate::manifest::{Node, NodeKind};
use crate::source::Span;

use super::Edit;
use super::block::quotes;
use super::page::Page;
use super::refusal::Refusal;
use super::scalar::{self, Quotes, Within};
use super::style::takes_lines;
use super::value::{Shape, Value};

/// How maps and lists in brackets are written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FlowStyle {
    pub(super) within: Within,
    colon: String,
    comma: &'static str,
    /// How much further in each level stands, where items have lines of their own.
    unit: Option<String>,
    newline: &'static str,
}

type Edits = Result<Vec<Edit>, Refusal>;

/// The parts of a map or list: where each begins, and its value.
struct Part<'n> {
    begin: usize,
    value: Value<'n>,
}

fn parts<'n>(page: &Page<'_>, holder: &Value<'n>) -> Result<Vec<Part<'n>>, Refusal> {
    let Some(entries) = holder.node.entries() else {
        let items = holder.items(page)?.into_iter();
        return Ok(items.map(|value| Part { begin: value.begin, value }).collect());
    };
    let own = entries.iter().filter(|entry| Page::is_own(holder.node, entry));
    let part = |entry| Ok(Part { begin: page.key(entry).start, value: holder.entry(page, entry)? });
    let mut parts = own.map(part).collect::<Result<Vec<_>, Refusal>>()?;
    parts.sort_by_key(|part| part.begin);
    Ok(parts)
}

impl FlowStyle {
    /// The style around the last of `way`, each of which holds the next one.
    pub(super) fn around(page: &Page<'_>, way: &[Value<'_>]) -> Self {
        let mut style = Self {
            within: Within::Flow,
            colon: ": ".to_owned(),
            comma: ", ",
            unit: None,
            newline: page.newline(),
        };
        let flow = way.iter().rev().filter(|value| value.shape == Shape::Flow);
        let (mut knows_keys, mut knows_lines) = (false, false);
        for value in flow {
            let Ok(parts) = parts(page, value) else { continue };
            let Some(first) = parts.first() else { continue };
            if !knows_lines {
                knows_lines = true;
                style.unit = unit(page, value.start, first.begin);
            }
            let key = value.node.entries().unwrap_or_default().iter().find(|entry| {
                Page::is_own(value.node, entry) && page.key(entry).start == first.begin
            });
            if let Some(key) = key.filter(|_| !knows_keys) {
                knows_keys = true;
                style.learn_keys(page, page.key(key), &first.value);
            }
        }
        if !knows_keys && way.first().is_some_and(|root| root.shape == Shape::Flow) {
            // Nothing to learn from: a document that begins with a bracket is JSON.
            style.within = Within::Json;
        }
        style
    }

    fn learn_keys(&mut self, page: &Page<'_>, key: Span, value: &Value<'_>) {
        if page.byte(key.start) == b'"' {
            self.within = Within::Json;
        }
        let colon = &page.text[key.end..value.begin];
        let is_plain = colon.bytes().all(|byte| matches!(byte, b' ' | b':'));
        let is_enough = self.within == Within::Json || colon.ends_with(' ');
        if is_plain && is_enough && value.shape != Shape::Unwritten {
            colon.clone_into(&mut self.colon);
            if colon.ends_with(':') {
                self.comma = ",";
            }
        }
    }

    /// A value on a line with this margin.
    pub(super) fn write(&self, node: &Node, margin: &str) -> String {
        let within = self.unit.as_ref().map(|unit| format!("{margin}{unit}"));
        let deeper = within.as_deref().unwrap_or(margin);
        match &node.kind {
            NodeKind::Mapping(entries) if !entries.is_empty() => {
                let parts =
                    entries.iter().map(|entry| self.keyed(&entry.key, &entry.value, deeper));
                self.bracketed(["{", "}"], &parts.collect::<Vec<_>>(), margin)
            }
            NodeKind::Sequence(items) if !items.is_empty() => {
                let parts = items.iter().map(|item| self.write(item, deeper));
                self.bracketed(["[", "]"], &parts.collect::<Vec<_>>(), margin)
            }
            _ => scalar::write(node, self.within, Quotes::None),
        }
    }

    fn keyed(&self, key: &str, value: &Node, margin: &str) -> String {
        let key = scalar::string(key, self.within, Quotes::None);
        format!("{key}{}{}", self.colon, self.write(value, margin))
    }

    fn bracketed(&self, [open, close]: [&str; 2], parts: &[String], margin: &str) -> String {
        match &self.unit {
            None => format!("{open}{}{close}", parts.join(self.comma)),
            Some(unit) => {
                let newline = self.newline;
                let parts = parts.join(&format!(",{newline}{margin}{unit}"));
                format!("{open}{newline}{margin}{unit}{parts}{newline}{margin}{close}")
            }
        }
    }

    /// Adds a key to a map.
    pub(super) fn add_key(
        &self,
        page: &Page<'_>,
        map: &Value<'_>,
        key: &str,
        value: &Node,
    ) -> Edits {
        self.add(page, map, usize::MAX, &|margin| self.keyed(key, value, margin))
    }

    /// Adds an item to a list.
    pub(super) fn add_item(
        &self,
        page: &Page<'_>,
        list: &Value<'_>,
        at: usize,
        item: &Node,
    ) -> Edits {
        self.add(page, list, at, &|margin| self.write(item, margin))
    }

    fn add(
        &self,
        page: &Page<'_>,
        holder: &Value<'_>,
        at: usize,
        part: &dyn Fn(&str) -> String,
    ) -> Edits {
        let insert = |at, text| Edit { span: Span::new(at, at), text };
        let parts = parts(page, holder)?;
        let Some(first) = parts.first() else {
            let margin = page.margin(holder.start);
            let deeper = self.unit.as_ref().map(|unit| format!("{margin}{unit}"));
            let part = part(deeper.as_deref().unwrap_or(margin));
            let brackets = if holder.node.items().is_some() { ["[", "]"] } else { ["{", "}"] };
            let span = Span::new(holder.start, page.bracket_end(holder.start));
            return Ok(vec![Edit { span, text: self.bracketed(brackets, &[part], margin) }]);
        };
        let on_lines = page.line_start(first.begin) > holder.start;
        let margin = page.margin(first.begin);
        let text = part(margin);
        let separated =
            if on_lines { format!("{}{margin}", self.newline) } else { self.comma[1..].to_owned() };
        if let Some(next) = parts.get(at) {
            return Ok(vec![insert(next.begin, format!("{text},{separated}"))]);
        }
        let last = &parts[parts.len() - 1].value;
        if last.shape == Shape::Unwritten {
            return Err(Refusal::Layout("the last value in brackets is not written"));
        }
        let end = last.end(page)?;
        let comma = page.skip(end);
        let trails = page.byte(comma) == b',';
        let behind = if trails { comma + 1 } else { end };
        let place = if on_lines && page.ends_line(behind) { page.line_end(behind) } else { behind };
        Ok(match (trails, place == behind) {
            (true, _) => vec![insert(place, format!("{separated}{text},"))],
            (false, true) => vec![insert(end, format!(",{separated}{text}"))],
            (false, false) => {
                vec![insert(end, ",".to_owned()), insert(place, format!("{separated}{text}"))]
            }
        })
    }

    /// Puts a value in the place of another.
    pub(super) fn replace(&self, page: &Page<'_>, old: &Value<'_>, new: &Node) -> Edits {
        let text = if takes_lines(new) {
            self.write(new, page.margin(old.start))
        } else {
            scalar::write(new, self.within, quotes(old))
        };
        Ok(vec![match old.shape {
            Shape::Unwritten => {
                Edit { span: Span::new(old.after, old.after), text: format!(" {text}") }
            }
            _ => Edit { span: Span::new(old.start, old.end(page)?), text },
        }])
    }

    /// Removes one of several parts of a map or list: the one that begins there.
    pub(super) fn remove(page: &Page<'_>, holder: &Value<'_>, begin: usize) -> Edits {
        let cut = |start, end| Edit { span: Span::new(start, end), text: String::new() };
        let parts = parts(page, holder)?;
        let found = parts.iter().position(|part| part.begin == begin);
        let at = found.ok_or(Refusal::Layout("a value in brackets is not where it seems"))?;
        let end = parts[at].value.end(page)?;
        let comma = page.skip(end);
        let trails = page.byte(comma) == b',';
        let behind = if trails { comma + 1 } else { end };
        let owns_lines = page.begins_line(begin) && page.ends_line(behind);
        if owns_lines && trails {
            return Ok(vec![cut(page.line_start(begin), page.next_line(behind))]);
        }
        if let Some(next) = parts.get(at + 1) {
            return Ok(vec![cut(begin, next.begin)]);
        }
        let Some(previous) = at.checked_sub(1).and_then(|at| parts.get(at)) else {
            return Err(Refusal::Layout("a value in brackets is not where it seems"));
        };
        let previous = previous.value.end(page)?;
        if !page.text[previous..begin].contains('#') {
            return Ok(vec![cut(previous, end)]);
        }
        let comma = page.skip(previous);
        let blank = page.text[..begin].trim_end().len();
        Ok(vec![cut(comma, comma + 1), cut(blank, end)])
    }
}

/// How much further in the parts of a map or list stand, if they have lines of their own.
fn unit(page: &Page<'_>, open: usize, first: usize) -> Option<String> {
    if page.line_start(first) <= open {
        return None;
    }
    let unit = page.margin(first).strip_prefix(page.margin(open)).filter(|unit| !unit.is_empty());
    Some(unit.unwrap_or("  ").to_owned())
}
