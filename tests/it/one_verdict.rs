//! One verdict: a developer who runs `check` and a cluster that asks a webhook are told the same of
//! the same object, place for place.
//!
//! Each object of the fixtures, and of a corpus where there is one, is judged by each set of policies
//! in three ways: as `check` judges a file that holds nothing else, as the library judges the admission
//! request that creates it, and as `manifestly serve` answers that request over HTTPS. Nobody in
//! particular asks for it, as in what `check` tells policies about requests. What must differ stands in
//! [`differs`], with its reason.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use manifestly::admission::{Decision, OnError, SHOWN, decide};
use manifestly::agreement::Agreement;
use manifestly::check::{
    Admission, AdmissionJudge, Checker, Finding, Input, Options, Problem, Trials,
};
use manifestly::manifest::{
    self, AdmissionRequest, Format, Node, Pointer, ReadLimits, admission_review, review_limits,
};
use manifestly::policy::{Loader, date};
use manifestly::source::{SourceText, Walk};
use rayon::prelude::*;

use crate::run::root;

/// Objects beside the project's own, where they are there.
const CORPUS: &str = "../shared/corpus";

/// Where a webhook stands among the enforcement points of constraints.
const WEBHOOK: &str = "validation.gatekeeper.sh";

/// Policies that look at several manifests at once: a webhook does not ask them.
const COMBINED: &str = "conftest, combined";

/// Policies that look at what is deleted, and by whom: they find nothing in what is created.
const DELETIONS: &str = "about deletions, in Gatekeeper";

/// An object, and where it comes from.
struct Object {
    from: String,
    node: Node,
}

/// What is said of an object, in order: policy, standing, place from the top of the object, message.
#[derive(Debug, Default, PartialEq)]
struct Said {
    findings: Vec<[String; 4]>,
    problems: Vec<String>,
    unannounced: usize,
}

/// Policies by which objects are judged in all ways.
struct Set {
    name: &'static str,
    /// As `serve` is told of them.
    args: Vec<String>,
    checker: Checker,
}

impl Set {
    fn of(name: &'static str, policies: &[&str], data: &[&str]) -> Self {
        let path = |path: &&str| root().join("fixtures").join(path);
        let loader = policies.iter().map(path).fold(Loader::new(), Loader::policy);
        let loader = data.iter().map(path).fold(loader, Loader::data);
        let agreement = Agreement::of(date("2026-11-30").unwrap());
        let options = Options {
            agreement: agreement.into(),
            enforcement_point: WEBHOOK.to_owned(),
            combine: name == COMBINED,
            trials: Trials::First(SHOWN),
            ..Options::default()
        };
        let checker = Checker::with_options(loader.load().unwrap(), options).unwrap();
        let flags =
            policies.iter().map(|path| ("-p", path)).chain(data.iter().map(|it| ("-d", it)));
        let args = flags.flat_map(|(flag, at)| [flag.to_owned(), path(at).display().to_string()]);
        let args = std::iter::once("--no-config".to_owned()).chain(args).collect();
        Self { name, args, checker }
    }

    fn all() -> Vec<Self> {
        vec![
            Self::of("the embedded pack", &[], &[]),
            Self::of("about requests", &["admission/policy"], &[]),
            Self::of("recorded", &["admission/recorded/policies"], &[]),
            Self::of("conftest", &["conftest/policy"], &["conftest/data"]),
            Self::of(COMBINED, &["conftest/combine"], &[]),
            Self::of("Gatekeeper", &["gatekeeper/policies"], &[]),
            Self::of(
                DELETIONS,
                &["gatekeeper/suite/template.yaml", "gatekeeper/suite/constraint.yaml"],
                &[],
            ),
            Self::of("places", &["places/generic/root.rego"], &[]),
        ]
    }

    fn named(name: &str) -> Self {
        Self::all().into_iter().find(|set| set.name == name).unwrap()
    }
}

/// A webhook that answers over HTTPS.
#[cfg(feature = "serve")]
struct Served(crate::serve::program::Server);

#[cfg(feature = "serve")]
impl Served {
    /// None of what a webhook does not do: it never asks about all manifests at once.
    fn of(set: &Set) -> Option<Self> {
        let args: Vec<_> = set.args.iter().map(String::as_str).collect();
        (set.name != COMBINED).then(|| Self(crate::serve::program::Server::with(&[], &args)))
    }

    fn connect(&self) -> impl FnMut(&str) -> String + use<> {
        let mut connection = self.0.connect();
        move |review| connection.post("/validate", review).body
    }
}

