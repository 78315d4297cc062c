//! Every report format over one run that holds all that a report can hold.

use std::collections::HashSet;
use std::sync::Arc;

use manifestly::agreement::Agreement;
use manifestly::agreement::Phase;
use manifestly::check::{Checker, Input, Options, Problem, ProblemKind, Report, Standing};
use manifestly::locate::{Confidence, PlaceSource};
use manifestly::policy::{Loader, date};
use manifestly::report::{self, Format};
use manifestly::source::SourceText;
use serde_json::Value;

const IMAGES: &str = r##"# METADATA
# scope: package
# title: Images must be pinned
# description: Reports images without a version.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/containers/images/
#   description: Image names [and] pull policies
# - ref: docs/images.md
# custom:
#   id: team/pinned-image
#   severity: high
#   owner: "@platform"
#   contact: "#ask-platform"
#   why: Rolling back to `latest` changes nothing, as <tag> moves.
#   help: |-
#     Name the version, or its digest:
#
#         image: <registry>/web:1.4.2
#   since: "2.3"
#   kinds: [Deployment]
package team.images

deny contains {"msg": msg, "path": path} if {
	some i, container in input.spec.template.spec.containers
	not contains(container.image, "@")
	path := ["spec", "template", "spec", "containers", i, "image"]
	msg := sprintf("%s uses image \"%s\"", [container.name, container.image])
}
"##;

const PROBES: &str = r#"# METADATA
# title: Containers should say when they are ready
# custom: {id: team/probes, severity: low, owner: storefront, help: "- Add a probe.\n- Or say why not."}
package team.probes

warn contains {"msg": "100% of traffic: <b>lost</b> | `dropped`,\r\nsee *notes* & @ops", "path": path} if {
	some i, container in input.spec.template.spec.containers
	not container.readinessProbe
	path := sprintf("spec.template.spec.containers[%d].readinessProbe.httpGet", [i])
}
"#;

const LABELS: &str = r#"package main

deny contains "an owner must be named" if {
	input.kind == "Deployment"
	not input.metadata.labels.owner
}

deny contains "a team must be named: größer" if {
	input.kind == "Deployment"
	not input.metadata.labels.team
}

warn_old_name contains "the name ends in -old" if endswith(input.metadata.name, "-old")

# METADATA
# custom: {level: info}
warn_hello contains "settings were seen" if input.kind == "ConfigMap"
"#;

const ROOT: &str = r#"# METADATA
# custom: {severity: critical, why: Root is root.}
package waived

deny_root contains {"msg": "must not run as root", "path": "spec.template.spec.securityContext"} if {
	input.kind == "Deployment"
}

exception contains ["root"] if input.metadata.namespace == "shop"
"#;

const COMBINED: &str = r#"# METADATA
# scope: package
# title: A run has an ingress
# custom: {combine: true, id: team/ingress, severity: medium}
package team.ingress

deny contains "no document declares an ingress" if {
	every document in input { document.contents.kind != "Ingress" }
}
"#;

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: {size: größer}
spec:
  template:
    spec:
      containers:
        - name: wéb
          image: web|latest
        - name: proxy
          image: proxy:1
          readinessProbe:
            httpGet: {port: 80}
";

const BAD: &str = "apiVersion: v1\nkind: ConfigMap\ndata: {a: [1\n";

const SETTINGS: &str = "\
kind: ConfigMap
apiVersion: v1
metadata: {name: über-old}
---
kind: ConfigMap
apiVersion: v1
metadata: {name: über-old}
";

fn judge(texts: &[(&str, &str)]) -> Report {
    judge_beside(texts, Vec::new())
}

fn judge_beside(texts: &[(&str, &str)], problems: Vec<Problem>) -> Report {
    let policies = [
        ("policy/images.rego", IMAGES),
        ("policy/labels.rego", LABELS),
        ("policy/probes.rego", PROBES),
        ("policy/root.rego", ROOT),
        ("policy/ingress.rego", COMBINED),
    ];
    let loader = policies
        .into_iter()
        .fold(Loader::new(), |loader, (name, text)| loader.policy_text(name, text));
    let agreement = Agreement::of(date("2026-11-30").unwrap());
    let options = Options { agreement: agreement.into(), ..Options::default() };
    let checker = Checker::with_options(loader.load().unwrap(), options).unwrap();
    let inputs: Vec<_> = texts
        .iter()
        .map(|(name, text)| Input::Text(Arc::new(SourceText::new(*name, *text))))
        .collect();
    let mut report = checker.check(&inputs, problems, &|| {});
    report.summary.duration_ms = 0;
    // It says the day, and what policies are known by.
    report.summary.basis = None;
    report
}

