//! What records are made of, and what is made of them.

use serde_json::{Value, json};

use super::*;
use crate::agreement::Agreement;
use crate::check::Options;
use crate::policy::{Loader, date};

const POLICY: &str = r#"# METADATA
# custom: {id: shop/root, kinds: [Pod]}
package shop

deny contains {"msg": "root", "path": ["spec", "containers", i]} if {
	some i, container in input.spec.containers
	not container.securityContext.runAsNonRoot
}
"#;

/// What came of records, one a line.
fn came(rego: &str, wanted: &Wanted, records: &[Value]) -> Vec<Entry> {
    let lines: Vec<_> = records.iter().map(ToString::to_string).collect();
    of_text(rego, wanted, &(lines.join("\n") + "\n"))
}

fn of_text(rego: &str, wanted: &Wanted, text: &str) -> Vec<Entry> {
    let policies = Loader::new().policy_text("shop.rego", rego).load().unwrap();
    let agreement = Agreement::of(date("2026-11-30").unwrap());
    let options = Options { agreement: agreement.into(), ..Options::default() };
    let checker = Checker::with_options(policies, options).unwrap();
    let replay = Replay::new(&checker).unwrap();
    let mut entries = Vec::new();
    let mut log = Log::new("audit.log", text.as_bytes());
    let take = &mut |entry: &Entry| {
        entries.push(entry.clone());
        Ok(())
    };
    let summary = replay.over(&mut log, wanted, take).unwrap();
    assert_eq!(summary.judged() + summary.unjudged() + summary.left_out(), entries.len());
    entries
}

fn one(rego: &str, record: &Value) -> Came {
    let [entry] = &came(rego, &Wanted::default(), std::slice::from_ref(record))[..] else {
        panic!("one record gives one entry")
    };
    entry.came.clone()
}

fn judged(rego: &str, record: &Value) -> Verdict {
    match one(rego, record) {
        Came::Judged(verdict) => *verdict,
        other => panic!("{other:?}"),
    }
}

fn unjudged(rego: &str, record: &Value) -> (Reason, String) {
    match one(rego, record) {
        Came::Unjudged(unjudged) => (unjudged.reason, unjudged.detail.unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

fn pod(root: bool) -> Value {
    let context = if root { json!({}) } else { json!({"runAsNonRoot": true}) };
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"containers": [{"name": "web", "securityContext": context}]},
    })
}

/// An event about a pod, with more fields, or others.
fn event(verb: &str, more: &Value) -> Value {
    let mut event = json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse",
        "auditID": "1", "stage": "ResponseComplete", "verb": verb,
        "requestURI": "/api/v1/namespaces/shop/pods", "user": {"username": "alice"},
        "objectRef": {"resource": "pods", "namespace": "shop", "name": "web", "apiVersion": "v1"},
        "responseStatus": {"code": 200},
    });
    for (key, value) in more.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

fn decided(more: &Value) -> Value {
    let prefix = "validate.example.com";
    let mut all = json!({
        format!("{prefix}/decision"): "0123456789ab",
        format!("{prefix}/policies"): "a".repeat(64),
        "authorization.k8s.io/decision": "allow",
    });
    for (key, value) in more.as_object().unwrap() {
        all[format!("{prefix}/{key}")] = value.clone();
    }
    all
}

#[test]
fn what_no_webhook_is_asked_about_is_left_out() {
    let with = |verb, more: Value| match one(POLICY, &event(verb, &more)) {
        Came::LeftOut(why) => Some(why),
        _ => None,
    };
    assert_eq!(with("get", json!({})), Some(LeftOut::Reads));
    assert_eq!(with("watch", json!({})), Some(LeftOut::Reads));
    assert_eq!(with("create", json!({"stage": "RequestReceived"})), Some(LeftOut::Stages));
    assert_eq!(with("post", json!({"objectRef": null})), Some(LeftOut::NoResource));
    let forbidden = json!({"annotations": {"authorization.k8s.io/decision": "forbid"}});
    assert_eq!(with("create", forbidden), Some(LeftOut::Refused));
    for code in [401, 404, 429] {
        let status = json!({"responseStatus": {"code": code}});
        assert_eq!(with("patch", status), Some(LeftOut::Refused), "{code}");
    }
    let denied = json!({"code": 404, "message": "admission webhook \"x\" denied the request: no"});
    assert_eq!(with("create", json!({"responseStatus": denied})), None);
    let hooks = "validatingwebhookconfigurations";
    let of = |group: &str| json!({"objectRef": {"resource": hooks, "apiGroup": group}});
    assert_eq!(with("update", of("admissionregistration.k8s.io")), Some(LeftOut::Exempt));
    assert_eq!(with("update", of("example.com")), None);
    assert_eq!(with("create", json!({"requestObject": pod(true)})), None);
}

