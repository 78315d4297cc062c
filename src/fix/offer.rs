//! What a violation offers to change, in the ways in which policies say it.

use serde_json::Value as Json;
use thiserror::Error;

use crate::engine::value::Value;
use crate::manifest::{Node, Pointer, Step, parse_path};

use super::patch::{Operation, Patch, PatchError};

/// What a violation offers. Its paths lead from the policy's input.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    changes: Vec<Change>,
    /// Whether a value is left for people to fill in.
    pub is_blank: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Change {
    /// Whatever is missing on the way.
    Set(Pointer, Node),
    Replace(Pointer, Node),
    Remove(Pointer),
    /// What stands there in the manifest as it was, whatever was removed before.
    Drop(Pointer),
    Move(Pointer, Pointer),
    Copy(Pointer, Pointer),
    Test(Pointer, Node),
}

/// Why an offer is no patch of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OfferError {
    /// It speaks of something that no manifest has.
    #[error("it changes what stands in no manifest")]
    Nowhere,
    /// It does not fit.
    #[error(transparent)]
    Patch(#[from] PatchError),
}

/// What Kubescape's rules write where a value is the user's own.
const BLANK: &str = "YOUR_";

impl Offer {
    /// What a violation offers, if anything: under `fix`, else as Kubescape's rules say it.
    pub fn of(violation: &Value) -> Option<Self> {
        if let Some(fix) = violation.field("fix") {
            let changes = changes(&fix.to_serde())?;
            return (!changes.is_empty()).then_some(Self { changes, is_blank: false });
        }
        let list = |key: &str| violation.field(key).map(Value::to_serde).unwrap_or_default();
        let mut offer = Self { changes: Vec::new(), is_blank: false };
        for set in list("fixPaths").as_array().into_iter().flatten() {
            let path = path(&set["path"]).filter(|path| !path.0.is_empty());
            let (Some(path), Some(value)) = (path, set.get("value")) else { continue };
            offer.is_blank |= value.as_str().is_some_and(|text| text.contains(BLANK));
            offer.changes.push(Change::Set(path, Node::from(&literal(value))));
        }
        for removed in list("deletePaths").as_array().into_iter().flatten() {
            let path = path(removed).filter(|path| !path.0.is_empty());
            offer.changes.extend(path.map(Change::Drop));
        }
        (!offer.changes.is_empty()).then_some(offer)
    }

    /// The patch of a document. `place` says where in it a path of the input leads.
    ///
    /// # Errors
    ///
    /// Why it does not fit.
    pub fn patch(
        &self,
        root: &Node,
        place: impl Fn(&Pointer) -> Option<Pointer>,
    ) -> Result<Patch, OfferError> {
        let find = |path: &Pointer, root: &Node| {
            place(path).and_then(|path| settled(&path, root)).ok_or(OfferError::Nowhere)
        };
        let mut patch = Patch::default();
        let mut tree = root.clone();
        let mut run = |more: Patch, tree: &mut Node| {
            *tree = more.apply(tree)?;
            patch.0.extend(more.0);
            Ok::<_, OfferError>(())
        };
        for change in &self.changes {
            let at = |path: &Pointer| find(path, &tree);
            let value_at = |path: &Pointer| {
                tree.at(&path.0).cloned().ok_or(PatchError::Absent { path: path.clone() })
            };
            let more = match change {
                Change::Set(path, value) => put(&tree, at(path)?, value.clone())?,
                Change::Replace(path, value) => {
                    Patch(vec![Operation::Replace { path: at(path)?, value: value.clone() }])
                }
                Change::Test(path, value) => {
                    Patch(vec![Operation::Test { path: at(path)?, value: value.clone() }])
                }
                Change::Move(from, to) => {
                    let from = at(from)?;
                    let value = value_at(&from)?;
                    run(Patch::removing(from), &mut tree)?;
                    put(&tree, find(to, &tree)?, value)?
                }
                Change::Copy(from, to) => put(&tree, at(to)?, value_at(&at(from)?)?)?,
                Change::Remove(path) => Patch::removing(at(path)?),
                Change::Drop(_) => continue,
            };
            run(more, &mut tree)?;
        }
        // The last item of a list goes first.
        let gone = self.changes.iter().filter_map(|change| match change {
            Change::Drop(path) => Some(find(path, &tree)),
            _ => None,
        });
        let mut gone = gone.collect::<Result<Vec<_>, _>>()?;
        gone.sort();
        gone.dedup();
        for path in gone.into_iter().rev() {
            run(Patch::removing(path), &mut tree)?;
        }
        Ok(patch)
    }
}

/// Adds before an item of a list that is there, and sets anything else.
fn put(root: &Node, path: Pointer, value: Node) -> Result<Patch, PatchError> {
    let above = path.0.split_last().and_then(|(_, above)| root.at(above));
    if above.is_some_and(|above| above.items().is_some()) {
        return Ok(Patch(vec![Operation::Add { path, value }]));
    }
    Patch::setting(root, &path, value)
}

/// The path as the tree has it: with the number of an item in the place of its name.
fn settled(path: &Pointer, root: &Node) -> Option<Pointer> {
    let resolved = path.resolve(root);
    let is_whole = resolved.found.len() + resolved.missing.len() == path.0.len();
    is_whole.then(|| Pointer([resolved.found, resolved.missing].concat()))
}

