//! Running the built binary as a user would.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The binary, run in `folder` without what this machine's environment may say.
pub(crate) fn manifestly_in(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_manifestly"));
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MANIFESTLY_") {
            command.env_remove(name);
        }
    }
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LANG", "LC_ALL", "LC_CTYPE", "TERM"] {
        command.env_remove(name);
    }
    // Rollouts and waivers stand as they did on this day.
    command.env("MANIFESTLY_AS_OF", "2026-11-30");
    // What tests judge is kept apart from what the one who runs them has judged.
    command.env("MANIFESTLY_CACHE_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"));
    command
}

/// What a run printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("an exit code"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in:\n{self:?}"))
    }

    /// For snapshots: the exit code, what was printed, without the time it took and what the
    /// verdict rests on.
    pub(crate) fn shown(&self) -> String {
        let mut text = format!("exit code {}\n{}", self.code, self.out);
        if !self.err.is_empty() {
            text.push_str(&format!("--- standard error\n{}", self.err));
        }
        let mut shown = String::new();
        for line in text.lines().filter(|line| !line.starts_with("decision ")) {
            let untimed = match line.rsplit_once(" in ") {
                Some((before, time)) if time.ends_with(" ms") => format!("{before} in [time]"),
                _ => line.to_owned(),
            };
            shown.push_str(&untimed);
            shown.push('\n');
        }
        shown
    }
}

/// Runs with arguments in the repository's root.
pub(crate) fn run(args: &[&str]) -> Ran {
    manifestly_in(&root()).args(args).output().unwrap().into()
}

/// Runs with arguments in a folder.
pub(crate) fn run_in(folder: &Path, args: &[&str]) -> Ran {
    manifestly_in(folder).args(args).output().unwrap().into()
}

/// Runs with standard input.
pub(crate) fn run_with_input(folder: &Path, args: &[&str], input: &[u8]) -> Ran {
    let mut command = manifestly_in(folder);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // What it prints is read meanwhile: neither waits for the other.
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // It may end before it has read everything.
            if let Err(error) = stdin.write_all(input) {
                assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
            }
        });
        child.wait_with_output().unwrap().into()
    })
}

/// A folder with files, gone when dropped.
pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}
