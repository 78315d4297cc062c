//! The text of one document, seen as lines and columns.

use crate::manifest::{Entry, Node};
use crate::source::Span;

use super::refusal::Refusal;

/// The text of one document. Its tree has spans that begin to count at `base`.
#[derive(Clone, Copy)]
pub(super) struct Page<'p> {
    pub(super) text: &'p str,
    pub(super) base: usize,
}

impl Page<'_> {
    /// Where a node stands, as its reader has it: properties included, sometimes a comment too, and
    /// of block scalars the content alone.
    pub(super) fn span(&self, node: &Node) -> Span {
        self.local(node.span)
    }

    /// Where a key stands.
    pub(super) fn key(&self, entry: &Entry) -> Span {
        let Span { start, end } = self.local(entry.key_span);
        match self.text.as_bytes().get(start) {
            Some(quote @ (b'"' | b'\'')) => Span::new(start, self.quoted_end(start, *quote)),
            _ => Span::new(start, end),
        }
    }

    /// A span of the tree, in this text; what stands elsewhere gets a span that fits no place.
    fn local(&self, span: Span) -> Span {
        let start = span.start.wrapping_sub(self.base);
        let end = span.end.wrapping_sub(self.base);
        if end <= self.text.len() && start <= end { Span::new(start, end) } else { Span::default() }
    }

    /// Whether a key is written in its map, and does not come from elsewhere by a merge key.
    pub(super) fn is_own(holder: &Node, entry: &Entry) -> bool {
        holder.span.start <= entry.key_span.start && entry.key_span.end <= holder.span.end
    }

    /// The byte at an offset; 0 behind the end.
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// Where the line begins that an offset is on.
    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Where that line ends, before its break.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let end = self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline);
        if end > at && self.byte(end - 1) == b'\r' { end - 1 } else { end }
    }

    /// Where the next line begins; the end of the text, if there is none.
    pub(super) fn next_line(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline + 1)
    }

    /// The line break that the document uses.
    pub(super) fn newline(&self) -> &'static str {
        match self.text.find('\n') {
            Some(at) if self.text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    /// The column of an offset from 0; only blanks and dashes may stand before it on its line.
    pub(super) fn column(&self, at: usize) -> Result<usize, Refusal> {
        let before = &self.text[self.line_start(at)..at];
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        if before.chars().all(|c| matches!(c, ' ' | '-')) {
            Ok(before.len())
        } else {
            Err(Refusal::Layout("a block begins behind something else on its line"))
        }
    }

    /// The blanks that a line begins with.
    pub(super) fn margin(&self, at: usize) -> &str {
        let line = &self.text[self.line_start(at)..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// Whether nothing but a comment follows on a line.
    pub(super) fn ends_line(&self, at: usize) -> bool {
        let rest = &self.text[at..self.line_end(at)];
        let content = rest.trim_start_matches([' ', '\t']);
        content.is_empty() || content.starts_with('#') && content.len() < rest.len()
    }

    /// Whether nothing stands before an offset on its line.
    pub(super) fn begins_line(&self, at: usize) -> bool {
        self.text[self.line_start(at)..at].bytes().all(|c| c == b' ')
    }

    /// The next offset at which something stands that is neither blank nor comment.
    pub(super) fn skip(&self, from: usize) -> usize {
        let mut at = from;
        loop {
            match self.byte(at) {
                b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                b'#' if at == 0 || matches!(self.byte(at - 1), b' ' | b'\t' | b'\n' | b'\r') => {
                    at = self.line_end(at);
                }
                0xef if self.text[at..].starts_with('\u{feff}') => at += '\u{feff}'.len_utf8(),
                _ => return at,
            }
        }
    }

    /// Where a token without blanks ends.
    pub(super) fn word_end(&self, at: usize) -> usize {
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}');
        self.text[at..].find(ends).map_or(self.text.len(), |length| at + length)
    }

    /// Where a quoted scalar ends, behind its closing quote.
    pub(super) fn quoted_end(&self, start: usize, quote: u8) -> usize {
        let mut at = start + 1;
        while at < self.text.len() {
            match self.byte(at) {
                b'\\' if quote == b'"' => at += 2,
                b'\'' if quote == b'\'' && self.byte(at + 1) == b'\'' => at += 2,
                byte if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        self.text.len()
    }

    /// Where a map or list in brackets ends, behind its closing bracket.
    pub(super) fn bracket_end(&self, start: usize) -> usize {
        let mut depth = 0_usize;
        // Whether a scalar may begin here: quotes within a plain one mean nothing.
        let (mut fresh, mut quoted) = (true, false);
        let mut at = start;
        while at < self.text.len() {
            let byte = self.byte(at);
            match byte {
                b'{' | b'[' => (depth, fresh, quoted) = (depth + 1, true, false),
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return at + 1;
                    }
                    (fresh, quoted) = (false, true);
                }
                b',' => (fresh, quoted) = (true, false),
                b':' => {
                    let ends = matches!(self.byte(at + 1), b' ' | b'\t' | b'\r' | b'\n' | b',');
                    (fresh, quoted) = (fresh || quoted || ends, false);
                }
                b'"' | b'\'' if fresh => {
                    at = self.quoted_end(at, byte);
                    (fresh, quoted) = (false, true);
                    continue;
                }
                b'&' | b'!' if fresh => {
                    at = self.word_end(at);
                    continue;
                }
                b' ' | b'\t' | b'\r' | b'\n' => {
                    let next = self.skip(at);
                    at = next.max(at + 1);
                    continue;
                }
                _ => (fresh, quoted) = (false, false),
            }
            at += 1;
        }
        self.text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_end_where_they_are_closed() {
        for text in [
            "{a: it's, b: \"}\", 'c': x'y}",
            "{a: &x '}', b: !!str \"]\", c: http://x/'}",
            "{\"a\":'}',\"b\":[\"]\"]}",
            "{a: 1, # }\n b: [c#d, e]}",
            "[[], {}, [a: 'x}']]",
        ] {
            let whole = format!("{text} # {{");
            let page = Page { text: &whole, base: 0 };
            assert_eq!(page.bracket_end(0), text.len(), "{text}");
        }
    }

    #[test]
    fn lines_end_before_their_breaks() {
        let page = Page { text: "a: 1 # c\r\n- - b", base: 0 };
        assert_eq!((page.line_end(2), page.next_line(2), page.newline()), (8, 10, "\r\n"));
        assert_eq!((page.line_start(12), page.column(14)), (10, Ok(4)));
        assert!(page.ends_line(4) && !page.ends_line(3) && page.column(3).is_err());
    }
}
