//! The story of one policy in docs/story.md, run as it stands there.
//!
//! Blocks with `file=` in their first line are written, blocks of the kind `console` are run: what
//! follows a line beginning with `$ ` is what the command prints. With `STORY_UPDATE=1` the page is
//! written anew.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::run::{manifestly_in, root};

/// What differs from run to run: the time that it took, and bob's key.
fn steady(line: &str) -> String {
    let line = match line.rsplit_once(" in ") {
        Some((before, time)) if time.ends_with(" ms") => format!("{before} in 3 ms"),
        _ => line.to_owned(),
    };
    match line.split_once("SHA256:") {
        Some((before, _)) => format!("{before}SHA256:4NQjMiOC90CIHgPbVHXyzbFYXYC/R3eskAomQG45SQ8"),
        None => line,
    }
}

/// What a command prints, and how it ends unless well.
fn told(folder: &Path, command: &str) -> String {
    // The binary by its name, with what the other tests give it.
    let mut shell = Command::new("sh");
    let like = manifestly_in(folder);
    let program = Path::new(like.get_program()).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(program).chain(std::env::split_paths(&path));
    shell.arg("-c").arg(command).current_dir(folder).stdin(Stdio::null());
    for (name, value) in like.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.env("PATH", std::env::join_paths(paths).unwrap());
    let output = shell.output().unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    text.push_str(std::str::from_utf8(&output.stderr).unwrap());
    let code = output.status.code().unwrap();
    if code != 0 {
        let _ = writeln!(text, "exit code {code}");
    }
    text.lines().fold(String::new(), |text, line| text + steady(line).trim_end() + "\n")
}

/// The page with what its commands print.
fn run(page: &str, folder: &Path) -> String {
    let mut out = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let _ = writeln!(out, "{line}");
        let Some(kind) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if kind == "console" {
            for command in block.iter().filter_map(|line| line.strip_prefix("$ ")) {
                let _ = write!(out, "$ {command}\n{}", told(folder, command));
            }
        } else {
            if let Some((_, file)) = kind.split_once("file=") {
                let path = folder.join(file);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, block.join("\n") + "\n").unwrap();
            }
            block.iter().for_each(|line| out.push_str(&format!("{line}\n")));
        }
        let _ = writeln!(out, "```");
    }
    out
}

#[test]
#[cfg(unix)]
fn the_story_is_told_as_it_happens() {
    if Command::new("ssh-keygen").arg("-?").output().is_err() {
        eprintln!("skipped: there is no ssh-keygen to make keys with");
        return;
    }
    let file = root().join("docs/story.md");
    let page = std::fs::read_to_string(&file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let happened = run(&page, folder.path());
    if std::env::var_os("STORY_UPDATE").is_some() {
        std::fs::write(&file, &happened).unwrap();
        return;
    }
    if page != happened {
        let differing = page.lines().zip(happened.lines()).position(|(a, b)| a != b);
        let around = |text: &str| -> String {
            let from = differing.unwrap_or_default().saturating_sub(3);
            text.lines().skip(from).take(12).map(|line| format!("{line}\n")).collect()
        };
        panic!("docs/story.md says\n{}\nand this happens\n{}", around(&page), around(&happened));
    }
}
