//! The hook, run by the real pre-commit where it is installed.

use std::path::Path;
use std::process::Command;

use crate::run::{folder, root};

fn git(folder: &Path, args: &[&str]) -> (bool, String) {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
        .args(args)
        .env("PRE_COMMIT_HOME", folder.join(".git/pre-commit-home"))
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text.into_owned())
}

/// The hook as .pre-commit-hooks.yaml has it, with the binary under test instead of an installed
/// one.
fn config() -> String {
    let hooks = std::fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let binary = env!("CARGO_BIN_EXE_manifestly");
    assert!(hooks.contains("entry: manifestly check") && hooks.contains("language: rust"));
    let hook = hooks
        .replace("entry: manifestly", &format!("entry: {binary}"))
        .replace("language: rust", "language: system");
    let hook = hook.replace('\n', "\n      ");
    format!("repos:\n  - repo: local\n    hooks:\n      {hook}\n")
}

#[test]
fn a_bad_commit_is_stopped_and_the_mended_one_passes() {
    if Command::new("pre-commit").arg("--version").output().is_err() {
        println!("skipped: pre-commit is not installed");
        return;
    }
    let bad =
        std::fs::read_to_string(root().join("policies/kubernetes/examples/privileged/bad.yaml"))
            .unwrap();
    let good =
        std::fs::read_to_string(root().join("policies/kubernetes/examples/privileged/good.yaml"))
            .unwrap();
    let repo = folder(&[(".pre-commit-config.yaml", &config()), ("deploy/web.yaml", &bad)]);
    assert!(git(repo.path(), &["init", "-q"]).0);
    let installed = Command::new("pre-commit")
        .current_dir(repo.path())
        .arg("install")
        .env("PRE_COMMIT_HOME", repo.path().join(".git/pre-commit-home"))
        .output()
        .unwrap();
    assert!(installed.status.success(), "{installed:?}");
    assert!(git(repo.path(), &["add", "-A"]).0);
    let (passed, told) = git(repo.path(), &["commit", "-m", "bad"]);
    assert!(!passed, "{told}");
    assert!(told.contains("kubernetes/privileged") && told.contains("deploy/web.yaml:"), "{told}");
    std::fs::write(repo.path().join("deploy/web.yaml"), good).unwrap();
    assert!(git(repo.path(), &["add", "-A"]).0);
    let (passed, told) = git(repo.path(), &["commit", "-m", "good"]);
    assert!(passed, "{told}");
}