#[test]
fn verbs_are_operations() {
    let rego = "package p\n\ndeny contains input.request.operation if true\n";
    let asked =
        |verb: &str, more: Value| judged(rego, &event(verb, &more)).findings[0].message.clone();
    let object = json!({"requestObject": pod(true)});
    let answer = |code: u16| json!({"responseObject": pod(true), "responseStatus": {"code": code}});
    assert_eq!(asked("create", object.clone()), "CREATE");
    assert_eq!(asked("update", object.clone()), "UPDATE");
    assert_eq!(asked("patch", answer(200)), "UPDATE");
    assert_eq!(asked("patch", answer(201)), "CREATE", "an apply that found nothing");
    assert_eq!(asked("delete", answer(200)), "DELETE");
    let mut connected = object;
    connected["objectRef"] = json!({"resource": "pods", "name": "web", "subresource": "exec"});
    assert_eq!(asked("get", connected.clone()), "CONNECT");
    assert_eq!(asked("create", connected), "CONNECT");
    let (reason, detail) = unjudged(rego, &event("approve", &json!({})));
    assert_eq!((reason, &*detail), (Reason::Incomplete, "the verb `approve` is not known here"));
}

#[test]
fn policies_see_the_request_that_a_webhook_was_sent() {
    let rego = "package p\n\ndeny contains json.marshal(object.remove(input.request, [\"object\"])) if true\n";
    // It reads all of the request, of which an audit log lacks a part; but what denies it denies it.
    let record = event(
        "create",
        &json!({
            "requestURI": "/apis/apps/v1/namespaces/shop/deployments?dryRun=All&fieldManager=k",
            "user": {"username": "root"},
            "impersonatedUser": {"username": "eve", "groups": ["developers"]},
            "objectRef": {
                "resource": "deployments", "namespace": "shop", "apiGroup": "apps",
                "apiVersion": "v1", "subresource": "scale", "name": "web",
            },
            "requestObject": {"apiVersion": "autoscaling/v1", "kind": "Scale"},
        }),
    );
    let verdict = judged(rego, &record);
    let told: Value = serde_json::from_str(&verdict.findings[0].message).unwrap();
    let kind = json!({"group": "autoscaling", "version": "v1", "kind": "Scale"});
    let resource = json!({"group": "apps", "version": "v1", "resource": "deployments"});
    assert_eq!(
        told,
        json!({
            "uid": "1", "kind": kind, "requestKind": kind, "resource": resource,
            "requestResource": resource, "subResource": "scale", "requestSubResource": "scale",
            "name": "web", "namespace": "shop", "operation": "CREATE", "oldObject": null,
            "dryRun": true, "userInfo": {"username": "eve", "groups": ["developers"]},
        })
    );
    let about = &verdict.about;
    assert_eq!((&*about.resource, &*about.username), ("deployments.apps", "eve"));
    assert!(about.dry_run);
}

#[test]
fn what_was_kept_counts_before_what_was_sent() {
    let both = json!({"requestObject": pod(true), "responseObject": pod(false)});
    let verdict = judged(POLICY, &event("create", &both));
    assert_eq!((verdict.allowed, verdict.about.seen), (true, Seen::Kept));
    let mut failed = both.clone();
    failed["responseStatus"] = json!({"code": 409, "reason": "AlreadyExists"});
    let verdict = judged(POLICY, &event("create", &failed));
    assert_eq!((verdict.allowed, verdict.about.seen), (false, Seen::Sent));
    let mut other = both;
    other["responseObject"] = json!({"apiVersion": "v1", "kind": "Status", "status": "Success"});
    assert_eq!(judged(POLICY, &event("create", &other)).about.seen, Seen::Sent);
}

#[test]
fn what_was_not_recorded_is_not_guessed() {
    let with = |verb: &str, more: Value| unjudged(POLICY, &event(verb, &more)).0;
    let patch = json!({"spec": {"replicas": 3}});
    assert_eq!(
        with("patch", json!({"requestObject": patch, "level": "Request"})),
        Reason::OnlyPatch
    );
    assert_eq!(with("patch", json!({"level": "Metadata"})), Reason::NoObject);
    assert_eq!(with("create", json!({"level": "Metadata"})), Reason::NoObject);
    let cut = json!({"annotations": {"audit.k8s.io/truncated": "true"}});
    assert_eq!(with("create", cut), Reason::Truncated);
    let kindless = json!({"requestObject": {"metadata": {}}});
    assert_eq!(with("create", kindless), Reason::NoObject);
    assert_eq!(with("create", json!({"stage": ""})), Reason::Incomplete);
    assert_eq!(with("", json!({})), Reason::Incomplete);
    assert_eq!(with("create", json!({"apiVersion": "audit.k8s.io/v1beta1"})), Reason::Incomplete);
    assert_eq!(unjudged(POLICY, &pod(true)), (Reason::Unknown, "it is `Pod` of v1".to_owned()));
    assert_eq!(unjudged(POLICY, &json!({"a": 1})).0, Reason::Unknown);
    let failed = json!({"requestObject": patch, "responseStatus": {"code": 403}});
    let (reason, detail) = unjudged(POLICY, &event("patch", &failed));
    assert_eq!((reason, &*detail), (Reason::OnlyPatch, "it failed, so nothing came of it"));
}

