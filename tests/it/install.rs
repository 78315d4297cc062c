//! What is printed for a cluster: that it is what was asked for, that nothing is wrong with it, and
//! that the pods will see the policies that were meant.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use base64::Engine as _;
use manifestly::manifest::{self, Format, ReadLimits};
use manifestly::source::SourceText;
use serde_json::Value;

use crate::run::{Ran, folder, manifestly_in, root, run, run_in, run_with_input};

/// An image that is pinned, so that nothing is said about it.
const IMAGE: &str = "--image=registry.example.com/manifestly@sha256:\
                     0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

const SECRETS: &str = r#"# METADATA
# title: Secrets must have an owner
# custom: {id: shop/owned}
package shop.owned

deny contains "no owner" if {
	input.kind == "Secret"
	not input.metadata.labels[data.label]
}
"#;

const WIDGETS: &str = r#"# METADATA
# custom: {id: style/widgets, kinds: [example.com/Widget], mutate: true}
package style.widgets

warn contains "no colour" if not input.spec.colour
"#;

fn install(folder: &Path, args: &[&str]) -> Ran {
    let mut command = manifestly_in(folder);
    command.args(["install-manifests", "--namespace", "policies", IMAGE]).args(args);
    command.output().unwrap().into()
}

fn objects(text: &str) -> Vec<Value> {
    let source = Arc::new(SourceText::new("installed.yaml", text));
    let reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
    assert!(reading.errors.is_empty(), "{:?}", reading.errors);
    reading.manifests.iter().map(|manifest| Value::from(&manifest.root)).collect()
}

