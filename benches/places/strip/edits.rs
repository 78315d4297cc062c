//! Changes of a text, told by spans.

use manifestly::source::Span;

/// Changes of one text, in any order.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<(Span, String)>);

impl Edits {
    pub(super) fn replace(&mut self, span: Span, with: impl Into<String>) {
        self.0.push((span, with.into()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text with its changes. Of those that overlap, the first and outermost is made, and the
    /// others are left for the next time.
    pub(super) fn apply(mut self, text: &str) -> String {
        self.0.sort_by(|(a, _), (b, _)| (a.start, b.end).cmp(&(b.start, a.end)));
        let mut changed = String::with_capacity(text.len());
        let mut at = 0;
        for (span, with) in self.0 {
            if span.start < at {
                continue;
            }
            changed.push_str(text.get(at..span.start).unwrap_or_default());
            changed.push_str(&with);
            at = span.end;
        }
        changed.push_str(text.get(at..).unwrap_or_default());
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_of_overlapping_changes_is_made() {
        let mut edits = Edits::default();
        edits.replace(Span::new(4, 5), "x");
        edits.replace(Span::new(2, 6), "-");
        edits.replace(Span::new(8, 9), "");
        edits.replace(Span::new(0, 0), "<");
        assert_eq!(edits.apply("0123456789"), "<01-679");
    }
}
