//! What files held at a revision.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{GitError, git_in};

/// The files of a repository as they stood at a revision.
#[derive(Clone, Debug)]
pub struct Revision {
    /// As it was asked for: `v7`, `HEAD~3`, `main...`.
    pub name: String,
    /// The commit that it is.
    pub commit: String,
    /// The folder of the repository.
    top: PathBuf,
    /// What git knows the content of each file by, by paths from the top.
    files: BTreeMap<String, String>,
}

impl Revision {
    /// Finds a revision in the repository of a folder; of the working folder, where that is empty.
    /// `main...` is where the present branch left `main`.
    ///
    /// # Errors
    ///
    /// Why git doesn't know it.
    pub fn find(folder: &Path, name: &str) -> Result<Self, GitError> {
        if name.is_empty() || name.starts_with('-') {
            return Err(GitError::Refused { message: format!("`{name}` is no revision") });
        }
        let git = |args: &[&str]| git_in(folder, args, &[]);
        let line = |text: String| text.trim_end_matches(['\r', '\n']).to_owned();
        let top = line(git(&["rev-parse", "--show-toplevel"])?);
        let asked = match name.strip_suffix("...") {
            Some(branch) => line(git(&["merge-base", branch, "HEAD"])?),
            None => name.to_owned(),
        };
        let commit = line(
            git(&["rev-parse", "--verify", "--quiet", &format!("{asked}^{{commit}}")]).map_err(
                |error| match error {
                    GitError::Refused { message } if message.is_empty() => {
                        GitError::Refused { message: format!("there is no revision `{name}`") }
                    }
                    error => error,
                },
            )?,
        );
        let list = git(&["ls-tree", "-r", "-z", "--full-tree", &commit])?;
        let files = list.split('\0').filter_map(|line| {
            // `100644 blob <id>\t<path>`; neither links nor other repositories.
            let (about, path) = line.split_once('\t')?;
            let id = about.strip_prefix("100")?.split(' ').nth(2)?;
            Some((path.to_owned(), id.to_owned()))
        });
        Ok(Self { name: name.to_owned(), commit, top: top.into(), files: files.collect() })
    }

    /// The paths of all files, from the top of the repository, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Where a path of the disk stands in the repository, if it does.
    pub fn path_of(&self, path: &Path) -> Option<String> {
        let top = std::fs::canonicalize(&self.top).ok()?;
        let whole = match std::fs::canonicalize(path) {
            Ok(whole) => whole,
            // What is there no more stands in a folder that may be.
            Err(_) => {
                let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
                let parent = std::fs::canonicalize(parent.unwrap_or(Path::new("."))).ok()?;
                parent.join(path.file_name()?)
            }
        };
        let parts = whole.strip_prefix(top).ok()?.components();
        let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
        Some(parts.join("/"))
    }

    /// Where a path of the repository is on the disk.
    pub fn on_disk(&self, path: &str) -> PathBuf {
        self.top.join(path)
    }

    /// Whether there was a file.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// What files held; none for what was no file.
    ///
    /// # Errors
    ///
    /// Why git doesn't say.
    pub fn read<'p>(
        &self,
        paths: impl Iterator<Item = &'p str>,
    ) -> Result<Vec<Option<Vec<u8>>>, GitError> {
        let ids: Vec<Option<&String>> = paths.map(|path| self.files.get(path)).collect();
        if ids.iter().all(Option::is_none) {
            return Ok(vec![None; ids.len()]);
        }
        let failed = |error: io::Error| GitError::Absent { reason: error.to_string() };
        let mut child = Command::new("git")
            .current_dir(&self.top)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let (mut asks, answers) = (child.stdin.take(), child.stdout.take());
        let wanted = ids.iter().flatten().map(|id| format!("{id}\n")).collect::<String>();
        let read = std::thread::scope(|scope| {
            // While answers are read, as either pipe may be full.
            scope.spawn(move || {
                let _ = asks.as_mut().map(|asks| asks.write_all(wanted.as_bytes()));
                drop(asks);
            });
            let mut answers = answers.map(BufReader::new);
            let contents = ids.iter().map(|id| match (id, &mut answers) {
                (Some(_), Some(answers)) => content(answers).map(Some),
                _ => Ok(None),
            });
            contents.collect::<io::Result<Vec<_>>>()
        });
        let done = child.wait().map_err(failed)?;
        read.map_err(|error| {
            let message = format!("what files held at {} can't be read: {error}", self.name);
            if done.success() { failed(error) } else { GitError::Refused { message } }
        })
    }
}

