//! What was decided is decided again: what the webhook answers, as a review and as an API server's
//! audit log keep it.

use serde_json::{Value, json};

use super::program::Server;
use crate::run::{root, run_in};

/// The webhook's name, which an API server puts before what it keeps of an answer.
const NAME: &str = "validate.example.com";

/// What an API server records of a request and its answer.
fn event(review: &Value) -> Value {
    let (request, response) = (&review["request"], &review["response"]);
    let is_allowed = response["allowed"] == true;
    let message = response["status"]["message"].as_str().unwrap_or_default();
    let status = if is_allowed {
        json!({"code": 200})
    } else {
        let message = format!("admission webhook \"{NAME}\" denied the request: {message}");
        json!({"code": 403, "reason": "Forbidden", "message": message})
    };
    let answered = match request["operation"].as_str() {
        _ if !is_allowed => json!({"kind": "Status", "apiVersion": "v1", "code": 403}),
        Some("DELETE") => request["oldObject"].clone(),
        _ => request["object"].clone(),
    };
    let mut annotations = json!({"authorization.k8s.io/decision": "allow"});
    for (key, value) in response["auditAnnotations"].as_object().unwrap() {
        annotations[format!("{NAME}/{key}")] = value.clone();
    }
    let resource = &request["resource"];
    json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse",
        "auditID": request["uid"], "stage": "ResponseComplete",
        "verb": request["operation"].as_str().unwrap().to_lowercase(),
        "user": request["userInfo"], "responseStatus": status,
        "objectRef": {
            "resource": resource["resource"], "apiGroup": resource["group"],
            "apiVersion": resource["version"], "namespace": request["namespace"],
            "name": request["name"],
        },
        "requestObject": request["object"], "responseObject": answered,
        "annotations": annotations,
    })
}

#[test]
fn what_was_decided_is_decided_again() {
    let recorded = root().join("fixtures/admission/recorded");
    let policies = recorded.join("policies");
    let policies = ["--no-config", "-p", policies.to_str().unwrap()];
    let server = Server::with(&[], &policies);
    let mut connection = server.connect();
    let (mut reviews, mut events) = (String::new(), String::new());
    let mut denied = 0;
    for line in std::fs::read_to_string(recorded.join("reviews.jsonl")).unwrap().lines() {
        let mut review: Value = serde_json::from_str(line).unwrap();
        review.as_object_mut().unwrap().remove("response");
        let answer = connection.post("/validate", &review.to_string());
        denied += usize::from(!answer.allowed());
        review["response"] = answer.json()["response"].clone();
        reviews += &format!("{review}\n");
        events += &format!("{}\n", event(&review));
    }
    assert_eq!(denied, 2);
    server.write("reviews.jsonl", &reviews);
    server.write("audit.log", &events);
    for log in ["reviews.jsonl", "audit.log"] {
        let args = [&["replay", "--all", "-f", "json", log], &policies[..]].concat();
        let ran = run_in(server.folder.path(), &args);
        assert_eq!(ran.code, 0, "{ran:?}");
        let report = ran.json();
        let requests = report["requests"].as_array().unwrap();
        assert_eq!(requests.len(), 4);
        for request in requests {
            let then = &request["then"];
            assert_eq!((&request["turn"], &then["told"]), (&json!("same"), &json!("decision")));
            assert_eq!(then["decision"], report["basis"]["decision"]);
            assert_eq!(then["policies"], report["basis"]["policies"]);
        }
    }
}