#[test]
fn what_policies_do_not_look_at_need_not_be_recorded() {
    let metadata = json!({"level": "Metadata"});
    for verb in ["delete", "deletecollection"] {
        let verdict = judged(POLICY, &event(verb, &metadata));
        assert_eq!(
            (verdict.allowed, verdict.about.seen, verdict.turn),
            (true, Seen::Unseen, Turn::Same)
        );
    }
    let part = |name: &str| {
        let about = json!({"resource": "pods", "name": "web", "subresource": name});
        event("patch", &json!({"level": "Metadata", "objectRef": about}))
    };
    assert!(judged(POLICY, &part("status")).allowed);
    assert_eq!(unjudged(POLICY, &part("ephemeralcontainers")).0, Reason::NoObject);
    let of_requests = "package p\n\ndeny contains \"x\" if input.request.name == \"x\"\n";
    assert_eq!(unjudged(of_requests, &part("status")).0, Reason::NoObject);
    assert_eq!(unjudged(of_requests, &event("delete", &metadata)).0, Reason::NoObject);
}

#[test]
fn an_audit_log_holds_no_object_that_was_before() {
    let moved = "package p\n\ndeny contains \"moved\" if input.request.oldObject.a != input.request.object.a\n";
    let object = json!({"requestObject": pod(true)});
    let (reason, detail) = unjudged(moved, &event("update", &object));
    assert_eq!((reason, &*detail), (Reason::Unrecorded, "`oldObject`, which is looked at by p"));
    assert!(judged(moved, &event("create", &object)).allowed, "nothing was before");
    // What denies it denies it.
    let both =
        format!("{moved}\ndeny contains \"never\" if input.request.object.kind == \"Pod\"\n");
    assert!(!judged(&both, &event("update", &object)).allowed);
    let review = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {"uid": "1", "operation": "UPDATE", "object": pod(true), "oldObject": pod(true)},
    });
    assert!(judged(moved, &review).allowed, "a review holds it");
}

#[test]
fn what_was_decided_is_read_of_what_webhooks_left() {
    let then = |annotations: Value, status: Value| {
        let more = json!({
            "requestObject": pod(false), "annotations": annotations, "responseStatus": status,
        });
        judged(POLICY, &event("create", &more)).then
    };
    let ok = || json!({"code": 201});
    let denied = then(decided(&json!({"denied-by": "a/b, c"})), json!({"code": 403}));
    assert_eq!(denied.outcome, Some(Outcome::Denied));
    assert_eq!(denied.denied_by.iter().collect::<Vec<_>>(), ["a/b", "c"]);
    assert_eq!(denied.decision.as_deref(), Some("0123456789ab"));
    let allowed = then(decided(&json!({"waived": "a by w until 2026-12-31"})), ok());
    assert_eq!(
        (allowed.outcome, allowed.note("a")),
        (Some(Outcome::Allowed), Some("it was waived"))
    );
    // What could not be judged is denied, or not.
    let errors = || decided(&json!({"errors": "p.rego fails"}));
    let said = "admission webhook \"validate.example.com\" denied the request: x\ny";
    let failed = then(errors(), json!({"code": 403, "message": said}));
    assert_eq!(failed.outcome, Some(Outcome::Denied));
    assert_eq!(failed.said.unwrap(), format!("403: {}", said.lines().next().unwrap()));
    assert_eq!(then(errors(), ok()).outcome, Some(Outcome::Allowed));
    // Another webhook stopped it, after this one had let it go on.
    let other = json!({"code": 403, "message": "admission webhook \"x\" denied the request: no"});
    assert_eq!(then(decided(&json!({})), other.clone()).outcome, Some(Outcome::Allowed));
    assert_eq!(then(json!({}), other).outcome, None);
    let went = then(json!({"authorization.k8s.io/decision": "allow"}), ok());
    assert_eq!((went.outcome, went.told), (Some(Outcome::Allowed), Told::Success));
}