fn full() -> Report {
    let problem = |file: Option<&str>, message: &str, help: Option<&str>| Problem {
        kind: ProblemKind::Source,
        message: message.to_owned(),
        file: file.map(str::to_owned),
        place: None,
        label: String::new(),
        help: help.map(str::to_owned),
    };
    let problems = vec![
        problem(Some("deploy/gone.yaml"), "there is no such file", Some("mind: the\nname")),
        problem(None, "the exclude glob is malformed", None),
    ];
    let texts = [
        ("deploy/wéb: 1.yaml", WEB),
        ("deploy/bad.yaml", BAD),
        ("/srv/settings,50%.yaml", SETTINGS),
        ("<stdin>", "kind: Ingres\napiVersion: v1\nmetadata:\n  name: front-old\n"),
    ];
    judge_beside(&texts, problems)
}

fn clean() -> Report {
    judge(&[("ok.yaml", "kind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata: {name: x}\n")])
}

fn written(report: &Report, format: Format) -> String {
    let mut out = Vec::new();
    report::write(report, format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn parsed(report: &Report, format: Format) -> Value {
    serde_json::from_str(&written(report, format)).unwrap()
}

/// What the other tests rely on: the run holds every case.
#[test]
fn the_report_holds_every_case() {
    let report = parsed(&full(), Format::Json);
    let findings = report["findings"].as_array().unwrap();
    let holds = |pointer: &str, value: &str| {
        findings.iter().any(|f| f.pointer(pointer).and_then(Value::as_str) == Some(value))
    };
    for standing in ["blocking", "warning", "waived"] {
        assert!(holds("/standing", standing), "{standing}");
    }
    for level in ["deny", "warn", "info"] {
        assert!(holds("/level", level), "{level}");
    }
    for source in ["declared", "resource"] {
        assert!(holds("/location/source", source), "{source}");
    }
    assert!(findings.iter().any(|f| f["location"].is_null() && f["resource"].is_null()));
    assert!(findings.iter().any(|f| f["message"].as_str().unwrap().contains('\n')));
    let errors = report["errors"].as_array().unwrap();
    assert!(errors.iter().any(|e| e["kind"] == "manifest" && e["location"]["line"].is_u64()));
    assert!(
        errors.iter().any(|e| e["location"]["file"].is_string() && e["location"]["line"].is_null())
    );
    assert!(errors.iter().any(|e| e["location"].is_null()));
}

#[test]
fn json() {
    insta::assert_snapshot!(written(&full(), Format::Json));
}

#[test]
fn sarif() {
    let text = written(&full(), Format::Sarif);
    insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "[version]"));
}

#[test]
fn junit() {
    insta::assert_snapshot!(written(&full(), Format::Junit));
}

#[test]
fn github() {
    insta::assert_snapshot!(written(&full(), Format::Github));
}

#[test]
fn gitlab() {
    insta::assert_snapshot!(written(&full(), Format::Gitlab));
}

#[test]
fn markdown() {
    insta::assert_snapshot!(written(&full(), Format::Markdown));
}

#[test]
fn schema() {
    insta::assert_snapshot!(format!("{:#}", report::schema()));
}

#[test]
fn nothing_found() {
    let report = clean();
    assert!(report.findings.is_empty() && report.errors.is_empty(), "{report:?}");
    assert_eq!(written(&report, Format::Github), "");
    assert_eq!(written(&report, Format::Gitlab), "[]\n");
    insta::assert_snapshot!("nothing_found_junit", written(&report, Format::Junit));
    insta::assert_snapshot!("nothing_found_markdown", written(&report, Format::Markdown));
    let run = &parsed(&report, Format::Sarif)["runs"][0];
    assert_eq!(run["results"], serde_json::json!([]));
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn formats_are_known_by_their_names() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    let error = "yaml".parse::<Format>().unwrap_err().to_string();
    assert!(error.contains("`yaml`") && error.contains("gitlab"), "{error}");
}

