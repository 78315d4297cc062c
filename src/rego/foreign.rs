//! What regorus says, in our terms.

use crate::source::{SourceText, Span};

/// A place in the text.
pub(super) fn span(span: &regorus::unstable::Span) -> Span {
    Span::new(span.start as usize, span.end as usize)
}

/// What regorus says of an error, taken apart: it formats place and message into one text.
pub(crate) struct ForeignError<'e> {
    pub(crate) file: Option<&'e str>,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: &'e str,
}

impl<'e> ForeignError<'e> {
    pub(crate) fn parse(text: &'e str) -> Self {
        let whole = Self { file: None, line: 1, column: 1, message: text.trim() };
        // Of several frames the first names the place and says what went wrong there.
        let Some((_, place)) = text.split_once("--> ") else { return whole };
        let header = place.lines().next().unwrap_or_default();
        let mut parts = header.rsplitn(3, ':');
        let column = parts.next().and_then(|part| part.trim().parse().ok());
        let line = parts.next().and_then(|part| part.parse().ok());
        let message = text.split_once("error: ").map_or(text, |(_, message)| message);
        let message = message.split("\n-->").next().unwrap_or(message);
        let message = message.trim().trim_end_matches("definition:").trim_end_matches(['.', '\n']);
        match (parts.next(), line, column) {
            (Some(file), Some(line), Some(column)) => {
                Self { file: Some(file), line, column, message: message.trim() }
            }
            _ => whole,
        }
    }
}

impl ForeignError<'_> {
    /// Where in the text it is: regorus counts a tab as four columns.
    pub(crate) fn offset(&self, source: &SourceText) -> usize {
        let line = source.line_span(self.line);
        let mut column = 1;
        for (at, c) in source.slice(line).char_indices() {
            if column >= self.column {
                return line.start + at;
            }
            column += if c == '\t' { 4 } else { 1 };
        }
        line.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatted_error_is_taken_apart() {
        let text =
            "\n--> C:/p/a.rego:3:7\n  |\n3 |  x := \n  |       ^\nerror: expecting expression";
        let error = ForeignError::parse(text);
        assert_eq!((error.file, error.line, error.column), (Some("C:/p/a.rego"), 3, 7));
        assert_eq!(error.message, "expecting expression");
        assert_eq!(ForeignError::parse("plain words").message, "plain words");
    }
}
