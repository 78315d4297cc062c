//! From a patch to the edits of a text: as few bytes as will do, and never a doubtful one.
//!
//! The text is edited by one operation after the other, and read again after each. What is read must
//! be what the operation makes of the tree; else the text is left alone, and a [`Refusal`] says why.

mod block;
mod flow;
mod narrow;
mod page;
mod pieces;
mod refusal;
mod scalar;
mod style;
#[cfg(test)]
mod tests;
mod value;

use std::sync::Arc;

use crate::manifest::{self, Format, Manifest, Node, NodeKind, ReadLimits, Step, has_action};
use crate::source::{SourceText, Span};

use super::patch::{Operation, Patch, index_of};
use block::{Blocks, Holder};
use flow::FlowStyle;
use page::Page;
use pieces::Pieces;
pub use refusal::Refusal;
use style::Style;
use value::{Shape, Value};

/// A part of a text and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The part, which may be empty.
    pub span: Span,
    /// What takes its place, which may be empty too.
    pub text: String,
}

/// The text that edits make of another. They stand in its order, none over another.
pub fn edited(text: &str, edits: &[Edit]) -> String {
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        new.push_str(text.get(at..edit.span.start).unwrap_or_default());
        new.push_str(&edit.text);
        at = edit.span.end.max(at);
    }
    new.push_str(text.get(at..).unwrap_or_default());
    new
}

/// The edits of a manifest's text that make it read as the patched manifest. Everything else of the
/// text stays as it is: comments, quotes, order, indentation, line breaks, other documents.
///
/// # Errors
///
/// Why the text can't be edited, or not safely enough.
pub fn edits(manifest: &Manifest, patch: &Patch) -> Result<Vec<Edit>, Refusal> {
    let text = manifest.source.slice(manifest.extent);
    check_text(manifest, text)?;
    let wanted = patch.apply(&manifest.root)?;
    let mut pieces = Pieces::of(text.len());
    let mut state =
        State { text: text.to_owned(), root: manifest.root.clone(), base: manifest.extent.start };
    for operation in &patch.0 {
        let narrowed = narrow::narrowed(operation, &state.root);
        let begun = (state.clone(), pieces.clone());
        let steps = narrowed.iter().try_for_each(|step| state.step(step, &mut pieces));
        // What can't be done in its parts, as they are shared, may still be done as a whole.
        if steps.is_err() {
            (state, pieces) = begun;
            state.step(operation, &mut pieces)?;
        }
    }
    if !state.root.same_value(&wanted) {
        return Err(Refusal::Unsure);
    }
    let mut edits = pieces.edits();
    for edit in &mut edits {
        edit.span = edit.span.shifted(manifest.extent.start);
    }
    Ok(edits)
}

fn check_text(manifest: &Manifest, text: &str) -> Result<(), Refusal> {
    if Format::of_path(manifest.source.name().as_ref()) == Some(Format::Toml) {
        return Err(Refusal::Layout("it is TOML"));
    }
    let lone = |(at, _): (usize, &str)| text.as_bytes().get(at + 1) != Some(&b'\n');
    if text.match_indices('\r').any(lone) {
        return Err(Refusal::Layout("carriage returns break its lines"));
    }
    let is_action = |line: &str| line.trim_start().starts_with('#') && has_action(line);
    if text.lines().any(is_action) {
        return Err(Refusal::Template);
    }
    Ok(())
}

/// A document as it is after some operations.
#[derive(Clone)]
struct State {
    text: String,
    root: Node,
    base: usize,
}

impl State {
    fn step(&mut self, operation: &Operation, pieces: &mut Pieces) -> Result<(), Refusal> {
        let wanted = operation.apply(&self.root)?;
        let page = Page { text: &self.text, base: self.base };
        let way = Way::along(page, &self.root, &operation.path().0)?;
        let mut edits = way.edits(operation)?;
        edits.sort_by_key(|edit| edit.span);
        let gone = edits.iter().map(|edit| self.text.get(edit.span.start..edit.span.end));
        let gone = gone.map(Option::unwrap_or_default).collect::<Vec<_>>();
        if gone.iter().any(|gone| has_action(gone)) {
            return Err(Refusal::Template);
        }
        let text = edited(&self.text, &edits);
        match read(&text) {
            Some(root) if root.same_value(&wanted) => {
                pieces.edit(&edits);
                *self = Self { text, root, base: 0 };
                Ok(())
            }
            _ if way.is_anchored() || gone.iter().any(|gone| gone.contains('&')) => {
                Err(Refusal::Shared)
            }
            _ => Err(Refusal::Unsure),
        }
    }
}

/// Reads the text of one document.
fn read(text: &str) -> Option<Node> {
    let source = Arc::new(SourceText::new("", text));
    let mut reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
    let only = reading.errors.is_empty() && reading.manifests.len() == 1;
    only.then(|| reading.manifests.pop()).flatten().map(|manifest| manifest.root)
}

/// The values on the way to what an operation changes, and the step from the last of them to it.
struct Way<'w> {
    page: Page<'w>,
    values: Vec<Value<'w>>,
    last: Option<&'w Step>,
}

impl<'w> Way<'w> {
    fn along(page: Page<'w>, root: &'w Node, path: &'w [Step]) -> Result<Self, Refusal> {
        let mut value = Value::at(&page, root, 0, false);
        let mut values = vec![value];
        let (last, path) =
            path.split_last().map_or((None, path), |(last, path)| (Some(last), path));
        for step in path {
            value = within(&page, &value, step)?.ok_or(Refusal::Unsure)?;
            values.push(value);
        }
        Ok(Self { page, values, last })
    }

