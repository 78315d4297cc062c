//! Names of pages: what a policy's id becomes in a file system, and in an address.

use std::collections::BTreeSet;

/// Gives names, each once.
#[derive(Debug, Default)]
pub(super) struct Slugs(BTreeSet<String>);

/// No name is longer: file systems end at 255 bytes.
const LONGEST: usize = 100;

impl Slugs {
    /// The name for an id: small letters, digits and hyphens, so that no id leads out of a folder,
    /// and no two differ by case alone.
    pub(super) fn next(&mut self, id: &str) -> String {
        let mut slug = String::new();
        for c in id.chars() {
            match c.to_ascii_lowercase() {
                c if c.is_ascii_alphanumeric() => slug.push(c),
                _ if slug.is_empty() || slug.ends_with('-') => {}
                _ => slug.push('-'),
            }
        }
        slug.truncate(LONGEST);
        let slug = match slug.trim_end_matches('-') {
            "" => "policy",
            slug => slug,
        };
        let numbered = (2..).map(|number| format!("{slug}-{number}"));
        let mut names = std::iter::once(slug.to_owned()).chain(numbered);
        let free = names.find(|name| !self.0.contains(name)).unwrap_or_default();
        self.0.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_each_is_given_once() {
        let mut slugs = Slugs::default();
        for (id, slug) in [
            ("kubernetes/run-as-non-root", "kubernetes-run-as-non-root"),
            ("Kubernetes/run_as_non_root", "kubernetes-run-as-non-root-2"),
            ("../../etc/passwd", "etc-passwd"),
            ("<script>", "script"),
            ("политика", "policy"),
            ("...", "policy-2"),
            ("a/", "a"),
        ] {
            assert_eq!(slugs.next(id), slug, "{id}");
        }
        assert_eq!(slugs.next(&"x".repeat(1000)).len(), LONGEST);
    }
}
