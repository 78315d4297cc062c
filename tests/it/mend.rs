//! `manifestly check --fix`: what is mended, in which files, and what is left alone.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{Ran, folder, run_in, run_with_input};

/// Three things that may go, one that takes a value.
const POLICY: &str = r#"package p

deny contains {"msg": sprintf("no %s", [key]), "path": ["spec", key], "fix": {"remove": ["spec", key]}} if {
	some key in ["a", "b", "c"]
	input.spec[key]
}

warn contains {"msg": "x", "path": ["spec", "in", "x"], "fix": {"path": ["spec", "in", "x"], "value": "on"}} if {
	input.spec.x
	object.get(input, ["spec", "in", "x"], null) != "on"
}

warn contains {"msg": "y", "path": ["spec", "in", "z"], "fix": {"path": ["spec", "in", "z"], "value": [1]}} if {
	input.spec.x
	not input.spec["in"].z
}
"#;

fn thing(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Thing\nmetadata: {{name: a}}\n{spec}")
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

fn check(folder: &Path, args: &[&str]) -> Ran {
    run_in(folder, &[&["check", "--no-cache", "-p", "p.rego"], args].concat())
}

#[test]
fn what_can_be_mended_is_and_the_rest_is_told() {
    let kept = "# one\r\nspec: # two\r\n  x: 1   # three\r\n\r\n  a: 1\r\n";
    let crlf = thing(kept).replace("Thing\n", "Thing\r\n").replace("v1\n", "v1\r\n");
    let folder = folder(&[
        ("p.rego", POLICY),
        ("m/crlf.yaml", &crlf),
        (
            "m/two.yaml",
            &format!(
                "{}---\n{}",
                thing("spec: {a: 1, b: 2, d: 3}\n"),
                thing("spec:\n  a: 1\n  b: 2")
            ),
        ),
        ("m/shared.yaml", &thing("q: &q {a: 1}\nspec: *q\n")),
        ("m/good.yaml", &thing("spec: {}\n")),
    ]);
    let ran = check(folder.path(), &["--fix", "m"]);
    insta::assert_snapshot!(ran.shown());
    let mended = crlf.replace("  a: 1\r\n", "  in:\r\n    x: \"on\"\r\n    z:\r\n    - 1\r\n");
    assert_eq!(read(folder.path(), "m/crlf.yaml"), mended);
    assert_eq!(
        read(folder.path(), "m/two.yaml"),
        format!("{}---\n{}", thing("spec: {d: 3}\n"), thing("spec: {}"))
    );
    let again = check(folder.path(), &["--fix", "m"]);
    assert!(again.err.starts_with("fixed nothing\n"), "{}", again.err);
    assert_eq!(read(folder.path(), "m/crlf.yaml"), mended);
    assert_eq!(
        again.out.lines().last().map(|line| &line[..6]),
        ran.out.lines().last().map(|line| &line[..6])
    );
}

#[test]
fn a_diff_changes_nothing() {
    let text = thing("spec:\n  x: 1\n  a: 1 # é\n  c: 1\n");
    let folder = folder(&[("p.rego", POLICY), ("m.yaml", &text)]);
    let ran = check(folder.path(), &["--diff", "m.yaml"]);
    insta::assert_snapshot!(ran.shown());
    assert_eq!(read(folder.path(), "m.yaml"), text);
    let args = ["check", "--no-cache", "-p", "p.rego", "--diff", "--stdin-filename", "m.yaml", "-"];
    assert_eq!(run_with_input(folder.path(), &args, text.as_bytes()).out, ran.out);
    // The report goes to a file.
    let ran = check(folder.path(), &["--diff", "-f", "json", "-o", "r.json", "m.yaml"]);
    assert!(ran.out.starts_with("--- m.yaml\n+++ m.yaml\n"), "{ran:?}");
    assert!(read(folder.path(), "r.json").contains("\"no a\""));
    // What it shows is what is done.
    fs::write(folder.path().join("d.patch"), &ran.out).unwrap();
    check(folder.path(), &["--fix", "m.yaml"]);
    let fixed = read(folder.path(), "m.yaml");
    let back = check(folder.path(), &["--diff", "m.yaml"]);
    assert_eq!((back.out.as_str(), back.code), ("", 0));
    if let Some(git) = git() {
        fs::write(folder.path().join("m.yaml"), &text).unwrap();
        let applied = git(folder.path(), &["apply", "-p0", "d.patch"]);
        assert_eq!((applied.code, read(folder.path(), "m.yaml")), (0, fixed));
    }
}

#[test]
fn standard_input_has_no_file_to_mend() {
    let folder = folder(&[("p.rego", POLICY)]);
    let args = ["check", "--no-cache", "-p", "p.rego", "--fix", "-"];
    let ran = run_with_input(folder.path(), &args, thing("spec: {a: 1}\n").as_bytes());
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("`<stdin>` is no file, and so can't be fixed"), "{}", ran.out);
    // Where there is nothing to mend, nothing is wrong with it.
    let ran = run_with_input(folder.path(), &args, thing("spec: {}\n").as_bytes());
    assert_eq!(ran.code, 0);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_written_is_left_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let text = thing("spec:\n  a: 1\n  d: 1\n");
    let folder = folder(&[("p.rego", POLICY), ("m/a.yaml", &text), ("m/b.yaml", &text)]);
    let closed = folder.path().join("m/a.yaml");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(folder.path().join("m/b.yaml"), fs::Permissions::from_mode(0o664)).unwrap();
    let ran = check(folder.path(), &["--fix", "m"]);
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("`m/a.yaml` is read-only, and was left alone"), "{}", ran.out);
    assert_eq!(read(folder.path(), "m/a.yaml"), text);
    assert_eq!(read(folder.path(), "m/b.yaml"), thing("spec:\n  d: 1\n"));
    let mode = fs::metadata(folder.path().join("m/b.yaml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o664);
}

/// Runs git in a folder, where it is installed.
fn git() -> Option<impl Fn(&Path, &[&str]) -> Ran> {
    if Command::new("git").arg("--version").output().is_err() {
        #[allow(clippy::print_stdout)] // a test that is skipped says so
        {
            println!("skipped: git is not installed");
        }
        return None;
    }
    Some(|folder: &Path, args: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(folder).args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(args);
        git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        Ran::from(git.output().unwrap())
    })
}

