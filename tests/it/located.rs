//! Where findings are: what violations say of their places, and what is underlined there.

use std::sync::Arc;

use manifestly::agreement::Agreement;
use manifestly::check::{Checker, Finding, Input, Location, Options};
use manifestly::policy::{Loader, PolicySet, date};
use manifestly::report::{self, Format, HumanOptions};
use manifestly::source::SourceText;

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: web
          image: shop/web
          ports:
            - containerPort: 8080
        - name: proxy
          image: envoy
";

/// On a day of its own: what people see says until when a waiver could be asked for.
fn checker(policies: PolicySet) -> Checker {
    let agreement = Agreement::of(date("2026-11-30").unwrap());
    let options = Options { agreement: agreement.into(), ..Options::default() };
    Checker::with_options(policies, options).unwrap()
}

fn findings(policy: &str, manifest: &str) -> Vec<Finding> {
    let policies = Loader::new().policy_text("p.rego", policy).load().unwrap();
    let text = Arc::new(SourceText::new("deploy/web.yaml", manifest));
    let report = checker(policies).check(&[Input::Text(text)], Vec::new(), &|| {});
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    report.findings
}

/// What lies between two positions, which count characters.
fn cut(text: &str, at: &Location) -> String {
    assert_eq!(at.line, at.end_line, "{at:?}");
    let line = text.lines().nth(at.line - 1).unwrap_or_default();
    line.chars().skip(at.column - 1).take(at.end_column - at.column).collect()
}

/// What is underlined of the findings of a policy, each with its line and what is said there.
fn underlined(policy: &str, manifest: &str) -> Vec<String> {
    let findings = findings(policy, manifest);
    let places = findings.iter().flat_map(|finding| finding.place.iter().chain(&finding.also));
    places
        .map(|place| {
            let at = Location::from(place);
            let label = place.label("").map(|label| format!(" {label}")).unwrap_or_default();
            format!("{}: {}{label}", at.line, cut(manifest, &at))
        })
        .collect()
}

fn declared(places: &str) -> Vec<String> {
    underlined(&format!("package p\n\ndeny contains {{\"msg\": \"x\", {places}}}\n"), WEB)
}

