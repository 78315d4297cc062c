//! `manifestly policy list` and `show`.

use crate::run::{folder, root, run, run_in};

#[test]
fn the_pack_is_listed() {
    let ran = run(&["policy", "list"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn everything_is_listed_in_the_order_of_ids() {
    let files = [
        (
            "b.rego",
            "# METADATA\n# title: Two\n# custom: {id: shop/two, kinds: [Deployment, apps/StatefulSet], \
             owner: shop}\npackage b\n\ndeny contains 1 if input.a\n\nwarn contains 2 if input.b\n",
        ),
        ("a.rego", "package a\n\ndeny contains 1 if input.request.object.spec\n"),
    ];
    let folder = folder(&files);
    let copy = |name: &str, to: &str| {
        std::fs::copy(root().join("fixtures/gatekeeper").join(name), folder.path().join(to))
            .unwrap();
    };
    copy("suite/template.yaml", "template.yaml");
    copy("suite/constraint.yaml", "constraint.yaml");
    let ran = run_in(folder.path(), &["policy", "list", "."]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    let json = run_in(folder.path(), &["policy", "list", "-f", "json", "."]).json();
    let ids: Vec<_> = json["policies"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
    assert_eq!(ids, ["NoDelete", "NoDelete/things", "a", "shop/two", "shop/two"]);
    assert_eq!(json["policies"][2]["dialect"], "admission");
    assert_eq!(json["policies"][1]["related"][0], "NoDelete");
    let one = run_in(folder.path(), &["policy", "list", "-f", "json", "-n", "b", "b.rego"]).json();
    assert_eq!(one["policies"].as_array().unwrap().len(), 2);
    // A template without constraints judges nothing, and is there all the same.
    let ran = run_in(folder.path(), &["policy", "list", "template.yaml"]);
    assert!(ran.code == 0 && ran.out.contains("1 template"), "{ran:?}");
    insta::assert_snapshot!(
        "constraint",
        run_in(folder.path(), &["policy", "show", "-p", ".", "NoDelete/things", "--source"])
            .shown()
    );
    insta::assert_snapshot!(
        "template",
        run_in(folder.path(), &["policy", "show", "-p", ".", "NoDelete"]).shown()
    );
}

#[test]
fn one_is_shown_whole() {
    let ran = run(&["policy", "show", "-p", "policies", "kubernetes/run-as-non-root"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    let files = [(
        "p.rego",
        "# METADATA\n# title: Keep two\n# custom:\n#   severity: low\n#   enforce_from: 2027-01-01\n\
         #   announced: {on: 2026-11-01}\npackage p\n\ndeny contains \"x\" if input.replicas < 2\n",
    )];
    let folder = folder(&files);
    insta::assert_snapshot!(
        "source",
        run_in(folder.path(), &["policy", "show", "-p", "p.rego", "p", "--source"]).shown()
    );
    let json = run_in(folder.path(), &["policy", "show", "-p", "p.rego", "p", "-f", "json"]).json();
    assert_eq!(json["policies"][0]["custom"]["enforce_from"], "2027-01-01");
    assert_eq!(json["policies"][0]["reads"][0], "replicas");
    assert!(json["policies"][0].get("source").is_none());
}

#[test]
fn what_is_not_there_is_told_with_what_is_near() {
    let ran = run(&["policy", "show", "kubernetes/priviledged"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    insta::assert_snapshot!(run(&["policy", "show", "zzz"]).shown());
    let folder = folder(&[("p.rego", "package p\n\ndeny if\n")]);
    assert_eq!(run_in(folder.path(), &["policy", "list", "p.rego"]).code, 2);
    assert_eq!(run_in(folder.path(), &["policy", "show", "-p", "p.rego", "p"]).code, 2);
}

#[test]
fn a_broken_constraint_hides_no_other_policy() {
    let folder = folder(&[("a.rego", "package a\n\ndeny contains 1 if input.x\n")]);
    let copy = |name: &str| {
        let from = root().join("fixtures/gatekeeper/suite").join(name);
        std::fs::copy(from, folder.path().join(name)).unwrap();
    };
    copy("template.yaml");
    copy("invalid.yaml");
    for args in [&["policy", "list", "."][..], &["policy", "lint", "."]] {
        let ran = run_in(folder.path(), args);
        assert_eq!(ran.code, 2, "{ran:?}");
        let told = ran.out + &ran.err;
        assert!(told.contains("a.rego:3") && told.contains("invalid.yaml:"), "{told}");
    }
    assert_eq!(run_in(folder.path(), &["policy", "show", "-p", ".", "a"]).code, 0);
}
