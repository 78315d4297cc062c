//! `manifestly test`: good and bad examples beside policies.

use crate::run::{Ran, folder, root, run, run_in};

const REPLICAS: &str = "\
# METADATA
# custom: {id: shop/two-replicas, kinds: [Deployment]}
package shop

deny contains {\"msg\": \"too few\", \"path\": [\"spec\", \"replicas\"]} if input.spec.replicas < 2
";

const LABELS: &str = "\
package other

deny contains \"no labels\" if not input.metadata.labels
";

fn deployment(replicas: u8) -> String {
    let labels = "labels: {app: web}";
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, {labels}}}\nspec: {{replicas: {replicas}}}\n"
    )
}

/// A run over a folder with these files and the policy above.
fn tested(files: &[(&str, &str)], args: &[&str]) -> Ran {
    let all = [&[("p/replicas.rego", REPLICAS)], files].concat();
    let folder = folder(&all);
    run_in(folder.path(), &[&["test"], args].concat())
}

#[test]
fn good_ones_pass_and_bad_ones_are_caught() {
    let (good, bad) = (deployment(2), deployment(1));
    let files = [
        ("p/examples/good.yaml", &*good),
        ("p/examples/good/other.json", r#"{"apiVersion": "v1", "kind": "Service", "spec": {}}"#),
        ("p/examples/bad/one.yaml", &*bad),
        ("p/examples/bad/among-others/a.yaml", &*good),
        ("p/examples/bad/among-others/deep/b.yml", &*bad),
        ("p/examples/README.md", "# Examples\n"),
        ("p/examples/bad/.hidden.yaml", "a: [\n"),
    ];
    let ran = tested(&files, &["--verbose"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    let ran = tested(&files, &["--verbose", "--run", "two-replicas//^bad", "p"]);
    assert!(ran.out.ends_with('\n') && ran.out.contains("2 passed"), "{ran:?}");
    // The policies themselves are not changed by what stands in examples.
    let data = [("p/examples/good/data.yaml", "apiVersion: v1\nkind: Service\nspec: {}\n")];
    assert_eq!(tested(&data, &["p"]).code, 0);
}

#[test]
fn what_goes_wrong_is_told_in_its_place() {
    let (good, bad) = (deployment(2), deployment(1));
    let unlabelled = good.replace(", labels: {app: web}", "");
    let files = [
        ("other.rego", LABELS),
        ("p/examples/good/one.yaml", &*bad),
        ("p/examples/bad/fine.yaml", &*good),
        ("p/examples/bad/other.yaml", &*unlabelled),
        ("p/examples/bad/service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {labels: {}}\n"),
    ];
    let ran = tested(&files, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    let many = [("p/examples/good.yaml", &*format!("{bad}---\n{bad}"))];
    for format in ["json", "junit", "tap"] {
        let ran = tested(&many, &["-f", format]);
        assert_eq!(ran.code, 1, "{ran:?}");
        insta::with_settings!({filters => vec![
            (r#""duration_ms": \d+"#, r#""duration_ms": 0"#),
            (r#" time="[\d.]+""#, r#" time="0""#),
            (r#" (uuid|timestamp)="[^"]*""#, ""),
        ]}, {
            insta::assert_snapshot!(format!("format_{format}"), ran.out);
        });
    }
}

#[test]
fn what_can_not_be_judged_is_no_pass() {
    let fine = deployment(2);
    let told = |files: &[(&str, &str)]| {
        let ran = tested(files, &[]);
        assert_eq!(ran.code, 2, "{ran:?}");
        ran.shown()
    };
    insta::assert_snapshot!(told(&[
        ("p/examples/good/README.md", "nothing\n"),
        ("p/examples/bad/empty/README.md", "nothing\n"),
        ("q/examples/bad.yaml", &fine),
        ("p/examples/replicsa/good.yaml", &fine),
    ]));
    insta::assert_snapshot!(told(&[
        ("p/examples/good/broken.yaml", "a: [\n"),
        ("p/examples/good/values.yaml", "image: web\n"),
        ("p/examples/good/comment.yaml", "# nothing\n"),
        ("p/examples/bad/both.yaml", &format!("{}---\nimage: web\n", deployment(1))),
    ]));
    insta::assert_snapshot!(told(&[
        ("p/replicas.rego", "package shop\ndeny contains 1 if input.a.b ==\n"),
        ("p/examples/good.yaml", &fine),
    ]));
    let conflict = "package shop\n\nx := 1\n\nx := y if y := input.spec.replicas\n\n\
                    deny contains \"x\" if x == 7\n";
    insta::assert_snapshot!(told(&[
        ("p/replicas.rego", conflict),
        ("p/examples/good.yaml", &fine),
    ]));
}

#[test]
fn a_folder_may_be_named_after_one_of_many_policies() {
    let (good, bad) = (deployment(2), deployment(1));
    let unlabelled = good.replace(", labels: {app: web}", "");
    let files = [
        ("p/labels.rego", LABELS),
        ("p/examples/two-replicas/good.yaml", &*unlabelled),
        ("p/examples/two-replicas/bad.yaml", &*bad),
        ("p/examples/labels/good.yaml", &*bad),
        ("p/examples/labels/bad.yaml", &*unlabelled),
        // For both of them.
        ("p/examples/bad/few.yaml", &*bad),
        ("p/examples/bad/unlabelled.yaml", &*unlabelled),
    ];
    let ran = tested(&files, &["--verbose"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    // Where nothing stands in the folder itself, what is below it counts.
    let below = [("examples/two-replicas/bad.yaml", &*bad), ("examples/good.yaml", &*good)];
    assert_eq!(tested(&below, &[]).code, 0);
}

#[test]
fn examples_of_combined_policies_are_judged_together() {
    let policy = "# METADATA\n# custom: {combine: true}\npackage shop\n\n\
                  deny contains \"no workload\" if {\n\tsome entry in input\n\tentry.contents.kind == \"Service\"\n\t\
                  kinds := {other.contents.kind | some other in input}\n\tnot \"Deployment\" in kinds\n}\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";
    let files = [
        ("p/replicas.rego", policy),
        ("p/examples/good/both/service.yaml", service),
        ("p/examples/good/both/web.yaml", &*deployment(1)),
        ("p/examples/bad/service.yaml", service),
    ];
    let ran = tested(&files, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with("2 passed"), "{ran:?}");
}

#[test]
fn exceptions_let_examples_pass() {
    let policy = "package shop\n\ndeny_root contains \"x\" if input.kind == \"Service\"\n\n\
                  exception contains [\"root\"] if input.metadata.name == \"web\"\n";
    let service =
        |name: &str| format!("apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n");
    let (web, other) = (service("web"), service("other"));
    let files = [
        ("p/replicas.rego", policy),
        ("p/examples/good/web.yaml", &*web),
        ("p/examples/bad/other.yaml", &*other),
        ("p/examples/bad/web.yaml", &*web),
    ];
    let ran = tested(&files, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
}

/// The template of the fixtures, with a constraint and examples beside it.
fn gatekeeper(constraint: &str, bad: &str) -> tempfile::TempDir {
    let read = |file: &str| std::fs::read_to_string(root().join("fixtures/gatekeeper").join(file));
    let template = read("suite/template.yaml").unwrap();
    folder(&[
        ("p/template.yaml", &*template),
        // Another version of the template elsewhere is of no matter.
        ("a/template.yaml", &*template.replace("not excepted", "excepted")),
        ("p/constraint.yaml", constraint),
        ("p/examples/good/by-root.yaml", &read("suite/delete-by-root.yaml").unwrap()),
        ("p/examples/bad/by-guest.yaml", bad),
    ])
}

#[test]
fn constraints_have_examples_too() {
    let read = |file: &str| {
        std::fs::read_to_string(root().join("fixtures/gatekeeper/suite").join(file)).unwrap()
    };
    let bad = read("delete-by-guest.yaml");
    let fine = gatekeeper(&read("constraint.yaml"), &bad);
    let ran = run_in(fine.path(), &["test", "--verbose"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    let missed = gatekeeper(&read("constraint.yaml"), &read("delete-by-root.yaml"));
    insta::assert_snapshot!(run_in(missed.path(), &["test"]).shown());
    let broken = gatekeeper(&read("invalid.yaml"), &bad);
    let ran = run_in(broken.path(), &["test"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    std::fs::remove_file(fine.path().join("p/template.yaml")).unwrap();
    std::fs::remove_file(fine.path().join("a/template.yaml")).unwrap();
    insta::assert_snapshot!(run_in(fine.path(), &["test"]).shown());
}

#[test]
fn every_policy_of_the_pack_has_both() {
    let ran = run(&["test", "-f", "json", "--run", "//^(good|bad)$", "policies"]).json();
    let tests = ran["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 32, "{tests:#?}");
    assert!(tests.iter().all(|test| test["outcome"] == "passed"), "{tests:#?}");
}

#[test]
fn threads_change_nothing() {
    let (good, bad) = (deployment(2), deployment(1));
    let names: Vec<_> = (0..40).map(|n| format!("p/examples/good/{n:02}.yaml")).collect();
    let texts = names
        .iter()
        .enumerate()
        .map(|(n, name)| (&**name, if n % 3 == 0 { &*bad } else { &*good }));
    let files: Vec<_> = texts.collect();
    let one = tested(&files, &["-j", "1", "-v"]);
    let many = tested(&files, &["-j", "7", "-v"]);
    assert_eq!(one.code, 1);
    assert_eq!(one.shown(), many.shown());
}

#[test]
fn what_examples_reach_is_covered() {
    let (good, bad) = (deployment(2), deployment(1));
    let policy = "package shop\n\ndeny contains \"few\" if {\n\tinput.kind == \"Deployment\"\n\t\
                  input.spec.replicas < 2\n\tinput.metadata.name != \"\"\n}\n\n\
                  warn contains \"old\" if {\n\tinput.kind == \"Other\"\n\tinput.x\n}\n";
    let covered = |files: &[(&str, &str)]| {
        let all = [&[("p/replicas.rego", policy)], files].concat();
        let ran = run_in(folder(&all).path(), &["test", "--coverage"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.shown()
    };
    let (good, bad) = (("p/examples/good.yaml", &*good), ("p/examples/bad.yaml", &*bad));
    insta::assert_snapshot!("covered", covered(&[good]));
    insta::assert_snapshot!("covered_more", covered(&[good, bad]));
    // Tests in Rego count beside them.
    let test = "package shop_test\n\nimport data.shop\n\ntest_old if {\n\t\
                count(shop.warn) == 1 with input as {\"kind\": \"Other\", \"x\": 1}\n}\n";
    insta::assert_snapshot!("covered_all", covered(&[good, bad, ("p/shop_test.rego", test)]));
    let read = |file: &str| {
        std::fs::read_to_string(root().join("fixtures/gatekeeper/suite").join(file)).unwrap()
    };
    let constraint = gatekeeper(&read("constraint.yaml"), &read("delete-by-guest.yaml"));
    let ran = run_in(constraint.path(), &["test", "--coverage"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!("covered_template", ran.shown());
}
