//! Proofs: what a result rests on in the input.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::manifest::{Pointer, Step};

use super::eval::{LogId, Noted, Trace};
use super::value::{Member as _, NodeId, Value, with_room};

/// What a result read of the input, by paths in the order of the paths.
///
/// A path that was read stands for all that is below it. The containers on the way to it are not
/// listed.
///
/// ```
/// use manifestly::engine::{EngineLimits, Program};
/// use manifestly::manifest::{self, Format, ReadLimits};
/// use manifestly::policy::Loader;
/// use manifestly::source::SourceText;
///
/// let policies = Loader::new()
///     .policy_text("p.rego", "package p\ndeny contains \"keep two\" if input.replicas < 2")
///     .load()
///     .unwrap();
/// let program = Program::compile(&policies, EngineLimits::default()).unwrap();
/// let text = std::sync::Arc::new(SourceText::new("a.yaml", "replicas: 1\nname: a\n"));
/// let manifest = &manifest::read(&text, Format::Manifest, &ReadLimits::default()).manifests[0];
///
/// let mut evaluator = program.evaluator();
/// evaluator.keep_proofs(true);
/// evaluator.set_input(&manifest.root, "a.yaml");
/// let outcome = evaluator.evaluate(&policies.entry_points[0]).unwrap();
/// let proof = evaluator.proof(&outcome.results[0]).unwrap();
/// assert_eq!(proof.used[0].to_string(), "/replicas");
/// assert_eq!(proof.used.len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Compared, tested, or handed to a function.
    pub used: Vec<Pointer>,
    /// Gone through, member by member.
    pub stepped: Vec<Pointer>,
    /// Written into a text.
    pub printed: Vec<Pointer>,
    /// Looked for and not there: the whole path that was to be followed.
    pub missing: Vec<Pointer>,
    /// Whether this is all. A proof that would have grown too large is not.
    pub is_whole: bool,
}

/// The nodes of an input: where each stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Nodes(Vec<(NodeId, Step)>);

impl Nodes {
    /// The same value, each part of it knowing its node.
    pub(super) fn number(&mut self, mut root: Value) -> Value {
        self.0.clear();
        // Number 0 is nobody, 1 the root, which has no step.
        let nowhere = (NodeId::NONE, Step::Index(0));
        self.0.extend([nowhere.clone(), nowhere]);
        self.value(&mut root, NodeId(1));
        root
    }

    fn add(&mut self, parent: NodeId, step: Step) -> NodeId {
        self.0.push((parent, step));
        NodeId(u32::try_from(self.0.len() - 1).unwrap_or_default())
    }

    /// Numbers a value, in its place if nobody else holds it.
    fn value(&mut self, value: &mut Value, id: NodeId) {
        with_room(value.depth(), || match value {
            Value::Array(node, items) => {
                *node = id;
                for (at, item) in Arc::make_mut(items).members_mut().iter_mut().enumerate() {
                    let child = self.add(id, Step::Index(at));
                    self.value(item, child);
                }
            }
            Value::Object(node, fields) => {
                *node = id;
                for (key, value) in Arc::make_mut(fields).members_mut() {
                    let step = match &*key {
                        Value::String(_, text) => Step::Key(Arc::clone(text)),
                        other => Step::Key(other.to_string().into()),
                    };
                    let child = self.add(id, step);
                    // Who looks at a key looks at its entry.
                    key.set_node(child);
                    self.value(value, child);
                }
            }
            other => other.set_node(id),
        });
    }

    /// Forgets the input that was numbered last.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether a value is one of the input.
    pub(super) fn holds(&self, value: &Value) -> bool {
        let node = value.node();
        node != NodeId::NONE && (node.0 as usize) < self.0.len()
    }

    /// Where a value was read. An object that a policy made of one of the input, as by adding to
    /// it, is where most of what it holds was read.
    pub(super) fn origin_of(&self, value: &Value) -> Option<Pointer> {
        if self.holds(value) {
            return self.path(value.node());
        }
        let mut holders = BTreeMap::<NodeId, usize>::new();
        for (key, member) in value.as_object().unwrap_or_default() {
            if let Some((holder, Step::Key(step))) = self.0.get(member.node().0 as usize)
                && key.as_str() == Some(&**step)
            {
                *holders.entry(*holder).or_default() += 1;
            }
        }
        // Of several, the first in the input.
        let most =
            holders.iter().max_by_key(|(holder, held)| (**held, std::cmp::Reverse(holder.0)));
        most.and_then(|(holder, _)| self.path(*holder))
    }

