//! What other policies would change: two folders, or revisions of git, on the same manifests.

use std::path::Path;
use std::process::Command;

use crate::run::{Ran, folder, run_in};

const OLD: &str = r##"# METADATA
# title: Containers must have a memory limit
# custom: {id: shop/limits, owner: platform, contact: "#ask-platform"}
package shop.limits

warn contains {"msg": msg, "path": ["spec", "containers", i, "resources"]} if {
	some i, container in input.spec.containers
	not container.resources.limits.memory
	msg := sprintf("%s has no memory limit", [container.name])
}

# METADATA
# title: Images must come from our registry
# custom: {id: shop/registry}
deny_registry contains {"msg": "the image comes from elsewhere", "path": ["spec", "containers", i, "image"]} if {
	some i, container in input.spec.containers
	not startswith(container.image, "shop/")
}
"##;

const NEW: &str = r##"# METADATA
# title: Containers must have a memory limit
# custom:
#   id: shop/limits
#   owner: platform
#   contact: "#ask-platform"
#   why: A container without a limit takes the memory of its neighbours.
#   help: "Set resources.limits.memory."
package shop.limits

deny contains {"msg": msg, "path": ["spec", "containers", i, "resources"], "fix": fix} if {
	some i, container in input.spec.containers
	not container.resources.limits.memory
	msg := sprintf("%s should have a limit of memory", [container.name])
	fix := {
		"path": ["spec", "containers", i, "resources", "limits", "memory"],
		"value": "256Mi",
	}
}

# METADATA
# title: Somebody must own it
# custom: {id: shop/owner}
warn_owner contains "nobody owns it" if not input.metadata.labels.team
"##;

fn pod(name: &str, namespace: &str, team: &str, image: &str, limit: bool) -> String {
    let labels =
        if team.is_empty() { String::new() } else { format!(", labels: {{team: {team}}}") };
    let limit = if limit { "\n    resources: {limits: {memory: 1Gi}}" } else { "" };
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}{labels}}}\n\
         spec:\n  containers:\n  - name: {name}\n    image: {image}{limit}\n"
    )
}

fn estate() -> tempfile::TempDir {
    folder(&[
        ("old/shop.rego", OLD),
        ("new/shop.rego", NEW),
        ("estate/shop/web.yaml", &pod("web", "shop", "storefront", "shop/web:1", false)),
        ("estate/shop/api.yaml", &pod("api", "shop", "storefront", "other/api:1", false)),
        ("estate/pay/till.yaml", &pod("till", "pay", "", "shop/till:1", false)),
        ("estate/pay/fine.yaml", &pod("fine", "pay", "payments", "shop/fine:1", true)),
        ("estate/pay/CODEOWNERS", "*.yaml @org/payments\n"),
    ])
}

fn impact(at: &Path, more: &[&str]) -> Ran {
    let args = ["impact", "--from", "old", "--to", "new"];
    run_in(at, &[&args[..], more, &["estate"]].concat())
}

const OWNERS: [&str; 2] = ["--codeowners", "estate/pay/CODEOWNERS"];

#[test]
fn what_would_change_is_told_to_people() {
    let estate = estate();
    insta::assert_snapshot!("human", impact(estate.path(), &OWNERS).shown());
    let few = [&OWNERS[..], &["--most", "1"]].concat();
    insta::assert_snapshot!("few", impact(estate.path(), &few).shown());
}

#[test]
fn a_comment_on_a_pull_request_tells_it_too() {
    let estate = estate();
    let ran = impact(estate.path(), &[&OWNERS[..], &["-f", "markdown"]].concat());
    insta::assert_snapshot!("markdown", ran.shown());
}

#[test]
fn programs_are_told_all_of_it() {
    let estate = estate();
    let ran = impact(estate.path(), &[&OWNERS[..], &["-f", "json"]].concat());
    let json = ran.json();
    let schema = run_in(estate.path(), &["schema", "impact"]).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let count = |name: &str| json["summary"][name].as_u64().unwrap();
    assert_eq!(count("newly_blocked"), 3);
    assert_eq!(count("newly_warned"), 1);
    assert_eq!(count("newly_passing"), 1);
    assert_eq!((count("workloads"), count("stopped"), count("released")), (3, 2, 0));
    assert_eq!(count("mended"), 3);
    let group = |by: &str, name: &str| {
        let groups = json[by].as_array().unwrap().iter();
        let found = groups.clone().find(|group| group["name"] == name);
        found.unwrap_or_else(|| panic!("{name} in {groups:?}"))["newly_blocked"].as_u64().unwrap()
    };
    assert_eq!(group("policies", "shop/limits"), 3);
    assert_eq!((group("owners", "storefront"), group("owners", "@org/payments")), (2, 1));
    assert_eq!((group("namespaces", "shop"), group("namespaces", "pay")), (2, 1));
}

