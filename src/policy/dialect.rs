//! Dialects: what the rules of a package take their input to be.

use crate::manifest::{Node, Pointer, Step};

/// What the input of a package is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// The manifest itself, as conftest has it.
    #[default]
    Manifest,
    /// `input.review` and `input.parameters`, as Gatekeeper has it.
    Gatekeeper,
    /// An `AdmissionReview` with its `input.request`, as OPA has it behind a webhook.
    Admission,
    /// The list of all resources, as Kubescape has it.
    Kubescape,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Manifest, Self::Gatekeeper, Self::Admission, Self::Kubescape];

    /// The dialect's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Gatekeeper => "gatekeeper",
            Self::Admission => "admission",
            Self::Kubescape => "kubescape",
        }
    }

    /// Reads a dialect's name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == name)
    }

    /// Where a path of the input stands in the object that is judged. A path that does not lead
    /// from the top of the input is taken to lead from the object. `None` for what no object has,
    /// such as the user of a request.
    pub fn path_in_object(self, path: &Pointer, object: &Node) -> Option<Pointer> {
        match path.0.split_first() {
            // `input.spec` is written for `spec`.
            Some((Step::Key(first), rest))
                if **first == *"input" && object.get("input").is_none() =>
            {
                self.path_of_input(&Pointer(rest.to_vec()))
            }
            _ => self.path_of_input(path),
        }
    }

    /// The same for a path that does lead from the top of the input.
    pub(crate) fn path_of_input(self, path: &Pointer) -> Option<Pointer> {
        let Some(request) = self.request() else { return Some(path.clone()) };
        let rest = match path.0.split_first() {
            Some((Step::Key(first), rest)) if **first == *request => rest,
            Some((Step::Key(first), _)) if **first == *"parameters" => return None,
            _ => return Some(path.clone()),
        };
        let Some((Step::Key(field), rest)) = rest.split_first() else { return None };
        let within = |steps: &[&str]| {
            Some(Pointer(steps.iter().map(|step| Step::from(*step)).collect()).join(rest))
        };
        match &**field {
            "object" => within(&[]),
            "name" | "namespace" => within(&["metadata", field]),
            "kind" if *rest == [Step::from("kind")] => Some(Pointer(rest.to_vec())),
            _ => None,
        }
    }

    /// The key of the input under which the request stands.
    fn request(self) -> Option<&'static str> {
        match self {
            Self::Manifest | Self::Kubescape => None,
            Self::Gatekeeper => Some("review"),
            Self::Admission => Some("request"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::parse_path;
    use crate::source::Span;

    #[test]
    fn paths_of_the_input_are_paths_of_the_object() {
        let inside = |dialect: Dialect, path: &str| {
            let path = parse_path(path).unwrap();
            let object = Node::mapping(Span::default(), Vec::new());
            dialect.path_in_object(&path, &object).map(|path| path.to_string())
        };
        for (dialect, path, object) in [
            (Dialect::Manifest, "request.object.spec", Some("/request/object/spec")),
            (Dialect::Admission, "request.object.spec.x[0]", Some("/spec/x/0")),
            (Dialect::Manifest, "input.spec.x[0]", Some("/spec/x/0")),
            (Dialect::Admission, "input.request.object.spec", Some("/spec")),
            (Dialect::Admission, "request.object", Some("")),
            (Dialect::Admission, "spec.x", Some("/spec/x")),
            (Dialect::Admission, "request.namespace", Some("/metadata/namespace")),
            (Dialect::Admission, "request.kind.kind", Some("/kind")),
            (Dialect::Admission, "request.kind", None),
            (Dialect::Admission, "request.userInfo.username", None),
            (Dialect::Admission, "request", None),
            (Dialect::Gatekeeper, "review.object.spec", Some("/spec")),
            (Dialect::Gatekeeper, "review.name", Some("/metadata/name")),
            (Dialect::Gatekeeper, "parameters.labels", None),
            (Dialect::Gatekeeper, "request.object.spec", Some("/request/object/spec")),
        ] {
            assert_eq!(inside(dialect, path).as_deref(), object, "{path} {dialect:?}");
        }
    }
}
