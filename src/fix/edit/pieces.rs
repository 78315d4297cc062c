//! A text that is edited step by step, and what all steps together are to the text as it was.

use crate::source::Span;

use super::Edit;

/// A text in pieces: of the one it was, and of what was put in.
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    pieces: Vec<Piece>,
    length: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Kept(Span),
    New(String),
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Self::Kept(span) => span.len(),
            Self::New(text) => text.len(),
        }
    }

    /// The part between two offsets.
    fn part(&self, start: usize, end: usize) -> Self {
        match self {
            Self::Kept(span) => Self::Kept(Span::new(span.start + start, span.start + end)),
            Self::New(text) => Self::New(text[start..end].to_owned()),
        }
    }
}

impl Pieces {
    /// A text of this length, not edited yet.
    pub(super) fn of(length: usize) -> Self {
        Self { pieces: vec![Piece::Kept(Span::new(0, length))], length }
    }

    /// Edits the text as it is after all edits before: one behind the other, none over another.
    pub(super) fn edit(&mut self, edits: &[Edit]) {
        for edit in edits.iter().rev() {
            let mut pieces = self.slice(0, edit.span.start);
            if !edit.text.is_empty() {
                pieces.push(Piece::New(edit.text.clone()));
            }
            pieces.extend(self.slice(edit.span.end, usize::MAX));
            self.pieces = pieces;
        }
    }

    fn slice(&self, start: usize, end: usize) -> Vec<Piece> {
        let mut at = 0;
        let mut found = Vec::new();
        for piece in &self.pieces {
            let (from, to) = (start.max(at), end.min(at + piece.len()));
            if from < to {
                found.push(piece.part(from - at, to - at));
            }
            at += piece.len();
        }
        found
    }

    /// All edits as edits of the text as it was, as small as they can be.
    pub(super) fn edits(&self) -> Vec<Edit> {
        let mut edits = Vec::new();
        let (mut at, mut new) = (0, String::new());
        let end = Piece::Kept(Span::new(self.length, self.length));
        for piece in self.pieces.iter().chain([&end]) {
            match piece {
                Piece::New(text) => new.push_str(text),
                Piece::Kept(span) => {
                    if span.start > at || !new.is_empty() {
                        let text = std::mem::take(&mut new);
                        edits.push(Edit { span: Span::new(at, span.start), text });
                    }
                    at = span.end;
                }
            }
        }
        edits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_of_edits_are_edits_of_the_first_text() {
        let edit = |start, end, text: &str| Edit { span: Span::new(start, end), text: text.into() };
        let mut pieces = Pieces::of(6);
        // abcdef, aXYcdef, aXcdef!, and Q in the place of cd.
        pieces.edit(&[edit(1, 2, "XY")]);
        pieces.edit(&[edit(2, 3, ""), edit(7, 7, "!")]);
        pieces.edit(&[edit(2, 4, "Q")]);
        assert_eq!(pieces.edits(), [edit(1, 4, "XQ"), edit(6, 6, "!")]);
        assert_eq!(Pieces::of(0).edits(), []);
    }
}
