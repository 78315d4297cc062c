//! `manifestly explain`: one policy whole, with its examples as it judges them.

use crate::run::{folder, root, run, run_in};

const REPLICAS: &str = "\
# METADATA
# title: Deployments must keep two replicas
# custom:
#   id: shop/two-replicas
#   owner: shop-platform
#   contact: \"#shop-platform\"
#   kinds: [Deployment]
package shop.replicas

deny contains {\"msg\": msg, \"path\": [\"spec\", \"replicas\"]} if {
	replicas := object.get(input.spec, \"replicas\", 1)
	replicas < 2
	msg := sprintf(\"%d replica is too few\", [replicas])
}
";

fn deployment(replicas: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n{replicas}  \
         paused: false\n"
    )
}

#[test]
fn a_policy_of_the_embedded_pack_is_explained_with_its_examples() {
    // Nothing of the repository is at hand here.
    let elsewhere = folder(&[]);
    let ran = run_in(elsewhere.path(), &["explain", "kubernetes/resource-limits"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    let whole = run_in(elsewhere.path(), &["explain", "--examples", "kubernetes/resource-limits"]);
    let good = root().join("policies/kubernetes/examples/resource-limits/good.yaml");
    for line in std::fs::read_to_string(good).unwrap().lines() {
        assert!(whole.out.contains(line), "{line:?} is missing in {}", whole.out);
    }
    // Under the name by which it was known first.
    let shown = run_in(elsewhere.path(), &["policy", "show", "kubernetes/resource-limits"]);
    assert_eq!(shown.out, ran.out);
}

#[test]
fn every_example_of_the_pack_is_what_it_says_to_all_who_ask() {
    let list = run(&["policy", "list", "-f", "json"]).json();
    let mut ids: Vec<_> = list["policies"].as_array().unwrap().iter().collect();
    ids.dedup_by_key(|policy| &policy["id"]);
    for policy in ids {
        let id = policy["id"].as_str().unwrap();
        let json = run(&["explain", "-f", "json", id]).json();
        let examples = json["policies"][0]["examples"].as_array().unwrap();
        let kinds: Vec<_> = examples.iter().map(|it| it["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["bad", "good"], "{id}");
        for example in examples {
            assert_eq!(example["holds"], true, "{id}: {example:#}");
            assert!(example["files"][0]["text"].as_str().unwrap().contains("kind"), "{example:#}");
        }
        assert_eq!(examples[0]["findings"][0]["policy"], id);
    }
}

#[test]
fn examples_stand_beside_policies_of_ones_own() {
    let few = deployment("  replicas: 1\n");
    let files = [
        ("p/replicas.rego", REPLICAS),
        ("p/examples/two-replicas/bad/one.yaml", &*few),
        ("p/examples/two-replicas/bad/none.yaml", &deployment("")),
        ("p/examples/two-replicas/good.yaml", &deployment("  replicas: 2\n")),
    ];
    let folder = folder(&files);
    let ran = run_in(folder.path(), &["explain", "-p", "p", "shop/two-replicas"]);
    insta::assert_snapshot!(ran.shown());
    // A settings file says as well which policies there are.
    std::fs::write(folder.path().join("manifestly.toml"), "policies = [\"p\"]\n").unwrap();
    let same = run_in(folder.path(), &["explain", "shop/two-replicas"]);
    assert!(same.code == 0 && same.out.contains("this is caught"), "{same:?}");
}

#[test]
fn an_example_that_is_not_what_it_says_is_told_as_such() {
    let bad = REPLICAS.replace("replicas < 2", "replicas < 1");
    let files = [
        ("p/replicas.rego", &*bad),
        ("p/examples/bad.yaml", &deployment("  replicas: 1\n")),
        ("p/examples/good/none.yaml", &deployment("  replicas: 0\n")),
        ("p/examples/good/odd.yaml", "a: [\n"),
    ];
    let folder = folder(&files);
    let ran = run_in(folder.path(), &["explain", "-p", "p", "shop/two-replicas"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let told = &ran.out[ran.out.find("\n\n  !").unwrap()..];
    insta::assert_snapshot!(told);
    let json = run_in(folder.path(), &["explain", "-p", "p", "-f", "json", "shop/two-replicas"]);
    let examples = json.json()["policies"][0]["examples"].clone();
    let holds: Vec<_> = examples.as_array().unwrap().iter().map(|it| it["holds"].clone()).collect();
    assert_eq!(serde_json::json!(holds), serde_json::json!([false, false, null]));
}

#[test]
fn an_example_of_several_policies_is_shown_with_those_that_catch_it() {
    let other =
        REPLICAS.replace("shop/two-replicas", "shop/other").replace("shop.replicas", "other");
    let other = other.replace("replicas < 2", "replicas > 9");
    let files = [
        ("p/replicas.rego", REPLICAS),
        ("p/other.rego", &*other),
        ("p/examples/bad/few.yaml", &deployment("  replicas: 1\n")),
        ("p/examples/bad/many.yaml", &deployment("  replicas: 10\n")),
        ("p/examples/good.yaml", &deployment("  replicas: 3\n")),
    ];
    let folder = folder(&files);
    for (id, own) in [("shop/two-replicas", "few"), ("shop/other", "many")] {
        let json = run_in(folder.path(), &["explain", "-p", "p", "-f", "json", id]).json();
        let names: Vec<_> = json["policies"][0]["examples"].as_array().unwrap().iter().collect();
        let names: Vec<_> = names.iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(names, [&format!("bad/{own}"), "good"], "{id}");
    }
}

#[test]
fn a_policy_that_does_not_compile_is_explained_all_the_same() {
    let broken = format!("{REPLICAS}\ndeny contains no_such_rule if true\n");
    let files =
        [("p/replicas.rego", &*broken), ("p/examples/bad.yaml", &deployment("  replicas: 1\n"))];
    let folder = folder(&files);
    let ran = run_in(folder.path(), &["explain", "-p", "p", "shop/two-replicas"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("shop-platform") && ran.out.contains("not judged: "), "{ran:?}");
}

#[test]
fn gatekeepers_constraints_are_explained_with_the_examples_beside_them() {
    let folder = folder(&[]);
    std::fs::create_dir_all(folder.path().join("examples/good")).unwrap();
    std::fs::create_dir_all(folder.path().join("examples/bad")).unwrap();
    let copy = |name: &str, to: &str| {
        let from = root().join("fixtures/gatekeeper/suite").join(name);
        std::fs::copy(from, folder.path().join(to)).unwrap();
    };
    copy("template.yaml", "template.yaml");
    copy("constraint.yaml", "constraint.yaml");
    let thing = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    std::fs::write(folder.path().join("examples/good/thing.yaml"), thing).unwrap();
    let ran = run_in(folder.path(), &["explain", "-p", ".", "NoDelete/things"]);
    assert!(ran.code == 0 && ran.out.contains("✓ this passes"), "{ran:?}");
}

#[test]
fn what_levels_of_a_policy_share_is_told_once() {
    let ran = run(&["explain", "kubernetes/capabilities"]);
    assert_eq!(ran.out.matches("Capabilities are slices").count(), 1, "{ran:?}");
    for rule in ["capabilities.deny ·", "capabilities.warn ·"] {
        assert!(ran.out.contains(rule), "{ran:?}");
    }
}

#[test]
fn what_is_not_there_is_told_with_what_is_near() {
    let ran = run(&["explain", "kubernetes/priviledged"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("did you mean `kubernetes/privileged`?"), "{ran:?}");
}

#[test]
fn dates_and_waivers_are_told() {
    let rollout =
        "rollout: {announced: 2026-11-01, warn_from: 2026-12-01, enforce_from: 2026-12-15}";
    let terms = "waiver: {max_days: 90, approvers: [alice@example.com, bob@example.com]}";
    let custom = format!("kinds: [Deployment]\n#   {rollout}\n#   {terms}");
    let rego = REPLICAS.replace("kinds: [Deployment]", &custom);
    let strict = rego.replace(terms, "waiver: {allowed: false}");
    let strict = strict.replace("shop/two-replicas", "strict").replace("shop.replicas", "strict");
    let folder = folder(&[("p/replicas.rego", &*rego), ("p/strict.rego", &*strict)]);
    let explain =
        |on: &str, id: &str| run_in(folder.path(), &["explain", "-p", "p", "--as-of", on, id]).out;
    insta::assert_snapshot!(explain("2026-11-22", "shop/two-replicas"));
    insta::assert_snapshot!(explain("2026-12-15", "strict"));
    let json = run_in(
        folder.path(),
        &["explain", "-p", "p", "--as-of", "2026-12-01", "-f", "json", "shop/two-replicas"],
    );
    let json = json.json();
    assert_eq!(json["as_of"], "2026-12-01");
    assert_eq!(json["policies"][0]["rollout"]["phase"], "warning");
    assert_eq!(json["policies"][0]["rollout"]["enforce_from"], "2026-12-15");
    assert_eq!(json["policies"][0]["waiver"]["max_days"], 90);
    // The settings of an environment may say otherwise.
    let settings =
        "policies = [\"p\"]\n\n[environments.prod.rollout.\"strict\"]\nenforce-from = 2027-01-01\n";
    std::fs::write(folder.path().join("manifestly.toml"), settings).unwrap();
    let args = ["explain", "--as-of", "2026-12-20", "--environment", "prod", "strict"];
    let prod = run_in(folder.path(), &args);
    assert!(prod.out.contains("blocks in 12 days, on 2027-01-01"), "{prod:?}");
}

#[test]
fn cases_of_gatekeepers_suites_are_examples() {
    let suite = "fixtures/gatekeeper/suite";
    let json = run(&["explain", "-p", suite, "-f", "json", "NoDelete/things"]).json();
    let examples = json["policies"][0]["examples"].as_array().unwrap();
    let told = examples.iter().map(|example| {
        let text = |key: &str| example[key].as_str().unwrap().to_owned();
        assert_eq!(example["holds"], true, "{example:#}");
        (text("kind"), text("name"), text("path").replace(suite, ""))
    });
    let told: Vec<_> = told.collect();
    let case = |kind: &str, name: &str, path: &str| {
        (kind.to_owned(), format!("deletion/{name}"), path.to_owned())
    };
    // One that is skipped is none.
    let expected = [
        case("good", "created", "/thing.yaml"),
        case("bad", "by-guest", "/delete-by-guest.yaml"),
        case("good", "by-root", "/delete-by-root.yaml"),
        case("bad", "with-another", "/thing.yaml"),
    ];
    assert_eq!(told, expected);
    // They are its template's, too.
    let text = run(&["explain", "-p", suite, "NoDelete"]);
    assert!(text.out.contains("guest may not delete one"), "{text:?}");
}

#[test]
fn no_more_examples_are_shown_than_one_reads() {
    let few = |count: usize| deployment(&format!("  replicas: {}\n", count % 2));
    let bad = (1..=5).map(|count| (format!("p/examples/bad/{count}.yaml"), few(count)));
    let bad: Vec<_> = bad.collect();
    let mut files = vec![("p/replicas.rego", REPLICAS)];
    files.extend(bad.iter().map(|(name, text)| (&**name, &**text)));
    let folder = folder(&files);
    let explain = |more: &[&str]| {
        run_in(folder.path(), &[&["explain", "-p", "p", "shop/two-replicas"], more].concat()).out
    };
    let shown = explain(&[]);
    assert_eq!(shown.matches("this is caught").count(), 3, "{shown}");
    assert!(shown.ends_with("\n  2 further examples, which --examples shows\n"), "{shown}");
    assert_eq!(explain(&["--examples"]).matches("this is caught").count(), 5);
}

fn waiver(name: &str, expires: &str, more: &str) -> String {
    format!(
        "apiVersion: manifestly.dev/v1\nkind: Waiver\nspec:\n  policy: shop/two-replicas\n  match: \
         {{kinds: [Deployment], namespaces: [shop], names: [{name}]}}\n  reason: {name} moves in \
         January\n  requestedBy: bob\n  expires: {expires}\n{more}"
    )
}

#[test]
fn waivers_that_stand_are_told() {
    let approved = "  approvedBy: alice@example.com\n";
    let files = [
        ("p/replicas.rego", REPLICAS),
        ("waivers/legacy.yaml", &*waiver("legacy", "2026-12-31", approved)),
        ("waivers/old.yaml", &waiver("old", "2026-11-01", approved)),
    ];
    let folder = folder(&files);
    let args = ["explain", "-p", "p", "shop/two-replicas"];
    let ran = run_in(folder.path(), &args);
    insta::assert_snapshot!(ran.shown());
    let json = run_in(folder.path(), &[&args[..], &["-f", "json"]].concat()).json();
    let waivers = json["policies"][0]["waivers"].as_array().unwrap();
    assert_eq!(waivers.len(), 2);
    assert_eq!((&waivers[0]["holds"], &waivers[1]["holds"]), (&true.into(), &false.into()));
    let book = run_in(folder.path(), &["docs", "p", "--out", "book"]);
    assert_eq!(book.code, 0, "{book:?}");
    for page in ["policies/shop-two-replicas.html", "markdown/policies/shop-two-replicas.md"] {
        let page = std::fs::read_to_string(folder.path().join("book").join(page)).unwrap();
        assert!(page.contains("legacy moves in January"), "{page}");
        assert!(page.contains("alice@example.com") && !page.contains("old moves"), "{page}");
    }
    // What can't be read may be about this policy.
    std::fs::write(folder.path().join("waivers/broken.yaml"), "kind: [\n").unwrap();
    let ran = run_in(folder.path(), &args);
    assert!(ran.code == 2 && ran.err.contains("waivers/broken.yaml"), "{ran:?}");
}
