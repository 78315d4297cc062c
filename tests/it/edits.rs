//! What holds for every edit: the text reads as the patched manifest, and what is not edited stays
//! as it is, byte by byte.

use std::fmt::Write as _;
use std::sync::Arc;

use manifestly::fix::{Operation, Patch, Refusal, edited, edits};
use manifestly::manifest::{self, Format, Manifest, Node, NodeKind, Pointer, ReadLimits, Step};
use manifestly::source::{SourceText, Span};
use proptest::prelude::*;
use serde_json::Value;

use crate::run::root;

/// Chooses, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.roll(chances) == 0
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.roll(choices.len())]
    }
}

const WORDS: [&str; 12] =
    ["web", "128Mi", "it's", "a b", "x#w", "é😀", "http://x/w", "a,b", "1.2.3", "-v", "a:b", "b]"];
const TEXTS: [&str; 8] = ["yes", "0777", "", " x ", "a: b", "two\nlines\n", "# no", "- x"];
const KEYS: [&str; 8] = ["name", "image", "app.kubernetes.io/name", "on", "é", "a b", "7", "spec"];

fn value(dice: &mut Dice, depth: usize) -> Value {
    match dice.roll(if depth == 0 { 6 } else { 10 }) {
        0 => Value::Null,
        1 => dice.one_in(2).into(),
        2 => dice.roll(2000).into(),
        3 => dice.pick(&TEXTS).into(),
        4 | 5 => dice.pick(&WORDS).into(),
        6 | 7 => (0..dice.roll(4)).map(|_| value(dice, depth - 1)).collect(),
        _ => Value::Object(
            (0..dice.roll(4))
                .map(|_| (dice.pick(&KEYS).to_owned(), value(dice, depth - 1)))
                .collect(),
        ),
    }
}

fn map(dice: &mut Dice) -> Value {
    loop {
        if let map @ Value::Object(_) = value(dice, 4)
            && map != Value::Object(serde_json::Map::new())
        {
            return map;
        }
    }
}

/// Writes values in one of the many styles that people write.
struct Scribe<'d> {
    dice: &'d mut Dice,
    step: usize,
    list: usize,
    comments: bool,
    anchors: bool,
    newline: &'static str,
    text: String,
}

impl Scribe<'_> {
    fn end_line(&mut self) {
        if self.comments && self.dice.one_in(4) {
            self.text.push_str(self.dice.pick(&[" # c", "   # it's: [", "  ", " #"]));
        }
        self.text.push_str(self.newline);
        while self.comments && self.dice.one_in(8) {
            let line = self.dice.pick(&["", "# top", "      # deep", "  # - x: 1", "   "]);
            self.text.push_str(line);
            self.text.push_str(self.newline);
        }
    }

    fn scalar(&mut self, value: &Value) -> String {
        let Some(text) = value.as_str() else {
            return match value {
                Value::Null => self.dice.pick(&["null", "~"]).to_owned(),
                value => value.to_string(),
            };
        };
        match self.dice.roll(3) {
            0 if WORDS.contains(&text) && !text.contains([',', ']']) => text.to_owned(),
            1 if !text.contains('\n') => format!("'{}'", text.replace('\'', "''")),
            _ => value.to_string(),
        }
    }

    fn key(&mut self, key: &str) -> String {
        match self.dice.roll(6) {
            0 => Value::from(key).to_string(),
            1 => format!("'{key}'"),
            _ if key == "7" || key == "on" => format!("\"{key}\""),
            _ => key.to_owned(),
        }
    }

    fn flow(&mut self, value: &Value) -> String {
        let pad = self.dice.pick(&["", " "]);
        let parts: Vec<String> = match value {
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| format!("{}: {}", self.key(key), self.flow(value)))
                .collect(),
            Value::Array(items) => items.iter().map(|item| self.flow(item)).collect(),
            scalar => return self.scalar(scalar),
        };
        let comma = self.dice.pick(&[", ", " ,", ",\n        "]).replace('\n', self.newline);
        let trailing = if parts.is_empty() || self.dice.one_in(2) { "" } else { "," };
        let [open, close] = if value.is_array() { ["[", "]"] } else { ["{", "}"] };
        format!("{open}{pad}{}{trailing}{pad}{close}", parts.join(&comma))
    }

    fn takes_lines(&mut self, value: &Value) -> bool {
        let is_filled = value.as_array().is_some_and(|items| !items.is_empty())
            || value.as_object().is_some_and(|map| !map.is_empty());
        is_filled && !self.dice.one_in(4)
    }

    /// What stands behind a colon in a column.
    fn behind_key(&mut self, value: &Value, column: usize) {
        if self.takes_lines(value) {
            self.end_line();
            let deeper = if value.is_array() { self.list } else { self.step };
            self.block(value, column + deeper);
            return;
        }
        self.inline(value, column);
    }

    fn inline(&mut self, value: &Value, column: usize) {
        if self.anchors && self.dice.one_in(6) {
            self.text.push_str(" *base");
            return self.end_line();
        }
        if value.is_null() && self.dice.one_in(2) {
            return self.end_line();
        }
        if let Some(lines) = value.as_str().and_then(|text| text.strip_suffix('\n'))
            && self.dice.one_in(2)
        {
            self.text.push_str(" |");
            self.text.push_str(self.newline);
            for line in lines.split('\n') {
                write!(self.text, "{:1$}{line}", "", column + self.step.max(1)).unwrap();
                self.text.push_str(self.newline);
            }
            return;
        }
        let text = self.flow(value);
        self.text.push_str(if self.dice.one_in(12) { " &own " } else { " " });
        self.text.push_str(&text);
        self.end_line();
    }

    fn block(&mut self, value: &Value, column: usize) {
        match value {
            Value::Object(map) => {
                if self.anchors && !self.in_line() && self.dice.one_in(4) {
                    write!(self.text, "{:column$}<<: *base{}", "", self.newline).unwrap();
                }
                for (at, (key, value)) in map.iter().enumerate() {
                    let margin = if at == 0 && self.in_line() { 0 } else { column };
                    let key = self.key(key);
                    write!(self.text, "{:margin$}{key}:", "").unwrap();
                    self.behind_key(value, column);
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    let margin = if at == 0 && self.in_line() { 0 } else { column };
                    write!(self.text, "{:margin$}-", "").unwrap();
                    if self.takes_lines(item) {
                        self.text.push(' ');
                        self.block(item, column + 2);
                    } else {
                        self.inline(item, column);
                    }
                }
            }
            scalar => {
                let text = self.scalar(scalar);
                self.text.push_str(&text);
                self.end_line();
            }
        }
    }

    fn in_line(&self) -> bool {
        !self.text.is_empty() && !self.text.ends_with('\n')
    }
}

