//! Admission requests: what an API server asks a webhook, read from the bytes that it sends.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use crate::manifest::node::{Node, NodeKind};
use crate::manifest::resource::Resource;
use crate::manifest::{ReadError, ReadLimits, read_json};
use crate::source::SourceText;

use super::REQUEST_FIELDS;

/// The API group of reviews.
const GROUP: &str = "admission.k8s.io";

/// The subresources of an object whose requests hold all of it, and change what it does.
const OF_THE_WHOLE: [&str; 2] = ["ephemeralcontainers", "resize"];

/// The bounds on a review. A key given twice is an error in it: no API server sends that, and what
/// somebody else sends must not be read in two ways.
#[must_use]
pub fn review_limits(bytes: usize) -> ReadLimits {
    ReadLimits { bytes, repeated_keys: false, ..ReadLimits::default() }
}

/// What a request asks to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// To make the object.
    Create,
    /// To put it in the place of the old one.
    Update,
    /// To delete the old one.
    Delete,
    /// To open a connection, as `kubectl exec` does; the object holds the options.
    Connect,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Delete, Self::Connect];

    /// The operation's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }

    /// Whether it deploys something, which policies about manifests judge: what it asks about is made
    /// or changed, and is whole.
    pub(crate) fn deploys(self, subresource: &str) -> bool {
        let whole = subresource.is_empty() || OF_THE_WHOLE.contains(&subresource);
        matches!(self, Self::Create | Self::Update) && whole
    }

    /// Reads an operation's name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == name)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why bytes are no admission review that can be answered.
#[derive(Clone, Debug, Error)]
pub enum ReviewError {
    /// They are not UTF-8.
    #[error("the body is not UTF-8 text: byte {0} fits nothing")]
    NotText(usize),
    /// They are not JSON, or go beyond the limits.
    #[error("{}", located(.0))]
    Unreadable(Box<ReadError>),
    /// They hold nothing.
    #[error("the body is empty")]
    Empty,
    /// They are something else.
    #[error("the body should be an AdmissionReview of admission.k8s.io, and is {0}")]
    NotAReview(String),
    /// They are a review of a version that is not known.
    #[error("`{0}` is not known here: known are admission.k8s.io/v1 and admission.k8s.io/v1beta1")]
    Version(String),
    /// A field is missing, or holds something else.
    #[error("`{field}` should be {expected}, and is {found}")]
    Field {
        /// The field, from the top.
        field: String,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
}

fn located(error: &ReadError) -> String {
    let at = error.text.position(error.span.start);
    format!("{} (line {}, column {})", error.message, at.line, at.column)
}

/// What an API server asks: whether a request may go on.
#[derive(Clone, Debug)]
pub struct AdmissionRequest {
    /// The review with the request, as policies about requests see it.
    pub review: Resource,
    /// Its version, in which it is answered: `admission.k8s.io/v1`.
    pub api_version: String,
    /// What the answer is known by.
    pub uid: String,
    /// What is asked to be done.
    pub operation: Operation,
    /// The part of the object that is asked about, such as `status`; empty for the object itself.
    pub subresource: String,
    /// The namespace; empty for what is in none.
    pub namespace: String,
    /// Whether nothing of it will be kept.
    pub dry_run: bool,
    /// Who asks.
    pub username: String,
    object: Option<Resource>,
}

impl AdmissionRequest {
    /// Reads a review from what was sent.
    ///
    /// # Errors
    ///
    /// If it is none, or none that can be answered.
    pub fn read(body: &[u8], limits: &ReadLimits) -> Result<Self, ReviewError> {
        let text =
            std::str::from_utf8(body).map_err(|error| ReviewError::NotText(error.valid_up_to()))?;
        // It is in no file: nothing that is said of files is about it.
        let text = Arc::new(SourceText::new("", text));
        let manifest = read_json(&text, limits)
            .map_err(|error| ReviewError::Unreadable(Box::new(error)))?
            .ok_or(ReviewError::Empty)?;
        Self::of_resource(Resource::whole(&Arc::new(manifest)))
    }

