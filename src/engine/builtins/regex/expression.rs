//! A compiled expression, and Go's rules of what follows one match.

use regex::{Regex, RegexBuilder};

use super::super::BuiltinError;
use super::translate::translate;

/// How large a compiled expression may be. Go has no such limit, only one on repetition.
const SIZE: usize = 64 << 20;

type Spans = Vec<Option<(usize, usize)>>;

/// A compiled expression.
#[derive(Debug)]
pub(in crate::engine::builtins) struct Expression {
    regex: Regex,
    /// The names of the groups by their number.
    names: Vec<Option<String>>,
    is_empty: bool,
}

impl Expression {
    pub(in crate::engine::builtins) fn compile(pattern: &str) -> Result<Self, BuiltinError> {
        let translated = translate(pattern).map_err(|reason| {
            BuiltinError::new(format!("error parsing regexp: {reason}: `{pattern}`"))
        })?;
        let regex = RegexBuilder::new(&translated.pattern)
            .size_limit(SIZE)
            .nest_limit(1_000)
            .build()
            .map_err(|error| BuiltinError::new(format!("error parsing regexp: {error}")))?;
        Ok(Self { regex, names: translated.names, is_empty: pattern.is_empty() })
    }

    pub(in crate::engine::builtins) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The spans of up to `count` matches and their groups. An empty match right after another
    /// match doesn't count.
    pub(super) fn find_all(&self, text: &str, count: usize) -> Vec<Spans> {
        let mut found = Vec::new();
        let (mut at, mut last_end) = (0, None);
        while found.len() < count && at <= text.len() {
            let Some(captures) = self.regex.captures_at(text, at) else {
                break;
            };
            let spans: Spans = captures
                .iter()
                .map(|group| group.map(|group| (group.start(), group.end())))
                .collect();
            let Some((start, end)) = spans.first().copied().flatten() else {
                break;
            };
            let accepted = end != at || Some(start) != last_end;
            at = if end == at {
                at + text[at..].chars().next().map_or(1, char::len_utf8)
            } else {
                end
            };
            last_end = Some(end);
            if accepted {
                found.push(spans);
            }
        }
        found
    }

    pub(super) fn split<'a>(&self, text: &'a str) -> Vec<&'a str> {
        if !self.is_empty && text.is_empty() {
            return vec![""];
        }
        let mut parts = Vec::new();
        let (mut begin, mut end) = (0, 0);
        for spans in self.find_all(text, usize::MAX) {
            let Some((start, stop)) = spans.first().copied().flatten() else {
                continue;
            };
            end = start;
            if stop != 0 {
                parts.push(&text[begin..end]);
            }
            begin = stop;
        }
        if end != text.len() {
            parts.push(&text[begin..]);
        }
        parts
    }

    pub(super) fn replace_all(&self, text: &str, replacement: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut last = 0;
        for spans in self.find_all(text, usize::MAX) {
            if let Some((start, end)) = spans.first().copied().flatten() {
                out.push_str(&text[last..start]);
                self.expand(&mut out, text, replacement, &spans);
                last = end;
            }
        }
        out.push_str(&text[last..]);
        out
    }

    /// Adds the replacement, `$1`, `$name`, `${name}` and `$$` replaced.
    fn expand(&self, out: &mut String, text: &str, mut template: &str, spans: &Spans) {
        while let Some((before, after)) = template.split_once('$') {
            out.push_str(before);
            template = after;
            if let Some(rest) = template.strip_prefix('$') {
                out.push('$');
                template = rest;
            } else if let Some((name, rest)) = reference(template) {
                template = rest;
                if let Some((start, end)) = self.group(name, spans) {
                    out.push_str(&text[start..end]);
                }
            } else {
                out.push('$');
            }
        }
        out.push_str(template);
    }

    fn group(&self, name: &str, spans: &Spans) -> Option<(usize, usize)> {
        let digits = name.bytes().all(|byte| byte.is_ascii_digit());
        if digits && (name.len() == 1 || !name.starts_with('0')) {
            return spans.get(name.parse::<usize>().ok()?).copied().flatten();
        }
        let named = |(known, span): (&Option<String>, &Option<(usize, usize)>)| {
            span.filter(|_| known.as_deref() == Some(name))
        };
        self.names.iter().zip(spans).find_map(named)
    }
}

/// The name after a `$`, and what follows.
fn reference(template: &str) -> Option<(&str, &str)> {
    let braced = template.strip_prefix('{');
    let text = braced.unwrap_or(template);
    let is_part = |character: char| {
        // Letters and decimal digits of all scripts, as Go has them.
        use unicode_general_category::{GeneralCategory as Category, get_general_category};
        character == '_'
            || matches!(
                get_general_category(character),
                Category::UppercaseLetter
                    | Category::LowercaseLetter
                    | Category::TitlecaseLetter
                    | Category::ModifierLetter
                    | Category::OtherLetter
                    | Category::DecimalNumber
            )
    };
    let end = text.find(|character| !is_part(character)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = if braced.is_some() { rest.strip_prefix('}')? } else { rest };
    (!name.is_empty()).then_some((name, rest))
}
