//! What texts become, byte by byte.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::manifest::{Pointer, parse_path};

fn node(value: &Value) -> Node {
    Node::from(value)
}

fn pointer(path: &str) -> Pointer {
    parse_path(path).unwrap()
}

fn patched(text: &str, patch: &Patch) -> Result<String, Refusal> {
    let source = Arc::new(SourceText::new("m.yaml", text));
    let reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
    assert!(reading.errors.is_empty(), "{text}: {:?}", reading.errors);
    Ok(edited(text, &edits(&reading.manifests[0], patch)?))
}

/// Sets a value, wherever it is and whatever is missing on the way.
fn set(text: &str, path: &str, value: Value) -> Result<String, Refusal> {
    let source = Arc::new(SourceText::new("m.yaml", text));
    let reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
    let root = &reading.manifests[0].root;
    patched(text, &Patch::setting(root, &pointer(path), node(&value)).unwrap())
}

fn remove(text: &str, path: &str) -> Result<String, Refusal> {
    patched(text, &Patch::removing(pointer(path)))
}

/// Each text, and what it becomes.
fn sets(cases: &[(&str, &str, Value, &str)]) {
    for (text, path, value, expected) in cases {
        let new = set(text, path, value.clone());
        assert_eq!(new.as_deref(), Ok(*expected), "setting {path} in\n{text}");
    }
}

fn removes(cases: &[(&str, &str, &str)]) {
    for (text, path, expected) in cases {
        let new = remove(text, path);
        assert_eq!(new.as_deref(), Ok(*expected), "removing {path} from\n{text}");
    }
}

#[test]
fn keys_are_added_behind_the_last_one() {
    sets(&[
        (
            "r:\n  a:\n    b: |+\n      text\n\n  c: 1\n",
            "r.a.d",
            json!(1),
            "r:\n  a:\n    b: |+\n      text\n\n    d: 1\n  c: 1\n",
        ),
        ("a: 1\n", "b", json!(2), "a: 1\nb: 2\n"),
        ("a: 1", "b", json!(2), "a: 1\nb: 2"),
        ("a: 1\r\n", "b.c", json!(2), "a: 1\r\nb:\r\n  c: 2\r\n"),
        ("a: 1 # one\n# end\n", "b", json!("x"), "a: 1 # one\nb: x\n# end\n"),
        ("a:\n  b: 1\n\n\nc: 2\n", "a.d", json!(true), "a:\n  b: 1\n  d: true\n\n\nc: 2\n"),
        ("a:\n    b: 1\n", "c.d", json!(1), "a:\n    b: 1\nc:\n    d: 1\n"),
        ("a:\n- b: 1\n  c: 2\n- d\n", "a[0].e", json!(3), "a:\n- b: 1\n  c: 2\n  e: 3\n- d\n"),
        ("a:\n  - b: 1\n", "a[0].e", json!([1]), "a:\n  - b: 1\n    e:\n      - 1\n"),
        (
            "a:\n- b: 1\n",
            "a[0].e",
            json!([1, {"x": 1, "z": 2}]),
            "a:\n- b: 1\n  e:\n  - 1\n  - x: 1\n    z: 2\n",
        ),
        ("a: 'x' # c\n", "b", json!(1), "a: 'x' # c\nb: 1\n"),
        ("\"a\": \"x\"\n", "b", json!(1), "\"a\": \"x\"\n\"b\": 1\n"),
        ("a: |\n  text\n\nb: 1\n", "c", json!(1), "a: |\n  text\n\nb: 1\nc: 1\n"),
        (
            "a:\n  b: |\n    text\n\nc: 1\n",
            "a.d",
            json!(1),
            "a:\n  b: |\n    text\n  d: 1\n\nc: 1\n",
        ),
        (
            "a:\n  b: |+\n    text\n\nc: 1\n",
            "a.d",
            json!(1),
            "a:\n  b: |+\n    text\n\n  d: 1\nc: 1\n",
        ),
        (
            "a:\n  b: >-\n    text\n    more\n",
            "a.d",
            json!(1),
            "a:\n  b: >-\n    text\n    more\n  d: 1\n",
        ),
        ("a:\n  b:\nc:\n", "a.d", json!(1), "a:\n  b:\n  d: 1\nc:\n"),
        (
            "a:\n  b: {x: 1,\n    w: 2}\nc:\n",
            "a.d",
            json!(1),
            "a:\n  b: {x: 1,\n    w: 2}\n  d: 1\nc:\n",
        ),
        ("\u{feff}a: 1\n", "b", json!(1), "\u{feff}a: 1\nb: 1\n"),
        ("# c\n\na: 1\n", "on", json!("yes"), "# c\n\na: 1\n\"on\": \"yes\"\n"),
        ("- - a: 1\n  - b\n", "[0][0].c", json!(1), "- - a: 1\n    c: 1\n  - b\n"),
        (
            "x: &x\n  a: 1\nw:\n  <<: *x\nz: 1\n",
            "w.b",
            json!(1),
            "x: &x\n  a: 1\nw:\n  <<: *x\n  b: 1\nz: 1\n",
        ),
        ("ключ:\n  😀: é\n", "ключ.b", json!("ü"), "ключ:\n  😀: é\n  b: ü\n"),
        ("a:\n  - 1\n", "b", json!([]), "a:\n  - 1\nb: []\n"),
    ]);
}

