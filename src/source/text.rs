//! The text of one source, and the way from byte offsets to lines and columns.

use std::fmt;
use std::sync::{Arc, OnceLock};

/// A half-open range of byte offsets into a [`SourceText`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset just past the last byte.
    pub end: usize,
}

impl Span {
    /// A span from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The length in bytes.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether the span covers no text.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The same range moved `by` bytes towards the end of the text.
    #[must_use]
    pub fn shifted(self, by: usize) -> Self {
        Self::new(self.start + by, self.end + by)
    }
}

impl From<Span> for miette::SourceSpan {
    fn from(span: Span) -> Self {
        (span.start, span.len()).into()
    }
}

/// A place in a text as people count it: both start at 1, columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line number, from 1.
    pub line: usize,
    /// Column in characters (not bytes, not cells), from 1.
    pub column: usize,
}

/// One text with its name. Cheap to share: reports keep it to show snippets.
///
/// ```
/// use manifestly::source::SourceText;
///
/// let text = SourceText::new("web.yaml", "kind: Pod\nname: wéb\n");
/// let at = text.position(text.text().find('b').unwrap());
/// assert_eq!((at.line, at.column), (2, 9));
/// ```
pub struct SourceText {
    name: String,
    text: Arc<str>,
    /// Found when first asked for: most texts give no finding.
    line_starts: OnceLock<Vec<usize>>,
}

impl SourceText {
    /// Takes a text under the name that reports show for it.
    pub fn new(name: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into(), line_starts: OnceLock::new() }
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            std::iter::once(0).chain(line_ends(&self.text).map(|(_, next)| next)).collect()
        })
    }

    /// The name that reports show: a path with forward slashes, or `<stdin>`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span; empty when the span does not fit the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Line and column of a byte offset. Offsets past the end give the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.line_starts().partition_point(|start| *start <= offset) - 1;
        let start = self.line_starts()[line];
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        Position { line: line + 1, column: column + 1 }
    }

    /// Byte offset of a line and column, both from 1; the nearest place that exists.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let line = line.clamp(1, self.line_starts().len());
        let start = self.line_starts()[line - 1];
        let end = self.line_starts().get(line).copied().unwrap_or(self.text.len());
        self.text[start..end]
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(end, |(index, _)| start + index)
    }

    /// The span of a line without its line break; lines count from 1.
    pub fn line_span(&self, line: usize) -> Span {
        let line = line.clamp(1, self.line_starts().len());
        let start = self.line_starts()[line - 1];
        let end = self.line_starts().get(line).copied().unwrap_or(self.text.len());
        let content = self.text[start..end].trim_end_matches(['\r', '\n']);
        Span::new(start, start + content.len())
    }
}

/// Line breaks as `(offset of the break, offset of the next line)`: LF, CRLF and a lone CR.
fn line_ends(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let found = at + bytes.get(at..)?.iter().position(|b| matches!(b, b'\n' | b'\r'))?;
        let crlf = bytes[found] == b'\r' && bytes.get(found + 1) == Some(&b'\n');
        at = found + 1 + usize::from(crlf);
        Some((found, at))
    })
}

impl fmt::Debug for SourceText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceText")
            .field("name", &self.name)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

impl PartialEq for SourceText {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.text == other.text
    }
}

impl Eq for SourceText {}

impl miette::SourceCode for SourceText {
    fn read_span<'a>(
        &'a self,
        span: &miette::SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let contents =
            self.text.as_ref().read_span(span, context_lines_before, context_lines_after)?;
        // Its columns count bytes.
        let column = self.position(contents.span().offset()).column - 1;
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.name.clone(),
            contents.data(),
            *contents.span(),
            contents.line(),
            column,
            contents.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_every_kind_of_line_break() {
        let text = SourceText::new("t", "a\r\nб😀c\rd\n");
        let at = |needle: char| {
            let found = text.position(text.text().find(needle).unwrap());
            (found.line, found.column)
        };
        assert_eq!(at('a'), (1, 1));
        assert_eq!(at('c'), (2, 3));
        assert_eq!(at('d'), (3, 1));
        assert_eq!(text.position(usize::MAX), Position { line: 4, column: 1 });
    }

    #[test]
    fn offset_is_the_inverse_of_position() {
        let text = SourceText::new("t", "ключ: значение\n\nb: 😀 x\n");
        for (offset, _) in text.text().char_indices() {
            let at = text.position(offset);
            assert_eq!(text.offset(at.line, at.column), offset);
        }
    }

    #[test]
    fn a_line_span_leaves_the_break_out() {
        let text = SourceText::new("t", "one\r\ntwo");
        assert_eq!(text.slice(text.line_span(1)), "one");
        assert_eq!(text.slice(text.line_span(2)), "two");
        assert_eq!(text.slice(text.line_span(9)), "two");
    }
}
