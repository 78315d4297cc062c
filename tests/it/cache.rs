//! What was judged before is not judged again, and nobody sees the difference.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::run::{Ran, folder, manifestly_in, root};

const POLICY: &str = r#"package main

deny contains {"msg": sprintf("no %v", [data.word]), "path": ["spec", "bad"]} if input.spec.bad

warn contains {"msg": "hm", "severity": "low", "path": "spec.missing"} if not input.spec.missing
"#;

const BAD: &str = "apiVersion: v1\nkind: Thing\nmetadata: {name: a}\nspec: {bad: true}\n";

fn command(folder: &Path, cache: &Path, args: &[&str]) -> Command {
    let mut command = manifestly_in(folder);
    command.env("MANIFESTLY_CACHE_DIR", cache).arg("check").args(args);
    command
}

fn check(folder: &Path, cache: &Path, args: &[&str]) -> Ran {
    command(folder, cache, args).output().unwrap().into()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let found = entries.flatten().map(|entry| entry.path());
    found.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// The fixtures that the pack judges, many findings and a few of every other kind.
const FIXTURES: [&str; 3] = ["policies", "fixtures/shop", "fixtures/kubectl"];

#[test]
fn every_report_is_the_same_with_and_without_a_cache() {
    let cache = tempfile::tempdir().unwrap();
    for format in ["human", "json", "sarif", "junit", "github", "gitlab", "markdown"] {
        let args = |more: &'static [&str]| [&["-f", format], &FIXTURES[..], more].concat();
        let without = check(&root(), cache.path(), &args(&["--no-cache"])).shown();
        let untimed = |text: String| -> String {
            let timed = |line: &&str| !line.contains("duration") && !line.contains("time=");
            text.lines().filter(timed).map(|line| format!("{line}\n")).collect()
        };
        let without = untimed(without);
        for run in ["first", "second"] {
            let with = untimed(check(&root(), cache.path(), &args(&[])).shown());
            assert_eq!(with, without, "the {run} run as {format}");
        }
    }
    assert!(!files_below(cache.path()).is_empty());
}

#[test]
fn a_damaged_cache_is_as_good_as_none() {
    let cache = tempfile::tempdir().unwrap();
    let expected = check(&root(), cache.path(), &FIXTURES).shown();
    let whole = files_below(cache.path());
    assert!(whole.len() > 10);
    for (number, file) in whole.iter().enumerate() {
        let mut bytes = fs::read(file).unwrap();
        match number % 4 {
            0 => bytes.truncate(bytes.len() / 2),
            1 => bytes.clear(),
            2 => bytes = b"nonsense".repeat(100),
            _ => *bytes.last_mut().unwrap() ^= 1,
        }
        fs::write(file, bytes).unwrap();
    }
    assert_eq!(check(&root(), cache.path(), &FIXTURES).shown(), expected);
    assert_eq!(check(&root(), cache.path(), &FIXTURES).shown(), expected);
}

#[test]
fn a_cache_that_cannot_be_written_is_none_and_nothing_is_said() {
    let folder = folder(&[("p.rego", POLICY), ("d.yaml", "word: x\n"), ("m.yaml", BAD), ("f", "")]);
    let args = ["-p", "p.rego", "-d", "d.yaml", "m.yaml"];
    let expected = check(folder.path(), &folder.path().join("cache"), &args);
    let no_folder = check(folder.path(), &folder.path().join("f"), &args);
    assert_eq!((no_folder.shown(), no_folder.err), (expected.shown(), String::new()));
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    let mut permissions = fs::metadata(&locked).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&locked, permissions).unwrap();
    assert_eq!(check(folder.path(), &locked, &args).shown(), expected.shown());
    let homeless: Ran = manifestly_in(folder.path())
        .env_remove("MANIFESTLY_CACHE_DIR")
        .env_remove("HOME")
        .env_remove("XDG_CACHE_HOME")
        .arg("check")
        .args(args)
        .output()
        .unwrap()
        .into();
    assert_eq!(homeless.shown(), expected.shown());
}

