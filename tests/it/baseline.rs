//! Baselines, and what has not changed since a revision: what stood doesn't block, what is new does.

use std::path::Path;
use std::process::Command;

use crate::run::{Ran, folder, manifestly_in, run_in, run_with_input};

/// Every container names its memory limit; images have versions.
const POLICIES: &str = r##"# METADATA
# title: Containers must have a memory limit
# custom: {id: shop/limits, owner: platform, contact: "#ask-platform"}
package shop.limits

deny contains {"msg": msg, "path": ["spec", "containers", i, "resources"]} if {
	some i, container in input.spec.containers
	not container.resources.limits.memory
	msg := sprintf("%s has no memory limit", [container.name])
}

# METADATA
# title: Somebody must own it
# custom: {id: shop/owner}
warn_owner contains "nobody owns it" if not input.metadata.labels.team
"##;

fn pod(name: &str, containers: &[&str]) -> String {
    let mut text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n");
    text.push_str("  containers:\n");
    for container in containers {
        text.push_str(&format!("  - name: {container}\n    image: {container}:1\n"));
    }
    text
}

fn shop() -> tempfile::TempDir {
    let web = pod("web", &["web", "proxy"]);
    folder(&[("policies/shop.rego", POLICIES), ("deploy/web.yaml", &web)])
}

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn check(folder: &Path, more: &[&str]) -> Ran {
    let args = ["check", "-p", "policies", "-f", "json"];
    run_in(folder, &[&args[..], more, &["deploy"]].concat())
}

/// How findings stand, and of what they are.
fn standings(ran: &Ran) -> Vec<(String, String)> {
    let report = ran.json();
    let findings = report["findings"].as_array().unwrap().iter();
    let of = |finding: &serde_json::Value| {
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        (text("message"), text("standing"))
    };
    findings.map(of).collect()
}

fn blocking(ran: &Ran) -> Vec<String> {
    let blocks = |(_, standing): &(String, String)| standing == "blocking";
    standings(ran).into_iter().filter(blocks).map(|(message, _)| message).collect()
}

fn write(folder: &Path) -> Ran {
    run_in(folder, &["baseline", "write", "-p", "policies", "deploy"])
}

fn update(folder: &Path, more: &[&str]) -> Ran {
    let args = ["baseline", "update", "-p", "policies"];
    run_in(folder, &[&args[..], more, &["deploy"]].concat())
}