    /// Where a node stands, from the top of the input.
    pub(super) fn path(&self, node: NodeId) -> Option<Pointer> {
        let steps = self.ways_up(node).map(|node| Some(self.0.get(node.0 as usize)?.1.clone()));
        let mut steps = steps.collect::<Option<Vec<_>>>()?;
        steps.reverse();
        Some(Pointer(steps))
    }

    /// The nodes from the one below the top down to `node` itself.
    pub(super) fn way_to(&self, node: NodeId) -> Vec<NodeId> {
        let mut way: Vec<_> = self.ways_up(node).collect();
        way.reverse();
        way
    }

    pub(super) fn parent(&self, node: NodeId) -> NodeId {
        self.0.get(node.0 as usize).map_or(NodeId::NONE, |(parent, _)| *parent)
    }

    fn ways_up(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let up = |node: &NodeId| Some(self.parent(*node));
        std::iter::successors(Some(node), up).take_while(|node| node.0 > 1)
    }
}

/// One thing that a result rests on, by its node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reading {
    /// Compared, tested, or handed to a function.
    Used(NodeId),
    /// Gone through, member by member.
    Stepped(NodeId),
    /// Written into a text.
    Printed(NodeId),
    /// Keys that were to be followed from a node, of which the first is not there.
    Missing(NodeId, Vec<Value>),
}

/// What is behind a log, each reading once, in the order in which they were first made.
pub(super) fn readings(log: LogId, trace: &Trace) -> Vec<Reading> {
    each_once(trace.reads(log))
}

/// Everything that was read, in the same way.
pub(super) fn all_readings(trace: &Trace) -> Vec<Reading> {
    each_once(trace.all_reads())
}

fn each_once(reads: Vec<Noted>) -> Vec<Reading> {
    let mut seen = std::collections::HashSet::new();
    let mut found = Vec::new();
    for read in reads {
        let reading = match read {
            Noted::Used(node) => Reading::Used(node),
            Noted::Stepped(node) => Reading::Stepped(node),
            Noted::Printed(node) => Reading::Printed(node),
            Noted::Missing(node, keys) => Reading::Missing(node, keys.to_vec()),
        };
        if seen.insert(reading.clone()) {
            found.push(reading);
        }
    }
    found
}

/// What is behind a log, told by paths.
pub(super) fn of(log: LogId, trace: &Trace, nodes: &Nodes) -> Proof {
    told(trace.reads(log), trace, nodes)
}

/// Everything that was read, told by paths.
pub(super) fn of_everything(trace: &Trace, nodes: &Nodes) -> Proof {
    told(trace.all_reads(), trace, nodes)
}

/// Keys as steps of a path; none where one of them is no step.
pub(crate) fn steps(keys: &[Value]) -> Option<Vec<Step>> {
    let step = |key: &Value| match key {
        Value::String(_, text) => Some(Step::Key(Arc::clone(text))),
        key => key.as_i64().and_then(|at| usize::try_from(at).ok()).map(Step::Index),
    };
    keys.iter().map(step).collect()
}

fn told(reads: Vec<Noted>, trace: &Trace, nodes: &Nodes) -> Proof {
    let mut used = BTreeSet::new();
    let mut stepped = BTreeSet::new();
    let mut printed = BTreeSet::new();
    let mut missing = BTreeSet::new();
    for read in reads {
        match read {
            Noted::Used(node) => used.extend(nodes.path(node)),
            Noted::Stepped(node) => stepped.extend(nodes.path(node)),
            Noted::Printed(node) => printed.extend(nodes.path(node)),
            Noted::Missing(node, keys) => {
                if let (Some(path), Some(steps)) = (nodes.path(node), steps(&keys)) {
                    missing.insert(path.join(&steps));
                }
            }
        }
    }
    let listed = |paths: BTreeSet<Pointer>| paths.into_iter().collect();
    Proof {
        used: listed(used),
        stepped: listed(stepped),
        printed: listed(printed),
        missing: listed(missing),
        is_whole: !trace.is_full(),
    }
}