/// The objects below a folder, each once.
fn objects(folder: &Path) -> Vec<Object> {
    let walk = Walk::new(&["yaml", "yml", "json"], &[], Path::new("")).unwrap();
    let (files, errors) = walk.files(&[folder]);
    assert!(errors.is_empty(), "{errors:?}");
    let mut found = Vec::new();
    for file in files {
        let Ok(text) = file.read() else { continue };
        // What can't be read is told by `check`, and never gets to a cluster.
        let reading = manifest::read(&text, Format::Manifest, &ReadLimits::default());
        for manifest in reading.manifests.into_iter().map(Arc::new) {
            for resource in manifest::resources(&manifest).unwrap_or_default() {
                let from = format!("{} {}{}", file.name, resource.id, resource.path);
                found.push(Object { from, node: resource.node });
            }
        }
    }
    found
}

/// Why an object, by its nature, is not asked about as `check` is told of it; none where both must
/// say the same.
fn differs(object: &Node) -> Option<&'static str> {
    if object.get_str("kind").is_none_or(str::is_empty) {
        return Some("an API server admits nothing without a kind");
    }
    if object.get("items").is_some_and(|items| items.items().is_some()) {
        return Some("`check` judges the items of a list, a webhook is asked about each by itself");
    }
    if object.get_str("kind") == Some("AdmissionReview") {
        return Some(
            "`check` judges what a recorded review is about, a webhook is asked about the record",
        );
    }
    let leaves = object.get("metadata").and_then(|it| it.get("deletionTimestamp"));
    if leaves.is_some() {
        return Some("nothing is deployed by what is on its way out");
    }
    let agreed = ["Waiver", "Baseline"].iter().any(|kind| object.get_str("kind") == Some(kind));
    if agreed && object.get_str("apiVersion") == Some("manifestly.dev/v1") {
        return Some("what was agreed is no manifest");
    }
    None
}

/// The policies that a webhook is not asked about, as they look at several manifests at once.
fn unasked(admission: &Admission<'_>) -> Vec<String> {
    admission.unasked().map(|policy| policy.id.clone()).collect()
}

/// As `check` says it of a file that holds the object and nothing else.
fn by_check(checker: &Checker, object: &Node, leave_out: &[String]) -> Said {
    let text = serde_json::to_string_pretty(object).unwrap();
    let input = Input::Text(Arc::new(SourceText::new("object.json", text)));
    let report = checker.check(&[input], Vec::new(), &|| {});
    let asked = report.findings.iter().filter(|it| !leave_out.contains(&it.policy.id));
    said(asked, 0, &report.errors, report.summary.unannounced)
}

/// As a webhook says it of the request that creates the object.
fn by_admission(
    judge: &mut AdmissionJudge<'_>,
    checker: &Checker,
    review: &str,
) -> (Said, Decision) {
    let request = AdmissionRequest::read(review.as_bytes(), &review_limits(64 << 20)).unwrap();
    let top = request.object().map_or(0, |object| object.path.0.len());
    let judged = judge.judge(&request, None);
    let said = said(judged.findings.iter(), top, &judged.problems, judged.unannounced);
    (said, decide(&request, judged, checker.basis(), OnError::Deny))
}

/// What is said, with paths behind so many steps.
fn said<'f>(
    findings: impl Iterator<Item = &'f Finding>,
    top: usize,
    problems: &[Problem],
    unannounced: usize,
) -> Said {
    let told = |finding: &Finding| {
        let place = finding.place.as_ref();
        let inside =
            place.map(|place| Pointer(place.path.0[top.min(place.path.0.len())..].to_vec()));
        let how = place.map(|it| (&it.stable_path, &it.missing, it.source, it.confidence));
        let path = inside.map(|path| format!("{path} {how:?}")).unwrap_or_default();
        let standing = format!("{:?}", finding.standing);
        [finding.policy.id.clone(), standing, path, finding.message.clone()]
    };
    let mut findings: Vec<_> = findings.map(told).collect();
    findings.sort();
    let mut problems: Vec<_> = problems.iter().map(|problem| problem.message.clone()).collect();
    problems.sort();
    Said { findings, problems, unannounced }
}

