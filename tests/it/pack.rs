//! The embedded pack: complete metadata, and examples that each policy accepts and catches.

use std::collections::BTreeSet;

use manifestly::policy::{Loader, PolicySet};

use crate::run::{root, run};

fn pack() -> PolicySet {
    Loader::new().load().unwrap()
}

#[test]
fn every_policy_answers_every_question() {
    let pack = pack();
    let ids: BTreeSet<_> = pack.policies().map(|policy| policy.id.as_str()).collect();
    assert!(ids.len() >= 12, "{ids:?}");
    for policy in pack.policies() {
        let metadata = &policy.metadata;
        let said = [
            ("title", metadata.title.is_some()),
            ("description", metadata.description.is_some()),
            ("why", metadata.why.is_some()),
            ("help", metadata.help.is_some()),
            ("severity", metadata.severity.is_some()),
            ("owner", metadata.owner.is_some()),
            ("contact", metadata.contact.is_some()),
            ("since", metadata.since.is_some()),
            ("related_resources", !metadata.links.is_empty()),
        ];
        for (key, said) in said {
            assert!(said, "{} has no {key}", policy.id);
        }
        assert!(policy.id.starts_with("kubernetes/"), "{}", policy.id);
    }
}

#[test]
fn every_policy_accepts_its_good_example_and_catches_its_bad_one() {
    let ids: BTreeSet<_> = pack().policies().map(|policy| policy.id.clone()).collect();
    for id in ids {
        let name = id.strip_prefix("kubernetes/").unwrap();
        let example = |kind: &str| {
            let file = format!("policies/kubernetes/examples/{name}/{kind}.yaml");
            let report = run(&["check", "-f", "json", &file]).json();
            assert_eq!(report["errors"].as_array().unwrap().len(), 0, "{file}");
            report["findings"].as_array().unwrap().clone()
        };
        let good = example("good");
        assert!(good.is_empty(), "{id}: {good:#?}");
        let bad = example("bad");
        assert!(!bad.is_empty(), "{id} does not catch its bad example");
        for finding in bad {
            assert_eq!(finding["policy"], id);
            assert_eq!(finding["location"]["source"], "declared", "{finding:#}");
        }
    }
}

#[test]
fn every_policy_has_tests() {
    for policy in pack().policies() {
        let file = root().join(policy.source.name().replace(".rego", "_test.rego"));
        let tests =
            std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{file:?} is missing"));
        assert!(tests.matches("\ntest_").count() >= 3, "{file:?}");
    }
}

#[test]
fn a_pod_is_judged_in_every_controller() {
    let pod = "metadata: {labels: {a: b}}\n      spec: {containers: [{name: c, image: x, securityContext: {privileged: true}}]}";
    for (api, kind, open, path) in [
        ("apps/v1", "Deployment", "  template:\n      ", "/spec/template"),
        ("apps/v1", "StatefulSet", "  template:\n      ", "/spec/template"),
        ("apps/v1", "DaemonSet", "  template:\n      ", "/spec/template"),
        ("apps/v1", "ReplicaSet", "  template:\n      ", "/spec/template"),
        ("v1", "ReplicationController", "  template:\n      ", "/spec/template"),
        ("batch/v1", "Job", "  template:\n      ", "/spec/template"),
        (
            "batch/v1",
            "CronJob",
            "  jobTemplate:\n   spec:\n    template:\n      ",
            "/spec/jobTemplate/spec/template",
        ),
    ] {
        let manifest =
            format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: w}}\nspec:\n{open}{pod}\n");
        let folder = crate::run::folder(&[("w.yaml", &manifest)]);
        let ran = crate::run::run_in(
            folder.path(),
            &["check", "-f", "json", "--namespace", "kubernetes.privileged", "w.yaml"],
        );
        let findings = ran.json()["findings"].clone();
        assert_eq!(findings.as_array().unwrap().len(), 1, "{kind}: {findings:#}");
        let place = &findings[0]["location"];
        let expected = format!("{path}/spec/containers/0/securityContext/privileged");
        assert_eq!(place["path"], expected.as_str(), "{kind}");
        assert_eq!(findings[0]["resource"]["kind"], kind);
    }
}
