//! Words that are made of paths.

/// A text for `sprintf` without its paths, and which of its verbs are left. The names that stand in
/// a path stay: those in braces or brackets, and behind an equals sign.
pub(super) fn without_paths(text: &str) -> (String, Vec<bool>) {
    let mut left = Vec::new();
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let path = is_path(word);
        for (at, _) in word.match_indices('%') {
            let verb = word[at..].chars().nth(1);
            let before = word[..at].chars().next_back();
            let stays = !path || matches!(before, Some('{' | '[' | '='));
            left.push(stays);
            if let Some(verb) = verb.filter(|_| path && stays) {
                words.push(format!("%{verb}"));
            }
        }
        if !path {
            words.push(word.to_owned());
        }
    }
    (words.join(" "), left)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_and_names_stay() {
        for (text, without, left) in [
            ("it is set to '%s'", "it is set to '%s'", &[true][..]),
            ("metadata.name={{%s}}.%s.x is undefined", "%s is undefined", &[true, false]),
            ("'spec.a.b' is undefined.", "is undefined.", &[]),
            ("spec.%s[%d] of %s", "%d of %s", &[false, true, true]),
            ("--flag=1 is 0.5", "is", &[]),
        ] {
            assert_eq!(without_paths(text), (without.to_owned(), left.to_vec()), "{text}");
        }
    }
}
