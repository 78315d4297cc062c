//! `manifestly test --watch`: runs again when something changes.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::run::{folder, manifestly_in, run_in};

/// A program that goes on, and the lines that it prints.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn begin(folder: &Path, args: &[&str]) -> Self {
        let mut command = manifestly_in(folder);
        command.args(["test", "--watch"]).args(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { child, lines }
    }

    /// Waits for a run with these counts, and no longer than it takes. A file may have been seen
    /// while it was being written: then there is a run too many.
    fn until(&self, wanted: &str) {
        let mut seen = Vec::new();
        loop {
            let Ok(line) = self.lines.recv_timeout(Duration::from_secs(60)) else {
                panic!("no run with {wanted}, only {seen:?}");
            };
            match line.split_once(" in ") {
                Some((counts, _)) if counts == wanted => return,
                Some((counts, _)) if counts.contains(" passed") => seen.push(counts.to_owned()),
                _ => {}
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const POLICY: &str = "package shop\n\nallow if input.replicas > data.shop_limits.least\n";
const TEST: &str =
    "package shop_test\n\ntest_allow if data.shop.allow with input as {\"replicas\": 2}\n";

#[test]
fn policies_tests_and_data_are_watched() {
    let folder = folder(&[
        ("in/shop.rego", POLICY),
        ("in/shop_test.rego", TEST),
        ("in/data.json", "{\"shop_limits\": {\"least\": 1}}"),
    ]);
    let within = |name: &str| folder.path().join(name);
    let watching = Watching::begin(folder.path(), &["in"]);
    watching.until("1 passed");
    std::fs::write(within("in/data.json"), "{\"shop_limits\": {\"least\": 2}}").unwrap();
    watching.until("0 passed, 1 failed");
    // As editors do it: a new file takes the place of the old one.
    std::fs::write(within("shop.rego.new"), POLICY.replace('>', ">=")).unwrap();
    std::fs::rename(within("shop.rego.new"), within("in/shop.rego")).unwrap();
    watching.until("1 passed");
    // New files count, and those that are gone.
    std::fs::write(within("in/more_test.rego"), "package more_test\n\ntest_more if true\n")
        .unwrap();
    watching.until("2 passed");
    std::fs::remove_file(within("in/more_test.rego")).unwrap();
    watching.until("1 passed");
    // What can't be run today may be run tomorrow.
    std::fs::write(within("in/shop.rego"), "package shop\n\nallow if {").unwrap();
    watching.until("0 passed, 1 error");
    std::fs::write(within("in/shop.rego"), POLICY.replace('>', "<=")).unwrap();
    watching.until("1 passed");
}

#[test]
fn what_a_suite_names_is_watched_with_it() {
    let folder = folder(&[]);
    let suite = crate::run::root().join("fixtures/gatekeeper/suite");
    for entry in std::fs::read_dir(suite).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    let watching = Watching::begin(folder.path(), &["suite.yaml", "--run", "deletion//by-guest"]);
    watching.until("1 passed");
    let template = folder.path().join("template.yaml");
    let text = std::fs::read_to_string(&template).unwrap();
    std::fs::write(&template, text.replace("not excepted", "false")).unwrap();
    watching.until("0 passed, 1 failed");
}

#[test]
fn what_is_not_there_can_not_be_watched() {
    let folder = folder(&[]);
    let ran = run_in(folder.path(), &["test", "--watch", "nowhere/at/all"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    insta::assert_snapshot!(ran.err);
}
