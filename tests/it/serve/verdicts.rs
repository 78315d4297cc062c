//! What is answered.

use serde_json::json;

use super::client::Connection;
use super::program::Server;
use super::{no, pod, review, review_of};

#[test]
fn the_embedded_policies_judge_where_none_are_named() {
    let server = Server::with(&[], &["--no-config"]);
    let mut connection = server.connect();
    let object = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"containers": [{
            "name": "web", "image": "shop/web:1", "securityContext": {"privileged": true},
        }]},
    });
    let answer = connection.post("/validate?timeout=10s", &review(&object));
    assert_eq!(answer.status, 200);
    assert!(!answer.allowed());
    let response = answer.json()["response"].clone();
    assert_eq!(response["uid"], "7f1");
    assert_eq!(response["status"]["code"], 403);
    assert!(
        response["auditAnnotations"]["denied-by"]
            .as_str()
            .unwrap()
            .contains("kubernetes/privileged")
    );
    let decision = regex::Regex::new("decision [0-9a-f]{12}").unwrap();
    let message = answer.message();
    insta::assert_snapshot!(decision.replace(&message, "decision 0123456789ab"));
    let line = server.line("decided");
    assert!(message.contains(line["decision"].as_str().unwrap()));
    assert_eq!(
        (&line["uid"], &line["allowed"], &line["name"]),
        (&json!("7f1"), &json!(false), &json!("web"))
    );
}

#[test]
fn connections_are_used_again() {
    let server = Server::of(&no("cat"), &[]);
    let mut connection = server.connect();
    for _ in 0..3 {
        assert!(!connection.post("/validate", &review(&pod("cat"))).allowed());
        assert!(connection.post("/validate", &review(&pod("dog"))).allowed());
    }
}

#[test]
fn what_objects_hold_is_in_no_line_of_the_log() {
    let rego = "package team\n\ndeny contains sprintf(\"%s is too short\", [value]) if {\n\t\
                some value in input.stringData\n\tcount(value) < 20\n}\n";
    let server = Server::of(rego, &["--log-level", "debug"]);
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
        "stringData": {"key": "open-sesame"},
    });
    assert!(server.post(&review(&secret)).message().contains("open-sesame"));
    server.line("decided");
    assert!(!server.lines().join("\n").contains("open-sesame"), "{:?}", server.lines());
}

#[test]
fn some_policies_have_a_door_of_their_own() {
    let rego = |id: &str, name: &str| {
        format!(
            "# METADATA\n# custom: {{id: {id}}}\npackage {}\n\ndeny contains \"no {name}\" if \
             input.metadata.name == \"{name}\"\n",
            id.replace('/', ".")
        )
    };
    let (cats, dogs) = (rego("pets/cats", "cat"), rego("pets/dogs", "dog"));
    let files = [("policies/a.rego", &*cats), ("policies/b.rego", &*dogs)];
    let args = ["-p", "policies", "--subset", "some=pets/c*", "--subset", "all=pets/*"];
    let server = Server::with(&files, &args);
    let mut connection = server.connect();
    let mut allows = |path: &str, name: &str| connection.post(path, &review(&pod(name))).allowed();
    assert!(!allows("/validate", "cat") && !allows("/validate", "dog"));
    assert!(!allows("/validate/some", "cat") && allows("/validate/some", "dog"));
    assert!(!allows("/validate/all", "cat") && !allows("/validate/all", "dog"));
    let unknown = server.connect().post("/validate/other", &review(&pod("cat")));
    assert_eq!(unknown.status, 404);
}

#[test]
fn waivers_and_dates_count_as_in_ci() {
    let policy = "package team\n\n# METADATA\n# scope: rule\n# custom:\n#   id: team/cats\n#   \
                  rollout: {announced: 2026-11-01, enforce_from: 2026-12-24}\ndeny contains \
                  \"no cats\" if input.kind == \"Cat\"\n\n# METADATA\n# scope: rule\n# custom: \
                  {id: team/dogs}\ndeny_dogs contains \"no dogs\" if input.kind == \"Dog\"\n";
    let waiver = "apiVersion: manifestly.dev/v1\nkind: Waiver\nmetadata: {name: rex}\nspec:\n  \
                  policy: team/dogs\n  match: {names: [rex]}\n  reason: old\n  approvedBy: bob\n  \
                  expires: 2026-12-05\n";
    let files = [("policies/p.rego", policy), ("waivers/rex.yaml", waiver)];
    let server = Server::with(&files, &["-p", "policies"]);
    let ask = |kind: &str, name: &str| {
        server.post(&review(&json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}})))
    };
    let cat = ask("Cat", "tom");
    assert!(cat.allowed());
    let warning = cat.json()["response"]["warnings"][0].as_str().unwrap().to_owned();
    insta::assert_snapshot!(warning, @"team/cats: no cats (blocks in 24 days, on 2026-12-24)");
    assert!(!ask("Dog", "waldi").allowed());
    let rex = ask("Dog", "rex");
    assert!(rex.allowed());
    let waived = &rex.json()["response"]["auditAnnotations"]["waived"];
    assert_eq!(waived, "team/dogs by rex until 2026-12-05");
    let metrics = server.told("/metrics").body;
    let ends = "manifestly_waiver_ends_in_days{policy=\"team/dogs\",waiver=\"rex\",expires=\"2026-12-05\"} 5";
    assert!(metrics.contains(ends), "{metrics}");
}