#[test]
fn runs_at_once_share_a_cache() {
    let cache = tempfile::tempdir().unwrap();
    let expected = check(&root(), cache.path(), &[&FIXTURES[..], &["--no-cache"]].concat()).shown();
    for _ in 0..3 {
        let start = |_| -> Child {
            let mut command = command(&root(), cache.path(), &FIXTURES);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let children: Vec<_> = (0..4).map(start).collect();
        for child in children {
            let ran: Ran = child.wait_with_output().unwrap().into();
            assert_eq!(ran.shown(), expected);
        }
    }
    let left = files_below(cache.path());
    assert!(left.iter().all(|file| file.extension().is_none()), "{left:?}");
}

#[test]
fn what_a_verdict_depends_on_is_judged_anew_when_it_changes() {
    let folder = folder(&[
        ("p/main.rego", POLICY),
        ("d.yaml", "word: one\n"),
        ("m.yaml", BAD),
        ("values.yaml", "spec: {bad: true}\n"),
    ]);
    let cache = folder.path().join("cache");
    let told = |more: &[&str]| -> Vec<String> {
        let args = ["-p", "p", "-d", "d.yaml", "-f", "json", "m.yaml", "values.yaml"];
        let report = check(folder.path(), &cache, &[&args[..], more].concat()).json();
        let findings = report["findings"].as_array().unwrap();
        let line = |f: &serde_json::Value| format!("{} {}", f["location"]["line"], f["message"]);
        findings.iter().map(line).collect()
    };
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    for _ in 0..2 {
        assert_eq!(told(&[]), ["4 \"hm\"", "4 \"no one\""]);
    }
    write("d.yaml", "word: two\n");
    assert_eq!(told(&[]), ["4 \"hm\"", "4 \"no two\""]);
    write("m.yaml", &format!("# first\n{BAD}"));
    assert_eq!(told(&[]), ["5 \"hm\"", "5 \"no two\""]);
    assert_eq!(told(&["--any"]).len(), 4);
    write("p/more.rego", "package more\n\ndeny contains \"more\" if true\n");
    assert_eq!(told(&[]).len(), 3);
    assert_eq!(told(&["-n", "more"]), ["4 \"more\""]);
    write("p/more.rego", "package more\n\ndeny contains data.conftest.file.name if true\n");
    assert_eq!(told(&["-n", "more"]), ["4 \"m.yaml\""]);
    fs::copy(folder.path().join("m.yaml"), folder.path().join("other.yaml")).unwrap();
    assert_eq!(told(&["-n", "more", "other.yaml"]), ["4 \"m.yaml\"", "4 \"other.yaml\""]);
}

#[test]
fn what_could_not_be_judged_is_told_every_time() {
    let policy = "package main\n\ndeny contains \"x\" if input.kind\n\ndeny_two := 1 if input.kind\n\n\
                  deny_two := 2 if input.kind\n";
    let folder = folder(&[("p.rego", policy), ("m.yaml", BAD), ("broken.yaml", "a: [\n")]);
    let cache = folder.path().join("cache");
    let run = || check(folder.path(), &cache, &["-p", "p.rego", "m.yaml", "broken.yaml"]);
    let first = run();
    assert_eq!(first.code, 2);
    assert_eq!(run().shown(), first.shown());
    assert!(files_below(&cache).is_empty());
}

#[test]
fn nothing_is_kept_where_the_same_manifest_may_be_judged_otherwise_the_next_time() {
    let folder = folder(&[
        ("clock.rego", "package clock\n\ndeny contains \"late\" if time.now_ns() > 0\n"),
        ("all.rego", "package all\n\ndeny contains \"many\" if count(input) > 0\n"),
        ("manifestly.toml", "cache = false\n"),
        ("m.yaml", BAD),
    ]);
    let cache = folder.path().join("cache");
    let kept = |args: &[&str]| {
        let ran = check(folder.path(), &cache, &[args, &["m.yaml"]].concat());
        assert!(ran.code < 2, "{ran:?}");
        !files_below(&cache).is_empty()
    };
    assert!(!kept(&["--no-config", "-p", "clock.rego"]));
    assert!(!kept(&["--no-config", "-p", "all.rego", "--combine"]));
    assert!(!kept(&["--no-config", "-p", "all.rego", "--no-cache"]));
    assert!(!kept(&["-p", "all.rego"]));
    assert!(kept(&["--no-config", "-p", "all.rego"]));
}

const TEMPLATE: &str = "\
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: told
  annotations: {metadata.gatekeeper.sh/title: Things are told}
spec:
  crd:
    spec:
      names: {kind: Told}
      validation: {openAPIV3Schema: {type: object, properties: {word: {type: string}}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package told

        violation[{\"msg\": msg}] {
          msg := sprintf(\"%v: %v %v\", [input.parameters.word, input.review.name, input.review.operation])
        }
---
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: known}
spec:
  crd: {spec: {names: {kind: Known}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package known

        violation[{\"msg\": msg}] {
          SEES
        }
";

const CONSTRAINTS: &str = "\
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Told
metadata: {name: all}
spec:
  match: {kinds: [{kinds: [Thing, Pod]}]}
  parameters: {word: one}
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Known
metadata: {name: all}
spec:
  match: {kinds: [{kinds: [Thing]}]}
";

/// What the second template may look at.
const NOTHING: &str = "msg := input.review.kind.kind";
const NAMESPACE: &str = "msg := input.review.namespaceObject.metadata.labels.team";
const INVENTORY: &str = "msg := json.marshal(data.inventory.namespace.shop)";

/// The files of a run with constraints, one of them changed at a time.
fn constrained(sees: &str) -> Vec<(&'static str, String)> {
    let thing = "apiVersion: v1\nkind: Thing\nmetadata: {name: a, namespace: shop}\n\
                 spec: {template: {spec: {x: 1}}}\n";
    let namespace =
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: red, tier: low}}\n";
    let expansion = "apiVersion: expansion.gatekeeper.sh/v1beta1\nkind: ExpansionTemplate\n\
                     metadata: {name: things}\nspec:\n  \
                     applyTo: [{groups: [''], versions: [v1], kinds: [Thing]}]\n  \
                     templateSource: spec.template\n  generatedGVK: {version: v1, kind: Other}\n";
    vec![
        ("p/templates.yaml", TEMPLATE.replace("SEES", sees)),
        ("p/constraints.yaml", CONSTRAINTS.to_owned()),
        ("p/expansions.yaml", expansion.to_owned()),
        ("deploy/thing.yaml", thing.to_owned()),
        ("deploy/namespace.yaml", namespace.to_owned()),
        ("around/service.yaml", thing.replace("Thing", "Service")),
    ]
}

/// Runs, with everything that constraints may know of; what is told, without the time it took.
fn run_constrained(folder: &Path, cache: &Path, more: &[&str]) -> String {
    let args = ["-p", "p", "--inventory", "around", "deploy", "-f", "json"];
    let ran = check(folder, cache, &[&args[..], more].concat());
    assert!(ran.code < 2, "{ran:?}");
    ran.shown().lines().filter(|line| !line.contains("duration")).collect()
}

#[test]
fn what_constraints_found_is_told_again_without_judging() {
    for sees in [NOTHING, NAMESPACE, INVENTORY] {
        let files = constrained(sees);
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let folder = folder(&files);
        let cache = folder.path().join("cache");
        let first = run_constrained(folder.path(), &cache, &[]);
        let kept = || -> Vec<(PathBuf, Vec<u8>)> {
            let mut kept = files_below(&cache);
            kept.sort();
            kept.into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
        };
        let before = kept();
        assert!(!before.is_empty(), "{sees}");
        assert_eq!(run_constrained(folder.path(), &cache, &[]), first, "{sees}");
        // What is judged is added.
        assert!(kept() == before, "{sees}");
    }
}

/// A file, something in it, and what takes its place.
const CHANGES: [(&str, &str, &str); 13] = [
    ("p/constraints.yaml", "word: one", "word: two"),
    ("p/constraints.yaml", "kinds: [Thing, Pod]", "kinds: [Pod]"),
    ("p/constraints.yaml", "kinds: [Thing, Pod]", "kinds: [Other]"),
    ("p/constraints.yaml", "  match: {", "  enforcementAction: warn\n  match: {"),
    (
        "p/constraints.yaml",
        "kinds: [Thing, Pod]}]",
        "kinds: [Thing]}], namespaceSelector: {matchLabels: {tier: high}}",
    ),
    ("p/constraints.yaml", "name: all", "name: some"),
    ("p/constraints.yaml", "\n---\n", "\n---\n# another line\n"),
    ("p/templates.yaml", "%v: %v", "%v, %v"),
    ("p/templates.yaml", "Things are told", "What things are told"),
    ("p/expansions.yaml", "kind: Other", "kind: Pod"),
    ("p/expansions.yaml", "generatedGVK", "enforcementAction: warn\n  generatedGVK"),
    ("deploy/namespace.yaml", "team: red", "team: blue"),
    ("around/service.yaml", "name: a", "name: b"),
];

#[test]
fn constraints_are_asked_anew_when_anything_changes_that_they_depend_on() {
    for sees in [NOTHING, NAMESPACE, INVENTORY] {
        let whole = constrained(sees);
        let files: Vec<_> = whole.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let folder = folder(&files);
        let cache = folder.path().join("cache");
        let mut told = Vec::new();
        let mut hold = |what: &str, more: &[&str]| {
            let uncached =
                run_constrained(folder.path(), &cache, &[more, &["--no-cache"]].concat());
            for _ in 0..2 {
                assert_eq!(run_constrained(folder.path(), &cache, more), uncached, "{what} {sees}");
            }
            told.push(uncached);
        };
        hold("at first", &[]);
        for (file, from, to) in CHANGES {
            let text = &whole.iter().find(|(name, _)| *name == file).unwrap().1;
            assert!(text.contains(from), "{from}");
            let path = folder.path().join(file);
            fs::write(&path, text.replacen(from, to, 1)).unwrap();
            hold(to, &[]);
            fs::write(&path, text).unwrap();
            hold("as before", &[]);
        }
        hold("at the webhook", &["--enforcement-point", "validation.gatekeeper.sh"]);
        fs::write(
            folder.path().join("around/other.yaml"),
            whole[3].1.replace("{name: a", "{name: c"),
        )
        .unwrap();
        hold("more around", &[]);
        fs::write(folder.path().join("deploy/broken.yaml"), "a: 1\n").unwrap();
        hold("another file", &[]);
        // Each way of looking has changes that tell it from the others.
        told.sort();
        told.dedup();
        let different = told.len();
        assert!(different > 8, "{different} {sees}");
    }
}

/// How long a file has to be left alone until its text is believed unread.
#[cfg(unix)]
const SETTLED: std::time::Duration = std::time::Duration::from_millis(2100);

#[cfg(unix)]
#[test]
fn a_file_is_read_again_after_any_change_however_it_is_hidden() {
    use std::os::unix::fs::symlink;
    let manifest = |word: &str| BAD.replace("name: a", &format!("name: {word}"));
    let policy = "package main\n\ndeny contains {\"msg\": input.metadata.name, \"path\": \"spec\"} if true\n";
    let names = ["aside.yaml", "back.yaml", "link.yaml", "over.yaml", "same.yaml", "twice.yaml"];
    let folder = folder(&[("p.rego", policy)]);
    let at = |name: &str| folder.path().join("deploy").join(name);
    fs::create_dir(folder.path().join("deploy")).unwrap();
    for name in names.iter().filter(|name| **name != "link.yaml") {
        fs::write(at(name), manifest("one")).unwrap();
    }
    for (name, word) in [("first.yml", "one"), ("second.yml", "two")] {
        fs::write(folder.path().join(name), manifest(word)).unwrap();
    }
    symlink("../first.yml", at("link.yaml")).unwrap();
    let cache = folder.path().join("cache");
    let run = |more: &[&str]| -> Vec<String> {
        let args = ["-p", "p.rego", "-f", "json", "deploy"];
        let report = check(folder.path(), &cache, &[&args[..], more].concat()).json();
        let findings = report["findings"].as_array().unwrap();
        findings.iter().map(|finding| finding["message"].as_str().unwrap().to_owned()).collect()
    };
    let told = |more: &[&str]| {
        let told = run(more);
        assert_eq!(run(&["--no-cache"]), told);
        told
    };
    std::thread::sleep(SETTLED);
    for threads in ["1", "7", "0"] {
        assert_eq!(told(&["-j", threads]), ["one"; 6]);
    }
    let modified = fs::metadata(at("back.yaml")).unwrap().modified().unwrap();
    let set_back = |name: &str| {
        let times = fs::FileTimes::new().set_modified(modified);
        fs::File::options().write(true).open(at(name)).unwrap().set_times(times).unwrap();
    };
    // Every text has the same size.
    fs::write(at("same.yaml"), manifest("two")).unwrap();
    fs::write(at("back.yaml"), manifest("two")).unwrap();
    set_back("back.yaml");
    fs::write(at("new"), manifest("two")).unwrap();
    set_back("new");
    fs::rename(at("new"), at("over.yaml")).unwrap();
    fs::remove_file(at("link.yaml")).unwrap();
    symlink("../second.yml", at("link.yaml")).unwrap();
    // Two files change their places.
    fs::rename(at("aside.yaml"), at("old")).unwrap();
    fs::rename(folder.path().join("first.yml"), at("aside.yaml")).unwrap();
    fs::write(at("twice.yaml"), manifest("two")).unwrap();
    let expected = ["one", "two", "two", "two", "two", "two"];
    assert_eq!(told(&[]), expected);
    // Judged a moment after it was written, and written again at once.
    fs::write(at("twice.yaml"), manifest("six")).unwrap();
    set_back("twice.yaml");
    assert_eq!(told(&[]), [&expected[..5], &["six"]].concat());
    std::thread::sleep(SETTLED);
    for _ in 0..2 {
        assert_eq!(told(&[]), [&expected[..5], &["six"]].concat());
    }
}

#[cfg(unix)]
#[test]
fn what_is_not_read_is_told_as_what_is() {
    let files: Vec<_> = (0..40).map(|n| (format!("deploy/{n:02}.yaml"), BAD)).collect();
    let mut files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    files.extend([("p.rego", POLICY), ("d.yaml", "word: x\n"), ("deploy/broken.yaml", "a: [\n")]);
    let folder = folder(&files);
    let cache = folder.path().join("cache");
    std::thread::sleep(SETTLED);
    for more in [&[][..], &["--snippets", "0"], &["--snippets", "30"], &["-f", "json"]] {
        let args = [&["-p", "p.rego", "-d", "d.yaml", "deploy"], more].concat();
        let timeless = |ran: Ran| {
            let shown = ran.shown();
            let lines = shown.lines().filter(|line| !line.contains("duration_ms"));
            lines.map(|line| format!("{line}\n")).collect::<String>()
        };
        let run =
            |more: &[&str]| timeless(check(folder.path(), &cache, &[&args[..], more].concat()));
        let expected = run(&["--no-cache"]);
        for threads in ["1", "3", "0"] {
            assert_eq!(run(&["-j", threads]), expected, "{more:?}");
        }
    }
}
