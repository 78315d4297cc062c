//! The lines of an example, and what was found on each.

use std::collections::BTreeSet;
use std::sync::Arc;

use similar::{ChangeTag, TextDiff};

use crate::catalog::Example;
use crate::source::{SourceText, Span};

/// A line of an example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Its pieces, and whether each is what was found.
    pub(super) pieces: Vec<(String, bool)>,
    /// What was found here.
    pub(super) notes: Vec<String>,
    /// Whether a bad example beside it lacks this line.
    pub(super) is_new: bool,
}

/// The lines of one text of an example; `against` is the one it is held against.
pub(super) fn lines(
    example: &Example,
    text: &Arc<SourceText>,
    against: Option<&SourceText>,
) -> Vec<Line> {
    let found = example.findings.iter().filter_map(|finding| {
        let place = finding.place.as_ref().filter(|place| place.text == *text)?;
        let unsaid = |missing: &&String| !finding.message.contains(missing.as_str());
        let note = match place.missing.as_ref().filter(unsaid) {
            Some(missing) => format!("{}: `{missing}` is missing", finding.message),
            None => finding.message.clone(),
        };
        Some((place.span, note))
    });
    let found: Vec<(Span, String)> = found.collect();
    let new = against.map(|against| new_lines(against, text)).unwrap_or_default();
    let count = text.text().lines().count();
    let line = |number: usize| {
        let span = text.line_span(number);
        let is_here = |(place, _): &&(Span, String)| text.position(place.start).line == number;
        let notes: BTreeSet<_> = found.iter().filter(is_here).map(|(_, note)| note).collect();
        Line {
            pieces: pieces(text, span, &found),
            notes: notes.into_iter().cloned().collect(),
            is_new: new.contains(&number),
        }
    };
    (1..=count).map(line).collect()
}

/// A line in pieces, where those begin and end that were found.
fn pieces(text: &SourceText, line: Span, found: &[(Span, String)]) -> Vec<(String, bool)> {
    let mut cuts = BTreeSet::from([line.start, line.end]);
    let inside = |at: usize| at.clamp(line.start, line.end);
    for (place, _) in found {
        cuts.extend([inside(place.start), inside(place.end)]);
    }
    let cuts: Vec<_> = cuts.into_iter().collect();
    let is_found = |from: usize, to: usize| {
        found.iter().any(|(place, _)| place.start <= from && to <= place.end)
    };
    let pieces = cuts.windows(2).map(|ends| {
        let (from, to) = (ends[0], ends[1]);
        (text.slice(Span::new(from, to)).to_owned(), is_found(from, to))
    });
    pieces.collect()
}

/// The lines that are not in the other text.
fn new_lines(against: &SourceText, text: &SourceText) -> BTreeSet<usize> {
    let diff = TextDiff::from_lines(against.text(), text.text());
    // Of texts that have little in common everything would be new, which tells nothing.
    if diff.ratio() < 0.5 {
        return BTreeSet::new();
    }
    let new = diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Insert);
    new.filter_map(|change| Some(change.new_index()? + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_cut_out_of_its_line() {
        let text = SourceText::new("a.yaml", "one: é\ntwo: {x: 1}\n");
        let found = [(Span::new(13, 19), String::new()), (Span::new(14, 15), String::new())];
        let cut = |number| pieces(&text, text.line_span(number), &found);
        assert_eq!(cut(1), [("one: é".to_owned(), false)]);
        let second: Vec<_> = cut(2).into_iter().map(|(piece, _)| piece).collect();
        assert_eq!(second, ["two: ", "{", "x", ": 1}"]);
        assert!(cut(2).iter().skip(1).all(|(_, found)| *found));
    }

    #[test]
    fn new_lines_are_those_the_other_text_lacks() {
        let text = |text: &str| SourceText::new("x", text);
        let old = text("a: 1\nb: 2\nc: 3\n");
        assert_eq!(new_lines(&old, &text("a: 1\nb: 9\nc: 3\n")), BTreeSet::from([2]));
        assert_eq!(new_lines(&old, &text("x: 1\ny: 2\n")), BTreeSet::new());
    }
}
