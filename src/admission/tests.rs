//! What an API server is answered, and what its users read.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Decision, OnError, decide, failed};
use crate::agreement::waiver::{Rules, WaiverFiles, Waivers};
use crate::agreement::{Agreement, Baseline};
use crate::check::{Checker, Options, Trials};
use crate::manifest::{AdmissionRequest, review_limits};
use crate::policy::{Loader, date};
use crate::source::SourceText;

const POLICY: &str = r##"# METADATA
# title: Containers do not run as root
# custom:
#   id: team/no-root
#   why: Whoever breaks out of a root process owns the node.
#   help: Set `runAsNonRoot` to true.
#   owner: platform team
#   contact: "#platform"
package team

# METADATA
# scope: rule
# related_resources: [https://example.com/root]
# custom: {id: team/no-root, mutate: true}
deny contains {"msg": msg, "path": path, "fix": {"path": path, "value": true}} if {
	input.kind == "Pod"
	some i, container in input.spec.containers
	not container.securityContext.runAsNonRoot
	msg := sprintf("container `%s` may run as root", [container.name])
	path := ["spec", "containers", i, "securityContext", "runAsNonRoot"]
}

# METADATA
# scope: rule
# custom:
#   id: team/limits
#   pod_templates: true
#   rollout: {announced: 2026-11-01, warn_from: 2026-11-15, enforce_from: 2026-12-15}
deny_limits contains msg if {
	input.kind == "Pod"
	some container in input.spec.containers
	not container.resources.limits
	msg := sprintf("container `%s` has no limits", [container.name])
}
"##;

fn options() -> Options {
    let agreement = Agreement::of(date("2026-11-30").unwrap());
    Options { agreement: agreement.into(), trials: Trials::First(3), ..Options::default() }
}

fn with_waiver(spec: &str) -> Options {
    let text = format!(
        "apiVersion: manifestly.dev/v1\nkind: Waiver\nmetadata: {{name: w}}\nspec: {{{spec}, reason: r, approvedBy: bob}}\n"
    );
    let files = WaiverFiles::of_text(&Arc::new(SourceText::new("w.yaml", text)));
    let waivers = Waivers::new(files, Rules::default());
    let agreement = Agreement { waivers, ..Agreement::clone(&options().agreement) };
    Options { agreement: agreement.into(), ..options() }
}

fn asked(rego: &str, options: Options, request: &Value) -> Decision {
    let policies = Loader::new().policy_text("team.rego", rego).load().unwrap();
    let checker = Checker::with_options(policies, options).unwrap();
    let admission = checker.admission().unwrap();
    let request = read(request);
    let judged = admission.judge().judge(&request, None);
    decide(&request, judged, checker.basis(), OnError::Deny)
}

fn read(request: &Value) -> AdmissionRequest {
    let review = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request,
    });
    AdmissionRequest::read(review.to_string().as_bytes(), &review_limits(1 << 20)).unwrap()
}

fn pod(metadata: &Value, container: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
        "spec": {"containers": [container]},
    })
}

fn create(object: &Value) -> Value {
    json!({"uid": "7f1", "operation": "CREATE", "namespace": "shop", "object": object})
}

fn rootless(name: &str) -> Value {
    let container = json!({
        "name": name, "securityContext": {"runAsNonRoot": true}, "resources": {"limits": {"cpu": 1}},
    });
    pod(&json!({"name": name}), &container)
}

fn plain(metadata: &Value) -> Value {
    pod(metadata, &json!({"name": "web"}))
}

/// The digests change with the program's version.
fn shown(decision: &Decision) -> String {
    let id = regex::Regex::new("decision [0-9a-f]{12}").unwrap();
    let text = id.replace_all(&decision.message, "decision 0123456789ab").into_owned();
    let warnings = decision.warnings.iter().map(|warning| format!("\nWarning: {warning}"));
    text + &warnings.collect::<String>()
}

#[test]
fn a_denial_answers_what_its_reader_asks() {
    let decision = asked(POLICY, options(), &create(&plain(&json!({"name": "web"}))));
    assert!(!decision.allowed && !decision.is_error);
    insta::assert_snapshot!(shown(&decision));
    assert_eq!(decision.audit["denied-by"], "team/no-root");
    assert_eq!(decision.audit["warned-by"], "team/limits");
    assert_eq!(decision.audit["decision"], decision.decision);
}

#[test]
fn what_is_in_order_is_let_through_in_silence() {
    let decision = asked(POLICY, options(), &create(&rootless("web")));
    assert!(decision.allowed);
    assert_eq!(shown(&decision), "");
    let response: Value = serde_json::from_slice(&decision.response()).unwrap();
    assert_eq!(response["response"]["allowed"], true);
    assert_eq!(response["response"]["uid"], "7f1");
    assert!(response["response"].get("status").is_none());
}