    /// Reads a review from a resource.
    ///
    /// # Errors
    ///
    /// If it is none, or none that can be answered.
    pub fn of_resource(review: Resource) -> Result<Self, ReviewError> {
        if review.node.entries().is_none() {
            return Err(ReviewError::NotAReview(kind_of(&review.node).to_owned()));
        }
        if !review.is_admission_review() {
            let id = &review.id;
            let name = match (id.kind.as_str(), id.group()) {
                ("", _) => "of no kind".to_owned(),
                (kind, "") => kind.to_owned(),
                (kind, group) => format!("{kind} of {group}"),
            };
            return Err(ReviewError::NotAReview(name));
        }
        let api_version = review.id.api_version.clone();
        if !matches!(review.id.version(), "v1" | "v1beta1") || review.id.group() != GROUP {
            return Err(ReviewError::Version(api_version));
        }
        let request = object_of(&review.node, "request", "request")?
            .ok_or_else(|| wrong("request", "an object", review.node.get("request")))?
            .clone();
        let text = |key: &str| text_of(&request, key);
        let uid = text("uid")?;
        if uid.is_empty() {
            return Err(wrong("request.uid", "a text", request.get("uid")));
        }
        let operation = Operation::parse(&text("operation")?).ok_or_else(|| {
            let expected = "CREATE, UPDATE, DELETE or CONNECT";
            wrong("request.operation", expected, request.get("operation"))
        })?;
        let user = object_of(&request, "userInfo", "request.userInfo")?;
        let username = user.and_then(|user| user.get_str("username")).unwrap_or_default();
        let dry_run = match request.get("dryRun").map(|node| &node.kind) {
            None | Some(NodeKind::Null) => false,
            Some(NodeKind::Bool(dry)) => *dry,
            Some(_) => return Err(wrong("request.dryRun", "true or false", request.get("dryRun"))),
        };
        let (namespace, subresource) = (text("namespace")?, text("subResource")?);
        let object = object_of(&request, "object", "request.object")?;
        let before = object_of(&request, "oldObject", "request.oldObject")?;
        let (field, needed) = match operation {
            Operation::Delete => ("oldObject", before),
            Operation::Create | Operation::Update | Operation::Connect => ("object", object),
        };
        let path = format!("request.{field}");
        // A cluster may delete what it can't read any more.
        if needed.is_none() && operation != Operation::Delete {
            return Err(wrong(&path, "an object", request.get(field)));
        }
        if let Some(nameless) = needed.filter(|it| it.get_str("kind").is_none_or(str::is_empty)) {
            return Err(wrong(&format!("{path}.kind"), "a text", nameless.get("kind")));
        }
        let object = review.under_review().map(|mut object| {
            // The API server says it beside the object where the object does not. A Namespace is
            // told to be in itself.
            if object.id.namespace.is_empty() && object.id.kind != "Namespace" {
                object.id.namespace.clone_from(&namespace);
            }
            object
        });
        Ok(Self {
            api_version,
            uid,
            operation,
            subresource,
            namespace,
            dry_run,
            username: username.to_owned(),
            object,
            review,
        })
    }

    /// What is asked about: the object, or the one that is to be deleted.
    pub fn object(&self) -> Option<&Resource> {
        self.object.as_ref()
    }

    /// What is to be deployed by it, which policies about manifests judge: an object that is made or
    /// changed. Not one that only gets another status, and none that is on its way out.
    pub fn deployed(&self) -> Option<&Resource> {
        let is_deployed = self.operation.deploys(&self.subresource);
        let object = self.object.as_ref().filter(|_| is_deployed)?;
        let leaving = object.node.metadata("deletionTimestamp").is_some();
        (!leaving).then_some(object)
    }

    /// The review without what newer API servers may say beside what is known here.
    pub(crate) fn review_as_known(&self) -> Resource {
        let is_known = |key: &str| REQUEST_FIELDS.contains(&key);
        let entries = self.review.node.get("request").and_then(Node::entries).unwrap_or_default();
        if entries.iter().all(|entry| is_known(&entry.key)) {
            return self.review.clone();
        }
        let known: Vec<_> = entries.iter().filter(|entry| is_known(&entry.key)).cloned().collect();
        let all = self.review.node.entries().unwrap_or_default().iter().cloned();
        let all = all.map(|mut entry| {
            if &*entry.key == "request" {
                entry.value = Node::mapping(entry.value.span, known.clone());
            }
            entry
        });
        Resource {
            node: Node::mapping(self.review.node.span, all.collect()),
            ..self.review.clone()
        }
    }
}

fn kind_of(node: &Node) -> &'static str {
    match &node.kind {
        NodeKind::Null => "missing",
        NodeKind::Bool(_) => "true or false",
        NodeKind::Integer(_) | NodeKind::Float(_) | NodeKind::Number(_) => "a number",
        NodeKind::String(_) => "a text",
        NodeKind::Sequence(_) => "a list",
        NodeKind::Mapping(_) => "an object",
    }
}

fn wrong(field: &str, expected: &'static str, found: Option<&Node>) -> ReviewError {
    let found = match found.map(|node| (node, &node.kind)) {
        None => "missing".to_owned(),
        Some((_, NodeKind::String(text))) => {
            format!("`{}`", text.chars().take(80).collect::<String>())
        }
        Some((node, _)) => kind_of(node).to_owned(),
    };
    ReviewError::Field { field: field.to_owned(), expected, found }
}

fn object_of<'n>(node: &'n Node, key: &str, field: &str) -> Result<Option<&'n Node>, ReviewError> {
    match node.get(key) {
        Some(object) if object.entries().is_some() => Ok(Some(object)),
        Some(other) if !other.is_null() => Err(wrong(field, "an object", Some(other))),
        _ => Ok(None),
    }
}