#[test]
fn the_json_report_fits_its_schema_and_nothing_less_does() {
    let schema = report::schema();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let report = parsed(&full(), Format::Json);
    let errors: Vec<_> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert!(validator.is_valid(&parsed(&clean(), Format::Json)));

    // Every key of every object is promised, so that none can go without the schema changing.
    for pointer in object_pointers(&report) {
        let object = report.pointer(&pointer).unwrap().as_object().unwrap();
        for key in object.keys() {
            let mut without = report.clone();
            without.pointer_mut(&pointer).unwrap().as_object_mut().unwrap().remove(key);
            assert!(!validator.is_valid(&without), "{pointer}/{key} may be absent");
        }
    }
    let changes = [
        ("/version", Value::from(2)),
        ("/summary/deny", Value::Null),
        ("/findings/0/level", Value::from("error")),
        ("/findings/0/message", Value::Null),
        ("/findings/0/location/line", Value::from(-1)),
        ("/errors/0/kind", Value::from("other")),
    ];
    for (pointer, value) in changes {
        let mut changed = report.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&changed), "{pointer} may be anything");
    }
}

fn object_pointers(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(k, v)| (k.clone(), v)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    let own = value.is_object().then(String::new);
    let inner = inner.into_iter().flat_map(|(key, value)| {
        object_pointers(value).into_iter().map(move |rest| format!("/{key}{rest}"))
    });
    own.into_iter().chain(inner).collect()
}

#[test]
fn sarif_holds_together() {
    let report = full();
    let log = parsed(&report, Format::Sarif);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: HashSet<_> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rules.len(), "ids name one rule each");
    for rule in rules {
        for text in
            ["/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"]
        {
            assert!(!rule.pointer(text).unwrap().as_str().unwrap().is_empty(), "{text}: {rule}");
        }
        let tags = rule["properties"]["tags"].as_array().unwrap();
        let scored = rule["properties"].get("security-severity").is_some();
        assert_eq!(tags.contains(&Value::from("security")), scored);
    }

    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), report.findings.len());
    let mut fingerprints = HashSet::new();
    for (result, finding) in results.iter().zip(&report.findings) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(result["message"]["text"], finding.message.as_str());
        let physical = &result["locations"][0]["physicalLocation"];
        let artifact = &physical["artifactLocation"];
        let uri = artifact["uri"].as_str().unwrap();
        assert!(uri.is_ascii() && !uri.contains([' ', '<', '>', '"', '|', '\\']), "{uri}");
        let is_relative = !uri.starts_with("file:") && uri != "%3Cstdin%3E";
        assert_eq!(artifact.get("uriBaseId").is_some(), is_relative, "{uri}");
        if let Some(base) = artifact["uriBaseId"].as_str() {
            assert!(run["originalUriBaseIds"].get(base).is_some());
        }
        let region = &physical["region"];
        let at = |key: &str| region[key].as_u64().unwrap();
        assert!((at("startLine"), at("startColumn")) <= (at("endLine"), at("endColumn")));
        assert!(at("startLine") > 0 && at("startColumn") > 0);
        assert_eq!(
            result["suppressions"].as_array().unwrap().len() == 1,
            finding.standing.as_str() == "waived"
        );
        fingerprints.insert(result["partialFingerprints"]["manifestly/v2"].as_str().unwrap());
    }
    assert_eq!(fingerprints.len(), results.len(), "fingerprints tell findings apart");

    let levels: HashSet<_> = results.iter().map(|r| r["level"].as_str().unwrap()).collect();
    assert_eq!(levels, HashSet::from(["error", "warning", "note"]));
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notifications = invocation["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notifications.len(), report.errors.len());
    let place = "/locations/0/physicalLocation/artifactLocation/uri";
    let places: Vec<_> =
        notifications.iter().map(|n| n.pointer(place).and_then(Value::as_str)).collect();
    assert_eq!(places, [Some("deploy/gone.yaml"), None, Some("deploy/bad.yaml")]);
}

