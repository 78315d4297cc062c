//! Responses: decisions as an API server reads them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::Decision;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Review<'d> {
    api_version: &'d str,
    kind: &'static str,
    response: Response<'d>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'d> {
    uid: &'d str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    audit_annotations: &'d BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'d [String],
}

#[derive(Serialize)]
struct Status<'d> {
    code: u16,
    reason: &'static str,
    message: &'d str,
}

impl Decision {
    /// The `AdmissionReview` that answers the request, in JSON.
    pub fn response(&self) -> Vec<u8> {
        let status = (!self.allowed).then_some(Status {
            code: 403,
            reason: "Forbidden",
            message: &self.message,
        });
        let patch = (!self.patch.0.is_empty()).then(|| serde_json::to_vec(&self.patch));
        let patch = patch.and_then(Result::ok).map(|patch| STANDARD.encode(patch));
        let review = Review {
            api_version: &self.api_version,
            kind: "AdmissionReview",
            response: Response {
                uid: &self.uid,
                allowed: self.allowed,
                status,
                patch_type: patch.is_some().then_some("JSONPatch"),
                patch,
                audit_annotations: &self.audit,
                warnings: &self.warnings,
            },
        };
        // Texts and truth values always are JSON.
        serde_json::to_vec(&review).unwrap_or_default()
    }
}
