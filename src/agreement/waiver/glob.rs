//! Globs that a waiver is for, and whether one leaves anything out.

use globset::{GlobBuilder, GlobMatcher};

/// A glob, as it is written.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    pub(super) text: String,
    matcher: GlobMatcher,
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Glob {
    /// Reads a glob: `*` and `?` stop at a slash, `**` does not.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let glob = GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build();
        let glob = glob.map_err(|error| error.kind().to_string())?;
        Ok(Self { text: text.to_owned(), matcher: glob.compile_matcher() })
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name)
    }

    /// Whether it matches names, or files, that have nothing in common: then it says nothing.
    pub(super) fn is_open(&self) -> bool {
        // No letter stands in both.
        ["qzxj7", "kvwy9"].iter().all(|letters| {
            let name = |length: usize| letters.chars().cycle().take(length).collect::<String>();
            (1..=63).map(name).any(|name| self.matches(&name))
                || (1..=9).map(name).any(|name| self.is_any_file(&name))
        })
    }

    fn is_any_file(&self, name: &str) -> bool {
        ["", "q/", "k/q/", "kq/x/w/"].iter().any(|folder| {
            ["yaml", "yml", "json"]
                .iter()
                .any(|ending| self.matches(&format!("{folder}{name}.{ending}")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_nothing_out_is_known() {
        let open = |text: &str| Glob::parse(text).unwrap().is_open();
        for text in [
            "*",
            "**",
            "?*",
            "???",
            "[a-z]*",
            "{*,web}",
            "[!.]*",
            "**/*",
            "**/*.yaml",
            "*.{yml,yaml}",
        ] {
            assert!(open(text), "{text}");
        }
        for text in ["web", "web-*", "*q*", "deploy/**", "**/web.yaml", "{a,b}*", "*.example.com"] {
            assert!(!open(text), "{text}");
        }
    }
}
