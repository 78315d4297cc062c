//! What `install-manifests` prints, brought to life: the arguments, files and certificate of the
//! pods, asked at the paths that API servers are told.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use manifestly::manifest::{self, Format, ReadLimits};
use manifestly::source::SourceText;
use serde_json::{Value, json};

use super::certificates::Authority;
use super::client::Connection;
use super::program::Server;
use super::review_of;
use crate::run::{folder, run_in};

const OWNED: &str = "# METADATA\n# custom: {id: shop/owned, owner: shop}\npackage shop.owned\n\n\
                     deny contains \"nobody owns it\" if {\n\tinput.kind == \"Secret\"\n\t\
                     not input.metadata.labels[data.label]\n}\n";

const NAMED: &str = "# METADATA\n# custom: {id: style/named, mutate: true}\npackage style.named\n\n\
                     warn contains {\"msg\": \"no purpose\", \"path\": path, \"fix\": {\"path\": path, \"value\": \"?\"}} if {\n\t\
                     input.kind == \"Secret\"\n\tnot input.metadata.labels.purpose\n\t\
                     path := [\"metadata\", \"labels\", \"purpose\"]\n}\n";

const WAIVER: &str = "apiVersion: manifestly.dev/v1\nkind: Waiver\nspec:\n  policy: shop/owned\n  match: {names: \
                      [old]}\n  reason: it goes soon\n  requestedBy: a\n  approvedBy: b\n  from: 2026-11-01\n  \
                      expires: 2026-12-31\n";

fn read(text: &str) -> BTreeMap<String, Value> {
    let source = Arc::new(SourceText::new("installed.yaml", text));
    let reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
    let objects = reading.manifests.iter().map(|manifest| Value::from(&manifest.root));
    objects.map(|object| (object["kind"].as_str().unwrap().to_owned(), object)).collect()
}

fn decoded(value: &Value) -> String {
    String::from_utf8(STANDARD.decode(value.as_str().unwrap()).unwrap()).unwrap()
}

/// The volumes of the pods, below a folder.
fn mount(objects: &BTreeMap<String, Value>, folder: &Path) {
    for (key, text) in objects["Secret"]["data"].as_object().unwrap() {
        let file = folder.join("etc/manifestly/tls").join(key);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, decoded(text)).unwrap();
    }
    let volumes = &objects["Deployment"]["spec"]["template"]["spec"]["volumes"];
    for item in volumes[1]["configMap"]["items"].as_array().unwrap() {
        let (key, path) = (item["key"].as_str().unwrap(), item["path"].as_str().unwrap());
        let file = folder.join("etc/manifestly/config").join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, objects["ConfigMap"]["data"][key].as_str().unwrap()).unwrap();
    }
}

/// The arguments of the container, with its root below a folder, and ports that are free.
fn arguments(objects: &BTreeMap<String, Value>, folder: &Path) -> Vec<String> {
    let container = &objects["Deployment"]["spec"]["template"]["spec"]["containers"][0];
    let all = container["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap());
    let own = all.filter(|arg| *arg != "serve" && !arg.contains("listen="));
    let root = format!("={}/etc/", folder.display());
    own.flat_map(|arg| match arg.replace("=/etc/", &root).split_once('=') {
        Some((flag, value)) => vec![flag.to_owned(), value.to_owned()],
        None => vec![arg.to_owned()],
    })
    .collect()
}

#[test]
fn what_is_installed_judges_as_it_was_meant() {
    let shop = folder(&[
        ("policies/owned.rego", OWNED),
        ("policies/style/named.rego", NAMED),
        ("policies/data.yaml", "label: owner\n"),
        ("waivers/old.yaml", WAIVER),
        ("manifestly.toml", "policies = [\"policies\"]\n\n[environments.prod]\n"),
    ]);
    let args = ["install-manifests", "-n", "policies", "--environment", "prod", "--mutate"];
    let subsets = ["--subset", "shop=shop/*", "--subset", "style=style/*"];
    let installed = run_in(shop.path(), &[&args[..], &subsets].concat());
    assert_eq!(installed.code, 0, "{}", installed.err);
    let objects = read(&installed.out);
    let pod = folder(&[]);
    mount(&objects, pod.path());
    let arguments = arguments(&objects, pod.path());
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let server = Server::start(pod, Authority::new(), &arguments);

    let webhooks = &objects["ValidatingWebhookConfiguration"]["webhooks"];
    let ask = |client: &Value, object: &Value| {
        let service = &client["service"];
        let name = format!(
            "{}.{}.svc",
            service["name"].as_str().unwrap(),
            service["namespace"].as_str().unwrap()
        );
        let bundle = decoded(&client["caBundle"]);
        let mut connection = Connection::to(&name, server.listen, &bundle, None).unwrap();
        let request =
            json!({"uid": "1", "operation": "CREATE", "namespace": "shop", "object": object});
        let path = format!("{}?timeout=10s", service["path"].as_str().unwrap());
        connection.post(&path, &review_of(&request))
    };
    let secret = |name: &str, labels: &Value| {
        let metadata = json!({"name": name, "namespace": "shop", "labels": labels});
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})
    };
    let [shop, style] = [0, 1].map(|at| &webhooks[at]["clientConfig"]);
    assert_eq!(shop["service"]["path"], "/validate/shop");
    let denied = ask(shop, &secret("new", &json!({})));
    assert!(denied.message().contains("shop/owned: nobody owns it"), "{denied:?}");
    assert!(ask(shop, &secret("new", &json!({"owner": "a"}))).allowed(), "data is there");
    assert!(ask(shop, &secret("old", &json!({}))).allowed(), "it is waived");
    let warned = ask(style, &secret("new", &json!({})));
    assert!(warned.allowed() && warned.body.contains("style/named: no purpose"), "{warned:?}");

    let mutating = &objects["MutatingWebhookConfiguration"]["webhooks"][0]["clientConfig"];
    let mended = ask(mutating, &secret("new", &json!({})));
    let patch = decoded(&mended.json()["response"]["patch"]);
    assert_eq!(
        serde_json::from_str::<Value>(&patch).unwrap(),
        json!([{"op": "add", "path": "/metadata/labels/purpose", "value": "?"}])
    );
    assert_eq!(server.told("/readyz").status, 200);
}
