//! Edits of block style, where lines and columns hold values together.

use crate::manifest::{Entry, Node};
use crate::source::Span;

use super::Edit;
use super::flow::FlowStyle;
use super::page::Page;
use super::refusal::Refusal;
use super::scalar::{self, Quotes, Within};
use super::style::{Style, takes_lines};
use super::value::{Shape, Value};

/// What a value belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// The document.
    Document,
    /// A key, in its column.
    Key(usize),
    /// The dash of a list.
    Dash,
}

/// Edits blocks of a page.
pub(super) struct Blocks<'p> {
    pub(super) page: Page<'p>,
    pub(super) style: Style,
    pub(super) flow: FlowStyle,
}

type Edits = Result<Vec<Edit>, Refusal>;

impl Blocks<'_> {
    /// Adds a key behind the last one of a map.
    pub(super) fn add_key(&self, map: &Value<'_>, key: &str, value: &Node) -> Edits {
        let quotes = match Self::last_key(map) {
            Some(last) => match self.page.byte(self.page.key(last).start) {
                b'"' => Quotes::Double,
                b'\'' => Quotes::Single,
                _ => Quotes::None,
            },
            None => Quotes::None,
        };
        let key = scalar::string(key, Within::Block, quotes);
        let column = self.page.column(map.start)?;
        Ok(vec![self.line_behind(map.end(&self.page)?, column, &self.style.keyed(&key, value))?])
    }

    /// Adds an item to a list that has some.
    pub(super) fn add_item(&self, list: &Value<'_>, at: usize, item: &Node) -> Edits {
        let column = self.page.column(list.start)?;
        let lines = self.style.listed(item);
        let items = list.items(&self.page)?;
        let Some(next) = items.get(at) else {
            return Ok(vec![self.line_behind(list.end(&self.page)?, column, &lines)?]);
        };
        let dash = next.after - 1;
        let text = lines.iter().map(|line| format!("{line}{}", self.line_break(column)));
        Ok(vec![Edit { span: Span::new(dash, dash), text: text.collect() }])
    }

    /// Puts a value in the place of another.
    pub(super) fn replace(&self, old: &Value<'_>, holder: Holder, new: &Node) -> Edits {
        let end = old.end(&self.page)?;
        let edit = |start, end, text| Edit { span: Span::new(start, end), text };
        let text = || scalar::write(new, Within::Block, quotes(old));
        match old.shape {
            Shape::Flow
                if takes_lines(new) && (takes_lines(old.node) || holder == Holder::Document) =>
            {
                let text = self.flow.write(new, self.page.margin(old.start));
                Ok(vec![edit(old.start, end, text)])
            }
            Shape::Plain | Shape::Quoted(_) | Shape::Alias | Shape::Flow if !takes_lines(new) => {
                Ok(vec![edit(old.start, end, text())])
            }
            Shape::Unwritten if !takes_lines(new) => {
                Ok(vec![edit(old.after, old.after, format!(" {}", text()))])
            }
            Shape::Folded { .. } | Shape::Block if old.has_properties() => {
                Err(Refusal::Layout("the value has an anchor or a tag"))
            }
            _ => match holder {
                Holder::Key(column) => self.replace_behind_key(old, end, column, new),
                Holder::Dash | Holder::Document if old.shape == Shape::Unwritten => {
                    let column = self.page.column(old.after - 1)? + 2;
                    Ok(vec![edit(old.after, old.after, format!(" {}", self.lines(new, column)))])
                }
                Holder::Dash | Holder::Document => {
                    let column = self.page.column(old.start)?;
                    Ok(vec![edit(old.start, end, self.lines(new, column))])
                }
            },
        }
    }

    /// A comment behind the key stays.
    fn replace_behind_key(&self, old: &Value<'_>, end: usize, column: usize, new: &Node) -> Edits {
        let edit = |start, end, text| Edit { span: Span::new(start, end), text };
        let line_end = self.page.line_end(old.after);
        if !takes_lines(new) {
            let text = format!(" {}", scalar::write(new, Within::Block, Quotes::None));
            let comment = old.shape == Shape::Block && self.page.skip(old.after) != line_end;
            return Ok(if comment && self.page.ends_line(old.after) {
                vec![edit(old.after, old.after, text), edit(line_end, end, String::new())]
            } else {
                vec![edit(old.after, end, text)]
            });
        }
        let deeper = column + self.style.deeper(new);
        let lines = format!("{}{}", self.line_break(deeper), self.lines(new, deeper));
        match old.shape {
            Shape::Block => Ok(vec![edit(line_end, end, lines)]),
            Shape::Folded { .. } => Ok(vec![edit(old.after, end, lines)]),
            _ if !self.page.ends_line(end) => {
                Err(Refusal::Layout("something follows the value on its line"))
            }
            _ => {
                let begin = self.page.text[..old.start].trim_end().len().max(old.after.min(end));
                let line_end = self.page.line_end(end);
                Ok(vec![edit(begin, end, String::new()), edit(line_end, line_end, lines)])
            }
        }
    }

    /// Removes a key from a map that has others. What stands above the key stays.
    pub(super) fn remove_key(&self, map: &Value<'_>, entry: &Entry) -> Edits {
        let value = map.entry(&self.page, entry)?;
        let end = value.end(&self.page)?;
        Ok(vec![self.cut(self.page.key(entry).start, end, self.page.column(map.start)?)?])
    }

    /// Removes an item from a list that has others.
    pub(super) fn remove_item(&self, list: &Value<'_>, at: usize) -> Edits {
        let items = list.items(&self.page)?;
        let item = items.get(at).ok_or(Refusal::Layout("the list is shorter than it seems"))?;
        let column = self.page.column(list.start)?;
        Ok(vec![self.cut(item.after - 1, item.end(&self.page)?, column)?])
    }

    /// Cuts out lines, with comments that stand deeper below them.
    fn cut(&self, begin: usize, end: usize, column: usize) -> Result<Edit, Refusal> {
        let page = &self.page;
        if !page.ends_line(end) {
            return Err(Refusal::Layout("something follows the value on its line"));
        }
        let mut stop = page.next_line(end);
        while page.text[stop..].trim_start_matches(' ').starts_with('#')
            && page.margin(stop).len() > column
        {
            stop = page.next_line(stop);
        }
        let start = page.line_start(begin);
        let cut = |start, stop| Edit { span: Span::new(start, stop), text: String::new() };
        if !page.text[start..begin].trim_start_matches('\u{feff}').bytes().all(|c| c == b' ') {
            // The line has a dash, which now belongs to what comes next.
            let blank = page.text[stop..].len() - page.text[stop..].trim_start().len();
            return Ok(cut(begin, stop + blank));
        }
        if stop == page.text.len() && !page.text.ends_with('\n') && start > 0 {
            // The last line has no break, and so the one before loses its own.
            return Ok(cut(page.line_end(start - 1), stop));
        }
        Ok(cut(begin - page.margin(begin).len(), stop))
    }

    fn last_key<'n>(map: &Value<'n>) -> Option<&'n Entry> {
        let own = map.node.entries()?.iter().filter(|entry| Page::is_own(map.node, entry));
        own.max_by_key(|entry| entry.key_span.start)
    }

    /// Lines of their own behind the line on which something ends.
    fn line_behind(&self, end: usize, column: usize, lines: &[String]) -> Result<Edit, Refusal> {
        if !self.page.ends_line(end) {
            return Err(Refusal::Layout("something follows the value on its line"));
        }
        let at = self.page.line_end(end);
        let text = lines.iter().map(|line| format!("{}{line}", self.line_break(column)));
        Ok(Edit { span: Span::new(at, at), text: text.collect() })
    }

    fn line_break(&self, column: usize) -> String {
        format!("{}{:column$}", self.page.newline(), "")
    }

    /// The lines of a value whose first one stands in a column already.
    fn lines(&self, value: &Node, column: usize) -> String {
        self.style.lines(value).join(&self.line_break(column))
    }
}

/// How a value is quoted that takes the place of another.
pub(super) fn quotes(old: &Value<'_>) -> Quotes {
    match old.shape {
        Shape::Quoted(b'\'') => Quotes::Single,
        Shape::Quoted(_) => Quotes::Double,
        _ => Quotes::None,
    }
}