fn changes(fix: &Json) -> Option<Vec<Change>> {
    if let Some(list) = fix.as_array() {
        let all = list.iter().map(changes).collect::<Option<Vec<_>>>()?;
        return Some(all.concat());
    }
    let at = |key: &str| path(fix.get(key)?);
    let value = || Some(Node::from(fix.get("value")?));
    let change = match (fix.get("op"), fix.get("remove")) {
        (Some(op), _) => match op.as_str()? {
            "add" => Change::Set(at("path")?, value()?),
            "replace" => Change::Replace(at("path")?, value()?),
            "remove" => Change::Remove(at("path")?),
            "move" => Change::Move(at("from")?, at("path")?),
            "copy" => Change::Copy(at("from")?, at("path")?),
            "test" => Change::Test(at("path")?, value()?),
            _ => return None,
        },
        (None, Some(Json::Bool(true))) => Change::Drop(at("path")?),
        (None, Some(_)) => Change::Drop(at("remove")?),
        (None, None) => Change::Set(at("path")?, value()?),
    };
    Some(vec![change])
}

fn path(value: &Json) -> Option<Pointer> {
    match value {
        Json::String(text) => parse_path(text),
        Json::Array(steps) => {
            let step = |step: &Json| match step {
                Json::String(key) => Some(Step::from(key.as_str())),
                step => step.as_u64().and_then(|at| usize::try_from(at).ok()).map(Step::from),
            };
            steps.iter().map(step).collect::<Option<_>>().map(Pointer)
        }
        _ => None,
    }
}

/// Kubescape has every value as a text; what reads as a number or a truth value is meant as one.
fn literal(value: &Json) -> Json {
    let read = value.as_str().and_then(|text| serde_json::from_str::<Json>(text).ok());
    read.filter(|read| read.is_boolean() || read.is_number()).unwrap_or_else(|| value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patched(violation: Json) -> Option<String> {
        let root =
            Node::from(&json!({"spec": {"c": [{"name": "a", "x": 1}, {"name": "b"}], "n": null}}));
        let offer = Offer::of(&Value::from(&violation))?;
        Some(match offer.patch(&root, |path| Some(path.clone())) {
            Ok(patch) => serde_json::to_string(&patch).unwrap(),
            Err(error) => error.to_string(),
        })
    }

    #[test]
    fn offers_are_read_in_every_way_to_say_them() {
        let set = r#"[{"op":"add","path":"/spec/c/0/w","value":true}]"#;
        let gone = r#"[{"op":"remove","path":"/spec/c/0/x"}]"#;
        for (violation, expected) in [
            (json!({"msg": "x"}), None),
            (json!({"fix": "set it to true"}), None),
            (json!({"fix": []}), None),
            (json!({"fix": {"path": ["spec", "c", 0, "w"], "value": true}}), Some(set)),
            (json!({"fix": {"path": "spec.c[name=a].w", "value": true}}), Some(set)),
            (json!({"fix": {"op": "add", "path": "/spec/c/0/w", "value": true}}), Some(set)),
            (json!({"fixPaths": [{"path": "spec.c[0].w", "value": "true"}]}), Some(set)),
            (json!({"fix": {"path": "spec.c[0].x", "remove": true}}), Some(gone)),
            (json!({"fix": {"remove": "spec.c[0].x"}}), Some(gone)),
            (json!({"fix": [{"op": "remove", "path": "/spec/c/a/x"}]}), Some(gone)),
            (json!({"fixPaths": [], "deletePaths": ["spec.c[0].x", ""]}), Some(gone)),
            (
                json!({"fix": [{"remove": "spec.c[0]"}, {"remove": "spec.c[1]"}]}),
                Some(r#"[{"op":"remove","path":"/spec/c/1"},{"op":"remove","path":"/spec/c/0"}]"#),
            ),
            (
                json!({"fix": {"path": "spec.n.k.l", "value": "x"}}),
                Some(r#"[{"op":"replace","path":"/spec/n","value":{"k":{"l":"x"}}}]"#),
            ),
            (
                json!({"fix": {"op": "move", "from": "/spec/c/0/x", "path": "/spec/w"}}),
                Some(
                    r#"[{"op":"remove","path":"/spec/c/0/x"},{"op":"add","path":"/spec/w","value":1}]"#,
                ),
            ),
            (
                json!({"fix": {"op": "add", "path": "/spec/c/-", "value": 7}}),
                Some(r#"[{"op":"add","path":"/spec/c/-","value":7}]"#),
            ),
            (json!({"fix": {"remove": "spec.z"}}), Some("there is nothing at `/spec/z`")),
            (
                json!({"fix": {"path": "spec.c[*].x", "value": 1}}),
                Some("it changes what stands in no manifest"),
            ),
        ] {
            assert_eq!(patched(violation.clone()).as_deref(), expected, "{violation}");
        }
    }

    #[test]
    fn a_value_to_fill_in_is_told() {
        let of = |value: &str| json!({"fixPaths": [{"path": "spec.x", "value": value}]});
        assert!(Offer::of(&Value::from(&of("YOUR_VALUE"))).unwrap().is_blank);
        assert!(!Offer::of(&Value::from(&of("64Mi"))).unwrap().is_blank);
    }
}