#[test]
fn nothing_gives_way_to_something() {
    sets(&[
        ("a: {}\n", "a.b", json!(1), "a:\n  b: 1\n"),
        ("a: {} # none\nb: 1\n", "a.b.c", json!(1), "a: # none\n  b:\n    c: 1\nb: 1\n"),
        ("a: []\n", "a[0]", json!("x"), "a:\n- x\n"),
        ("x:\n  - 1\na: []\n", "a[0].w", json!("x"), "x:\n  - 1\na:\n  - w: x\n"),
        ("a:\nb: 1\n", "a.c", json!(1), "a:\n  c: 1\nb: 1\n"),
        ("a: # c\nb: 1\n", "a.c", json!(1), "a: # c\n  c: 1\nb: 1\n"),
        ("a: ~ # c\nb: 1\n", "a.c", json!(1), "a: # c\n  c: 1\nb: 1\n"),
        ("a: null", "a.c", json!(1), "a:\n  c: 1"),
        ("a:\n", "a", json!(5), "a: 5\n"),
        ("a:   # c\n", "a", json!(5), "a: 5   # c\n"),
        ("- {}\n- 1\n", "[0].b.c", json!(1), "- b:\n    c: 1\n- 1\n"),
        ("-\n- 1\n", "[0].b", json!(1), "- b: 1\n- 1\n"),
        ("a: &x {}\n", "a.b", json!(1), "a: &x\n  b: 1\n"),
        ("{}", "a", json!("x"), "{\"a\": \"x\"}"),
    ]);
}

#[test]
fn items_are_added_to_lists() {
    let add = |path: &str, value: Value| {
        Patch(vec![Operation::Add { path: pointer(path), value: node(&value) }])
    };
    for (text, path, value, expected) in [
        ("a:\n- 1 # c\nb: 2\n", "/a/-", json!(2), "a:\n- 1 # c\n- 2\nb: 2\n"),
        ("a:\n  - 1\n  # c\n  - 2\n", "/a/1", json!(3), "a:\n  - 1\n  # c\n  - 3\n  - 2\n"),
        (
            "a:\n  - x: 1\n",
            "/a/0",
            json!({"w": 1, "z": [1]}),
            "a:\n  - w: 1\n    z:\n      - 1\n  - x: 1\n",
        ),
        ("- - 1\n  - 2\n", "/0/0", json!(0), "- - 0\n  - 1\n  - 2\n"),
        ("a: [1, 2]\n", "/a/-", json!("x"), "a: [1, 2, x]\n"),
        ("a: [1, 2]\n", "/a/0", json!("x,w"), "a: [\"x,w\", 1, 2]\n"),
        ("a: [1, 2,]\n", "/a/-", json!({"k": "v"}), "a: [1, 2, {k: v},]\n"),
        (
            "a: [\n  1, # one\n  2 # two\n]\n",
            "/a/-",
            json!(3),
            "a: [\n  1, # one\n  2, # two\n  3\n]\n",
        ),
        ("a: [\n  1,\n  2,\n]\n", "/a/-", json!(3), "a: [\n  1,\n  2,\n  3,\n]\n"),
        ("{\"a\":[1,2]}", "/a/-", json!(3), "{\"a\":[1,2,3]}"),
    ] {
        let new = patched(text, &add(path, value));
        assert_eq!(new.as_deref(), Ok(expected), "{path} in\n{text}");
    }
}

