//! The webhook, from outside: the built program behind real HTTPS.

mod bad_input;
mod certificates;
pub(crate) mod client;
mod ending;
mod installed;
mod load;
pub(crate) mod program;
mod recorded;
mod reloading;
mod traces;
mod verdicts;

use serde_json::{Value, json};

/// A review that asks to create an object.
pub(crate) fn review(object: &Value) -> String {
    review_of(&json!({"uid": "7f1", "operation": "CREATE", "namespace": "shop", "object": object}))
}

pub(crate) fn review_of(request: &Value) -> String {
    let review = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request,
    });
    review.to_string()
}

pub(crate) fn pod(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"}})
}

/// Denies all pods of a name.
pub(crate) fn no(name: &str) -> String {
    format!(
        "package team\n\ndeny contains \"no {name} here\" if {{\n\tinput.kind == \"Pod\"\n\t\
         input.metadata.name == \"{name}\"\n}}\n"
    )
}
