//! Who takes part: policies and requests.

use std::path::Path;

use manifestly::admission::{OnError, decide};
use manifestly::check::{Checker, Options, Trials, walk};
use manifestly::manifest::{self, AdmissionRequest, Format, ReadLimits, review_limits};
use manifestly::policy::{Loader, PolicySet};
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What is asked about, of those that a pod comes of.
const KINDS: [&str; 7] =
    ["Pod", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet"];

/// A request.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) review: Value,
    /// What the library says of it.
    pub(crate) allowed: bool,
}

impl Asked {
    /// The object that it is about.
    pub(crate) fn object(&self) -> &Value {
        &self.review["request"]["object"]
    }

    /// The same, with something behind the name of the object.
    pub(crate) fn named(&self, more: &str) -> Self {
        let mut named = self.clone();
        let name = &mut named.review["request"]["object"]["metadata"]["name"];
        *name = format!("{}-{more}", name.as_str().unwrap_or("unnamed")).into();
        named
    }
}

pub(crate) struct Cast {
    pub(crate) folder: TempDir,
    pub(crate) asked: Vec<Asked>,
    policies: usize,
}

impl Cast {
    pub(crate) fn new(policies: &Path, manifests: &Path, most: usize) -> Self {
        let folder = tempfile::Builder::new().prefix("admission-").tempdir().expect("a folder");
        let set = Loader::new().policy(policies).load().expect("policies");
        let chosen = choose(&set, folder.path(), most);
        certificate(folder.path());
        let own = Loader::new().policy(folder.path().join("policies")).load().expect("policies");
        let options = Options { trials: Trials::None, ..Options::default() };
        let checker = Checker::with_options(own, options).expect("a checker");
        let admission = checker.admission().expect("policies");
        let mut judge = admission.judge();
        let mut asked = Vec::new();
        for (number, object) in objects(manifests).into_iter().enumerate() {
            let review = json!({
                "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                "request": {
                    "uid": number.to_string(), "operation": "CREATE", "object": object,
                    "userInfo": {"username": "bench"},
                },
            });
            let body = review.to_string();
            let request = AdmissionRequest::read(body.as_bytes(), &review_limits(8 << 20));
            let Ok(request) = request else { continue };
            let judged = judge.judge(&request, None);
            let allowed = decide(&request, judged, checker.basis(), OnError::Deny).allowed;
            asked.push(Asked { review, allowed });
        }
        assert!(!asked.is_empty(), "no pods or controllers are among the manifests");
        Self { folder, asked, policies: chosen }
    }

    pub(crate) fn told(&self) -> String {
        let denied = self.asked.iter().filter(|asked| !asked.allowed).count();
        let all = self.asked.len();
        format!("{} policies, {all} objects, of which {denied} are denied", self.policies)
    }
}

/// Writes modules that are asked, and all that are not, which those may import.
fn choose(set: &PolicySet, folder: &Path, most: usize) -> usize {
    let policies = folder.join("policies");
    std::fs::create_dir(&policies).expect("a folder");
    let mut chosen = 0;
    let mut rules = Vec::new();
    for (number, module) in set.modules.iter().enumerate() {
        let package = module.package.join(".");
        let entries = set.entry_points.iter().filter(|entry| entry.package.join(".") == package);
        let entries: Vec<_> = entries.collect();
        if !entries.is_empty() && chosen == most {
            continue;
        }
        chosen += usize::from(!entries.is_empty());
        rules.extend(entries.iter().map(|entry| format!("data.{package}.{}", entry.rule)));
        let text = module.source.text();
        std::fs::write(policies.join(format!("{number}.rego")), text).expect("a file");
    }
    rules.sort();
    rules.dedup();
    let found =
        rules.iter().map(|rule| format!("found contains [\"{rule}\", x] if some x in {rule}\n\n"));
    let all = format!("package asked\n\n{}", found.collect::<String>());
    let opa = folder.join("opa");
    std::fs::create_dir(&opa).expect("a folder");
    std::fs::write(opa.join("all.rego"), all).expect("a file");
    chosen
}

/// Writes a certificate, in the place of another where there is one.
pub(crate) fn certificate(folder: &Path) {
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    std::fs::write(folder.join("tls.crt"), certificate.pem()).expect("a file");
    std::fs::write(folder.join("tls.key"), key.serialize_pem()).expect("a file");
}

fn objects(path: &Path) -> Vec<Value> {
    let walk = walk(&Options::default()).expect("a walk");
    let (files, _) = walk.files(&[path]);
    let mut found = Vec::new();
    for file in files {
        let Ok(text) = file.read() else { continue };
        for manifest in manifest::read(&text, Format::Manifest, &ReadLimits::default()).manifests {
            let resources = manifest::resources(&manifest.into()).unwrap_or_default();
            let wanted = resources.iter().filter(|resource| KINDS.contains(&&*resource.id.kind));
            found.extend(wanted.map(|resource| Value::from(&resource.node)));
        }
    }
    found
}