#[test]
fn what_is_staged_is_mended_and_staged_again() {
    let Some(git) = git() else { return };
    let bad = thing("spec:\n  a: 1\n  d: 1\n");
    let good = thing("spec:\n  d: 1\n");
    let folder = folder(&[
        ("p.rego", POLICY),
        ("in/whole.yaml", &bad),
        ("in/partial.yaml", &bad),
        ("in/untouched.yaml", &bad),
        ("in/notes.txt", "x"),
        ("un staged.yaml", &bad),
    ]);
    let at = folder.path();
    git(at, &["init", "-q"]);
    git(at, &["add", "in/untouched.yaml"]);
    git(at, &["commit", "-q", "-m", "first"]);
    git(at, &["add", "in"]);
    fs::write(at.join("in/partial.yaml"), format!("{bad}# more\n")).unwrap();
    let ran = check(at, &["--fix", "--staged"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.shown());
    assert_eq!(read(at, "in/whole.yaml"), good);
    assert_eq!(git(at, &["show", ":in/whole.yaml"]).out, good);
    assert_eq!(git(at, &["show", ":in/partial.yaml"]).out, bad);
    for left in ["in/partial.yaml", "in/untouched.yaml", "un staged.yaml"] {
        assert!(read(at, left).contains("a: 1"), "{left}");
    }
    // From another folder, and only below what is named.
    git(at, &["add", "in", "un staged.yaml"]);
    let args = ["check", "--no-cache", "-p", "../p.rego", "--fix", "--staged", "../un staged.yaml"];
    let ran = run_in(&at.join("in"), &args);
    assert_eq!(ran.err, "fixed 1 violation in 1 file\n  ../un staged.yaml: p\n");
    assert_eq!(git(at, &["show", ":in/partial.yaml"]).out, format!("{bad}# more\n"));
    // Nothing is staged where there is no repository.
    let nowhere = crate::run::folder(&[("p.rego", POLICY)]);
    let ran = check(nowhere.path(), &["--fix", "--staged"]);
    assert!(ran.code == 2 && ran.out.contains("what is staged is not known: git says"), "{ran:?}");
    assert_eq!(check(at, &["--staged"]).code, 2);
}

/// Fixes that need the same block are made one after the other, by the whole pack.
#[test]
fn the_pack_mends_a_pod() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  hostPID: true # ps\n  \
               containers:\n    - name: web # the shop\n      image: \"shop/web:1.4.2\"\n      securityContext: {}\n";
    let folder = folder(&[("pod.yaml", pod)]);
    let args = ["check", "--no-cache", "--fix", "pod.yaml"];
    let ran = run_in(folder.path(), &args);
    insta::assert_snapshot!(format!("{}\n{}", ran.err, read(folder.path(), "pod.yaml")));
}
