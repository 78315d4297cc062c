//! Semantic versions.

use std::cmp::Ordering;

use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("semver.compare", 2, compare),
    Builtin::supported("semver.is_valid", 1, |_, args| {
        some(operand::any(args, 0)?.as_str().and_then(Version::parse).is_some())
    }),
];

fn compare(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (first, second) = (operand::string(args, 0)?, operand::string(args, 1)?);
    fn parsed(at: usize, text: &str) -> Result<([i64; 3], &str), BuiltinError> {
        Version::parse(text).map(Version::key).ok_or_else(|| {
            BuiltinError::new(format!("operand {at}: string {text:?} is not a valid SemVer"))
        })
    }
    let (a, b) = (parsed(1, first)?, parsed(2, second)?);
    let order = a.0.cmp(&b.0).then_with(|| compare_releases(a.1, b.1));
    some(i64::from(order as i8))
}

struct Version<'a> {
    numbers: [i64; 3],
    pre_release: &'a str,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, metadata) = text.split_once('+').map_or((text, None), |(a, b)| (a, Some(b)));
        let (text, pre_release) = text.split_once('-').map_or((text, None), |(a, b)| (a, Some(b)));
        let well_formed = |part: &str| part.split('.').all(is_identifier);
        let padded = |part: &str| part.split('.').any(|id| is_numeric(id) && has_zero_first(id));
        if metadata.is_some_and(|part| !well_formed(part))
            || pre_release.is_some_and(|part| !well_formed(part) || padded(part))
        {
            return None;
        }
        let mut parts = text.split('.').map(|part| {
            (is_numeric(part) && !has_zero_first(part)).then(|| part.parse::<i64>().ok())?
        });
        let numbers = [parts.next()??, parts.next()??, parts.next()??];
        let complete = parts.next().is_none();
        complete.then_some(Self { numbers, pre_release: pre_release.unwrap_or_default() })
    }

    fn key(self) -> ([i64; 3], &'a str) {
        (self.numbers, self.pre_release)
    }
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_numeric(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_zero_first(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0')
}

/// None is later than any; else part by part, numbers before words.
fn compare_releases(a: &str, b: &str) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return a.is_empty().cmp(&b.is_empty());
    }
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let (x, y) = match (left.next(), right.next()) {
            (Some(x), Some(y)) => (x, y),
            (x, y) => return x.is_some().cmp(&y.is_some()),
        };
        let order = match (is_numeric(x), is_numeric(y)) {
            (true, true) => number(x).cmp(&number(y)),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => x.cmp(y),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// A number beyond 64 bits counts as the largest.
fn number(text: &str) -> i64 {
    text.parse().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn versions_are_ordered() {
        for (a, b, result) in [
            ("1.2.3", "1.2.3+build", "0"),
            ("v1.2.3", "1.2.4", "-1"),
            ("1.0.0-alpha", "1.0.0", "-1"),
            ("1.0.0-alpha.1", "1.0.0-alpha.beta", "-1"),
            ("1.0.0-rc.11", "1.0.0-rc.2", "1"),
            ("1.0.0-a", "1.0.0-a.b", "-1"),
        ] {
            assert_eq!(eval("semver.compare", &[&format!("{a:?}"), &format!("{b:?}")]), result);
        }
    }

    #[test]
    fn validity_is_strict() {
        for (text, result) in [
            ("\"1.2.3\"", "true"),
            ("\"v1.2.3-rc.1+b\"", "true"),
            ("\"1.2\"", "false"),
            ("\"01.2.3\"", "false"),
            ("\"1.2.3-01\"", "false"),
            ("\"1.2.3-\"", "false"),
            ("\"1.2.3+\"", "false"),
            ("1", "false"),
        ] {
            assert_eq!(eval("semver.is_valid", &[text]), result, "{text}");
        }
    }
}
