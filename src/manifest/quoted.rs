//! Quoted scalars whose later lines are not indented: libyaml, and so kubectl, doesn't mind them,
//! and the parser does.

use std::borrow::Cow;

/// A text as the parser wants it: with some lines indented further, which quoted scalars don't
/// have in their values.
pub(super) struct Indented {
    /// Where those lines begin in the text as it is.
    lines: Vec<usize>,
    by: usize,
}

impl Indented {
    /// How many scalars are mended before it is given up.
    pub(super) const MOST: usize = 100;

    pub(super) fn none() -> Self {
        Self { lines: Vec::new(), by: 0 }
    }

    /// Adds the later lines of the scalar whose quote stands at `at`; false if there is nothing
    /// more to add.
    pub(super) fn add(&mut self, text: &str, at: usize) -> bool {
        let Some(length) = length(&text[at..]) else { return false };
        let starts = text[at..at + length].match_indices('\n').map(|(line, _)| at + line + 1);
        let new: Vec<_> = starts.filter(|start| !self.lines.contains(start)).collect();
        let line = text[..at].rfind('\n').map_or(0, |line| line + 1);
        self.by = self.by.max(at - line + 1);
        let any = !new.is_empty();
        self.lines.extend(new);
        self.lines.sort_unstable();
        any
    }

    /// The text for the parser.
    pub(super) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.lines.is_empty() {
            return text.into();
        }
        let mut indented = String::with_capacity(text.len() + self.lines.len() * self.by);
        let mut from = 0;
        for &line in &self.lines {
            indented.push_str(&text[from..line]);
            indented.push_str(&" ".repeat(self.by));
            from = line;
        }
        indented.push_str(&text[from..]);
        indented.into()
    }

    /// For each character of the text for the parser, where it stands in the text as it is.
    pub(super) fn offsets(&self, text: &str) -> Option<Vec<usize>> {
        if self.lines.is_empty() && text.is_ascii() {
            return None;
        }
        let mut lines = self.lines.iter().peekable();
        let mut offsets = Vec::with_capacity(text.len() + 1);
        for (at, _) in text.char_indices() {
            if lines.next_if(|line| **line == at).is_some() {
                offsets.extend(std::iter::repeat_n(at, self.by));
            }
            offsets.push(at);
        }
        offsets.push(text.len());
        Some(offsets)
    }
}

/// The length of the quoted scalar that a text begins with, up to its closing quote.
fn length(text: &str) -> Option<usize> {
    let quote = *text.as_bytes().first().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let mut bytes = text.bytes().enumerate().skip(1).peekable();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' if quote == b'"' => {
                bytes.next();
            }
            byte if byte != quote => {}
            // A single quote within single quotes is written twice.
            b'\'' if bytes.next_if(|(_, next)| *next == b'\'').is_some() => {}
            _ => return Some(at),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::manifest::{Format, ReadLimits, read};
    use crate::source::SourceText;

    #[test]
    fn quoted_scalars_may_go_on_without_indentation() {
        let text = "a:\n    b: \"ä one\n    two \\\" 'x'\"\n    c: 'it''s\n  more'\n    d: 1\n";
        let source = Arc::new(SourceText::new("x.yaml", text));
        let reading = read(&source, Format::Manifest, &ReadLimits::default());
        assert!(reading.errors.is_empty(), "{:?}", reading.errors);
        let root = &reading.manifests[0].root;
        let expected = serde_json::json!({
            "a": {"b": "ä one two \" 'x'", "c": "it's more", "d": 1}
        });
        assert_eq!(serde_json::Value::from(root), expected);
        let d = root.get("a").and_then(|a| a.entry("d")).unwrap();
        assert_eq!((source.slice(d.key_span), source.slice(d.value.span)), ("d", "1"));
    }
}