/// One answer: `<id> blob <size>`, and so many bytes.
fn content(answers: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut head = String::new();
    answers.read_line(&mut head)?;
    let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok());
    let size: u64 = size.ok_or_else(|| io::Error::other(head.trim_end().to_owned()))?;
    let mut content = Vec::new();
    answers.take(size).read_to_end(&mut content)?;
    if content.len() as u64 != size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    answers.read_exact(&mut [0])?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// None where there is no git.
    fn repository(commits: &[&[(&str, &str)]]) -> Option<tempfile::TempDir> {
        let folder = tempfile::tempdir().unwrap();
        let git = |args: &[&str]| {
            let who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
            git_in(folder.path(), &[&who[..], args].concat(), &[])
        };
        if let Err(GitError::Absent { reason }) = git(&["init", "-q", "-b", "main"]) {
            eprintln!("skipped: {reason}");
            return None;
        }
        for (number, files) in commits.iter().enumerate() {
            for (name, text) in *files {
                let path = folder.path().join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            git(&["add", "-A"]).unwrap();
            git(&["commit", "-q", "-m", "x"]).unwrap();
            git(&["tag", &format!("v{number}")]).unwrap();
        }
        Some(folder)
    }

    #[test]
    fn files_are_read_as_they_were() {
        let commits: [&[_]; 2] =
            [&[("a.yaml", "one\n"), ("b/ü c.yaml", "")], &[("a.yaml", "two\n")]];
        let Some(folder) = repository(&commits) else { return };
        std::fs::write(folder.path().join("a.yaml"), "three").unwrap();
        let read = |revision: &str| {
            let revision = Revision::find(&folder.path().join("b"), revision).unwrap();
            assert_eq!(revision.paths().collect::<Vec<_>>(), ["a.yaml", "b/ü c.yaml"]);
            let asked = ["a.yaml", "none", "b/ü c.yaml"];
            let texts = revision.read(asked.into_iter()).unwrap().into_iter();
            texts.map(|text| text.map(|text| String::from_utf8(text).unwrap())).collect::<Vec<_>>()
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read("v0"), [some("one\n"), None, some("")]);
        assert_eq!(read("HEAD"), [some("two\n"), None, some("")]);
        assert_eq!(read("v0..."), [some("one\n"), None, some("")]);
        let revision = Revision::find(folder.path(), "v0").unwrap();
        let path_of = |path: &str| revision.path_of(&folder.path().join(path));
        assert_eq!(path_of("b/../a.yaml"), some("a.yaml"));
        assert_eq!(path_of("b/gone.yaml"), some("b/gone.yaml"));
        assert_eq!(path_of("../other.yaml"), None);
    }

    #[test]
    fn what_is_no_revision_is_refused() {
        let Some(folder) = repository(&[&[("a", "")]]) else { return };
        let find = |name: &str| Revision::find(folder.path(), name).unwrap_err().to_string();
        assert_eq!(find("v9"), "git says: there is no revision `v9`");
        assert_eq!(find("--all"), "git says: `--all` is no revision");
        assert!(find("v9...").starts_with("git says: "));
        let nowhere = tempfile::tempdir().unwrap();
        assert!(Revision::find(nowhere.path(), "HEAD").is_err());
    }

    #[test]
    fn many_and_large_files_are_read() {
        let large = "x".repeat(100_000);
        let names: Vec<_> = (0..300).map(|number| format!("{number:03}.yaml")).collect();
        let contents: Vec<_> = names.iter().map(|name| format!("{name}{large}")).collect();
        let files = names.iter().zip(&contents).map(|(name, text)| (name.as_str(), text.as_str()));
        let files: Vec<_> = files.collect();
        let Some(folder) = repository(&[&files]) else { return };
        let revision = Revision::find(folder.path(), "HEAD").unwrap();
        let texts = revision.read(revision.paths()).unwrap();
        let texts: Vec<_> = texts.into_iter().flatten().collect();
        assert!(texts.iter().eq(contents.iter().map(String::as_bytes)));
    }
}
