//! Fixes: changes of a manifest, as operations on its tree.
//!
//! ```
//! use manifestly::fix::{Operation, Patch};
//! use manifestly::manifest::{Node, parse_path};
//!
//! let pod = Node::from(&serde_json::json!({"kind": "Pod", "spec": {"hostPID": true}}));
//! let path = parse_path("spec.securityContext.runAsNonRoot").unwrap();
//! let mut patch = Patch::setting(&pod, &path, Node::from(&serde_json::json!(true))).unwrap();
//! patch.0.push(Operation::Remove { path: parse_path("spec.hostPID").unwrap() });
//! assert_eq!(
//!     serde_json::to_value(&patch).unwrap(),
//!     serde_json::json!([
//!         {"op": "add", "path": "/spec/securityContext", "value": {"runAsNonRoot": true}},
//!         {"op": "remove", "path": "/spec/hostPID"},
//!     ])
//! );
//! let patched = serde_json::Value::from(&patch.apply(&pod).unwrap());
//! assert_eq!(patched["spec"], serde_json::json!({"securityContext": {"runAsNonRoot": true}}));
//! ```

mod edit;
mod offer;
mod patch;

pub use edit::{Edit, Refusal, edited, edits};
pub use offer::{Offer, OfferError};
pub use patch::{Operation, Patch, PatchError};
