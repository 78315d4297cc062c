//! Events of an API server's audit log, as the reviews that a webhook was asked to answer.

use std::sync::Arc;

use crate::manifest::{
    AdmissionRequest, Fields, Manifest, Node, NodeKind, Operation, Resource, group_and_version,
};

use super::entry::{About, LeftOut, Reason, Seen, Unjudged};
use super::looks::Looks;
use super::record::{Read, Request, Wanted, about, in_group, incomplete, named};
use super::then::{Then, code, is_success};

/// The version of events that is known here.
const VERSION: &str = "v1";

/// Verbs that change nothing.
const READS: [&str; 5] = ["get", "list", "watch", "head", "options"];

/// Parts of resources that are connected to, whatever the verb.
const CONNECTED: [&str; 4] = ["attach", "exec", "portforward", "proxy"];

/// An API server asks no webhook about what could shut webhooks out.
const EXEMPT: [&str; 6] = [
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
    "mutatingwebhookconfigurations",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "validatingwebhookconfigurations",
];

/// What an event is about.
struct Event<'n> {
    node: &'n Node,
    operation: Operation,
    group: &'n str,
    version: &'n str,
    resource: &'n str,
    subresource: &'n str,
    namespace: &'n str,
    name: &'n str,
}

/// Reads an event.
pub(super) fn read(
    manifest: &Arc<Manifest>,
    node: &Node,
    wanted: &Wanted,
    looks: &Looks,
    line: usize,
) -> Read {
    let event = match Event::of(node) {
        Ok(event) => event,
        Err(read) => return read,
    };
    let then = Then::of_event(node);
    let name = in_group(event.resource, event.group);
    if !wanted.wants(&name, &then) {
        return Read::LeftOut(LeftOut::Unwanted);
    }
    let about_event = event.about(name.clone());
    let is_asked =
        looks.at_requests || looks.at_manifests && event.operation.deploys(event.subresource);
    if !is_asked {
        let (about, review, unrecorded) = (about_event, None, [].as_slice());
        return Read::Request(Box::new(Request { about, then, review, unrecorded, line }));
    }
    let (object, seen) = match event.object() {
        Ok(found) => found,
        Err((reason, detail)) => {
            let about = Some(about_event);
            return Read::Unjudged(Box::new(Unjudged { reason, detail, about, then }));
        }
    };
    let review = event.review(object);
    let manifest = Arc::new(Manifest { root: review, ..Manifest::clone(manifest) });
    match AdmissionRequest::of_resource(Resource::whole(&manifest)) {
        Ok(review) => {
            let about = about(&review, name, seen);
            let unrecorded: &[_] = match event.operation {
                Operation::Update => &["oldObject", "options"],
                Operation::Create | Operation::Delete | Operation::Connect => &["options"],
            };
            Read::Request(Box::new(Request { about, then, review: Some(review), unrecorded, line }))
        }
        Err(error) => incomplete(&error, Some(about_event), then),
    }
}

impl<'n> Event<'n> {
    /// What an event is about; or what becomes of it, where no webhook was asked.
    fn of(node: &'n Node) -> Result<Self, Read> {
        let lacks = |what: String| Read::Unjudged(Unjudged::of_text(Reason::Incomplete, what));
        let text = |key: &str| node.get_str(key).unwrap_or_default();
        if let Some(given) = node.get_str("apiVersion")
            && group_and_version(given).1 != VERSION
        {
            return Err(lacks(format!("`{given}` is not known here: known is audit.k8s.io/v1")));
        }
        match text("stage") {
            "ResponseComplete" => {}
            "" => return Err(lacks("the event has no `stage`".to_owned())),
            _ => return Err(Read::LeftOut(LeftOut::Stages)),
        }
        let Some(about) = node.get("objectRef").filter(|about| about.entries().is_some()) else {
            return Err(Read::LeftOut(LeftOut::NoResource));
        };
        let of = |key: &str| about.get_str(key).unwrap_or_default();
        let (resource, subresource) = (of("resource"), of("subresource"));
        let is_connected =
            CONNECTED.contains(&subresource) && matches!(resource, "pods" | "services" | "nodes");
        // What a write made that it found missing was created.
        let made = code(node) == 201;
        let operation = match text("verb") {
            _ if is_connected => Operation::Connect,
            verb if READS.contains(&verb) => return Err(Read::LeftOut(LeftOut::Reads)),
            "create" => Operation::Create,
            "update" | "patch" if made => Operation::Create,
            "update" | "patch" => Operation::Update,
            "delete" | "deletecollection" => Operation::Delete,
            "connect" => Operation::Connect,
            "" => return Err(lacks("the event has no `verb`".to_owned())),
            other => return Err(lacks(format!("the verb `{other}` is not known here"))),
        };
        let annotation = |key: &str| node.get("annotations").and_then(|all| all.get_str(key));
        let is_forbidden = annotation("authorization.k8s.io/decision") == Some("forbid");
        if is_forbidden || is_refused(node) {
            return Err(Read::LeftOut(LeftOut::Refused));
        }
        let group = of("apiGroup");
        if group == "admissionregistration.k8s.io" && EXEMPT.contains(&resource) {
            return Err(Read::LeftOut(LeftOut::Exempt));
        }
        let (namespace, name, version) = (of("namespace"), of("name"), of("apiVersion"));
        Ok(Self { node, operation, group, version, resource, subresource, namespace, name })
    }