/// A report of one finding that has places beside its first one, in its file and in another.
fn with_further_places() -> Report {
    let mut report =
        judge(&[("deploy/web.yaml", WEB), ("deploy/jobs.yaml", &WEB.replace("wéb", "job"))]);
    let places = |policy: &str| -> Vec<_> {
        let of_policy = report.findings.iter().filter(|finding| finding.policy.id == policy);
        of_policy.filter_map(|finding| finding.place.clone()).collect()
    };
    let mut images = places("team/pinned-image");
    let mut probes = places("team/probes");
    images[1].source = PlaceSource::Inferred;
    images[1].confidence = Some(Confidence::Medium);
    probes[1].source = PlaceSource::Inferred;
    probes[1].confidence = Some(Confidence::Low);
    let mut finding = report.findings.into_iter().find(|f| f.policy.id == "team/probes").unwrap();
    finding.also = vec![images.swap_remove(1), probes.swap_remove(1)];
    report.findings = vec![finding];
    report.errors.clear();
    report
}

#[test]
fn further_places_are_told_by_every_format() {
    let report = with_further_places();
    let [finding] = &report.findings[..] else { panic!("{report:?}") };
    assert_eq!(finding.also.len(), 2);
    let mut told = written(&report, Format::Human);
    told += &written(&report, Format::Junit);
    told += &written(&report, Format::Github);
    told += &written(&report, Format::Markdown);
    insta::assert_snapshot!(told);

    let json = parsed(&report, Format::Json);
    let validator = jsonschema::draft202012::new(&report::schema()).unwrap();
    assert!(validator.is_valid(&json));
    let location = &json["findings"][0]["location"];
    assert_eq!((&location["source"], &location["confidence"]), (&"declared".into(), &Value::Null));
    let also = &json["findings"][0]["also"];
    assert_eq!(also[0]["path"], "/spec/template/spec/containers/1/image");
    assert_eq!(
        (&also[0]["source"], &also[0]["confidence"]),
        (&"inferred".into(), &"medium".into())
    );
    assert_eq!((&also[1]["file"], &also[1]["line"]), (&"deploy/jobs.yaml".into(), &11.into()));

    let result = &parsed(&report, Format::Sarif)["runs"][0]["results"][0];
    let related = &result["relatedLocations"];
    let told = |number: usize| related[number]["message"]["text"].as_str().unwrap();
    assert_eq!(told(0), "here, by what the policy read");
    assert!(told(1).starts_with("probably as `readinessProbe.httpGet` is missing"), "{related}");
    let lines = |number: usize| &related[number]["physicalLocation"]["region"]["startLine"];
    assert_eq!([lines(0), lines(1)], [&Value::from(14), &11.into()]);
    let issue = &parsed(&report, Format::Gitlab)[0];
    assert_eq!(issue["other_locations"][1]["path"], "deploy/jobs.yaml");
}

/// Columns count characters, so that text outside of ASCII moves no underline.
#[test]
fn sarif_regions_cut_out_the_value() {
    let log = parsed(&full(), Format::Sarif);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let image = results.iter().find(|r| r["ruleId"] == "team/pinned-image").unwrap();
    let region = &image["locations"][0]["physicalLocation"]["region"];
    let at = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
    let line: Vec<_> = WEB.lines().nth(at("startLine") - 1).unwrap().chars().collect();
    let cut: String = line[at("startColumn") - 1..at("endColumn") - 1].iter().collect();
    assert_eq!(cut, "web|latest");
}

