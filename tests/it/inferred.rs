//! Places that policies don't name.

use manifestly::check::{Checker, FixKind, Inference, Input, Observer, Options, Report, Trials};
use manifestly::policy::Loader;
use manifestly::source::SourceText;
use std::sync::{Arc, Mutex};

use crate::run::{folder, run_in};

const PODS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {team: shop}
spec:
  replicas: 1
  template:
    spec:
      hostNetwork: true
      containers:
        - name: web
          image: shop/web:latest
          securityContext: {privileged: true}
          command: [serve, --port=0]
        - name: proxy
          image: envoy:1.30
          securityContext:
            privileged: false
            capabilities: {add: [NET_ADMIN, SYS_TIME]}
";

fn judged(policy: &str, manifest: &str, options: Options) -> Report {
    let text = format!("package p\n\nimport rego.v1\n\n{policy}");
    let set = Loader::new().policy_text("p.rego", &text).load().unwrap();
    let checker = Checker::with_options(set, options).unwrap();
    let text = Arc::new(SourceText::new("m.yaml", manifest));
    let report = checker.check(&[Input::Text(text)], Vec::new(), &|| {});
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    report
}

/// The paths that are told of each finding, with how sure they are.
fn told(report: &Report) -> Vec<String> {
    let of = |finding: &manifestly::check::Finding| {
        let places = finding.place.iter().chain(&finding.also);
        let told = places.map(|place| match place.confidence {
            Some(confidence) => format!("{} {}", place.path, confidence.as_str()),
            None => format!("{} {:?}", place.path, place.source),
        });
        told.collect::<Vec<_>>().join(", ")
    };
    report.findings.iter().map(of).collect()
}

#[test]
fn the_cause_is_found_whatever_the_rule_looks_like() {
    let pod = "pod := input.spec.template.spec";
    for (policy, places) in [
        // A value that is there.
        (
            format!("deny contains \"host network\" if {{ {pod}; pod.hostNetwork }}"),
            &["/spec/template/spec/hostNetwork high"][..],
        ),
        (
            format!(
                "deny contains \"privileged\" if {{ {pod}; some c in pod.containers; \
                     c.securityContext.privileged == true }}"
            ),
            &["/spec/template/spec/containers/0/securityContext/privileged high"],
        ),
        (
            format!(
                "deny contains msg if {{ {pod}; some c in pod.containers; \
                     endswith(c.image, \":latest\"); msg := sprintf(\"%s floats\", [c.name]) }}"
            ),
            &["/spec/template/spec/containers/0/image medium"],
        ),
        // One that is not.
        (
            format!(
                "deny contains msg if {{ {pod}; some c in pod.containers; \
                     not c.securityContext.runAsNonRoot; msg := sprintf(\"%s is root\", [c.name]) }}"
            ),
            &[
                "/spec/template/spec/containers/0/securityContext/runAsNonRoot high",
                "/spec/template/spec/containers/1/securityContext/runAsNonRoot high",
            ],
        ),
        (
            "deny contains \"no owner\" if not input.metadata.labels.owner".to_owned(),
            &["/metadata/labels/owner medium"],
        ),
        // Too little of something.
        (
            "deny contains \"replicas\" if input.spec.replicas < 2".to_owned(),
            &["/spec/replicas high"],
        ),
        // One of a list.
        (
            format!(
                "deny contains \"capability SYS_TIME\" if {{ {pod}; some c in pod.containers; \
                     \"SYS_TIME\" in c.securityContext.capabilities.add }}"
            ),
            &["/spec/template/spec/containers/1/securityContext/capabilities/add/1 medium"],
        ),
        (
            format!(
                "deny contains \"--tls is not set\" if {{ {pod}; some c in pod.containers; \
                     c.command; not \"--tls\" in c.command }}"
            ),
            &["/spec/template/spec/containers/0/command/2 high"],
        ),
        // Behind helpers.
        (
            "deny contains \"team\" if not known\n\nknown if team in {\"ops\", \"web\"}\n\n\
             team := object.get(input.metadata, [\"labels\", \"team\"], \"none\")"
                .to_owned(),
            &["/metadata/labels/team high"],
        ),
        // Of what a helper has put something into.
        (
            format!(
                "deny contains msg if {{ {pod}; some c in pod.containers; \
                     patch := {{\"op\": \"add\", \"path\": \"pod\", \"value\": pod}}; \
                     not json.patch(c, [patch]).resources.limits.cpu; \
                     msg := sprintf(\"%s has no limits.cpu\", [c.name]) }}"
            ),
            &[
                "/spec/template/spec/containers/0/resources/limits/cpu medium",
                "/spec/template/spec/containers/1/resources/limits/cpu medium",
            ],
        ),
        (
            format!(
                "deny contains msg if {{ {pod}; some c in pod.containers; \
                     not object.union({{\"tty\": false}}, c).resources.limits.cpu; \
                     msg := sprintf(\"%s has no limits.cpu\", [c.name]) }}"
            ),
            &[
                "/spec/template/spec/containers/0/resources/limits/cpu medium",
                "/spec/template/spec/containers/1/resources/limits/cpu medium",
            ],
        ),
    ] {
        assert_eq!(told(&judged(&policy, PODS, Options::default())), places, "{policy}");
    }
}

