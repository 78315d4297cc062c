//! What policies print while they judge.

use crate::engine::Printed;

/// How many lines of a run are kept.
const MOST: usize = 10_000;

/// What policies printed, in the order of inputs. Of very many lines the first ones.
#[derive(Clone, Debug, Default)]
pub struct Prints {
    /// The lines.
    pub lines: Vec<Printed>,
    /// How many more there were.
    pub more: usize,
}

impl Prints {
    pub(super) fn add(&mut self, lines: Vec<Printed>) {
        let room = MOST - self.lines.len();
        self.more += lines.len().saturating_sub(room);
        self.lines.extend(lines.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::{SourceText, Span};

    #[test]
    fn lines_beyond_measure_are_counted() {
        let source = Arc::new(SourceText::new("p.rego", ""));
        let line = Printed { source, span: Span::default(), text: "x".into() };
        let mut prints = Prints::default();
        prints.add(vec![line.clone(); MOST - 1]);
        prints.add(vec![line.clone(); 3]);
        prints.add(vec![line]);
        assert_eq!((prints.lines.len(), prints.more), (MOST, 3));
    }
}
