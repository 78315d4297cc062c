//! Words that are made of paths.

/// A text without its paths. What `sprintf` fills into them stays.
pub(super) fn without_paths(text: &str) -> String {
    let words = text
        .split_whitespace()
        .flat_map(|word| if is_path(word) { verbs(word) } else { vec![word.to_owned()] });
    words.collect::<Vec<_>>().join(" ")
}

/// Whether a word reads like a path: parts with dots or brackets between them.
fn is_path(word: &str) -> bool {
    let inner = word.trim_matches(['\'', '"', '.', ',', ';', ':']);
    let joined = |at: usize| {
        inner[at + 1..].starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '%' | '{'))
    };
    inner.char_indices().any(|(at, c)| matches!(c, '.' | '=') && at > 0 && joined(at))
        || inner.contains("[%")
}

fn verbs(word: &str) -> Vec<String> {
    let after = word.split('%').skip(1);
    after.filter_map(|rest| rest.chars().next()).map(|verb| format!("%{verb}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_and_what_is_filled_in_stays() {
        for (text, without) in [
            ("it is set to '%s'", "it is set to '%s'"),
            ("metadata.name={{%s}}.%s.x is undefined", "%s %s is undefined"),
            ("'spec.a.b' is undefined.", "is undefined."),
            ("spec.%s[%d] and rules[%d] are", "%s %d and %d are"),
            ("--flag=1 is 0.5", "is"),
        ] {
            assert_eq!(without_paths(text), without);
        }
    }
}