#[test]
fn what_stood_does_not_block_and_is_counted() {
    let shop = shop();
    let at = shop.path();
    assert_eq!(check(at, &[]).code, 1);
    let wrote = write(at);
    insta::assert_snapshot!("written", wrote.shown());
    let text = std::fs::read_to_string(at.join("baseline.yaml")).unwrap();
    insta::assert_snapshot!("baseline", text);

    let ran = check(at, &["--baseline", "baseline.yaml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(standings(&ran).iter().all(|(_, standing)| standing == "baselined"));
    assert_eq!(ran.json()["summary"]["baselined"], 3);
    assert_eq!(ran.json()["findings"][0]["agreed"]["by"], "baseline");

    // It is written once; from then on it is updated.
    insta::assert_snapshot!("again", write(at).shown());

    // What is mended is told, so that it is taken out.
    put(at, "deploy/web.yaml", &pod("web", &["web"]));
    let args = ["check", "-p", "policies", "--baseline", "baseline.yaml", "deploy"];
    insta::assert_snapshot!("mended", run_in(at, &args).shown());
}

#[test]
fn it_outlives_moved_lines_other_files_and_lists_in_another_order() {
    let shop = shop();
    let at = shop.path();
    write(at);
    std::fs::remove_file(at.join("deploy/web.yaml")).unwrap();
    let moved = pod("web", &["new", "proxy", "web"]).replace(":1", ":2");
    put(at, "deploy/other/pod.yml", &format!("# moved\n\n---\n{moved}"));
    let ran = check(at, &["--baseline", "baseline.yaml"]);
    assert_eq!(blocking(&ran), ["new has no memory limit"]);
    assert_eq!(ran.code, 1);
}

#[test]
fn what_stood_once_may_stand_once() {
    let shop = shop();
    let at = shop.path();
    write(at);
    put(at, "deploy/zone/web.yaml", &pod("web", &["web"]));
    for threads in ["1", "2", "7"] {
        let ran = check(at, &["--baseline", "baseline.yaml", "-j", threads, "--no-cache"]);
        let report = ran.json();
        let findings = report["findings"].as_array().unwrap();
        let blocks = findings.iter().filter(|finding| finding["standing"] == "blocking");
        let files: Vec<_> = blocks.map(|finding| &finding["location"]["file"]).collect();
        assert_eq!(files, ["deploy/zone/web.yaml"]);
    }
    // Both may, where both stood.
    update(at, &["--accept-new"]);
    let text = std::fs::read_to_string(at.join("baseline.yaml")).unwrap();
    assert!(text.contains("count: 2"), "{text}");
    assert_eq!(check(at, &["--baseline", "baseline.yaml"]).code, 0);
}

#[test]
fn it_only_shrinks_unless_told_otherwise() {
    let shop = shop();
    let at = shop.path();
    write(at);
    put(at, "deploy/web.yaml", &pod("web", &["web", "cache"]));
    insta::assert_snapshot!("left_out", update(at, &[]).shown());
    let ran = check(at, &["--baseline", "baseline.yaml"]);
    assert_eq!(blocking(&ran), ["cache has no memory limit"]);
    // What is mended can't come back.
    put(at, "deploy/web.yaml", &pod("web", &["web", "proxy"]));
    let ran = check(at, &["--baseline", "baseline.yaml"]);
    assert_eq!(blocking(&ran), ["proxy has no memory limit"]);
    insta::assert_snapshot!("taken_up", update(at, &["--accept-new"]).shown());
    assert_eq!(check(at, &["--baseline", "baseline.yaml"]).code, 0);
    assert_eq!(update(at, &[]).code, 0);
    insta::assert_snapshot!("shown", run_in(at, &["baseline", "show"]).shown());
    let shown = run_in(at, &["baseline", "show", "-f", "json"]).json();
    assert_eq!(shown["policies"][0]["count"], 2);
}

#[test]
fn nothing_is_written_of_what_can_not_be_judged() {
    let shop = shop();
    let at = shop.path();
    put(at, "deploy/bad.yaml", "kind: [");
    let wrote = write(at);
    assert_eq!(wrote.code, 2, "{wrote:?}");
    assert!(!at.join("baseline.yaml").exists());
    assert!(wrote.err.contains("so nothing is written"), "{wrote:?}");
}

#[test]
fn it_is_written_of_all_that_stands_by_the_policies_that_are_meant() {
    let shop = shop();
    let at = shop.path();
    let args = ["baseline", "write", "-p", "policies", "--since", "HEAD", "deploy"];
    insta::assert_snapshot!("of_changes", run_in(at, &args).shown());
    let mut others = manifestly_in(at);
    others.env("MANIFESTLY_EXPECT_POLICIES", "0123456789ab");
    let args = ["baseline", "write", "-p", "policies", "deploy"];
    let ran = Ran::from(others.args(args).output().unwrap());
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("the policies are others than are expected"), "{ran:?}");
    assert!(!at.join("baseline.yaml").exists());
}

#[test]
fn a_baseline_that_can_not_be_read_is_no_pass() {
    let shop = shop();
    let at = shop.path();
    write(at);
    let text = std::fs::read_to_string(at.join("baseline.yaml")).unwrap();
    put(at, "changed.yaml", &text.replacen("name=web", "name=api", 1));
    put(at, "none.yaml", "kind: Pod\napiVersion: v1\n");
    let said =
        |file: &str| run_in(at, &["check", "-p", "policies", "--baseline", file, "deploy"]).shown();
    insta::assert_snapshot!("changed_by_hand", said("changed.yaml"));
    insta::assert_snapshot!("no_baseline", said("none.yaml"));
    insta::assert_snapshot!("not_there", said("nowhere.yaml"));
}

#[test]
fn settings_name_it_and_json_does_too() {
    let shop = shop();
    let at = shop.path();
    put(at, "manifestly.toml", "policies = [\"policies\"]\nbaseline = \"known.json\"\n");
    let wrote = run_in(at, &["baseline", "write", "deploy"]);
    assert_eq!(wrote.code, 0, "{wrote:?}");
    let text = std::fs::read_to_string(at.join("known.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 3);
    assert_eq!(run_in(at, &["check", "deploy"]).code, 0);
    // Beside the manifests it is neither judged nor counted.
    let ran = run_in(at, &["check", "-f", "json", "."]);
    let summary = &ran.json()["summary"];
    assert_eq!((&summary["skipped"], &summary["resources"]), (&0.into(), &1.into()), "{ran:?}");
}

/// A repository with a shop in it; none where there is no git.
fn repository() -> Option<tempfile::TempDir> {
    if Command::new("git").arg("--version").output().is_err() {
        #[allow(clippy::print_stdout)] // a test that is skipped says so
        {
            println!("skipped: git is not installed");
        }
        return None;
    }
    let shop = shop();
    git(shop.path(), &["init", "-q", "-b", "main"]);
    commit(shop.path());
    Some(shop)
}

fn git(folder: &Path, args: &[&str]) {
    let who = ["-c", "user.name=a", "-c", "user.email=a@b"];
    let mut git = Command::new("git");
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    let ran = git.current_dir(folder).args(who).args(args).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
}

fn commit(folder: &Path) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "x"]);
}

