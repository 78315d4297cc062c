//! The README's first command: fixtures/shop judged by the embedded pack.

use crate::run::{root, run};

#[test]
fn the_shop_is_told_what_is_wrong_where_why_and_how_to_fix_it() {
    let ran = run(&["check", "fixtures/shop"]);
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn the_same_input_gives_the_same_bytes_on_any_number_of_threads() {
    let report = |threads: &str| {
        let mut report = run(&["check", "-f", "json", "-j", threads, "fixtures"]).json();
        report["summary"]["duration_ms"] = 0.into();
        report.to_string()
    };
    let alone = report("1");
    for threads in ["2", "3", "7"] {
        assert_eq!(report(threads), alone);
    }
}

#[test]
fn every_format_tells_the_same_findings() {
    let json = run(&["check", "-f", "json", "fixtures/shop"]).json();
    let count = json["findings"].as_array().unwrap().len();
    assert_eq!(count, 7);
    let sarif = run(&["check", "-f", "sarif", "fixtures/shop"]).json();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), count);
    let gitlab = run(&["check", "-f", "gitlab", "fixtures/shop"]).json();
    assert_eq!(gitlab.as_array().unwrap().len(), count);
    let github = run(&["check", "-f", "github", "fixtures/shop"]).out;
    assert_eq!(github.lines().filter(|line| line.starts_with("::")).count(), count);
}

#[test]
fn the_readme_shows_a_real_run() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let ran = run(&["check", "fixtures/shop"]);
    let shown = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let mut lines = shown.lines();
    assert_eq!(lines.next(), Some("$ manifestly check fixtures/shop"));
    let real: Vec<_> = ran.out.lines().collect();
    for line in lines.filter(|line| *line != "[..]" && !line.contains(" judged by ")) {
        assert!(real.contains(&line), "the README shows a line that is not printed: {line}");
    }
}
