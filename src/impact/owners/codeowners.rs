//! A CODEOWNERS file, by GitHub's rules.
//!
//! The last line that matches a path decides. Patterns are those of .gitignore, but for `!`, `\#`
//! and ranges in brackets, which GitHub doesn't know: such a line says nothing.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Where GitHub looks for the file, from the top of a repository.
const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Who owns which paths of a repository.
#[derive(Clone, Debug)]
pub(super) struct Codeowners {
    /// The folder that paths are seen from.
    top: PathBuf,
    /// The patterns of all lines, and for each pattern its line.
    patterns: GlobSet,
    lines: Vec<usize>,
    owners: Vec<Vec<String>>,
}

impl Codeowners {
    /// The file of the repository that a path is in, if it has one.
    pub(super) fn around(path: &Path) -> Option<Self> {
        let path = std::fs::canonicalize(path).ok()?;
        let top = path.ancestors().find(|folder| folder.join(".git").exists())?;
        let text = PLACES.iter().find_map(|place| std::fs::read_to_string(top.join(place)).ok())?;
        Some(Self::parse(&text, top))
    }

    /// A file that was named, for the repository that it stands in, else for its own folder.
    pub(super) fn read(file: &Path) -> std::io::Result<Self> {
        let text = std::fs::read_to_string(file)?;
        let whole = std::fs::canonicalize(file)?;
        let folder = whole.parent().unwrap_or(Path::new("/"));
        let top = folder.ancestors().find(|folder| folder.join(".git").exists());
        Ok(Self::parse(&text, top.unwrap_or(folder)))
    }

    fn parse(text: &str, top: &Path) -> Self {
        let mut patterns = GlobSetBuilder::new();
        let (mut lines, mut owners) = (Vec::new(), Vec::new());
        for line in text.lines() {
            let mut words = words(line).into_iter();
            let Some(globs) = words.next().as_deref().and_then(globs) else { continue };
            for glob in globs {
                let glob = GlobBuilder::new(&glob).literal_separator(true).build();
                if let Ok(glob) = glob {
                    patterns.add(glob);
                    lines.push(owners.len());
                }
            }
            owners.push(words.collect());
        }
        let patterns = patterns.build().unwrap_or_else(|_| GlobSet::empty());
        Self { top: top.to_owned(), patterns, lines, owners }
    }

    /// Who owns a file; none where no line says so, or the last one names nobody.
    pub(super) fn of(&self, file: &Path) -> &[String] {
        let whole = std::fs::canonicalize(file).ok();
        let path = whole.as_deref().and_then(|whole| whole.strip_prefix(&self.top).ok());
        path.map_or(&[], |path| self.of_path(path))
    }

    fn of_path(&self, path: &Path) -> &[String] {
        let matching = self.patterns.matches(path);
        let last = matching.into_iter().filter_map(|pattern| self.lines.get(pattern)).max();
        last.and_then(|line| self.owners.get(*line)).map_or(&[], Vec::as_slice)
    }
}

/// The words of a line, up to a comment; a blank behind `\` is part of a word.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '#' if word.is_empty() => break,
            '\\' => match chars.next() {
                Some(blank) if blank.is_whitespace() => word.push(blank),
                Some(other) => word.extend([c, other]),
                None => word.push(c),
            },
            blank if blank.is_whitespace() => {
                words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            }
            other => word.push(other),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// The globs that a pattern stands for: the thing itself, and all that is in it if it is a folder.
fn globs(pattern: &str) -> Option<Vec<String>> {
    if pattern.starts_with(['!', '\\']) || pattern.contains(['[', ']', '{', '}']) {
        return None;
    }
    let is_folder = pattern.ends_with('/');
    let body = pattern.trim_end_matches('/');
    let is_anchored = body.contains('/');
    let body = body.trim_start_matches('/');
    if body.is_empty() {
        // `/` alone matches nothing.
        return None;
    }
    let from = if is_anchored { "" } else { "**/" };
    let own = format!("{from}{body}");
    let inside = format!("{own}/**");
    Some(match (is_folder, body.rsplit('/').next()) {
        (true, _) => vec![inside],
        // `docs/*` is what is in the folder, and not in folders below. `*` alone is everything.
        (false, Some("*")) if is_anchored => vec![own],
        _ => vec![own, inside],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/*  docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
/with\\ blank/ @blank
[ab].yaml @nobody
!not.yaml @nobody
";

    #[test]
    fn the_last_line_that_matches_decides() {
        let file = Codeowners::parse(FILE, Path::new("/repo"));
        for (path, owners) in [
            ("a.yaml", &["@global-owner1", "@global-owner2"][..]),
            ("deep/in/a.yaml", &["@global-owner1", "@global-owner2"]),
            ("x/a.js", &["@js-owner"]),
            ("a.go", &["docs@example.com"]),
            ("build/logs/x/y", &["@octocat"]),
            ("x/docs/a.md", &["@global-owner1", "@global-owner2"]),
            ("docs/a/b.md", &["@doctocat"]),
            ("x/apps/a/b.yaml", &["@octocat"]),
            ("deploy/logs/a", &["@octocat"]),
            ("logs", &["@octocat"]),
            ("apps/github", &[]),
            ("apps/github/a.yaml", &[]),
            ("apps/githubs", &["@octocat"]),
            ("with blank/a", &["@blank"]),
            ("not.yaml", &["@global-owner1", "@global-owner2"]),
            ("[ab].yaml", &["@global-owner1", "@global-owner2"]),
        ] {
            assert_eq!(file.of_path(path.as_ref()), owners, "{path}");
        }
    }

    #[test]
    fn children_of_a_folder_are_not_those_of_folders_below() {
        let file = Codeowners::parse("docs/* @a\nx/y @b", Path::new("/repo"));
        assert_eq!(file.of_path("docs/a".as_ref()), ["@a"]);
        assert!(file.of_path("docs/a/b".as_ref()).is_empty());
        assert!(file.of_path("z/docs/a".as_ref()).is_empty());
        assert_eq!(file.of_path("x/y/z/a".as_ref()), ["@b"]);
        assert!(file.of_path("z/x/y".as_ref()).is_empty());
    }
}