fn of_kind<'o>(objects: &'o [Value], kind: &str) -> &'o Value {
    objects.iter().find(|object| object["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

fn arguments(objects: &[Value]) -> Vec<String> {
    let container = &of_kind(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0];
    let args = container["args"].as_array().unwrap();
    args.iter().map(|arg| arg.as_str().unwrap().to_owned()).collect()
}

/// Keys and certificates are other ones each time.
fn without_secrets(text: &str) -> String {
    let line = |line: &str| match line.split_once(": LS0tLS1CRUdJTi") {
        Some((key, _)) => format!("{key}: [base64]\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn what_a_cluster_needs_is_printed() {
    let ran = run(&["install-manifests", "-n", "policies", "--create-namespace"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!("whole", without_secrets(&ran.out));
    insta::assert_snapshot!(ran.err, @"note: the image is localhost/manifestly:0.1.0, which no registry has: build it, and name yours by --image");
    let again = run(&["install-manifests", "-n", "policies", "--create-namespace"]);
    assert_ne!(again.out, ran.out, "keys are made anew");
    assert_eq!(without_secrets(&again.out), without_secrets(&ran.out), "and nothing else is");
}

#[test]
fn nothing_is_wrong_with_it_by_the_embedded_policies() {
    for args in [
        &[][..],
        &["--create-namespace", "--metrics-namespace", "monitoring", "-p", "policies"],
        &["--cert-manager", "--subset", "all=*", "--without", "autoscaler"],
    ] {
        let installed = install(&root(), args);
        assert_eq!(installed.code, 0, "{}", installed.err);
        let checked = run_with_input(
            &root(),
            &["check", "--fail-on", "warn", "--enforcement-point", "validation.gatekeeper.sh", "-"],
            installed.out.as_bytes(),
        );
        assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
        assert!(checked.out.starts_with("no violations in "), "{}", checked.out);
    }
}

#[test]
fn pods_see_the_tree_that_was_meant() {
    let shop = folder(&[
        ("policies/owned.rego", SECRETS),
        ("policies/owned_test.rego", "package shop.owned\n\ntest_x if true\n"),
        ("policies/examples/owned/bad.yaml", "apiVersion: v1\nkind: Secret\n"),
        ("policies/.manifest", "{\"metadata\": {\"owner\": \"shop\"}}"),
        ("policies/style/widgets.rego", WIDGETS),
        ("policies/data.yaml", "label: owner\n"),
        ("waivers/one.yaml", WAIVER),
        ("manifestly.toml", "policies = [\"policies\"]\n\n[owners.\"*\"]\nowner = \"all\"\n"),
    ]);
    let ran = install(shop.path(), &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let objects = objects(&ran.out);
    let args = arguments(&objects);
    let told: Vec<_> = args.iter().filter(|arg| arg.contains("/etc/manifestly/config")).collect();
    assert_eq!(
        told,
        [
            "--config=/etc/manifestly/config/manifestly.toml",
            "--policy=/etc/manifestly/config/policies",
            "--waivers=/etc/manifestly/config/waivers",
        ]
    );
    let pod = mounted(&objects);
    let digest = |folder: &Path| {
        let ran = run_in(folder, &["check", "-f", "json", "--config", "manifestly.toml", "."]);
        ran.json()["basis"].clone()
    };
    // As the kubelet has it: the folders are links into a tree that is swapped as a whole.
    assert_eq!(digest(pod.path()), digest(shop.path()));
    let files = |folder: &Path| {
        let walk = walkdir(&folder.join("..data"));
        walk.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(
        files(pod.path()),
        [
            "manifestly.toml",
            "policies/.manifest",
            "policies/data.yaml",
            "policies/owned.rego",
            "policies/style/widgets.rego",
            "waivers/one.yaml",
        ]
    );
}

const WAIVER: &str = "apiVersion: manifestly.dev/v1\nkind: Waiver\nspec:\n  policy: shop/owned\n  match: {names: \
                      [old]}\n  reason: it goes soon\n  requestedBy: a\n  approvedBy: b\n  from: 2026-11-01\n  \
                      expires: 2026-12-31\n";

/// The volume of the pods, as the kubelet makes it of the `ConfigMap`.
fn mounted(objects: &[Value]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = &of_kind(objects, "ConfigMap")["data"];
    let volumes = &of_kind(objects, "Deployment")["spec"]["template"]["spec"]["volumes"];
    let volume = volumes.as_array().unwrap().iter().find(|volume| volume["name"] == "config");
    let items = volume.unwrap()["configMap"]["items"].as_array().unwrap();
    assert_eq!(items.len(), data.as_object().unwrap().len(), "every key is mounted");
    let tree = folder.path().join("..2026_11_30");
    for item in items {
        let (key, path) = (item["key"].as_str().unwrap(), item["path"].as_str().unwrap());
        assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)), "{key}");
        let file = tree.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, data[key].as_str().unwrap()).unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink("..2026_11_30", folder.path().join("..data")).unwrap();
        for entry in std::fs::read_dir(&tree).unwrap() {
            let name = entry.unwrap().file_name();
            symlink(Path::new("..data").join(&name), folder.path().join(&name)).unwrap();
        }
    }
    folder
}

/// All files below a folder with their texts.
fn walkdir(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let inner = walkdir(&path).into_iter();
            found.extend(inner.map(|(below, text)| (format!("{name}/{below}"), text)));
        } else {
            found.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
    found
}

#[test]
fn rules_are_those_of_what_policies_look_at() {
    let shop =
        folder(&[("p/a.rego", SECRETS), ("p/b.rego", WIDGETS), ("p/data.yaml", "label: x\n")]);
    let args = ["-p", "p", "--subset", "shop=shop/*", "--subset", "style=style/*", "--mutate"];
    let more = ["--failure-policy", "style=Ignore", "--spare-namespace", "build"];
    let ran = install(shop.path(), &[&args[..], &more].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let from = ran.out.find("kind: ValidatingWebhookConfiguration").unwrap();
    let from = from + ran.out[from..].find("webhooks:").unwrap();
    insta::assert_snapshot!("subsets", without_secrets(&ran.out[from..]));
    assert!(arguments(&objects(&ran.out)).contains(&"--subset=style=style/*".to_owned()));
    // One that nobody is in.
    let ran = install(shop.path(), &["-p", "p", "--subset", "shop=shop/*"]);
    insta::assert_snapshot!(ran.err, @"note: 1 policy is in no subset, and not asked; the first is `style/widgets`");
}

#[test]
fn deadlines_fit_into_each_other() {
    let times = |args: &[&str]| {
        let objects = objects(&install(&root(), args).out);
        let webhooks = &of_kind(&objects, "ValidatingWebhookConfiguration")["webhooks"];
        let pod = &of_kind(&objects, "Deployment")["spec"]["template"]["spec"];
        let arguments = arguments(&objects);
        let arg = |name: &str| {
            let arg = arguments.iter().find_map(|arg| arg.strip_prefix(name)).unwrap();
            arg.trim_start_matches('=').to_owned()
        };
        let grace = pod["terminationGracePeriodSeconds"].as_u64().unwrap();
        let timeout = webhooks[0]["timeoutSeconds"].as_u64().unwrap();
        (timeout, arg("--deadline"), arg("--drain-wait"), grace)
    };
    let time = |text: &str| text.to_owned();
    assert_eq!(times(&[]), (10, time("8s"), time("5s"), 20));
    assert_eq!(times(&["--timeout", "3"]), (3, time("1500ms"), time("5s"), 13));
    let args = ["--timeout", "30", "--deadline", "12s", "--drain-wait", "1500ms"];
    assert_eq!(times(&args), (30, time("12s"), time("1500ms"), 37));
    let ran = install(&root(), &["--deadline", "10s"]);
    insta::assert_snapshot!(ran.shown(), @r#"
    exit code 2
    --- standard error
      × the deadline is not before the API server stops waiting, after 10 s
      help: leave out --deadline, or give a greater --timeout
    "#);
}

#[test]
fn certificates_are_made_asked_for_or_brought() {
    let own = install(&root(), &["--valid-days", "30"]);
    assert!(own.out.contains("# ends on 2026-12-30: "), "{}", own.out);

    let objects_of = |args: &[&str]| {
        let ran = install(&root(), args);
        assert_eq!(ran.code, 0, "{}", ran.err);
        objects(&ran.out)
    };
    let asked = objects_of(&["--cert-manager", "--issuer", "ClusterIssuer/shop"]);
    let certificate = of_kind(&asked, "Certificate");
    assert_eq!(certificate["spec"]["issuerRef"]["kind"], "ClusterIssuer");
    assert_eq!(certificate["spec"]["dnsNames"][0], "manifestly.policies.svc");
    let webhook = of_kind(&asked, "ValidatingWebhookConfiguration");
    let annotation = &webhook["metadata"]["annotations"]["cert-manager.io/inject-ca-from"];
    assert_eq!(annotation, "policies/manifestly");
    assert_eq!(webhook["webhooks"][0]["clientConfig"]["caBundle"], Value::Null);

    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let folder =
        folder(&[("ca.pem", pem), ("old.pem", pem), ("key.pem", "-----BEGIN PRIVATE KEY-----\n")]);
    let own = ["--ca-bundle", "ca.pem", "--tls-secret", "web", "--also-trust", "old.pem"];
    let ran = install(folder.path(), &own);
    let brought = objects(&ran.out);
    let webhook = of_kind(&brought, "ValidatingWebhookConfiguration");
    let bundle = webhook["webhooks"][0]["clientConfig"]["caBundle"].as_str().unwrap();
    let bundle = base64::engine::general_purpose::STANDARD.decode(bundle).unwrap();
    assert_eq!(String::from_utf8(bundle).unwrap(), pem.repeat(2));
    let tls = &of_kind(&brought, "Deployment")["spec"]["template"]["spec"]["volumes"][0];
    assert_eq!(tls["secret"]["secretName"], "web");
    let ran = install(folder.path(), &["--ca-bundle", "key.pem", "--tls-secret", "web"]);
    insta::assert_snapshot!(ran.shown(), @r#"
    exit code 2
    --- standard error
      × `key.pem` holds no certificates alone
      help: it is PEM, with certificates between `-----BEGIN CERTIFICATE-----` and `-----END
            CERTIFICATE-----`, and no keys
    "#);
}

#[test]
fn a_kustomize_base_is_written_once() {
    let empty = folder(&[]);
    let out = ["--out", "base", "--create-namespace"];
    let ran = install(empty.path(), &out);
    insta::assert_snapshot!("base", ran.shown());
    let files = walkdir(&empty.path().join("base"));
    let kustomization = files["kustomization.yaml"].as_str();
    for name in files.keys().filter(|name| *name != "kustomization.yaml") {
        assert!(kustomization.contains(&format!("- {name}\n")), "{name}");
    }
    let ran = install(empty.path(), &out);
    insta::assert_snapshot!(ran.shown(), @r#"
    exit code 2
    --- standard error
      × `base/namespace.yaml` exists already
      help: write into another folder, or over what is there with `--force`
    "#);
    assert_eq!(walkdir(&empty.path().join("base")), files, "nothing was written");
    assert_eq!(install(empty.path(), &[&out[..], &["--force"]].concat()).code, 0);
    assert_ne!(walkdir(&empty.path().join("base"))["secret.yaml"], files["secret.yaml"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let secret = std::fs::metadata(empty.path().join("base/secret.yaml")).unwrap();
        assert_eq!(secret.permissions().mode() & 0o777, 0o600, "keys are not for others");
    }
}

#[test]
fn more_than_a_config_map_holds_is_for_an_image() {
    let long = format!("package p\n\n# {}\ndeny contains 1 if input.x\n", "x".repeat(1 << 20));
    let shop = folder(&[("policies/long.rego", &long)]);
    let ran = install(shop.path(), &["-p", "policies"]);
    insta::assert_snapshot!(ran.shown(), @r#"
    exit code 2
    --- standard error
      × the files are 1024.1 KiB, and a ConfigMap holds 1024.0 KiB; the largest is `policies/
      │ long.rego` with 1024.0 KiB
      help: build an image with them, and say where they are in it: `COPY policies /etc/manifestly/
            config/policies`, then `--image IMAGE --in-image /etc/manifestly/config`
    "#);
    let ran = install(shop.path(), &["-p", "policies", "--in-image", "/policies"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let objects = objects(&ran.out);
    assert!(!objects.iter().any(|object| object["kind"] == "ConfigMap"));
    assert!(arguments(&objects).contains(&"--policy=/policies/policies".to_owned()));
    // What `kubectl apply` can't remember, it is told to leave to the server.
    let half = format!("package p\n\n# {}\ndeny contains 1 if input.x\n", "x".repeat(1 << 18));
    let shop = folder(&[("policies/long.rego", &half)]);
    let ran = install(shop.path(), &["-p", "policies"]);
    assert!(ran.err.contains("kubectl apply --server-side"), "{}", ran.err);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let empty = folder(&[("broken/p.rego", "package p\n\ndeny contains x if y\n")]);
    let mut text = String::new();
    for args in [
        &["--failure-policy", "style=Ignore"][..],
        &["--mutate"],
        &["--operations", "CREATE,PATCH"],
        &["-p", "broken"],
        &["-p", "gone"],
        &["--waivers", "gone"],
        &["--valid-days", "4000000"],
        &["--replicas", "1"],
        &["--issuer", "Issuer/x"],
        &["--subset", "A=*"],
        &["--force"],
    ] {
        let ran = install(empty.path(), args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        text.push_str(&format!("$ {}\n{}\n", args.join(" "), ran.err));
    }
    let ran = run(&["install-manifests", "-n", "policies", "--image", "manifestly:latest"]);
    text.push_str(&ran.shown());
    insta::assert_snapshot!("refused", text);
}

#[test]
fn policies_that_are_sent_nothing_are_told_of() {
    let shop = folder(&[
        ("p/a.rego", "package a\n\ndeny contains 1 if { input.kind == \"pods\"\n input.x }\n"),
        (
            "p/b.rego",
            "package b\n\n# METADATA\n# custom: {combine: true}\ndeny contains 1 if input[_].x\n",
        ),
    ]);
    let ran = install(shop.path(), &["-p", "p"]);
    insta::assert_snapshot!(ran.err, @r#"
    note: `a` looks at no kind that is known, so that nothing is sent for it: name its kinds in its metadata, as `kinds: [example.com/Widget]` under `custom`
    note: `b` judges all documents of a run at once: at admission it is not asked
    "#);
}

/// `kubectl kustomize` needs no cluster, and reads what was written as the API server would.
#[test]
fn kustomize_builds_on_the_base() {
    let there =
        Command::new("kubectl").arg("version").arg("--client").stdout(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        eprintln!("skipped: there is no kubectl here");
        return;
    }
    let shop = folder(&[("policies/a.rego", WIDGETS), ("policies/data.yaml", "label: \"yes\"\n")]);
    let args =
        ["-p", "policies", "--out", "base", "--create-namespace", "--cert-manager", "--mutate"];
    assert_eq!(install(shop.path(), &args).code, 0);
    let built =
        Command::new("kubectl").args(["kustomize", "base"]).current_dir(shop.path()).output();
    let built = built.unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let by_kustomize = objects(&String::from_utf8(built.stdout).unwrap());
    let ours: Vec<Value> = walkdir(&shop.path().join("base"))
        .into_iter()
        .filter(|(name, _)| name != "kustomization.yaml")
        .flat_map(|(_, text)| objects(&text))
        .collect();
    assert_eq!(by_kustomize.len(), ours.len());
    for object in &ours {
        let is_it = |built: &&Value| {
            built["kind"] == object["kind"] && built["metadata"] == object["metadata"]
        };
        assert_eq!(by_kustomize.iter().find(is_it), Some(object));
    }
}

/// Kubernetes' own code reads the objects as API servers do, and judges the pods, where Go and its
/// modules are there.
#[test]
fn pods_meet_the_restricted_level_of_pod_security() {
    let program = root().join("tests/pod_security");
    let build = tempfile::tempdir().unwrap();
    let binary = build.path().join("judge");
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(&binary)
        .current_dir(&program)
        .envs([("GOPROXY", "off"), ("GOFLAGS", "-mod=readonly")])
        .output();
    if !built.is_ok_and(|built| built.status.success()) {
        eprintln!("skipped: there is no Go here, or it does not have the modules");
        return;
    }
    let judged = |text: &str| {
        let mut command = Command::new(&binary);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    let shop = folder(&[("policies/a.rego", SECRETS), ("policies/b.rego", WIDGETS)]);
    let args = ["-p", "policies", "--create-namespace", "--mutate", "--metrics-namespace", "m"];
    let installed = install(shop.path(), &args).out;
    assert_eq!(judged(&installed), "");
    let root = installed.replace("runAsNonRoot: true", "runAsNonRoot: false");
    assert!(judged(&root).contains("runAsNonRoot"), "{}", judged(&root));
    let unknown = installed.replace("sideEffects: None", "sideEffect: None");
    assert!(judged(&unknown).contains("sideEffect"), "{}", judged(&unknown));
}