#[test]
fn values_are_replaced_in_their_own_quotes() {
    sets(&[
        ("a: 1 # c\n", "a", json!(2), "a: 2 # c\n"),
        ("a: 'x'  # c\n", "a", json!("w"), "a: 'w'  # c\n"),
        ("a: \"x\"\n", "a", json!("w"), "a: \"w\"\n"),
        ("a: \"x\"\n", "a", json!(true), "a: true\n"),
        ("a: x\n", "a", json!("0777"), "a: \"0777\"\n"),
        ("a: x\n", "a", json!("it's: so"), "a: \"it's: so\"\n"),
        ("a: 'x'\n", "a", json!("it's"), "a: 'it''s'\n"),
        ("a: 'x'\n", "a", json!("1\n2"), "a: \"1\\n2\"\n"),
        ("a: one\n  two # c\n", "a", json!(1), "a: 1 # c\n"),
        ("a:\n  - x\n  - w\n", "a[1]", json!("z"), "a:\n  - x\n  - z\n"),
        ("a: |\n  text\nb: 1\n", "a", json!("x"), "a: x\nb: 1\n"),
        ("a: # c\n  b: 1\nc: 1\n", "a", json!(1), "a: 1 # c\nc: 1\n"),
        ("a:\n  b: 1\nc: 1\n", "a", json!([]), "a: []\nc: 1\n"),
        ("a: 1 # c\n", "a", json!({"b": 1}), "a: # c\n  b: 1\n"),
        ("- a # c\n", "[0]", json!({"b": 1, "c": 2}), "- b: 1\n  c: 2 # c\n"),
        ("- a: 1\n- 2\n", "[0]", json!("x"), "- x\n- 2\n"),
        ("x: &x 1\na: *x\n", "a", json!(2), "x: &x 1\na: 2\n"),
        ("{\"a\": \"x\", \"b\": 1}", "a", json!("w"), "{\"a\": \"w\", \"b\": 1}"),
        ("a: {b: 'x', c: }\n", "a.b", json!("w"), "a: {b: 'w', c: }\n"),
    ]);
}

#[test]
fn only_what_differs_is_replaced() {
    sets(&[
        (
            "a:\n  b: 1 # one\n  c: 2 # two\n  d: 3\n",
            "a",
            json!({"b": 1, "c": 4, "e": 5}),
            "a:\n  b: 1 # one\n  c: 4 # two\n  e: 5\n",
        ),
        ("a: [1, 2, 3]\n", "a", json!([1, 5, 3]), "a: [1, 5, 3]\n"),
        ("a:\n  b: 1\n", "a", json!({"c": 1}), "a:\n  c: 1\n"),
    ]);
}

#[test]
fn keys_and_items_are_removed_with_their_lines() {
    removes(&[
        ("a: 1\nb: 2 # c\nc: 3\n", "b", "a: 1\nc: 3\n"),
        ("# above\na: 1\n# on b\nb: 2\n", "b", "# above\na: 1\n# on b\n"),
        ("a: 1\nb: 2", "b", "a: 1"),
        ("a: 1\r\nb: 2\r\nc: 3\r\n", "b", "a: 1\r\nc: 3\r\n"),
        ("a:\n  x: 1\n  # within\nb: 2\n", "a", "b: 2\n"),
        ("a:\n- x: 1\n  w: 2\n", "a[0].x", "a:\n- w: 2\n"),
        ("a:\n- x: 1\n  # c\n  w: 2\n", "a[0].x", "a:\n- # c\n  w: 2\n"),
        ("a:\n- x: 1\n  w: 2\n- z\n", "a[0].w", "a:\n- x: 1\n- z\n"),
        ("a:\n  - 1\n  - 2\n  - 3\n", "a[1]", "a:\n  - 1\n  - 3\n"),
        ("- - 1\n  - 2\n- 3\n", "[0][0]", "- - 2\n- 3\n"),
        ("a: |\n  one\n\nb: 2\n", "a", "\nb: 2\n"),
        ("a: 1\nb:\nc: 3\n", "b", "a: 1\nc: 3\n"),
        ("a:\n  b: 1\nc: 2\n", "a.b", "a: {}\nc: 2\n"),
        ("a: # c\n  - 1\nc: 2\n", "a[0]", "a: [] # c\nc: 2\n"),
        ("- a: 1\n", "[0].a", "- {}\n"),
        ("a: {b: 1, c: 2}\n", "a.b", "a: {c: 2}\n"),
        ("a: {b: 1, c: 2}\n", "a.c", "a: {b: 1}\n"),
        ("a: {b: 1}\n", "a.b", "a: {}\n"),
        ("a: [1, 2, 3]\n", "a[1]", "a: [1, 3]\n"),
        (
            "a: [\n  1, # one\n  2, # two\n  3 # three\n]\n",
            "a[1]",
            "a: [\n  1, # one\n  3 # three\n]\n",
        ),
        ("a: [\n  1, # one\n  2\n]\n", "a[1]", "a: [\n  1 # one\n]\n"),
        ("{\n  \"a\": 1,\n  \"b\": 2\n}\n", "b", "{\n  \"a\": 1\n}\n"),
        ("{\n  \"a\": 1,\n  \"b\": 2\n}\n", "a", "{\n  \"b\": 2\n}\n"),
        ("{\"a\":1,\"b\":2}", "a", "{\"b\":2}"),
    ]);
}