#[test]
fn the_response_is_of_the_version_that_was_asked() {
    let policies = Loader::new().policy_text("team.rego", POLICY).load().unwrap();
    let checker = Checker::with_options(policies, options()).unwrap();
    let admission = checker.admission().unwrap();
    let review = json!({
        "apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview",
        "request": create(&plain(&json!({"generateName": "web-"}))),
    });
    let request =
        AdmissionRequest::read(review.to_string().as_bytes(), &review_limits(1 << 20)).unwrap();
    let judged = admission.judge().judge(&request, None);
    let decision = decide(&request, judged, checker.basis(), OnError::Deny);
    let response: Value = serde_json::from_slice(&decision.response()).unwrap();
    assert_eq!(response["apiVersion"], "admission.k8s.io/v1beta1");
    assert_eq!(response["response"]["status"]["code"], 403);
    let message = response["response"]["status"]["message"].as_str().unwrap();
    assert!(message.starts_with("team/no-root denies Pod shop/web-: container `web`"), "{message}");
    assert!(response["response"]["warnings"][0].as_str().unwrap().contains("blocks in 15 days"));
}

#[test]
fn dates_count_as_they_do_elsewhere() {
    let on = |day: &str| {
        let agreement = Agreement::of(date(day).unwrap());
        let options = Options { agreement: agreement.into(), ..options() };
        let container = json!({"name": "web", "securityContext": {"runAsNonRoot": true}});
        let decision = asked(POLICY, options, &create(&pod(&json!({"name": "web"}), &container)));
        (decision.allowed, decision.warnings.len())
    };
    assert_eq!(on("2026-10-31"), (true, 0));
    assert_eq!(on("2026-11-10"), (true, 1));
    assert_eq!(on("2026-11-30"), (true, 1));
    assert_eq!(on("2026-12-15"), (false, 0));
}

/// A pod as a Deployment makes it.
fn of_deployment() -> Value {
    plain(&json!({
        "generateName": "web-5d8f7c-", "labels": {"pod-template-hash": "5d8f7c"},
        "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-5d8f7c", "controller": true},
        ],
    }))
}

#[test]
fn what_is_waived_of_a_deployment_is_waived_of_its_pods() {
    let waived = |spec: &str| {
        let decision = asked(POLICY, with_waiver(spec), &create(&of_deployment()));
        assert_eq!(decision.allowed, decision.audit.contains_key("waived"), "{spec}");
        decision.allowed
    };
    let of = |more: &str| format!("policy: team/no-root, expires: 2026-12-31, match: {{{more}}}");
    assert!(waived(&of("kinds: [Deployment], namespaces: [shop], names: [web]")));
    assert!(waived(&of(
        "names: [web], paths: ['spec.template.spec.containers[name=web].securityContext']"
    )));
    assert!(waived(&of("names: [web-5d8f7c-], paths: ['spec.containers[0].securityContext']")));
    assert!(!waived(&of("names: [web], paths: ['spec.containers[0].securityContext']")));
    assert!(!waived(&of("kinds: [Deployment], namespaces: [other], names: [web]")));
    assert!(!waived(&of("names: [other]")));
    // What is said of files is about files.
    assert!(!waived(&of("files: ['*.yaml']")));
    let over = "policy: team/no-root, expires: 2026-11-29, match: {names: [web]}";
    assert!(!waived(over));
}

#[test]
fn a_waiver_is_asked_for_where_it_will_last() {
    let decision = asked(POLICY, options(), &create(&of_deployment()));
    let wanted = "manifestly waive team/no-root Deployment/shop/web --until 2026-12-30";
    assert!(decision.message.contains(wanted), "{}", decision.message);
}

#[test]
fn what_stood_before_may_stand_as_often_as_it_did() {
    let policies = Loader::new().policy_text("team.rego", POLICY).load().unwrap();
    let checker = Checker::with_options(policies, options()).unwrap();
    let request = read(&create(&plain(&json!({"name": "web"}))));
    let judged = checker.admission().unwrap().judge().judge(&request, None);
    let mut baseline = Baseline::default();
    judged.findings.iter().for_each(|finding| baseline.add(finding.stood()));
    let agreement =
        Agreement { baseline: Some(baseline.into()), ..Agreement::clone(&options().agreement) };
    let options = Options { agreement: agreement.into(), ..options() };
    let decision = asked(POLICY, options.clone(), &create(&plain(&json!({"name": "web"}))));
    assert!(decision.allowed);
    assert_eq!(decision.audit["baselined"], "team/limits, team/no-root");
    assert!(!asked(POLICY, options.clone(), &create(&plain(&json!({"name": "new"})))).allowed);
    let twice = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
        "spec": {"containers": [{"name": "web"}, {"name": "web"}]},
    });
    assert!(!asked(POLICY, options, &create(&twice)).allowed);
}

