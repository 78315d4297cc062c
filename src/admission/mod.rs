//! Admission: what an API server is answered, in the words that `check` has for the same.
//!
//! [`decide`] makes a [`Decision`] of what judging a request gave, and [`Decision::response`] writes
//! it as the API server reads it. No network is in it: `manifestly serve` puts it behind one, and so
//! can you.
//!
//! ```
//! use manifestly::admission::{OnError, decide};
//! use manifestly::check::Checker;
//! use manifestly::manifest::{AdmissionRequest, review_limits};
//! use manifestly::policy::Loader;
//!
//! let body = br#"{
//!   "apiVersion": "admission.k8s.io/v1",
//!   "kind": "AdmissionReview",
//!   "request": {
//!     "uid": "1",
//!     "operation": "CREATE",
//!     "object": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}
//!   }
//! }"#;
//! let rego = "package team\ndeny contains \"no owner\" if not input.metadata.labels.owner";
//! let checker = Checker::new(Loader::new().policy_text("team.rego", rego).load().unwrap()).unwrap();
//! let admission = checker.admission().unwrap();
//! let request = AdmissionRequest::read(body, &review_limits(1 << 20)).unwrap();
//! let judged = admission.judge().judge(&request, None);
//! let decision = decide(&request, judged, checker.basis(), OnError::Deny);
//! assert!(!decision.allowed);
//! assert!(decision.message.starts_with("team denies Pod web: no owner"));
//! ```

mod decision;
mod message;
mod response;

pub use message::MOST as SHOWN;

pub use decision::{Decision, OnError, amended_by, decide, failed};

#[cfg(test)]
mod tests;