#[test]
fn objects_are_mended_where_that_is_wanted() {
    let policy = "# METADATA\n# custom: {id: team/root, mutate: true}\npackage team\n\n\
                  deny contains {\"msg\": \"root\", \"path\": \"spec.root\", \"fix\": {\"path\": \"spec.root\", \"value\": false}} if input.spec.root\n";
    let asked = review(
        &json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"root": true}}),
    );
    let server = Server::of(policy, &["--mutate"]);
    let mut connection = server.connect();
    let answer = connection.post("/mutate", &asked);
    assert!(answer.allowed());
    let response = &answer.json()["response"];
    assert_eq!(response["patchType"], "JSONPatch");
    let patch = "W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9zcGVjL3Jvb3QiLCJ2YWx1ZSI6ZmFsc2V9XQ==";
    assert_eq!(response["patch"], patch);
    assert_eq!(response["auditAnnotations"]["mended"], "team/root");
    assert!(!connection.post("/validate", &asked).allowed());
    let without = Server::of(policy, &[]);
    assert_eq!(without.connect().post("/mutate", &asked).status, 404);
}

#[test]
fn deleting_is_judged_by_policies_about_requests() {
    let policy = "package team\n\ndeny contains \"kept\" if {\n\tinput.request.operation == \"DELETE\"\n\t\
                  input.request.oldObject.metadata.labels.keep == \"yes\"\n}\n";
    let server = Server::of(policy, &[]);
    let delete = |keep: &str| {
        let old = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"keep": keep}}});
        server.post(&review_of(
            &json!({"uid": "1", "operation": "DELETE", "object": null, "oldObject": old}),
        ))
    };
    assert!(!delete("yes").allowed() && delete("no").allowed());
}

#[test]
fn how_it_is_can_be_asked_elsewhere() {
    let server = Server::of(&no("cat"), &[]);
    server.post(&review(&pod("cat")));
    server.post(&review(&pod("dog")));
    assert_eq!(server.told("/healthz").body, "ok\n");
    let ready = server.told("/readyz");
    assert_eq!(ready.status, 200);
    assert!(ready.body.starts_with("ready\npolicies: 1, decision "), "{ready:?}");
    assert!(ready.body.contains("certificate: valid from 2000-01-01T00:00:00+00:00 until 2100"));
    let metrics = server.told("/metrics").body;
    for line in [
        "manifestly_requests_total{decision=\"denied\",operation=\"CREATE\",path=\"/validate\"} 1",
        "manifestly_requests_total{decision=\"allowed\",operation=\"CREATE\",path=\"/validate\"} 1",
        "manifestly_findings_total{policy=\"team\",standing=\"blocking\"} 1",
        "manifestly_http_responses_total{code=\"200\"} 2",
        "manifestly_request_duration_seconds_count 2",
        "manifestly_evaluation_duration_seconds_count 2",
        "manifestly_policies 1",
        "manifestly_policies_current 1",
        "manifestly_certificate_expiry_timestamp_seconds 4102444800",
    ] {
        assert!(metrics.contains(&format!("{line}\n")), "{line} is not in:\n{metrics}");
    }
    assert!(metrics.contains("manifestly_policy_set{decision=\""), "{metrics}");
    assert_eq!(server.told("/other").status, 404);
}

#[test]
fn plain_http_is_for_this_machine() {
    let files = [("policies/team.rego", &*no("cat"))];
    let server = Server::with(&files, &["-p", "policies", "--plain-http"]);
    assert!(!Connection::plain(server.listen).post("/validate", &review(&pod("cat"))).allowed());
}