    fn text(&self, key: &str) -> &'n str {
        self.node.get_str(key).unwrap_or_default()
    }

    /// Who asked: the one who was put in the place of another, where somebody was.
    fn user(&self) -> Option<&'n Node> {
        let is_one = |user: &&Node| user.entries().is_some_and(|entries| !entries.is_empty());
        let impersonated = self.node.get("impersonatedUser").filter(is_one);
        impersonated.or_else(|| self.node.get("user"))
    }

    fn dry_run(&self) -> bool {
        let query = self.text("requestURI").split_once('?').map_or("", |(_, query)| query);
        query.split('&').any(|pair| pair.eq_ignore_ascii_case("dryRun=All"))
    }

    fn about(&self, resource: String) -> About {
        let user = self.user().and_then(|user| user.get_str("username")).unwrap_or_default();
        About {
            operation: self.operation,
            what: named(&resource, self.namespace, self.name),
            resource,
            subresource: self.subresource.to_owned(),
            namespace: self.namespace.to_owned(),
            name: self.name.to_owned(),
            username: user.to_owned(),
            uid: self.text("auditID").to_owned(),
            dry_run: self.dry_run(),
            seen: Seen::Unseen,
        }
    }

    /// The object, as near to what a webhook was asked about as it was recorded; or why there is none.
    fn object(&self) -> Result<(&'n Node, Seen), (Reason, Option<String>)> {
        let kind = |node: &Node| node.get_str("kind").is_some_and(|kind| !kind.is_empty());
        let recorded = |key: &str| self.node.get(key).filter(|node| node.entries().is_some());
        let sent = recorded("requestObject");
        let answered =
            recorded("responseObject").filter(|node| kind(node) && is_success(self.node));
        let answered = answered.filter(|node| !is_status(node));
        let verb = self.text("verb");
        let found = match self.operation {
            _ if verb == "patch" => answered.map(|object| (object, Seen::Kept)),
            // It is deleted whatever is sent along.
            Operation::Delete if verb == "deletecollection" => None,
            Operation::Delete => answered.map(|object| (object, Seen::Kept)),
            _ => {
                let sent = sent.filter(|node| kind(node));
                let same = |a: &Node, b: &Node| {
                    ["apiVersion", "kind"].iter().all(|key| a.get_str(key) == b.get_str(key))
                };
                let kept = answered.filter(|kept| sent.is_none_or(|sent| same(sent, kept)));
                let kept = kept.map(|object| (object, Seen::Kept));
                kept.or_else(|| sent.map(|object| (object, Seen::Sent)))
            }
        };
        let truncated = || {
            let annotations = self.node.get("annotations")?;
            annotations.get_str("audit.k8s.io/truncated").filter(|cut| *cut == "true")
        };
        let level = format!("at the level {}", self.text("level"));
        found.ok_or_else(|| match verb {
            _ if truncated().is_some() => (Reason::Truncated, None),
            "patch" if sent.is_some() || self.node.get("requestObject").is_some() => {
                let failed = !is_success(self.node) && self.text("level") == "RequestResponse";
                (Reason::OnlyPatch, failed.then(|| "it failed, so nothing came of it".to_owned()))
            }
            "delete" => (Reason::NoObject, Some("what was deleted".to_owned())),
            "deletecollection" => {
                (Reason::NoObject, Some("what was deleted, one by one".to_owned()))
            }
            _ if self.operation == Operation::Connect => {
                (Reason::NoObject, Some("what was asked of a connection".to_owned()))
            }
            _ => (Reason::NoObject, Some(level)),
        })
    }

    /// What an API server would have sent about the object.
    fn review(&self, object: &Node) -> Node {
        let new = Fields(self.node.span);
        let null = || Node::new(self.node.span, NodeKind::Null);
        let api_version = object.get_str("apiVersion").unwrap_or_default();
        let (group, version) = group_and_version(api_version);
        let names = |group: &str, version: &str, key: &'static str, name: &str| {
            let [group, version, name] = [group, version, name].map(|text| new.text(text));
            new.map([("group", group), ("version", version), (key, name)])
        };
        let kind = || names(group, version, "kind", object.get_str("kind").unwrap_or_default());
        let resource = || names(self.group, self.version, "resource", self.resource);
        let mut request = vec![
            ("uid", new.text(self.text("auditID"))),
            ("kind", kind()),
            ("resource", resource()),
            ("requestKind", kind()),
            ("requestResource", resource()),
        ];
        if !self.subresource.is_empty() {
            request.push(("subResource", new.text(self.subresource)));
            request.push(("requestSubResource", new.text(self.subresource)));
        }
        let is_deleted = self.operation == Operation::Delete;
        let (object, before) =
            if is_deleted { (null(), object.clone()) } else { (object.clone(), null()) };
        let dry_run = Node::new(self.node.span, NodeKind::Bool(self.dry_run()));
        request.extend([
            ("name", new.text(self.name)),
            ("namespace", new.text(self.namespace)),
            ("operation", new.text(self.operation.as_str())),
            ("userInfo", self.user().cloned().unwrap_or_else(|| new.map([]))),
            ("object", object),
            ("oldObject", before),
            ("dryRun", dry_run),
        ]);
        new.map([
            ("apiVersion", new.text("admission.k8s.io/v1")),
            ("kind", new.text("AdmissionReview")),
            ("request", new.map(request)),
        ])
    }
}

/// Whether a request failed in a way in which none does that webhooks were asked about: by an unknown
/// user, for what is not there, in a form that is not understood, or as there were too many. A webhook
/// may answer with such a code too.
fn is_refused(node: &Node) -> bool {
    let message = node.get("responseStatus").and_then(|status| status.get_str("message"));
    let by_webhook = message.is_some_and(|message| message.contains("admission webhook"));
    matches!(code(node), 401 | 404 | 405 | 406 | 415 | 429) && !by_webhook
}

fn is_status(node: &Node) -> bool {
    node.get_str("kind") == Some("Status") && node.get_str("apiVersion") == Some("v1")
}
