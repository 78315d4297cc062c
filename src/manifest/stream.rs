//! One text as the stream of documents that kubectl takes it for.
//!
//! kubectl splits a stream at lines beginning with `---` before it parses YAML, and reads a text
//! whose first character is `{` as a series of JSON values for as long as that works.

use crate::source::Span;

use super::error::Trouble;

/// One document of a stream, not yet parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) span: Span,
    pub(super) syntax: Syntax,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Yaml,
    Json,
}

/// Splits `text`. A separator that kubectl refuses ends the stream with an error.
pub(super) fn split(text: &str) -> (Vec<Chunk>, Option<Trouble>) {
    let mut chunks = Vec::new();
    let start = if text.trim_start().starts_with('{') { json_prefix(text, &mut chunks) } else { 0 };
    // Two JSON values or more settle what the stream is; what follows is not tried as YAML.
    let trouble = if chunks.len() > 1 && !text[start..].trim().is_empty() {
        let span = Span::new(start, text.len());
        chunks.push(Chunk { span, syntax: Syntax::Json });
        None
    } else {
        yaml_chunks(text, start, &mut chunks).err()
    };
    (chunks, trouble)
}

/// Takes the JSON values that stand at the beginning; returns where YAML goes on.
fn json_prefix(text: &str, chunks: &mut Vec<Chunk>) -> usize {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    let mut end = 0;
    while let Some(Ok(_)) = values.next() {
        let next = values.byte_offset();
        chunks.push(Chunk { span: Span::new(end, next), syntax: Syntax::Json });
        end = next;
    }
    // The rest of the line after a value belongs to neither document.
    if chunks.is_empty() {
        return 0;
    }
    let rest = &text[end..];
    let blank = rest.len() - rest.trim_start().len();
    end + rest[..blank].find('\n').map_or(blank, |newline| newline + 1)
}

fn yaml_chunks(text: &str, start: usize, chunks: &mut Vec<Chunk>) -> Result<(), Trouble> {
    let mut begin = start;
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                push_yaml(chunks, begin, at);
                return Err(Trouble::syntax(
                    "a document separator must stand alone on its line",
                    Span::new(at, at + line.trim_end().len()),
                )
                .label("kubectl stops reading here")
                .help("put what follows `---` on a line of its own"));
            }
            push_yaml(chunks, begin, at);
            begin = at + line.len();
        }
        at += line.len();
    }
    push_yaml(chunks, begin, at);
    Ok(())
}

fn push_yaml(chunks: &mut Vec<Chunk>, start: usize, end: usize) {
    if start < end {
        chunks.push(Chunk { span: Span::new(start, end), syntax: Syntax::Yaml });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(&str, Syntax)> {
        split(text).0.iter().map(|c| (&text[c.span.start..c.span.end], c.syntax)).collect()
    }

    #[test]
    fn separators_may_carry_a_comment_and_nothing_else() {
        use Syntax::Yaml;
        assert_eq!(parts("---\na: 1\n--- # two\nb: 2\n"), [("a: 1\n", Yaml), ("b: 2\n", Yaml)]);
        let (chunks, trouble) = split("a: 1\n--- {b: 2}\nc: 3\n");
        assert_eq!(chunks.len(), 1);
        assert_eq!(trouble.map(|t| t.span), Some(Span::new(5, 15)));
    }

    #[test]
    fn json_values_may_follow_each_other() {
        use Syntax::{Json, Yaml};
        assert_eq!(parts("{}{\"a\":1}\n"), [("{}", Json), ("{\"a\":1}", Json)]);
        assert_eq!(parts("{}\n---\na: 1\n"), [("{}", Json), ("a: 1\n", Yaml)]);
        assert_eq!(parts("{a: 1}\n"), [("{a: 1}\n", Yaml)]);
        assert_eq!(parts("{}{}\n---\na: 1\n").last(), Some(&("---\na: 1\n", Json)));
    }
}
