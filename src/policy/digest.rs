//! What policies and their data are known by: the same on every machine, wherever they stand there.

use crate::digest::{Digest, Parts, unordered};
use crate::rego::RegoVersion;

use super::data::Data;
use super::set::{Policy, PolicySet};

impl PolicySet {
    /// What the policies are known by: by what their files say, not by how those are called, where
    /// they stand, or how their lines end.
    pub fn digest(&self) -> Digest {
        let modules = self.modules.iter().map(|module| {
            let mut parts = Parts::new("module");
            parts.add(module.source.text().replace("\r\n", "\n").as_bytes());
            parts.add(module.package.join("\n").as_bytes());
            parts.add(&[u8::from(module.version == RegoVersion::V0)]);
            parts.digest()
        });
        let gatekeeper = self.gatekeeper.iter().map(|resource| {
            let mut parts = Parts::new("gatekeeper");
            parts.add_value(&resource.node);
            parts.digest()
        });
        let asked = self.policies().map(|policy| asked(policy));
        unordered("policies", modules.chain(gatekeeper).chain(asked))
    }
}

/// What is asked, and of what: not all of it need stand in the file itself.
fn asked(policy: &Policy) -> Digest {
    let metadata = &policy.metadata;
    let mut parts = Parts::new("policy");
    parts.add(policy.id.as_bytes());
    parts.add(policy.rule.as_bytes());
    parts.add(policy.level.as_str().as_bytes());
    metadata.kinds.iter().for_each(|kind| parts.add(kind.to_string().as_bytes()));
    let says = (metadata.pod_templates, metadata.combine, metadata.dialect, &metadata.parameters);
    parts.add(format!("{says:?}").as_bytes());
    parts.digest()
}

impl Data {
    /// What the data is known by: by its values.
    pub fn digest(&self) -> Digest {
        let mut parts = Parts::new("data");
        parts.add_value(&self.to_node());
        parts.digest()
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::{Loader, PolicySet};

    fn load(files: &[(&str, &str)]) -> PolicySet {
        let loader = |loader: Loader, (name, text): &(&str, &str)| loader.policy_text(name, text);
        files.iter().fold(Loader::new(), loader).load().unwrap()
    }

    const ONE: &str = "package one\n\ndeny contains \"x\" if input.a\n";
    const TWO: &str = "package two\n\ndeny contains \"x\" if input.b\n";

    #[test]
    fn names_places_and_ends_of_lines_make_no_difference() {
        let known = load(&[("a.rego", ONE), ("b.rego", TWO)]).digest();
        let elsewhere = load(&[("../x/z.rego", ONE), ("/y.rego", TWO)]).digest();
        assert_eq!(known, elsewhere);
        assert_eq!(
            known,
            load(&[("a.rego", &ONE.replace('\n', "\r\n")), ("b.rego", TWO)]).digest()
        );
        assert_ne!(known, load(&[("a.rego", ONE)]).digest());
        assert_ne!(
            known,
            load(&[("a.rego", ONE), ("b.rego", &TWO.replace("input.b", "input.c"))]).digest()
        );
    }

    #[test]
    fn what_is_asked_makes_one() {
        let files = [("a.rego", ONE), ("b.rego", TWO)];
        let loader = |loader: Loader, (name, text): &(&str, &str)| loader.policy_text(name, text);
        let narrowed = files.iter().fold(Loader::new().namespace("one"), loader).load().unwrap();
        assert_ne!(narrowed.digest(), load(&files).digest());
    }

    #[test]
    fn data_is_known_by_its_values() {
        let data = |json: &str| {
            let value: serde_json::Map<_, _> = serde_json::from_str(json).unwrap();
            crate::policy::Data::from(value).digest()
        };
        assert_eq!(data(r#"{"a": 1, "b": [2]}"#), data(r#"{"b": [2], "a": 1}"#));
        assert_ne!(data(r#"{"a": 1}"#), data(r#"{"a": "1"}"#));
    }
}