#[test]
fn one_message_may_have_several_causes() {
    let policy = "deny contains \"a container floats\" if {\n\
                  \tsome c in input.spec.containers\n\tendswith(c.image, \":latest\")\n}";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    \
               - {name: a, image: \"a:latest\"}\n    - {name: b, image: \"b:1\"}\n    \
               - {name: c, image: \"c:latest\"}\n";
    let report = judged(policy, pod, Options::default());
    let both = "/spec/containers/0/image medium, /spec/containers/2/image medium";
    assert_eq!(told(&report), [both]);
    // Two that are only wrong together.
    let policy = "deny contains \"no limit\" if count(missing) > 0\n\n\
                  missing contains key if {\n\tsome key in [\"cpu\", \"memory\"]\n\t\
                  not input.spec.containers[0].resources.limits[key]\n}";
    let report = judged(policy, pod, Options::default());
    let limits = "/spec/containers/0/resources/limits";
    assert_eq!(told(&report), [format!("{limits}/cpu medium, {limits}/memory medium")]);
}

#[test]
fn a_list_may_lack_an_element() {
    let env = "some c in input.spec.containers; not has_owner(c); \
               msg := sprintf(\"%s has no OWNER: %v\", [c.name, c.env])";
    let policy = format!(
        "deny contains msg if {{ {env} }}\n\nhas_owner(c) if {{\n\tsome e in c.env\n\t\
         e.name == \"OWNER\"\n}}"
    );
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    \
               - name: a\n      env: [{name: TEAM, value: x}, {name: CITY, value: y}]\n";
    let report = judged(&policy, pod, Options::default());
    assert_eq!(told(&report), ["/spec/containers/0/env high"]);
    // One that is wrong is no lack.
    let policy = "deny contains \"debugs\" if {\n\tsome e in input.spec.containers[0].env\n\t\
                  e.name == \"CITY\"\n}";
    let report = judged(policy, pod, Options::default());
    assert_eq!(told(&report), ["/spec/containers/0/env/1/name low"]);
}

#[test]
fn a_flag_may_want_everything() {
    let policy = "deny contains \"--ciphers are weak\" if not strong\n\nstrong if {\n\t\
                  some flag in input.spec.containers[0].command\n\t\
                  startswith(flag, \"--ciphers=\")\n\t\
                  given := split(split(flag, \"=\")[1], \",\")\n\t\
                  count([c | some c in [\"A1\", \"B2\", \"C3\"]; not c in given]) == 0\n}";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    \
               - name: a\n      command: [serve, --port=1, \"--ciphers=A1,X9\"]\n";
    let report = judged(policy, pod, Options::default());
    assert_eq!(told(&report), ["/spec/containers/0/command/2 low"]);
}

#[test]
fn what_the_message_names_is_meant() {
    // The container is named, and not the pod, which would do as well.
    let policy = "deny contains msg if {\n\tsome c in input.spec.containers\n\t\
                  not is_set(c)\n\tnot is_set(input.spec)\n\t\
                  msg := sprintf(\"%s may be root\", [c.name])\n}\n\n\
                  is_set(x) if x.securityContext.runAsNonRoot == true";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: labels}\nspec:\n  \
               securityContext: {runAsNonRoot: false}\n  containers: [{name: web}]\n";
    let report = judged(policy, pod, Options::default());
    assert_eq!(told(&report), ["/spec/containers/0/securityContext/runAsNonRoot high"]);
    // What is called like a field does not speak of it.
    let policy = "deny contains msg if {\n\tnot input.metadata.labels.a\n\t\
                  input.spec.securityContext.runAsNonRoot == false\n\t\
                  msg := sprintf(\"%s is root\", [input.metadata.name])\n}";
    let report = judged(policy, pod, Options::default());
    assert_eq!(told(&report), ["/spec/securityContext/runAsNonRoot high"]);
}

/// Two objects within another one.
const BUNDLE: &str = "\
apiVersion: example.org/v1
kind: Bundle
metadata: {name: shop}
spec:
  objects:
    - apiVersion: v1
      kind: Service
      metadata: {name: front}
      spec: {selector: {app: web}, account: robot}
    - apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec: {labels: {app: web}, account: robot, service: front}
";

#[test]
fn what_links_two_objects_is_seldom_the_cause() {
    let objects = "some a in input.spec.objects; some b in input.spec.objects; \
                   a.kind == \"Service\"; b.kind == \"Deployment\"";
    let of = |link: &str| {
        let message = "msg := sprintf(\"%s is shown by %s\", [b.metadata.name, a.metadata.name])";
        let policy = format!("deny contains msg if {{ {objects}; {link}; {message} }}");
        told(&judged(&policy, BUNDLE, Options::default()))
    };
    // It is neither the selector nor the labels.
    assert_eq!(of("a.spec.selector.app == b.spec.labels.app"), [" Resource"]);
    // Who refers to another one by its name is the cause.
    let reference = ["/spec/objects/1/spec/service medium"];
    assert_eq!(of("a.metadata.name == b.spec.service"), reference);
    // What both have may be wrong just because both have it.
    let shared = of("a.spec.account == b.spec.account");
    assert!(shared[0].contains("/spec/account "), "{shared:?}");
}

#[test]
fn any_other_number_is_not_the_one_that_is_wanted() {
    let ports = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 22}]}\n";
    let of = |policy: &str| told(&judged(policy, ports, Options::default()));
    assert_eq!(
        of("deny contains \"ssh\" if input.spec.ports[_].port == 22"),
        ["/spec/ports/0/port medium"]
    );
    assert_eq!(
        of("deny contains \"low\" if input.spec.ports[_].port < 1024"),
        ["/spec/ports/0/port high"]
    );
}