#[test]
fn json_keeps_its_layout() {
    sets(&[
        ("{\"a\":{\"b\":1}}", "a.c.d", json!("x"), "{\"a\":{\"b\":1,\"c\":{\"d\":\"x\"}}}"),
        ("{\"a\": {}}\n", "a.b", json!(true), "{\"a\": {\"b\": true}}\n"),
        (
            "{\n    \"a\": {\n        \"b\": 1\n    }\n}\n",
            "a.c.d",
            json!([1]),
            "{\n    \"a\": {\n        \"b\": 1,\n        \"c\": {\n            \"d\": [\n                1\n            ]\n        }\n    }\n}\n",
        ),
        ("{\n\t\"a\": {}\n}\n", "a.b", json!(1), "{\n\t\"a\": {\n\t\t\"b\": 1\n\t}\n}\n"),
        ("{\n  \"a\": null\n}\n", "a.b", json!(1), "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n"),
        ("{\"a\" : 1}", "b", json!(2), "{\"a\" : 1, \"b\" : 2}"),
        ("a: {b: 1}\n", "a.c", json!("x: w"), "a: {b: 1, c: \"x: w\"}\n"),
        ("a: { b: 1 }\n", "a.c.d", json!([1, "w"]), "a: { b: 1, c: {d: [1, w]} }\n"),
        ("a: {\"b\": 1}\n", "a.c", json!("x"), "a: {\"b\": 1, \"c\": \"x\"}\n"),
    ]);
}

#[test]
fn other_documents_are_left_alone() {
    let text = "# head\n---\na: 1 # one\n---\nb: 2\n--- # x\n\nc: 3";
    let source = Arc::new(SourceText::new("m.yaml", text));
    let reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
    let set = |at: usize| {
        let manifest = &reading.manifests[at];
        let patch = Patch::setting(&manifest.root, &pointer("x.w"), node(&json!(1))).unwrap();
        edited(text, &edits(manifest, &patch).unwrap())
    };
    assert_eq!(set(0), text.replace("a: 1 # one\n", "a: 1 # one\nx:\n  w: 1\n"));
    assert_eq!(set(1), text.replace("b: 2\n", "b: 2\nx:\n  w: 1\n"));
    assert_eq!(set(2), format!("{text}\nx:\n  w: 1"));
    let text = "{\"a\":1}\n{\"b\":2}";
    let source = Arc::new(SourceText::new("m.json", text));
    let reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
    let patch = Patch::removing(pointer("b"));
    let new = edited(text, &edits(&reading.manifests[1], &patch).unwrap());
    assert_eq!(new, "{\"a\":1}\n{}");
}

#[test]
fn several_operations_are_one_set_of_edits() {
    let text = "a:\n  b: 1\nc:\n- x: 1\n- w: 2\n";
    let patch = Patch(vec![
        Operation::Add { path: pointer("/a/z"), value: node(&json!({"k": 1})) },
        Operation::Add { path: pointer("/a/z/l"), value: node(&json!(2)) },
        Operation::Remove { path: pointer("/c/0") },
        Operation::Replace { path: pointer("/c/0/w"), value: node(&json!(3)) },
    ]);
    assert_eq!(
        patched(text, &patch).as_deref(),
        Ok("a:\n  b: 1\n  z:\n    k: 1\n    l: 2\nc:\n- w: 3\n")
    );
}

#[test]
fn what_is_shared_or_doubtful_is_refused() {
    use Refusal::{Layout, Shared, Template};
    let layout = |refusal: &Refusal| matches!(refusal, Layout(_));
    for (text, path) in [
        ("x: &x\n  a: 1\nw: *x\n", "w.b"),
        ("x: &x\n  a: 1\nw: *x\n", "x.b"),
        ("x: &x\n  a: 1\nw:\n  <<: *x\n  c: 1\n", "w.a"),
        ("x: &x\n  a: 1\nw:\n  <<: *x\n  c: 1\n", "x.a"),
        ("x: &x 1\nw: *x\n", "x"),
        ("x:\n  k: &x 1\nw: *x\n", "x"),
    ] {
        assert_eq!(set(text, path, json!(5)), Err(Shared), "{path} in\n{text}");
    }
    for (text, path) in [("a: \"{{ .x }}\"\n", "a"), ("# {{- if .x }}\na: 1\n# {{- end }}\n", "a")]
    {
        assert_eq!(set(text, path, json!(5)), Err(Template), "{path} in\n{text}");
    }
    for (text, path) in [
        ("? a\n: 1\nb: 2\n", "a"),
        ("a: [b: 1]\n", "a[0].c"),
        ("a: {b, c: 1}\n", "a.b"),
        ("a: 1\rb: 2\r", "a"),
        ("a: !!map\n  b: 1\nc: 1\n", "a"),
    ] {
        let refusal = set(text, path, json!(5)).unwrap_err();
        assert!(layout(&refusal), "{refusal} for {path} in\n{text}");
    }
    assert_eq!(remove("a: 1\nb: 2\na: 3\n", "a"), Err(Refusal::Unsure));
    assert!(matches!(remove("a: 1\n", "b"), Err(Refusal::Patch(_))));
}