fn text_of(request: &Node, key: &str) -> Result<String, ReviewError> {
    match request.get(key) {
        Some(node) if !node.is_null() => match node.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(wrong(&format!("request.{key}"), "a text", Some(node))),
        },
        _ => Ok(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<AdmissionRequest, ReviewError> {
        AdmissionRequest::read(body.as_bytes(), &review_limits(1 << 20))
    }

    fn review(request: &str) -> String {
        format!(
            r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{request}}}"#
        )
    }

    fn request(operation: &str, more: &str) -> AdmissionRequest {
        let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}"#;
        let object = if operation == "DELETE" { "oldObject" } else { "object" };
        let request = format!(
            r#"{{"uid":"1","operation":"{operation}","{object}":{pod},"namespace":"shop"{more}}}"#
        );
        read(&review(&request)).unwrap()
    }

    #[test]
    fn a_request_tells_what_is_deployed() {
        let create = request("CREATE", r#","dryRun":true,"userInfo":{"username":"chef"}"#);
        assert!(create.dry_run);
        assert_eq!((create.username.as_str(), create.uid.as_str()), ("chef", "1"));
        let deployed = create.deployed().unwrap();
        assert_eq!(deployed.id.to_string(), "Pod shop/a");
        assert_eq!(deployed.path.to_string(), "/request/object");
        for (operation, more, is_deployed) in [
            ("UPDATE", "", true),
            ("UPDATE", r#","subResource":"ephemeralcontainers""#, true),
            ("UPDATE", r#","subResource":"status""#, false),
            ("CREATE", r#","subResource":"eviction""#, false),
            ("DELETE", "", false),
            ("CONNECT", r#","subResource":"exec""#, false),
        ] {
            let request = request(operation, more);
            assert_eq!(request.deployed().is_some(), is_deployed, "{operation} {more}");
            assert!(request.object().is_some());
        }
    }

    #[test]
    fn what_is_on_its_way_out_is_not_deployed() {
        let object = r#"{"kind":"Pod","metadata":{"deletionTimestamp":"2026-11-30T00:00:00Z"}}"#;
        let text = review(&format!(r#"{{"uid":"1","operation":"UPDATE","object":{object}}}"#));
        assert!(read(&text).unwrap().deployed().is_none());
    }

    #[test]
    fn a_namespace_is_in_none() {
        let object = r#"{"kind":"Namespace","metadata":{"name":"shop"}}"#;
        let text = review(&format!(
            r#"{{"uid":"1","operation":"CREATE","namespace":"shop","object":{object}}}"#
        ));
        assert_eq!(read(&text).unwrap().object().unwrap().id.namespace, "");
    }

    #[test]
    fn what_is_not_known_yet_is_left_out_where_it_would_be_an_error() {
        let known = request("CREATE", "");
        assert_eq!(known.review_as_known().node, known.review.node);
        let newer = request("CREATE", r#","newer":1"#);
        let request = newer.review_as_known();
        assert!(request.node.get("request").unwrap().get("newer").is_none());
        assert!(request.node.get("request").unwrap().get("uid").is_some());
    }

    #[test]
    fn what_can_not_be_answered_says_why() {
        let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
        let pod = r#""object":{"kind":"Pod"}"#;
        let bodies = [
            String::new(),
            "kind: AdmissionReview".to_owned(),
            r#"{"apiVersion":"admission.k8s.io/v1","kind":"Admission"#.to_owned(),
            r#"{"kind":"AdmissionReview"} {}"#.to_owned(),
            "[]".to_owned(),
            r#"{"apiVersion":"v1","kind":"Pod"}"#.to_owned(),
            r#"{"apiVersion":"admission.k8s.io/v2","kind":"AdmissionReview"}"#.to_owned(),
            review("7"),
            review("{}"),
            review(r#"{"uid":7}"#),
            review(r#"{"uid":"1","operation":"PATCH"}"#),
            review(r#"{"uid":"1","operation":"CREATE"}"#),
            review(r#"{"uid":"1","operation":"CREATE","object":"x"}"#),
            review(r#"{"uid":"1","operation":"CREATE","object":{}}"#),
            review(&format!(r#"{{"uid":"1","uid":"2","operation":"CREATE",{pod}}}"#)),
            review(&format!(r#"{{"uid":"1","operation":"CREATE","dryRun":1,{pod}}}"#)),
            review(&format!(r#"{{"uid":"1","operation":"CREATE","object":{deep}}}"#)),
        ];
        let told = bodies.iter().map(|body| read(body).map(|_| "read").unwrap_err().to_string());
        insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
        let bytes = AdmissionRequest::read(&[b'{', 0xff], &review_limits(9)).unwrap_err();
        assert_eq!(bytes.to_string(), "the body is not UTF-8 text: byte 1 fits nothing");
        let large = AdmissionRequest::read(&[b' '; 10], &review_limits(9)).unwrap_err();
        assert!(large.to_string().contains("larger than 9 bytes"), "{large}");
    }
}
