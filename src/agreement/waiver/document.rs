//! The shape of a waiver's document, for editors and for those who generate it.

use std::collections::BTreeMap;

use schemars::{JsonSchema, schema_for};
use serde_json::Value;

/// The JSON Schema of a waiver's document.
pub fn schema() -> Value {
    let schema = schema_for!(WaiverDocument);
    let mut schema = Value::from(schema);
    schema["title"] = "Waiver".into();
    schema
}

/// An agreed, owned, dated exception from a policy.
#[derive(JsonSchema)]
#[schemars(rename = "Waiver")]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct WaiverDocument {
    #[schemars(rename = "apiVersion", extend("const" = "manifestly.dev/v1"))]
    api_version: String,
    #[schemars(extend("const" = "Waiver"))]
    kind: String,
    metadata: Option<Metadata>,
    spec: Spec,
    /// A signature over what the waiver means, in OpenSSH's armour, as `manifestly waiver approve`
    /// writes it.
    signature: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct Metadata {
    /// How people call it.
    name: Option<String>,
    labels: Option<BTreeMap<String, Value>>,
    annotations: Option<BTreeMap<String, Value>>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code)]
struct Spec {
    /// The id of the policy that is waived.
    #[schemars(extend("pattern" = MEANINGFUL))]
    policy: String,
    /// Which violations it is for: those that fit every part. `names`, `namespaces`, `labels` or
    /// `files` must say which workloads.
    r#match: Option<Match>,
    /// Why this may pass.
    #[schemars(extend("pattern" = MEANINGFUL))]
    reason: String,
    /// Who asked for it.
    requested_by: Option<String>,
    /// Who agreed: someone else than the one who asked.
    approved_by: Option<String>,
    /// Where it was talked about.
    ticket: Option<String>,
    /// Its first day, in UTC.
    #[schemars(extend("pattern" = DATE))]
    from: Option<String>,
    /// Its last day, which counts to its last second in UTC.
    #[schemars(extend("pattern" = DATE))]
    expires: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct Match {
    /// Kinds of resources as they are written, such as `Deployment` or `apps/Deployment`.
    kinds: Option<Vec<Name>>,
    /// Names of namespaces, or globs.
    namespaces: Option<Vec<Name>>,
    /// Names of resources, or globs.
    names: Option<Vec<Name>>,
    /// Labels that the resource has.
    labels: Option<BTreeMap<String, String>>,
    /// Globs of files, relative to the folder of manifestly.toml, else to the working folder.
    files: Option<Vec<Name>>,
    /// Places in the resource, such as `spec.containers[name=web]`, with all that is inside.
    paths: Option<Vec<Name>>,
}

#[derive(JsonSchema)]
#[schemars(extend("pattern" = "\\S"))]
#[allow(dead_code)]
struct Name(String);

const MEANINGFUL: &str = "[\\p{L}\\p{N}]";
const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