#[test]
fn only_what_would_be_deployed_is_held_against_manifests() {
    let object = plain(&json!({"name": "web"}));
    let allowed = |request: Value| asked(POLICY, options(), &request).allowed;
    let request = |operation: &str, sub: &str| {
        json!({
            "uid": "1", "operation": operation, "subResource": sub,
            "object": if operation == "DELETE" { &Value::Null } else { &object },
            "oldObject": object,
        })
    };
    assert!(!allowed(request("CREATE", "")));
    assert!(!allowed(request("UPDATE", "")));
    assert!(!allowed(request("UPDATE", "ephemeralcontainers")));
    assert!(allowed(request("UPDATE", "status")));
    assert!(allowed(request("DELETE", "")));
    assert!(allowed(request("CONNECT", "exec")));
}

#[test]
fn policies_about_requests_see_the_request() {
    let rego = "package p\n\ndeny contains \"guests delete nothing\" if {\n\t\
                input.request.operation == \"DELETE\"\n\tinput.request.userInfo.username == \"guest\"\n}\n";
    let by = |name: &str| {
        let request = json!({
            "uid": "1", "operation": "DELETE", "userInfo": {"username": name}, "newer": {"a": 1},
            "oldObject": plain(&json!({"name": "web"})),
        });
        asked(rego, options(), &request).allowed
    };
    assert!(!by("guest") && by("chef"));
}

#[test]
fn what_could_not_be_judged_is_denied_or_told() {
    let rego = "package p\n\ndeny contains \"x\" if two > 0\n\ntwo := 1\n\n\
                two := 2 if input.kind == \"Pod\"\n";
    let policies = Loader::new().policy_text("p.rego", rego).load().unwrap();
    let checker = Checker::with_options(policies, options()).unwrap();
    let request = read(&json!({"uid": "1", "operation": "CREATE", "object": {"kind": "Pod"}}));
    let admission = checker.admission().unwrap();
    let judge = || admission.judge().judge(&request, None);
    let denied = decide(&request, judge(), checker.basis(), OnError::Deny);
    assert!(!denied.allowed && denied.is_error);
    insta::assert_snapshot!(shown(&denied));
    let failed =
        failed("admission.k8s.io/v1", "1", "it took too long", checker.basis(), OnError::Allow);
    assert!(failed.allowed);
    assert_eq!(failed.warnings, ["could not be judged: it took too long"]);
}

#[test]
fn nobody_waits_longer_than_they_said() {
    let rego = "package p\n\ndeny contains \"x\" if {\n\tsome a in numbers.range(1, 3000)\n\tsome b in numbers.range(1, 3000)\n\ta * b == -1\n}\n";
    let policies = Loader::new().policy_text("p.rego", rego).load().unwrap();
    let checker = Checker::with_options(policies, options()).unwrap();
    let request = read(&json!({"uid": "1", "operation": "CREATE", "object": {"kind": "Pod"}}));
    let admission = checker.admission().unwrap();
    let judged = admission.judge().judge(&request, Some(std::time::Instant::now()));
    assert!(judged.problems[0].message.contains("no time left"), "{:?}", judged.problems);
}

#[test]
fn safe_fixes_of_policies_that_allow_it_are_made() {
    let policies = Loader::new().policy_text("team.rego", POLICY).load().unwrap();
    let checker = Checker::with_options(policies, options()).unwrap();
    let object = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
        "spec": {"containers": [{"name": "a"}, {"name": "b", "securityContext": {"x": 1}}]},
    });
    let request = read(&create(&object));
    let admission = checker.admission().unwrap();
    let mut judge = admission.judge();
    let amended = judge.amend(&request, |policy| policy.metadata.mutate == Some(true), None);
    assert_eq!(
        serde_json::to_value(&amended.patch).unwrap(),
        json!([
            {"op": "add", "path": "/spec/containers/0/securityContext", "value": {"runAsNonRoot": true}},
            {"op": "add", "path": "/spec/containers/1/securityContext/runAsNonRoot", "value": true},
        ])
    );
    assert_eq!(amended.made.len(), 2);
    assert_eq!(judge.amend(&request, |_| false, None).patch.0, []);
}

#[test]
fn warnings_are_as_many_as_get_through() {
    let rego = "package p\n\nwarn contains sprintf(\"%d %s\", [i, input.metadata.name]) if some i in numbers.range(1, 40)\n";
    let object = json!({"kind": "Pod", "metadata": {"name": "x".repeat(400)}});
    let decision = asked(rego, options(), &create(&object));
    assert!(decision.allowed);
    assert_eq!(decision.warnings.len(), 16);
    assert!(decision.warnings.iter().all(|warning| warning.chars().count() <= 250));
    assert_eq!(decision.warnings[15], "and 25 more warnings, which `manifestly check` tells");
}