    fn is_anchored(&self) -> bool {
        let target = self.last.and_then(|last| {
            within(&self.page, &self.values[self.values.len() - 1], last).ok().flatten()
        });
        self.values.iter().chain(&target).any(Value::has_properties)
    }

    fn edits(&self, operation: &Operation) -> Result<Vec<Edit>, Refusal> {
        let page = &self.page;
        let holder = self.values[self.values.len() - 1];
        let Some(last) = self.last else {
            let (Operation::Add { value, .. } | Operation::Replace { value, .. }) = operation
            else {
                return Ok(Vec::new());
            };
            return self.replace(&holder, Holder::Document, value);
        };
        if holder.shape == Shape::Alias {
            return Err(Refusal::Shared);
        }
        if holder.in_flow && holder.shape == Shape::Block {
            return Err(Refusal::Layout("a map without braces stands in a list in brackets"));
        }
        let present = within(page, &holder, last)?;
        match (operation, present) {
            (Operation::Test { .. }, _) => Ok(Vec::new()),
            (Operation::Remove { .. }, Some(value)) => self.remove(&holder, last, &value),
            (Operation::Replace { value, .. }, Some(old)) => {
                self.replace(&old, self.holds(&holder)?, value)
            }
            (Operation::Add { value, .. }, Some(old)) if holder.node.entries().is_some() => {
                self.replace(&old, self.holds(&holder)?, value)
            }
            (Operation::Add { value, .. }, _) => self.add(&holder, last, value),
            _ => Err(Refusal::Unsure),
        }
    }

    fn holds(&self, holder: &Value<'_>) -> Result<Holder, Refusal> {
        Ok(match &holder.node.kind {
            NodeKind::Sequence(_) => Holder::Dash,
            _ if holder.shape == Shape::Flow => Holder::Key(0),
            _ => Holder::Key(self.page.column(holder.start)?),
        })
    }

    fn blocks(&self) -> Blocks<'w> {
        let style = Style::around(&self.page, &self.values);
        Blocks { page: self.page, style, flow: self.flow() }
    }

    fn flow(&self) -> FlowStyle {
        FlowStyle::around(&self.page, &self.values)
    }

    fn add(&self, holder: &Value<'w>, step: &Step, value: &Node) -> Result<Vec<Edit>, Refusal> {
        let page = &self.page;
        let is_empty = !style::takes_lines(holder.node);
        if is_empty && holder.shape == Shape::Flow && !holder.in_flow && self.values.len() > 1 {
            // Brackets around nothing are not a style: what goes in is a block, like what is around.
            let filled = Operation::of_single(holder.node, step, value);
            let above = self.values[self.values.len() - 2];
            return self.replace(holder, self.holds(&above)?, &filled);
        }
        match (&holder.node.kind, holder.shape, step) {
            (NodeKind::Mapping(_), Shape::Flow, step) => {
                self.flow().add_key(page, holder, &step.to_key(), value)
            }
            (NodeKind::Mapping(_), _, step) => self.blocks().add_key(holder, &step.to_key(), value),
            (NodeKind::Sequence(items), shape, step) => {
                let at = index_of(step, items.len()).ok_or(Refusal::Unsure)?;
                match shape {
                    Shape::Flow => self.flow().add_item(page, holder, at, value),
                    _ => self.blocks().add_item(holder, at, value),
                }
            }
            _ => Err(Refusal::Unsure),
        }
    }

    fn replace(&self, old: &Value<'_>, holder: Holder, value: &Node) -> Result<Vec<Edit>, Refusal> {
        if old.in_flow {
            return self.flow().replace(&self.page, old, value);
        }
        self.blocks().replace(old, holder, value)
    }

    fn remove(
        &self,
        holder: &Value<'w>,
        step: &Step,
        value: &Value<'_>,
    ) -> Result<Vec<Edit>, Refusal> {
        let count = match &holder.node.kind {
            NodeKind::Mapping(entries) => entries.len(),
            NodeKind::Sequence(items) => items.len(),
            _ => 0,
        };
        if count <= 1 {
            // The map or list stays, with nothing in it.
            let kind = match &holder.node.kind {
                NodeKind::Mapping(_) => NodeKind::Mapping(Arc::default()),
                _ => NodeKind::Sequence(Arc::default()),
            };
            let nothing = Node::new(Span::default(), kind);
            return match self.values.len().checked_sub(2).map(|above| self.values[above]) {
                Some(above) => self.replace(holder, self.holds(&above)?, &nothing),
                None => self.replace(holder, Holder::Document, &nothing),
            };
        }
        let entry = holder.node.entry(&step.to_key());
        match (holder.shape, entry, step) {
            (Shape::Flow, Some(entry), _) => {
                let begin = self.page.key(entry).start;
                FlowStyle::remove(&self.page, holder, begin)
            }
            (Shape::Flow, None, _) => FlowStyle::remove(&self.page, holder, value.begin),
            (_, Some(entry), _) => self.blocks().remove_key(holder, entry),
            (_, None, step) => {
                let at = index_of(step, count).ok_or(Refusal::Unsure)?;
                self.blocks().remove_item(holder, at)
            }
        }
    }
}

/// The value one step further in, if it is there.
fn within<'w>(
    page: &Page<'_>,
    holder: &Value<'w>,
    step: &Step,
) -> Result<Option<Value<'w>>, Refusal> {
    match &holder.node.kind {
        NodeKind::Mapping(_) => {
            let entry = holder.node.entry(&step.to_key());
            entry.map(|entry| holder.entry(page, entry)).transpose()
        }
        NodeKind::Sequence(items) => {
            let at = index_of(step, items.len()).filter(|at| *at < items.len());
            let item = |at: usize| Ok(holder.items(page)?.get(at).copied());
            at.map_or(Ok(None), item)
        }
        _ => Ok(None),
    }
}