#[test]
fn what_becomes_of_a_decision() {
    let turn = |root: bool, annotations: Value, code: u16| {
        let more = json!({
            "requestObject": pod(root), "annotations": annotations,
            "responseStatus": {"code": code},
        });
        judged(POLICY, &event("create", &more))
    };
    let by = |ids: &str| decided(&json!({"denied-by": ids}));
    assert_eq!(turn(true, decided(&json!({})), 201).turn, Turn::NewlyDenied);
    assert_eq!(turn(true, json!({}), 201).turn, Turn::NewlyDenied);
    assert_eq!(turn(true, json!({}), 409).turn, Turn::WouldDeny);
    assert_eq!(turn(false, json!({}), 409).turn, Turn::WouldAllow);
    assert_eq!(turn(true, by("shop/root"), 403).turn, Turn::Same);
    assert_eq!(turn(true, by("other"), 403).turn, Turn::DeniedOtherwise);
    let released = turn(false, by("other, shop/root"), 403);
    assert_eq!(released.turn, Turn::NoLongerDenied);
    let now: Vec<_> =
        released.no_longer.iter().map(|it| (it.policy.as_str(), it.now.as_str())).collect();
    assert_eq!(now, [("other", "there is no such policy"), ("shop/root", "it finds nothing")]);
    let warned = turn(true, decided(&json!({"warned-by": "shop/root"})), 201);
    assert_eq!(warned.newly[0].then, Some("it warned"));
}

#[test]
fn places_are_those_of_the_object_and_of_the_log() {
    let event = event("create", &json!({"requestObject": pod(true)}));
    let list = json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [event]});
    let mut bare = event.clone();
    bare.as_object_mut().unwrap().retain(|key, _| key != "kind" && key != "apiVersion");
    let bare = json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [bare]});
    for text in [
        format!("\n\n{event}\n"),
        format!("\n\n{list}\n"),
        format!("\n\n{bare}\n"),
        format!("[\n1,\n{event}]"),
        format!("a: b\n---\n{event}\n"),
        format!("kind: List\nitems:\n- {event}\n"),
    ] {
        let entries = of_text(POLICY, &Wanted::default(), &text);
        let entry = entries.last().unwrap();
        let Came::Judged(verdict) = &entry.came else { panic!("{entry:?} of {text}") };
        let finding = &verdict.findings[0];
        assert_eq!(entry.line, Some(3), "{text}");
        assert_eq!(verdict.pointer(finding).unwrap(), "/spec/containers/0");
        assert_eq!(finding.place.as_ref().unwrap().stable_path, "spec.containers[name=web]");
        let (line, column) = verdict.position(finding).unwrap();
        let at = text.lines().nth(line - 1).unwrap();
        assert!(at[column - 1..].starts_with("{\"name\":\"web\""), "{}", &at[column - 1..]);
    }
}

#[test]
fn only_what_is_wanted_is_judged() {
    let records = [
        event("create", &json!({"requestObject": pod(true)})),
        event("create", &json!({"requestObject": pod(true), "annotations": decided(&json!({}))})),
        event(
            "create",
            &json!({
                "requestObject": pod(true),
                "objectRef": {"resource": "things", "apiGroup": "example.com"},
            }),
        ),
    ];
    let judged = |wanted: Wanted| {
        let entries = came(POLICY, &wanted, &records);
        let is_left_out = |entry: &Entry| matches!(entry.came, Came::LeftOut(LeftOut::Unwanted));
        entries.iter().map(|entry| !is_left_out(entry)).collect::<Vec<_>>()
    };
    let of = |glob: &str| Wanted::default().resources(&[glob.to_owned()]).unwrap();
    assert_eq!(judged(Wanted::default()), [true, true, true]);
    assert_eq!(judged(Wanted::default().decided(true)), [false, true, false]);
    assert_eq!(judged(of("pods")), [true, true, false]);
    assert_eq!(judged(of("things")), [false, false, true]);
    assert_eq!(judged(of("*.example.com")), [false, false, true]);
    assert!(Wanted::default().resources(&["[".to_owned()]).is_err());
}

#[test]
fn what_policies_can_not_judge_is_no_pass() {
    let fails = "package p\n\ndeny contains \"x\" if two > 1\n\ntwo := 1\n\ntwo := 2 if input.kind == \"Pod\"\n";
    let record = event("create", &json!({"requestObject": pod(true)}));
    let (reason, detail) = unjudged(fails, &record);
    assert_eq!(reason, Reason::Policies);
    assert!(detail.contains("shop.rego:"), "{detail}");
    let both = format!("{fails}\ndeny_all contains \"no\" if true\n");
    let verdict = judged(&both, &record);
    assert!(!verdict.allowed && !verdict.problems.is_empty());
}