#[test]
fn what_has_not_changed_since_a_revision_does_not_block() {
    let Some(shop) = repository() else { return };
    let at = shop.path();
    let ran = check(at, &["--since", "HEAD"]);
    assert_eq!((ran.code, blocking(&ran).len()), (0, 0), "{ran:?}");
    assert_eq!(ran.json()["findings"][0]["agreed"]["by"], "since");

    // Another order of keys, comments and another file are no change.
    std::fs::remove_file(at.join("deploy/web.yaml")).unwrap();
    let web = pod("web", &["web", "proxy"]);
    let (head, spec) = web.split_at(web.find("spec:").unwrap());
    put(at, "deploy/moved.yaml", &format!("{spec}# why\n{head}"));
    put(at, "deploy/api.yaml", &pod("api", &["api"]));
    let ran = check(at, &["--since", "HEAD"]);
    assert_eq!(blocking(&ran), ["api has no memory limit"]);

    // A copy is new.
    commit(at);
    put(at, "deploy/copy.yaml", &pod("api", &["api"]));
    assert_eq!(blocking(&check(at, &["--since", "HEAD"])), ["api has no memory limit"]);
    std::fs::remove_file(at.join("deploy/copy.yaml")).unwrap();

    // What is changed is looked at whole, and what stands beside it in its file is not.
    let both = format!("{}---\n{}", pod("api", &["api"]), pod("two", &["two"]));
    put(at, "deploy/api.yaml", &both);
    assert_eq!(blocking(&check(at, &["--since", "HEAD"])), ["two has no memory limit"]);
    put(at, "deploy/moved.yaml", &web.replace("proxy:1", "proxy:2"));
    let ran = check(at, &["--since", "HEAD"]);
    assert_eq!(blocking(&ran).len(), 3, "{ran:?}");
}

#[test]
fn a_branch_is_held_against_where_it_began() {
    let Some(shop) = repository() else { return };
    let at = shop.path();
    git(at, &["checkout", "-q", "-b", "mine"]);
    put(at, "deploy/api.yaml", &pod("api", &["api"]));
    commit(at);
    git(at, &["checkout", "-q", "main"]);
    put(at, "deploy/web.yaml", &pod("web", &["web"]));
    commit(at);
    git(at, &["checkout", "-q", "mine"]);
    assert_eq!(blocking(&check(at, &["--since", "main"])).len(), 3);
    assert_eq!(blocking(&check(at, &["--since", "main..."])), ["api has no memory limit"]);
}

#[test]
fn what_has_no_history_is_refused() {
    let Some(shop) = repository() else { return };
    let at = shop.path();
    let ran = run_in(at, &["check", "-p", "policies", "--since", "v9", "deploy"]);
    insta::assert_snapshot!("no_revision", ran.shown());
    let args = ["check", "-p", "policies", "--since", "HEAD", "-"];
    let ran = run_with_input(at, &args, pod("web", &["web"]).as_bytes());
    insta::assert_snapshot!("standard_input", ran.shown());
}
