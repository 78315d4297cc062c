//! `manifestly docs`: the handbook, as files and in a browser.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{folder, root, run_in};

/// The files of a folder by their names.
fn files(folder: &Path) -> BTreeMap<String, String> {
    fn collect(folder: &Path, below: &Path, found: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, below, found);
            } else {
                let name = path.strip_prefix(below).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found);
    found
}

/// The values of an attribute in a page.
fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let opens = format!("{attribute}=\"");
    page.split(opens.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

const AS_OF: &str = "2026-12-01";

#[test]
fn the_handbook_of_the_pack_is_whole() {
    let elsewhere = folder(&[]);
    let ran = run_in(elsewhere.path(), &["docs", "--out", "book", "--as-of", AS_OF]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    let files = files(&elsewhere.path().join("book"));
    for (name, page) in files.iter().filter(|(name, _)| name.ends_with(".html")) {
        let here = Path::new(name).parent().unwrap();
        assert!(page.contains("default-src 'none'"), "{name} lets in what it likes");
        for to in values(page, "href").into_iter().chain(values(page, "src")) {
            if to.starts_with("https://") {
                continue;
            }
            let (file, anchor) = to.split_once('#').unwrap_or((to, ""));
            let mut path = PathBuf::new();
            for part in here.join(file).components() {
                match part {
                    std::path::Component::ParentDir => {
                        assert!(path.pop(), "{name} leads out: {to}");
                    }
                    part => path.push(part),
                }
            }
            let target =
                if file.is_empty() { name.clone() } else { path.to_string_lossy().into_owned() };
            let found = files.get(&target).unwrap_or_else(|| panic!("{name} leads nowhere: {to}"));
            assert!(
                anchor.is_empty() || found.contains(&format!("id=\"{anchor}\"")),
                "{name}: {to}"
            );
        }
        // Nothing but links leads elsewhere.
        assert!(
            values(page, "src").iter().all(|to| !to.contains(':')),
            "{name} loads from elsewhere"
        );
    }
    for (name, page) in files.iter().filter(|(name, _)| name.ends_with(".md")) {
        let here = Path::new(name).parent().unwrap();
        for to in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(files.contains_key(&*here.join(to).to_string_lossy()), "{name}: {to}");
        }
    }
    let page = &files["policies/kubernetes-run-as-non-root.html"];
    for told in [
        "platform-security",
        "#ask-platform",
        "init container &quot;own-archive&quot; runs as root",
        "<mark>0</mark>",
        "Passes",
        "package kubernetes.run_as_non_root",
    ] {
        assert!(page.contains(told), "{told:?} is missing in {page}");
    }
    insta::assert_snapshot!("markdown", files["markdown/policies/kubernetes-latest-tag.md"]);
    insta::assert_snapshot!("html", files["policies/kubernetes-default-namespace.html"]);
}

const DATED: [(&str, &str, &str); 4] = [
    ("later", "deny", "{announced: 2026-11-01, warn_from: 2026-12-10, enforce_from: 2027-01-15}"),
    ("soon", "deny", "{enforce_from: 2026-12-10}"),
    ("past", "warn", "{enforce_from: 2026-01-01}"),
    ("open", "deny", "{announced: 2026-11-01}"),
];

fn dated() -> tempfile::TempDir {
    let policy = |(id, level, rollout): (&str, &str, &str)| {
        let text = format!(
            "# METADATA\n# title: The policy {id}\n# custom: {{id: shop/{id}, owner: shop, kinds: [Service], rollout: {rollout}}}\n\
             package shop.{id}\n\n{level} contains \"no\" if input.spec.no\n"
        );
        (format!("p/{id}.rego"), text)
    };
    let files = DATED.map(policy);
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    folder(&files)
}

#[test]
fn policies_are_found_by_the_day_on_which_they_count() {
    let folder = dated();
    let args = ["docs", "p", "--out", "book", "--as-of", AS_OF, "--title", "Rules of the shop"];
    assert_eq!(run_in(folder.path(), &args).code, 0);
    let files = files(&folder.path().join("book"));
    insta::assert_snapshot!(files["markdown/README.md"]);
    let page = &files["rollout.html"];
    let at =
        |text: &str| page.find(text).unwrap_or_else(|| panic!("{text:?} is missing in {page}"));
    assert!(at(">2026-12-10 <") < at(">2027-01-15 <"));
    assert!(at("No date yet") < at("In force"));
    assert!(files["policies/shop-later.html"].contains("announced, asks for nothing yet"));
}

#[test]
fn the_same_policies_give_the_same_bytes() {
    let folder = dated();
    for book in ["one", "two"] {
        let args = ["docs", "p", "--out", book, "--as-of", AS_OF];
        assert_eq!(run_in(folder.path(), &args).code, 0);
    }
    assert_eq!(files(&folder.path().join("one")), files(&folder.path().join("two")));
    // Written again, nothing changes; and what is gone goes.
    let again = ["docs", "p", "--out", "one", "--as-of", AS_OF];
    assert!(run_in(folder.path(), &again).out.contains("0 files written"));
    std::fs::remove_file(folder.path().join("p/soon.rego")).unwrap();
    let ran = run_in(folder.path(), &again);
    assert!(ran.out.contains("2 removed"), "{ran:?}");
    assert!(!folder.path().join("one/policies/shop-soon.html").exists());
}

const HOSTILE: &str = r#"# METADATA
# title: "<script>alert('t')</script>"
# description: "</p><script>alert('d')</script> ![p](https://evil.example/p.png) [l](javascript:alert(1))"
# related_resources:
# - ref: "javascript:alert('r')"
#   description: "<img src=x onerror=alert('i')>"
# custom:
#   id: "../../<b onmouseover=alert('id')>"
#   owner: "<script>alert('o')</script>"
#   contact: "data:text/html,<script>alert('c')</script>"
#   why: "`</code><script>alert('w')</script>` ``` <iframe src=https://evil.example></iframe>"
#   help: "<style>@import 'https://evil.example/s.css'</style>"
#   kinds: ["<script>alert('k')</script>"]
#   odd: "</dd><script>alert('x')</script>"
package hostile

deny contains "</span><script>alert('m')</script>" if input.bad
"#;

#[test]
fn nothing_that_a_policy_says_becomes_part_of_a_page() {
    let files_in = [
        ("p/hostile.rego", HOSTILE),
        (
            "p/examples/bad.yaml",
            "kind: \"</pre><script>alert('e')</script>\"\napiVersion: v1\nmetadata: {name: a}\nbad: true\n",
        ),
    ];
    let folder = folder(&files_in);
    let ran = run_in(folder.path(), &["docs", "p", "--out", "book", "--as-of", AS_OF]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let files = files(&folder.path().join("book"));
    assert!(!folder.path().join("policies").exists());
    for (name, page) in files.iter().filter(|(name, _)| name.ends_with(".html")) {
        assert_eq!(page.matches("<script").count(), 2, "{name}: {page}");
        for harm in [
            "<img",
            "<iframe",
            "<style",
            "<b ",
            "javascript:alert(1)\"",
            "href=\"data:",
            "href=\"javascript:",
            "src=\"http",
        ] {
            assert!(!page.contains(harm), "{harm} in {name}: {page}");
        }
    }
    for (name, page) in files.iter().filter(|(name, _)| name.ends_with(".md")) {
        let code = page.split("```").step_by(2).collect::<String>();
        assert!(!code.contains("<script>alert('t')"), "{name}: {page}");
    }
}

#[test]
fn an_example_that_is_not_what_it_says_is_shown_as_such() {
    let rego = "package p\n\ndeny contains \"no\" if input.no\n";
    let files_in = [
        ("p/p.rego", rego),
        ("p/examples/bad.yaml", "kind: A\napiVersion: v1\nmetadata: {name: a}\n"),
    ];
    let folder = folder(&files_in);
    let ran = run_in(folder.path(), &["docs", "p", "--out", "book", "-f", "html", "--no-source"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("p/examples/bad.yaml: `manifestly test` tells why"), "{ran:?}");
    let files = files(&folder.path().join("book"));
    assert!(files["policies/p.html"].contains("Meant to be caught, and is not"));
    assert!(!files["policies/p.html"].contains("package p"));
    assert!(!files.contains_key("markdown/README.md"));
}

#[test]
fn what_can_not_be_written_is_told() {
    let folder = folder(&[("mine/index.html", "mine"), ("p.rego", "package p\n\ndeny if\n")]);
    let ran = run_in(folder.path(), &["docs", "--out", "mine"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    assert_eq!(std::fs::read_to_string(folder.path().join("mine/index.html")).unwrap(), "mine");
    assert_eq!(run_in(folder.path(), &["docs", "p.rego", "--out", "book"]).code, 2);
    assert!(!folder.path().join("book").exists());
    assert_eq!(run_in(folder.path(), &["docs", "--out", "mine/index.html/x"]).code, 2);
}

/// A browser without a window, where there is one.
#[allow(clippy::print_stderr)] // a test that is skipped says so
fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    let works = |name: &&str| {
        Command::new(name).arg("--version").output().is_ok_and(|it| it.status.success())
    };
    let found = names.into_iter().find(works);
    if found.is_none() {
        eprintln!("skipped: there is no Chromium to open pages with");
    }
    found
}

#[test]
fn the_search_works_in_a_browser_from_a_folder() {
    let Some(browser) = browser() else { return };
    let home = folder(&[]);
    assert_eq!(
        run_in(&root(), &["docs", "--out", home.path().join("book").to_str().unwrap()]).code,
        0
    );
    let open = |page: &str| {
        let url = format!("file://{}/{page}", home.path().join("book").display());
        let profile = format!("--user-data-dir={}", home.path().join("profile").display());
        let flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--enable-logging=stderr",
            "--virtual-time-budget=5000",
            "--dump-dom",
        ];
        let ran = Command::new(browser).args(flags).args([&profile, &url]).output().unwrap();
        let (out, err) = (
            String::from_utf8_lossy(&ran.stdout).into_owned(),
            String::from_utf8_lossy(&ran.stderr).into_owned(),
        );
        // What the page may not do, and what went wrong in its scripts, is told on the console.
        let console: Vec<_> = err.lines().filter(|line| line.contains("CONSOLE")).collect();
        assert!(ran.status.success() && console.is_empty(), "{page}: {err}");
        out
    };
    let found = |dom: &str| -> Vec<String> {
        let list =
            dom.split("id=\"found\"").nth(1).and_then(|rest| rest.split("</ol>").next()).unwrap();
        values(list, "href").into_iter().map(str::to_owned).collect()
    };
    let plain = open("index.html");
    assert!(!plain.contains("role=\"search\" hidden"), "the search did not appear: {plain}");
    assert!(found(&plain).is_empty());
    // By what the policy is called, from a page below the top too.
    let page = "policies/kubernetes-privileged.html#q=non-root";
    assert_eq!(found(&open(page))[0], "../policies/kubernetes-run-as-non-root.html");
    // By who owns it and what it says.
    let by = found(&open("index.html#q=reliability%20latest"));
    assert_eq!(by[0], "policies/kubernetes-latest-tag.html");
    assert!(!by.iter().any(|page| page.contains("privileged")), "{by:?}");
    assert!(open("index.html#q=nosuchword").contains("Nothing found"));
}