/// Judges objects in all ways, and tells where these differ, and how much is found.
fn compare(set: &Set, objects: &[Object]) -> (Vec<String>, usize) {
    let checker = &set.checker;
    #[cfg(feature = "serve")]
    let served = Served::of(set);
    let admission = checker.admission().unwrap();
    assert!(admission.problems().is_empty(), "{:?}", admission.problems());
    let leave_out = unasked(&admission);
    let judged: Vec<_> = objects
        .par_chunks(64)
        .flat_map_iter(|objects| {
            let mut judge = admission.judge();
            #[cfg(feature = "serve")]
            let mut served = served.as_ref().map(Served::connect);
            let compared = objects.iter().map(|object| {
                let review = serde_json::to_string(&admission_review(&object.node)).unwrap();
                let check = by_check(checker, &object.node, &leave_out);
                let (admission, decision) = by_admission(&mut judge, checker, &review);
                let blocks = |[_, standing, ..]: &[String; 4]| standing == "Blocking";
                let denied =
                    admission.findings.iter().any(blocks) || !admission.problems.is_empty();
                assert_eq!(decision.allowed, !denied, "{}", object.from);
                #[cfg(feature = "serve")]
                if let Some(served) = &mut served {
                    let response = String::from_utf8(decision.response()).unwrap();
                    assert_eq!(served(&review), response, "{} by {}", object.from, set.name);
                }
                let differs = (check != admission).then(|| {
                    format!("{}:\n  check {check:#?}\n  admission {admission:#?}", object.from)
                });
                (differs, admission)
            });
            compared.collect::<Vec<_>>()
        })
        .collect();
    let found = judged.iter().map(|(_, said)| said.findings.len()).sum();
    (judged.into_iter().filter_map(|(differs, _)| differs).collect(), found)
}

/// Judges objects by all sets; gives how many findings of each they agree on.
fn agree(objects: &[Object]) -> BTreeMap<&'static str, usize> {
    let by_set = Set::all().into_iter().map(|set| {
        let (name, (differ, found)) = (set.name, compare(&set, objects));
        let first: Vec<_> = differ.iter().take(3).map(String::as_str).collect();
        assert!(first.is_empty(), "{name}: {} differ\n{}", differ.len(), first.join("\n"));
        (name, found)
    });
    by_set.collect()
}

/// The objects of which all ways must say the same.
fn of_all(objects: Vec<Object>) -> Vec<Object> {
    let count = objects.len();
    let kept: Vec<_> = objects.into_iter().filter(|it| differs(&it.node).is_none()).collect();
    // Few must differ, or this says nothing.
    assert!(kept.len() * 10 > count * 8, "{} of {count}", kept.len());
    kept
}

#[test]
fn fixtures_are_judged_the_same() {
    let objects = of_all(objects(&root().join("fixtures")));
    let agreed = agree(&objects);
    for (name, found) in &agreed {
        assert_eq!(*found == 0, [COMBINED, DELETIONS].contains(name), "{name} finds {found}");
    }
    let all: usize = agreed.values().sum();
    assert!(all > 300, "{all} findings in {} objects", objects.len());
}

#[test]
fn a_corpus_is_judged_the_same() {
    let named = std::env::var_os("MANIFESTLY_TEST_CORPUS").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| root().join(CORPUS));
    if !folder.is_dir() {
        eprintln!("skipped: there is no folder {}", folder.display());
        return;
    }
    let objects = of_all(objects(&folder));
    let all: usize = agree(&objects).values().sum();
    assert!(all > 1000, "{all} findings in {} objects", objects.len());
    eprintln!("{all} findings in {} objects, the same in all ways", objects.len());
}

#[test]
fn what_must_differ_does() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n  \
                spec: {containers: [{name: a, image: a, securityContext: {privileged: true}}]}\n";
    let object = |text: &str| {
        let text = Arc::new(SourceText::new("a.yaml", text));
        let reading = manifest::read(&text, Format::Manifest, &ReadLimits::default());
        reading.manifests[0].root.clone()
    };
    let review = format!(
        "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest: {{uid: '1', operation: \
         CREATE, object: {}}}\n",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: b}]}}"
    );
    let leaving = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, deletionTimestamp: '2026-11-30T00:00:00Z'}\n\
                   spec: {containers: [{name: a, image: a, securityContext: {privileged: true}}]}\n";
    for (set, text) in
        [("the embedded pack", text), ("the embedded pack", leaving), ("about requests", &review)]
    {
        let (set, object) = (Set::named(set), object(text));
        assert!(differs(&object).is_some(), "{text}");
        let (differ, _) = compare(&set, &[Object { from: set.name.to_owned(), node: object }]);
        assert_eq!(differ.len(), 1, "{text}");
    }
    let kindless = admission_review(&object("metadata: {name: a}\nspec: {}\n"));
    let review = serde_json::to_vec(&kindless).unwrap();
    assert!(AdmissionRequest::read(&review, &review_limits(9_999)).is_err());
}