fn document(dice: &mut Dice, newline: &'static str) -> String {
    let value = map(dice);
    if dice.one_in(5) {
        let text = if dice.one_in(2) { value.to_string() } else { format!("{value:#}") };
        return text.replace('\n', newline) + newline;
    }
    let (step, list) = (dice.roll(3) + 1, dice.roll(3));
    let comments = !dice.one_in(3);
    let anchors = dice.one_in(5);
    let text = String::new();
    let mut scribe = Scribe { dice, step, list, comments, anchors, newline, text };
    if comments && scribe.dice.one_in(3) {
        scribe.text.push_str("# head");
        scribe.text.push_str(newline);
    }
    if anchors {
        scribe.text.push_str(&"base: &base\n  base: 1\n  name: [x]\n".replace('\n', newline));
    }
    scribe.block(&value, 0);
    scribe.text
}

fn stream(dice: &mut Dice) -> String {
    let newline = if dice.one_in(3) { "\r\n" } else { "\n" };
    let count = dice.roll(3) + 1;
    let documents: Vec<String> = (0..count).map(|_| document(dice, newline)).collect();
    let mut text = documents.join(&format!("---{newline}"));
    if dice.one_in(3) {
        text = text.trim_end().to_owned();
    }
    text
}

fn read(text: &str) -> manifest::Reading {
    let source = Arc::new(SourceText::new("m.yaml", text));
    manifest::read(&source, Format::Manifest, &ReadLimits::default())
}

fn paths(node: &Node, path: &Pointer, found: &mut Vec<Pointer>) {
    found.push(path.clone());
    let mut go = |step: Step, node: &Node| paths(node, &path.join(&[step]), found);
    match &node.kind {
        NodeKind::Mapping(entries) => {
            entries.iter().for_each(|entry| go(Step::Key(Arc::clone(&entry.key)), &entry.value));
        }
        NodeKind::Sequence(items) => {
            items.iter().enumerate().for_each(|(at, item)| go(Step::Index(at), item));
        }
        _ => {}
    }
}

fn operation(dice: &mut Dice, root: &Node) -> Operation {
    let mut all = Vec::new();
    paths(root, &Pointer::default(), &mut all);
    let path = all[dice.roll(all.len())].clone();
    let new = Node::from(&value(dice, 2));
    let here = root.at(&path.0).unwrap();
    let further = match &here.kind {
        NodeKind::Mapping(_) => Some(dice.pick(&["new", "image", "on", "z/é"]).into()),
        NodeKind::Sequence(items) => Some(Step::Index(dice.roll(items.len() + 1))),
        _ => None,
    };
    match (dice.roll(4), further) {
        (0 | 1, Some(further)) => Operation::Add { path: path.join(&[further]), value: new },
        (2, _) if !path.0.is_empty() => Operation::Remove { path },
        _ if !path.0.is_empty() => Operation::Replace { path, value: new },
        _ => Operation::Add { path: Pointer(vec!["added".into()]), value: new },
    }
}

