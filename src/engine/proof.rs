//! Proofs: what a result rests on in the input.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::manifest::{Node, NodeKind, Pointer, Step};

use super::eval::{LogId, Read, Trace};
use super::value::{NodeId, Value};

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
    /// Looked for and not there.
    pub missing: Vec<Pointer>,
    /// Whether this is all. A proof that would have grown too large is not.
    pub is_whole: bool,
}

/// The nodes of an input: where each stands.
#[derive(Debug, Default)]
pub(super) struct Nodes(Vec<(NodeId, Step)>);

impl Nodes {
    /// The value of a manifest, each part of it knowing its node.
    pub(super) fn number(&mut self, root: &Node) -> Value {
        self.0.clear();
        // Number 0 is nobody, 1 the root, which has no step.
        let nowhere = (NodeId::NONE, Step::Index(0));
        self.0.extend([nowhere.clone(), nowhere]);
        self.value(root, NodeId(1))
    }

    fn add(&mut self, parent: NodeId, step: Step) -> NodeId {
        self.0.push((parent, step));
        NodeId(u32::try_from(self.0.len() - 1).unwrap_or_default())
    }

    fn value(&mut self, node: &Node, id: NodeId) -> Value {
        match &node.kind {
            NodeKind::Sequence(items) => {
                let items = items.iter().enumerate().map(|(at, item)| {
                    let child = self.add(id, Step::Index(at));
                    self.value(item, child)
                });
                Value::array(items.collect())
            }
            NodeKind::Mapping(entries) => {
                let entries = entries.iter().map(|entry| {
                    let child = self.add(id, Step::Key(Arc::clone(&entry.key)));
                    (Value::string(Arc::clone(&entry.key)), self.value(&entry.value, child))
                });
                Value::object_of_last(entries.collect())
            }
            _ => Value::from(node),
        }
        .with_node(id)
    }

    /// Forgets the input that was numbered last.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Where a value was read. An object that a policy made of one of the input, as by adding to
    /// it, is where most of what it holds was read.
    pub(super) fn path_of(&self, value: &Value) -> Option<Pointer> {
        let own = value.node();
        if own != NodeId::NONE && (own.0 as usize) < self.0.len() {
            return self.path(own);
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

    fn path(&self, node: NodeId) -> Option<Pointer> {
        let mut steps = Vec::new();
        let mut node = node;
        while node.0 > 1 {
            let (parent, step) = self.0.get(node.0 as usize)?;
            steps.push(step.clone());
            node = *parent;
        }
        steps.reverse();
        Some(Pointer(steps))
    }
}

/// What is behind a log, told by paths.
pub(super) fn of(log: LogId, trace: &Trace, nodes: &Nodes) -> Proof {
    told(trace.reads(log), trace, nodes)
}

/// Everything that was read, told by paths.
pub(super) fn of_everything(trace: &Trace, nodes: &Nodes) -> Proof {
    told(trace.all_reads().to_vec(), trace, nodes)
}

fn told(reads: Vec<Read>, trace: &Trace, nodes: &Nodes) -> Proof {
    let mut used = BTreeSet::new();
    let mut stepped = BTreeSet::new();
    let mut printed = BTreeSet::new();
    let mut missing = BTreeSet::new();
    for read in reads {
        match read {
            Read::Used(node) => used.extend(nodes.path(node)),
            Read::Stepped(node) => stepped.extend(nodes.path(node)),
            Read::Printed(node) => printed.extend(nodes.path(node)),
            Read::Missing(number) => {
                let (node, key) = trace.missing_at(number);
                let step = match key {
                    Value::String(_, text) => Some(Step::Key(Arc::clone(text))),
                    key => key.as_i64().and_then(|at| usize::try_from(at).ok()).map(Step::Index),
                };
                if let (Some(path), Some(step)) = (nodes.path(*node), step) {
                    missing.insert(path.join(&[step]));
                }
            }
            Read::Log(_) => {}
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