#[test]
fn what_says_the_same_in_other_words_is_no_change() {
    let estate = estate();
    let at = estate.path();
    let other = OLD.replace("the image comes from elsewhere", "that registry is not ours");
    std::fs::write(at.join("new/shop.rego"), other).unwrap();
    let ran = impact(at, &["-f", "json", "--fail-on", "new-deny"]);
    assert_eq!((ran.code, &ran.json()["changes"]), (0, &serde_json::json!([])));
    insta::assert_snapshot!("nothing", impact(at, &[]).shown());
}

#[test]
fn a_gate_can_hold_on_it() {
    let estate = estate();
    let at = estate.path();
    assert_eq!(impact(at, &[]).code, 0);
    assert_eq!(impact(at, &["--fail-on", "new-deny"]).code, 1);
    let back = run_in(
        at,
        &[
            "impact",
            "--from",
            "new",
            "--to",
            "old",
            "--fail-on",
            "new-deny",
            "-f",
            "json",
            "estate",
        ],
    );
    // One workload newly blocks by another policy, and was blocked before.
    assert_eq!(back.code, 1);
    assert_eq!(back.json()["summary"]["stopped"], 0);
    assert_eq!(back.json()["summary"]["released"], 2);
}

#[test]
fn what_can_not_be_judged_is_no_impact() {
    let estate = estate();
    let at = estate.path();
    std::fs::write(at.join("estate/bad.yaml"), "kind: [").unwrap();
    let ran = impact(at, &["-f", "json"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.json()["errors"].as_array().unwrap().len(), 1);
    std::fs::write(at.join("new/shop.rego"), "package shop\ndeny {").unwrap();
    assert_eq!(impact(at, &[]).code, 2);
}

#[test]
fn policies_can_be_those_of_a_revision() {
    if Command::new("git").arg("--version").output().is_err() {
        #[allow(clippy::print_stdout)] // a test that is skipped says so
        {
            println!("skipped: git is not installed");
        }
        return;
    }
    let estate = estate();
    let at = estate.path();
    let git = |args: &[&str]| {
        let who = ["-c", "user.name=a", "-c", "user.email=a@b"];
        let mut git = Command::new("git");
        git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        assert!(git.current_dir(at).args(who).args(args).output().unwrap().status.success());
    };
    std::fs::rename(at.join("old"), at.join("policies")).unwrap();
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "policies"]);
    git(&["commit", "-q", "-m", "x"]);
    std::fs::write(at.join("policies/shop.rego"), NEW).unwrap();
    let asked = |args: &[&str]| run_in(at, &[&["impact"], args, &["estate"]].concat());
    let ran = asked(&["--from", "HEAD", "-p", "policies", "-f", "json"]);
    let json = ran.json();
    assert_eq!(json["summary"]["newly_blocked"], 3, "{ran:?}");
    assert_eq!((&json["from"]["name"], &json["to"]["name"]), (&"HEAD".into(), &"policies".into()));
    let ran = asked(&["--from", "policies", "--to", "HEAD:policies", "-f", "json"]);
    let json = ran.json();
    assert_eq!(json["summary"]["newly_blocked"], 1, "{ran:?}");
    // Files of a revision are called as they are called there.
    let blocked = json["changes"].as_array().unwrap().iter();
    let blocked = blocked.clone().find(|change| change["turn"] == "newly_blocked").unwrap();
    let origin = blocked["finding"]["policy_location"].to_string();
    assert!(!origin.contains("tmp"), "{blocked}");
    insta::assert_snapshot!("no_such_revision", asked(&["--from", "v9"]).shown());
    insta::assert_snapshot!("no_folder_named", asked(&["--from", "HEAD"]).shown());
    insta::assert_snapshot!("no_such_folder", asked(&["--from", "HEAD:nothing"]).shown());
}