/// With the schema of the standard at hand: `SARIF_SCHEMA=sarif-2.1.0.json cargo test -- --ignored`.
#[test]
#[ignore = "needs SARIF_SCHEMA, the path of the standard's schema"]
fn sarif_fits_the_schema_of_the_standard() {
    let path = std::env::var("SARIF_SCHEMA").unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    // What the schema has for codes of languages is no regular expression.
    let text = text.replace("{2}]?$", "{2}$");
    let schema = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    for report in [full(), clean()] {
        let log = parsed(&report, Format::Sarif);
        let errors: Vec<_> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

fn fingerprints(report: &Report) -> Vec<String> {
    let issues = parsed(report, Format::Gitlab);
    let of = |issue: &Value| issue["fingerprint"].as_str().unwrap().to_owned();
    issues.as_array().unwrap().iter().map(of).collect()
}

#[test]
fn fingerprints_outlive_moved_lines_and_files_but_tell_resources_apart() {
    let before = fingerprints(&judge(&[("a.yaml", WEB)]));
    assert_eq!(before.iter().collect::<HashSet<_>>().len(), before.len());
    let moved = format!("# moved\n\n{WEB}");
    assert_eq!(fingerprints(&judge(&[("b.yaml", &moved)])), before);
    let renamed = WEB.replace("name: web", "name: wob");
    let renamed = fingerprints(&judge(&[("a.yaml", &renamed)]));
    assert_eq!(renamed.len(), before.len());
    // What is said of all documents is said of no resource.
    let common: Vec<_> = renamed.iter().filter(|one| before.contains(one)).collect();
    assert_eq!(common, [before.last().unwrap()]);
    // The order of a list makes no difference, nor does the version of the API.
    let (head, containers) = WEB.split_at(WEB.find("        - name: w").unwrap());
    let (first, second) = containers.split_at(containers.find("        - name: proxy").unwrap());
    let turned = format!("{head}{second}{first}").replace("apps/v1", "apps/v2");
    let turned: HashSet<_> = fingerprints(&judge(&[("a.yaml", &turned)])).into_iter().collect();
    assert_eq!(turned, before.iter().cloned().collect());
    let twice = fingerprints(&judge(&[("a.yaml", WEB), ("b.yaml", WEB)]));
    assert_eq!(twice.iter().collect::<HashSet<_>>().len(), twice.len());
}

#[test]
fn what_will_block_or_stood_before_is_told_more_quietly() {
    let mut report = judge(&[("a.yaml", WEB)]);
    report.findings.retain(|finding| finding.policy.id == "team/pinned-image");
    report.findings[0].standing = Standing::Upcoming;
    report.findings[0].phase = Phase::Upcoming;
    report.findings[1].standing = Standing::Baselined;
    let results = &parsed(&report, Format::Sarif)["runs"][0]["results"];
    assert_eq!(
        (&results[0]["level"], &results[0]["suppressions"]),
        (&"note".into(), &serde_json::json!([]))
    );
    assert_eq!(results[1]["suppressions"][0]["status"], "accepted");
    let commands = written(&report, Format::Github);
    assert!(commands.starts_with("::notice ") && commands.contains("\n::notice "), "{commands}");
    let xml = written(&report, Format::Junit);
    assert!(xml.contains("failures=\"0\"") && xml.contains("<system-out>"), "{xml}");
    assert!(xml.contains("<skipped message=\"stood before its policy came\">"), "{xml}");
    let issues = parsed(&report, Format::Gitlab);
    assert_eq!(
        (&issues[0]["severity"], &issues[1]["severity"]),
        (&"critical".into(), &"info".into())
    );
    let comment = written(&report, Format::Markdown);
    let (standing, let_pass) = comment.split_once("<details>").unwrap();
    assert!(standing.contains("web\\|latest") && !standing.contains("proxy:1"), "{comment}");
    assert!(let_pass.contains("proxy:1") && !let_pass.contains("latest"), "{comment}");
}

#[test]
fn every_workflow_command_is_one_line() {
    let report = full();
    let text = written(&report, Format::Github);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), report.findings.len() + report.errors.len());
    for line in lines {
        let known = ["::error ", "::warning ", "::notice "];
        assert!(known.iter().any(|start| line.starts_with(start)), "{line}");
    }
    assert!(!text.contains('\r'));
}

#[test]
fn junit_names_are_unique_in_their_suite_and_counts_add_up() {
    let text = written(&full(), Format::Junit);
    let cases: Vec<_> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("<testcase "))
        .map(|attributes| attributes.split(" file=").next().unwrap())
        .collect();
    assert_eq!(cases.iter().collect::<HashSet<_>>().len(), cases.len());
    let report = full();
    assert_eq!(cases.len(), report.findings.len() + report.errors.len());
    let head =
        format!("tests=\"{}\" failures=\"{}\" errors=\"3\"", cases.len(), report.summary.deny);
    assert!(text.contains(&head), "{head}");
}

#[test]
fn a_comment_never_outgrows_its_room() {
    let one = |i| format!("kind: ConfigMap\napiVersion: v1\nmetadata: {{name: n{i}-old}}\n");
    let many = (0..2000).map(one).collect::<Vec<_>>().join("---\n");
    let report = judge(&[("many.yaml", &many)]);
    let text = written(&report, Format::Markdown);
    assert!(text.chars().count() < 65_536);
    let told = text.matches("| `many.yaml:").count();
    // One finding stands in no file.
    let left_out = report.findings.len() - 1 - told;
    assert!(left_out > 0 && told > 0);
    assert!(text.contains(&format!("{left_out} more lines do not fit into a comment.")), "{told}");
}