/// What must hold, whether or not a text is edited.
fn check(text: &str, manifest: &Manifest, patch: &Patch) -> Result<(), Refusal> {
    let edits = edits(manifest, patch)?;
    let mut at = manifest.extent.start;
    for edit in &edits {
        assert!(at <= edit.span.start && edit.span.end <= manifest.extent.end, "{edits:?}");
        at = edit.span.end;
    }
    let new = edited(text, &edits);
    let before = read(text);
    let after = read(&new);
    assert!(after.errors.is_empty(), "{patch:?}\n{text}\n{new}\n{:?}", after.errors);
    let wanted = patch.apply(&manifest.root).unwrap();
    assert_eq!(before.manifests.len(), after.manifests.len(), "{patch:?}\n{text}\n{new}");
    for (old, new) in before.manifests.iter().zip(&after.manifests) {
        let wanted = if old.document == manifest.document { &wanted } else { &old.root };
        assert!(wanted.same_value(&new.root), "{patch:?}\n{text}");
    }
    // What is not edited stands where it stood, from the front and from the back.
    if let (Some(first), Some(last)) = (edits.first(), edits.last()) {
        assert_eq!(text[..first.span.start], new[..first.span.start]);
        assert!(new.ends_with(&text[last.span.end..]));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 1000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn edited_texts_read_as_patched_manifests(seed in 1..u64::MAX) {
        let mut dice = Dice(seed);
        let text = stream(&mut dice);
        let reading = read(&text);
        prop_assert!(reading.errors.is_empty(), "{text}\n{:?}", reading.errors);
        let manifest = &reading.manifests[dice.roll(reading.manifests.len())];
        let mut tree = manifest.root.clone();
        let mut patch = Patch::default();
        for _ in 0..=dice.roll(3) {
            let operation = operation(&mut dice, &tree);
            tree = operation.apply(&tree).unwrap();
            patch.0.push(operation);
        }
        let checked = check(&text, manifest, &patch);
        let may_refuse = match checked {
            Ok(()) => true,
            // What belongs to a text by its indentation alone may change hands with its neighbour.
            Err(Refusal::Unsure) => text.contains(['|', '&']),
            Err(Refusal::Shared | Refusal::Layout(_)) => text.contains('&'),
            Err(_) => false,
        };
        prop_assert!(may_refuse, "{checked:?}\n{}\n{text}", serde_json::to_string(&patch).unwrap());
    }
}

#[test]
fn spans_of_edits_count_in_the_whole_text() {
    let text = "é: 1\n---\na: 1\n";
    let reading = read(text);
    let path = Pointer(vec!["b".into()]);
    let patch = Patch(vec![Operation::Add { path, value: Node::from(&Value::from(2)) }]);
    let edits = edits(&reading.manifests[1], &patch).unwrap();
    assert_eq!(edits[0].span, Span::new(14, 14));
}

/// Manifests, the patches of `fixtures/fixes`, and the texts that they become.
fn fixtures() -> Vec<std::path::PathBuf> {
    let folder = std::fs::read_dir(root().join("fixtures/fixes")).unwrap();
    let patches = folder.map(|entry| entry.unwrap().path());
    let mut patches: Vec<_> =
        patches.filter(|path| path.extension().is_some_and(|ending| ending == "patch")).collect();
    patches.sort();
    patches
}

fn patch_of(path: &std::path::Path) -> Patch {
    let json: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let operation = |json: &Value| {
        let path = manifest::parse_path(json["path"].as_str().unwrap()).unwrap();
        let value = Node::from(&json["value"]);
        match json["op"].as_str().unwrap() {
            "add" => Operation::Add { path, value },
            "replace" => Operation::Replace { path, value },
            _ => Operation::Remove { path },
        }
    };
    Patch(json.as_array().unwrap().iter().map(operation).collect())
}

/// kubectl's answers stand in fixtures/fixes/golden; tests/goldens/kubectl.py asks for them anew.
#[test]
fn kubectl_reads_edited_texts_as_patched_objects() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 9);
    for path in fixtures {
        let ending = if path.with_extension("json").is_file() { "json" } else { "yaml" };
        let text = std::fs::read_to_string(path.with_extension(ending)).unwrap();
        let manifest = &read(&text).manifests[0];
        let patch = patch_of(&path);
        let new = edited(&text, &edits(manifest, &patch).unwrap());
        let expected = path.with_extension(format!("edited.{ending}"));
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::write(&expected, &new).unwrap();
            continue;
        }
        assert_eq!(new, std::fs::read_to_string(&expected).unwrap(), "{path:?}");

        let name = format!("{}.json", path.file_stem().unwrap().to_str().unwrap());
        let golden = path.with_file_name("golden").join(name);
        let golden: Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
        let [before, after] =
            ["before", "after"].map(|key| golden[key]["objects"].as_array().unwrap());
        let objects = before.iter().enumerate().map(|(at, object)| {
            let object = Node::from(object);
            if at == 0 { patch.apply(&object).unwrap() } else { object }
        });
        for (wanted, object) in objects.zip(after) {
            assert!(wanted.same_value(&Node::from(object)), "{path:?}\n{object:#}");
        }
        assert_eq!(before.len(), after.len(), "{path:?}");
    }
}