#[test]
fn what_rests_on_nothing_has_no_place() {
    for policy in [
        "deny contains \"always\" if true",
        "deny contains \"forbidden\" if input.kind == \"Deployment\"",
    ] {
        assert_eq!(told(&judged(policy, PODS, Options::default())), [" Resource"], "{policy}");
    }
}

#[test]
fn it_is_not_done_unasked_and_whoever_asks_learns_what_it_takes() {
    let policy = "deny contains \"replicas\" if input.spec.replicas < 2";
    let options = Options { inference: Inference::Unwanted, ..Options::default() };
    assert_eq!(told(&judged(policy, PODS, options)), [" Resource"]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&seen);
    let observer = Observer::new(move |effort| {
        note.lock().unwrap().push((effort.policy.id.clone(), effort.evaluations));
    });
    let options = Options { inference: Inference::Observed(observer), ..Options::default() };
    assert_eq!(told(&judged(policy, PODS, options)), ["/spec/replicas high"]);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].0 == "p" && (1..=50).contains(&seen[0].1), "{seen:?}");
}

#[test]
fn the_effort_is_bounded() {
    let labels: String = (0..400).map(|n| format!("    l{n}: \"{n}\"\n")).collect();
    let manifest = format!("apiVersion: v1\nkind: A\nmetadata:\n  name: a\n  labels:\n{labels}");
    let policy = "deny contains \"labels\" if {\n\tcount({k | some k, v in input.metadata.labels; \
                  to_number(v) >= 0; contains(k, \"l\")}) > 5\n}";
    let seen = Arc::new(Mutex::new(0));
    let note = Arc::clone(&seen);
    let observer = Observer::new(move |effort| *note.lock().unwrap() = effort.evaluations);
    let options = Options { inference: Inference::Observed(observer), ..Options::default() };
    let report = judged(policy, &manifest, options);
    assert_eq!(report.findings.len(), 1);
    assert!(*seen.lock().unwrap() <= 200);
}

#[test]
fn what_makes_a_violation_go_is_suggested_where_it_is_not_made_up() {
    let options = || Options { trials: Trials::All, ..Options::default() };
    let suggested = |policy: &str| {
        let report = judged(policy, PODS, options());
        let fix = report.findings[0].fix.as_ref()?;
        assert_eq!(fix.kind, FixKind::Suggested, "{policy}");
        Some(fix.edits.iter().map(|edit| edit.text.trim().to_owned()).collect::<Vec<_>>())
    };
    for (policy, text) in [
        ("deny contains \"x\" if input.spec.template.spec.hostNetwork", "false"),
        ("deny contains \"x\" if input.spec.replicas < 3", "3"),
        ("deny contains \"x\" if not input.spec.paused", "paused: true"),
        ("deny contains \"x\" if not input.metadata.labels.team in {\"ops\", \"web\"}", "ops"),
    ] {
        assert_eq!(suggested(policy), Some(vec![text.to_owned()]), "{policy}");
    }
    for policy in [
        // The literal is no value for it.
        "deny contains \"x\" if not endswith(input.spec.template.spec.containers[0].image, \":1\")",
        // Anything would do.
        "deny contains \"x\" if not input.metadata.labels.owner",
    ] {
        assert_eq!(suggested(policy), None, "{policy}");
    }
}

#[test]
fn a_run_that_only_wants_verdicts_works_out_none() {
    let rego = "package p\n\ndeny contains \"no host network\" if input.spec.hostNetwork\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostNetwork: true}\n";
    let folder = folder(&[("p.rego", rego), ("pod.yaml", pod)]);
    let told = |more: &[&str]| {
        let args = ["check", "--no-config", "-f", "json", "-p", "p.rego", "pod.yaml"];
        let ran = run_in(folder.path(), &[&args, more].concat());
        assert_eq!(ran.code, 1, "{}", ran.shown());
        let location = ran.json()["findings"][0]["location"].clone();
        (location["path"].clone(), location["source"].clone())
    };
    assert_eq!(told(&[]), ("/spec/hostNetwork".into(), "inferred".into()));
    let (path, source) = told(&["--no-places"]);
    assert!(path != "/spec/hostNetwork" && source == "resource", "{path} {source}");
    // What is kept of one is not told of the other.
    assert_eq!(told(&[]).1, "inferred");
}