#[test]
fn violations_say_their_places_in_every_way_in_use() {
    for (said, places) in [
        (r#""path": ["spec", "replicas"]"#, &["6: 1"][..]),
        (r#""field": "spec.template.spec.containers[1].image""#, &["15: envoy"]),
        (r#""location": "/spec/template/spec/containers/0/image""#, &["11: shop/web"]),
        (r#""path": "input.spec.replicas""#, &["6: 1"]),
        (r#""path": "spec.template.spec.containers[name=proxy].image""#, &["15: envoy"]),
        (r#""path": "spec.template.spec.containers[name=\"proxy\"].image""#, &["15: envoy"]),
        (r#""path": "spec.template.spec.containers[name==proxy].image""#, &["15: envoy"]),
        (
            r#""jsonPath": "{.spec.template.spec.containers[?(@.name=='web')].image}""#,
            &["11: shop/web"],
        ),
        (r#""path": ["spec", "template", "spec", "containers", "proxy", "image"]"#, &["15: envoy"]),
        (
            r#""path": "spec.template.spec.containers[name=web].ports[containerPort=8080].name""#,
            &["13: containerPort: 8080 `name` is missing in container `web`"],
        ),
        (
            r#""path": "spec.template.spec.containers[name=db].image""#,
            &["9: containers `[name=db].image` is missing"],
        ),
        // The first that is said comes first, the others as they stand in the text.
        (
            r#""paths": ["spec.template.spec.containers[1].image", "spec.strategy", "spec.replicas"]"#,
            &["15: envoy", "5: spec `strategy` is missing", "6: 1"],
        ),
        (
            r#""path": [["spec", "replicas"], ["spec", "replicas"], ["spec", "paused"]]"#,
            &["6: 1", "5: spec `paused` is missing"],
        ),
        // What lies around another place adds nothing.
        (r#""paths": ["spec", "spec.replicas"]"#, &["6: 1"]),
        (r#""location": {"file": "deploy/web.yaml", "line": 15}"#, &["15: image: envoy"]),
        (r#""_loc": {"line": 10}"#, &["10: name: web"]),
        (r#""_loc": {"file": "other.yaml", "line": 10}"#, &["4: web in this resource"]),
        (r#""_loc": {"line": 99}"#, &["4: web in this resource"]),
        (
            r#""failedPaths": ["spec.replicas", ""], "deletePaths": ["spec.replicas"],
               "fixPaths": [{"path": "spec.paused", "value": "true"}]"#,
            &["6: 1", "5: spec `paused` is missing"],
        ),
        (r#""path": "no path..""#, &["4: web in this resource"]),
    ] {
        assert_eq!(declared(said), places, "{said}");
    }
}

#[test]
fn what_gatekeepers_policies_say_in_details_is_taken_up() {
    let policy = |details: &str| {
        format!(
            "package p\n\nviolation contains {{\"msg\": \"x\", \"details\": {details}}} if \
             input.review.object.kind\n"
        )
    };
    for (details, place) in [
        (r#"{"path": "spec.replicas"}"#, "6: 1"),
        (r#"{"paths": ["review.object.spec.replicas"]}"#, "6: 1"),
        (r#"{"location": ["spec", "paused"]}"#, "5: spec `paused` is missing"),
        // The path of a file, say.
        (r#"{"path": "/var/run/docker.sock"}"#, "4: web in this resource"),
    ] {
        assert_eq!(underlined(&policy(details), WEB), [place], "{details}");
    }
}

#[test]
fn several_places_are_drawn_together() {
    let policy = r#"package p

deny contains {"msg": "the cache is shared", "paths": [
	"spec.template.spec.containers[name=web].image",
	"spec.template.spec.containers[name=proxy].image",
	"spec.template.spec.volumes",
]}
"#;
    let policies = Loader::new().policy_text("p.rego", policy).load().unwrap();
    let text = Arc::new(SourceText::new("deploy/web.yaml", WEB));
    let checker = checker(policies);
    let mut report = checker.check(&[Input::Text(text)], Vec::new(), &|| {});
    report.summary.duration_ms = 0;
    report.summary.basis = None;
    let mut shown = Vec::new();
    report::write(&report, Format::Human, &mut shown).unwrap();
    insta::assert_snapshot!(String::from_utf8(shown).unwrap());
}

#[test]
fn places_of_one_violation_may_stand_in_several_files() {
    let policy = r#"# METADATA
# scope: package
# custom: {combine: true}
package p

deny contains {"msg": "both listen on 8080", "paths": paths} if {
	paths := [sprintf("[%d].contents.spec.ports[0].port", [i]) |
		some i, entry in input
		entry.contents.spec.ports[0].port == 8080
	]
	count(paths) > 1
}

deny contains {"msg": "a line", "_loc": {"file": "b.yaml", "line": 3}}
"#;
    let service = |name: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{ports: [{{port: 8080}}]}}\n"
        );
        Input::Text(Arc::new(SourceText::new(format!("deploy/{name}.yaml"), text)))
    };
    let policies = Loader::new().policy_text("p.rego", policy).load().unwrap();
    let checker = checker(policies);
    let mut report = checker.check(&[service("a"), service("b")], Vec::new(), &|| {});
    report.summary.duration_ms = 0;
    report.summary.basis = None;
    let mut shown = Vec::new();
    report::write(&report, Format::Human, &mut shown).unwrap();
    insta::assert_snapshot!(String::from_utf8(shown).unwrap());
}

/// A library and a check as they are written for Trivy.
const LIBRARY: &str = r#"# METADATA
# custom:
#   library: true
#   input: {selector: [{type: kubernetes}]}
package lib.shop

import rego.v1

containers contains container if {
	some own in input.spec.template.spec.containers
	container := json.patch(own, [{"op": "add", "path": "seen", "value": true}])
}
"#;

const CHECK: &str = r#"# METADATA
# title: Ports are named
# custom:
#   id: SHOP-1
#   severity: LOW
#   recommended_action: Give each port a name.
#   input:
#     selector:
#     - type: kubernetes
#       subtypes: [{kind: deployment}]
package builtin.kubernetes.SHOP1

import rego.v1
import data.lib.shop

deny contains res if {
	some container in shop.containers
	res := result.new(sprintf("%s is told", [container.name]), container)
}

deny contains res if {
	isManaged(input)
	some container in shop.containers
	some port in container.ports
	not port.name
	res := result.new("a port has no name", port)
}
"#;

const DOCKER: &str = r"# METADATA
# custom: {input: {selector: [{type: dockerfile}]}}
package lib.docker

words(line) := sh.parse_commands(line)
";

#[test]
fn checks_of_trivy_say_their_places_by_values() {
    let policies = Loader::new()
        .policy_text("check.rego", CHECK)
        .policy_text("docker.rego", DOCKER)
        .policy_text("library.rego", LIBRARY)
        .load()
        .unwrap();
    let text = Arc::new(SourceText::new("deploy/web.yaml", WEB));
    let other = Arc::new(SourceText::new("pod.yaml", WEB.replace("Deployment", "Other")));
    let inputs = [Input::Text(text), Input::Text(other)];
    let report = checker(policies).check(&inputs, Vec::new(), &|| {});
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    let told: Vec<_> = report
        .findings
        .iter()
        .map(|finding| {
            let at = finding.location().unwrap();
            (finding.policy.id.as_str(), finding.message.as_str(), at.line, cut(WEB, &at))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("SHOP-1", "web is told", 10, "name: web".to_owned()),
            ("SHOP-1", "a port has no name", 13, "containerPort: 8080".to_owned()),
            ("SHOP-1", "proxy is told", 14, "name: proxy".to_owned()),
        ]
    );
    let error = Loader::new().policy_text("docker.rego", DOCKER).load().unwrap_err();
    assert!(format!("{error:?}").contains("selects dockerfile"), "{error:?}");
}

/// A function of one's own has the name that it has, and what is replaced is replaced.
#[test]
fn functions_of_trivy_give_way_to_others() {
    let own = "package p\n\nisManaged(x) := {\"msg\": x}\n\ndeny contains isManaged(\"own\")\n";
    assert_eq!(findings(own, WEB)[0].message, "own");
    let imported = "package p\n\nimport data.lib.result\n\ndeny contains result.new(\"a\", 1)\n";
    let policies = Loader::new()
        .policy_text("p.rego", imported)
        .policy_text("lib.rego", "package lib.result\n\nnew(x, y) := sprintf(\"%s%d\", [x, y])\n")
        .load()
        .unwrap();
    let text = Arc::new(SourceText::new("deploy/web.yaml", WEB));
    let report = checker(policies).check(&[Input::Text(text)], Vec::new(), &|| {});
    assert_eq!(report.findings[0].message, "a1");
}

/// What is underlined at a path.
fn at(path: &str, manifest: &str) -> String {
    let policy = format!("package p\n\ndeny contains {{\"msg\": \"x\", \"path\": `{path}`}}\n");
    let found = underlined(&policy, manifest);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

const STYLES: &str = r#"apiVersion: v1
kind: Pod
metadata:
  name: styles
  labels: {app: "wéb", "größe": 'klein', tier: }
  annotations:
    quoted: "one\ttwo"
    single: 'it''s'
    folded: >-
      one
      two
    literal: |
      one
      two
    plain: one
      two
    open: "one
      two"
    emoji: 👩‍🚀 launch
    wide: 設定 値
    none:
    below:
      "one two"
    block: &block > # of words
      one
    anchored: &text some text
    alias: *text
    tagged: !!str 80
spec:
  containers:
    - image: &image "shop/web"
      name: web
      command: [sh, "-c", "echo 日本"]
      args:
        - |
          one
        - two
      env:
        - {name: EMPTY, value: ""}
        - name: 名前
          value: 値
      resources: &limits
        limits:
          cpu: 1
    - name: proxy
      image: *image
      resources: *limits
      ports: [{containerPort: 80}, {containerPort: 81,
        name: x}]
"#;

#[test]
fn every_style_points_right() {
    let labels = |key: &str| at(&format!("metadata.annotations.{key}"), STYLES);
    let mut told = Vec::new();
    for path in [
        "metadata.labels.app",
        "metadata.labels.größe",
        "metadata.labels.tier",
        "metadata.labels",
        "metadata.labels.x",
        "metadata.annotations",
        "metadata.annotations.x",
        "metadata",
        "spec.containers",
        "spec.containers[0]",
        "spec.containers[0].image",
        "spec.containers[0].imagePullPolicy",
        "spec.containers[0].command",
        "spec.containers[0].command[2]",
        "spec.containers[0].command[3]",
        "spec.containers[0].args",
        "spec.containers[0].args[0]",
        "spec.containers[0].args[1]",
        "spec.containers[0].env[0]",
        "spec.containers[0].env[0].value",
        "spec.containers[0].env[0].valueFrom",
        "spec.containers[0].env[1].value",
        "spec.containers[0].env[2]",
        "spec.containers[0].resources",
        "spec.containers[0].resources.limits",
        "spec.containers[0].resources.limits.cpu",
        "spec.containers[1].image",
        "spec.containers[1].resources",
        "spec.containers[1].resources.limits.cpu",
        "spec.containers[1].resources.limits.memory",
        "spec.containers[1].resources.requests",
        "spec.containers[1].ports",
        "spec.containers[1].ports[0]",
        "spec.containers[1].ports[0].name",
        "spec.containers[1].ports[1]",
        "spec.hostPID",
        "",
    ] {
        told.push(format!("{path:<45} {}", at(path, STYLES)));
    }
    for key in [
        "quoted", "single", "folded", "literal", "plain", "open", "emoji", "wide", "none", "below",
        "block", "anchored", "alias", "tagged",
    ] {
        told.push(format!("{key:<45} {}", labels(key)));
    }
    insta::assert_snapshot!(told.join("\n"));
}

/// What a manifest's findings look like for people.
fn shown(paths: &[&str], manifest: &str) -> String {
    let paths = paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
    let policy = format!(
        "package p\n\ndeny contains {{\"msg\": path, \"path\": path}} if some path in [{paths}]\n"
    );
    let policies = Loader::new().policy_text("p.rego", &policy).load().unwrap();
    let text = Arc::new(SourceText::new("deploy/web.yaml", manifest));
    let checker = checker(policies);
    let mut report = checker.check(&[Input::Text(text)], Vec::new(), &|| {});
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    report.summary.duration_ms = 0;
    report.summary.basis = None;
    let mut shown = Vec::new();
    let options = HumanOptions { snippets: 99, ..HumanOptions::default() };
    report::write_with(&report, Format::Human, &options, &mut shown).unwrap();
    String::from_utf8(shown).unwrap()
}

#[test]
fn what_the_message_names_is_not_said_again() {
    let said = |message: &str| {
        let policy = format!(
            "package p\n\ndeny contains {{\"msg\": `{message}`, \"path\": \
             \"spec.template.spec.containers[0].ports\"}}\n"
        );
        let findings = findings(&policy, WEB);
        findings[0].place.as_ref().unwrap().label(&findings[0].message)
    };
    assert_eq!(said("ports of \"web\": none are wanted"), None);
    assert_eq!(said("no ports in web."), None);
    assert_eq!(said("no ports for webs").as_deref(), Some("in container `web`"));
}

#[test]
fn underlines_stand_below_what_they_mean() {
    let paths = [
        "metadata.annotations.emoji",
        "metadata.annotations.wide",
        "metadata.annotations.literal",
        "metadata.labels.größe",
        "spec.containers[0].command[2]",
        "spec.containers[0].env[1].value",
        "spec.containers[1].resources.limits.memory",
    ];
    insta::assert_snapshot!(shown(&paths, STYLES));
}

const JSON_WITH_TABS: &str = "{\n\t\"apiVersion\": \"v1\",\r\n\t\"kind\": \"Pod\",\r\n\
    \t\"metadata\": {\"name\": \"tabs\"},\r\n\t\"spec\": {\r\n\t\t\"containers\": [\r\n\
    \t\t\t{\"name\": \"a\",\t\"image\":\t\"x\"}\r\n\t\t],\r\n\t\t\"hostPID\": true\r\n\t}\r\n}\r\n";

#[test]
fn tabs_and_carriage_returns_move_nothing() {
    assert_eq!(at("spec.containers[0].image", JSON_WITH_TABS), "7: \"x\"");
    assert_eq!(at("spec.hostPID", JSON_WITH_TABS), "9: true");
    assert_eq!(at("spec.hostIPC", JSON_WITH_TABS), "5: \"spec\" `hostIPC` is missing");
    let paths = ["spec.containers[0].image", "spec.hostPID", "spec.hostIPC"];
    insta::assert_snapshot!(shown(&paths, JSON_WITH_TABS).replace('\r', "␍"));

    // The same text in either kind of lines has the same places.
    let windows = STYLES.replace('\n', "\r\n");
    for path in
        ["metadata.annotations.open", "metadata.annotations.literal", "spec.containers[1].ports[1]"]
    {
        assert_eq!(at(path, &windows), at(path, STYLES), "{path}");
    }
}
