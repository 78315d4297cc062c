//! How block YAML is laid out, learnt from what stands nearest.

use crate::manifest::{Node, NodeKind};

use super::page::Page;
use super::scalar::{self, Quotes, Within};
use super::value::{Shape, Value};

/// The widths that block YAML leaves to its writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// How much further in a map stands than its key.
    pub(super) step: usize,
    /// How much further in a list stands than its key.
    pub(super) list: usize,
}

impl Style {
    /// The style around the last of `way`, each of which holds the next one.
    pub(super) fn around(page: &Page<'_>, way: &[Value<'_>]) -> Self {
        let mut seen = Seen::default();
        for value in way.iter().rev() {
            seen.look(page, value);
        }
        Self { step: seen.step.unwrap_or(2), list: seen.list.unwrap_or(0) }
    }
}

#[derive(Default)]
struct Seen {
    step: Option<usize>,
    list: Option<usize>,
}

impl Seen {
    fn look(&mut self, page: &Page<'_>, value: &Value<'_>) {
        if value.shape != Shape::Block || self.step.is_some() && self.list.is_some() {
            return;
        }
        match &value.node.kind {
            NodeKind::Mapping(entries) => {
                for entry in entries.iter() {
                    if let Ok(within) = value.entry(page, entry) {
                        self.note(page, page.key(entry).start, &within);
                        self.look(page, &within);
                    }
                }
            }
            _ => {
                let items = value.items(page).unwrap_or_default();
                items.iter().for_each(|item| self.look(page, item));
            }
        }
    }

    /// Notes how far in a value stands from its key, if it is a block.
    fn note(&mut self, page: &Page<'_>, key: usize, value: &Value<'_>) {
        let slot = match &value.node.kind {
            NodeKind::Mapping(_) => &mut self.step,
            NodeKind::Sequence(_) => &mut self.list,
            _ => return,
        };
        if slot.is_none()
            && value.shape == Shape::Block
            && let (Ok(key), Ok(column)) = (page.column(key), page.column(value.start))
        {
            *slot = column.checked_sub(key);
        }
    }
}

/// Whether a value is a map or list that holds something, and so takes lines of its own.
pub(super) fn takes_lines(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Mapping(entries) => !entries.is_empty(),
        NodeKind::Sequence(items) => !items.is_empty(),
        _ => false,
    }
}

impl Style {
    /// How much further in a value stands than its key.
    pub(super) fn deeper(self, value: &Node) -> usize {
        if value.items().is_some() { self.list } else { self.step }
    }

    /// The lines of a value, as they stand in column 0.
    pub(super) fn lines(self, node: &Node) -> Vec<String> {
        match &node.kind {
            NodeKind::Mapping(entries) if !entries.is_empty() => {
                let keyed = |key: &str, value: &Node| {
                    self.keyed(&scalar::string(key, Within::Block, Quotes::None), value)
                };
                entries.iter().flat_map(|entry| keyed(&entry.key, &entry.value)).collect()
            }
            NodeKind::Sequence(items) if !items.is_empty() => {
                items.iter().flat_map(|item| self.listed(item)).collect()
            }
            _ => vec![scalar::write(node, Within::Block, Quotes::None)],
        }
    }

    /// The lines of a key, as it is written, and its value.
    pub(super) fn keyed(self, key: &str, value: &Node) -> Vec<String> {
        let mut lines = self.lines(value);
        if !takes_lines(value) {
            return vec![format!("{key}: {}", lines.swap_remove(0))];
        }
        let deeper = self.deeper(value);
        let within = lines.iter().map(|line| format!("{:deeper$}{line}", ""));
        std::iter::once(format!("{key}:")).chain(within).collect()
    }

    /// The lines of an item of a list.
    pub(super) fn listed(self, item: &Node) -> Vec<String> {
        let lines = self.lines(item).into_iter().enumerate();
        lines.map(|(at, line)| format!("{}{line}", if at == 0 { "- " } else { "  " })).collect()
    }
}
