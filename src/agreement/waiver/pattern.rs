//! Names with `*` and `?` in them, and lists of those, as OpenSSH reads them.

/// Whether a name fits a pattern, in which `*` stands for any text and `?` for one character.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut read) = (0, 0);
    // Where the last asterisk stands, and how much of the name it took.
    let mut asterisk: Option<(usize, usize)> = None;
    while read < name.len() {
        match pattern.get(at) {
            Some('*') => {
                asterisk = Some((at, read));
                at += 1;
            }
            Some(c) if *c == '?' || *c == name[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((star, taken)) = asterisk else { return false };
                asterisk = Some((star, taken + 1));
                at = star + 1;
                read = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

/// Whether a name fits a list: one of its patterns, and none of those that begin with `!`.
#[cfg(feature = "signatures")]
pub(super) fn matches_list(patterns: &[String], name: &str) -> bool {
    let mut fits = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(pattern) if matches(pattern, name) => return false,
            Some(_) => {}
            None => fits |= matches(pattern, name),
        }
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_openssh() {
        for (pattern, name, wanted) in [
            ("bob@example.com", "bob@example.com", true),
            ("bob@example.com", "Bob@example.com", false),
            ("*@example.com", "bob@example.com", true),
            ("*@example.com", "bob@example.com.evil.org", false),
            ("b?b*", "bob", true),
            ("b?b", "bb", false),
            ("*a*b", "xaxxbxb", true),
            ("", "", true),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, name), wanted, "{pattern} {name}");
        }
    }

    #[cfg(feature = "signatures")]
    #[test]
    fn lists_may_refuse() {
        let list = |list: &str| -> Vec<String> { list.split(',').map(str::to_owned).collect() };
        assert!(matches_list(&list("alice,*@example.com"), "bob@example.com"));
        assert!(!matches_list(&list("*@example.com,!bob@*"), "bob@example.com"));
        assert!(!matches_list(&list("!eve"), "bob"), "a list of refusals lets nobody in");
    }
}
