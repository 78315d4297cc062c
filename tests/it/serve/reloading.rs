//! What changes while it runs.

use super::certificates::Authority;
use super::client::Connection;
use super::program::Server;
use super::{no, pod, review};

#[test]
fn policies_that_change_are_read_again() {
    let server = Server::of(&no("cat"), &[]);
    let denies = |name: &str| !server.post(&review(&pod(name))).allowed();
    assert!(denies("cat") && !denies("dog"));
    server.write("policies/team.rego", &no("dog"));
    server.until("the other policy", || denies("dog"));
    assert!(!denies("cat"));
    let metrics = server.told("/metrics").body;
    let line = "manifestly_reloads_total{what=\"Policies\",result=\"success\"} 1";
    assert!(metrics.contains(line), "{metrics}");
}

#[test]
fn what_does_not_compile_changes_nothing_and_is_told() {
    let server = Server::of(&no("cat"), &[]);
    server.write("policies/team.rego", "package team\n\ndeny contains \"x\" if nothing(input)\n");
    server.until("the failure", || server.told("/readyz").body.contains("newer policies can't"));
    let ready = server.told("/readyz");
    assert_eq!(ready.status, 200);
    assert!(ready.body.contains("policies/team.rego:3:"), "{ready:?}");
    assert!(!server.post(&review(&pod("cat"))).allowed());
    let metrics = server.told("/metrics").body;
    assert!(metrics.contains("manifestly_policies_current 0\n"), "{metrics}");
    assert!(metrics.contains("result=\"failure\"} 1\n"), "{metrics}");
    server.line("policies can't be loaded, those before stay");
    server.write("policies/team.rego", &no("dog"));
    server.until("the mended policy", || !server.post(&review(&pod("dog"))).allowed());
    assert!(!server.told("/readyz").body.contains("newer"));
}

#[test]
fn a_folder_that_disappears_leaves_its_policies() {
    let server = Server::of(&no("cat"), &[]);
    std::fs::remove_dir_all(server.folder.path().join("policies")).unwrap();
    server.until("the failure", || server.told("/readyz").body.contains("newer policies can't"));
    assert!(!server.post(&review(&pod("cat"))).allowed());
}

#[test]
fn waivers_that_come_and_go_count_at_once() {
    let server = Server::of(&no("cat"), &[]);
    let waiver = "apiVersion: manifestly.dev/v1\nkind: Waiver\nspec:\n  policy: team\n  \
                  match: {names: [cat]}\n  reason: r\n  approvedBy: bob\n  expires: 2026-12-31\n";
    let allows = || server.post(&review(&pod("cat"))).allowed();
    assert!(!allows());
    server.write("waivers/cat.yaml", waiver);
    server.until("the waiver", allows);
    std::fs::remove_file(server.folder.path().join("waivers/cat.yaml")).unwrap();
    server.until("the end of the waiver", || !allows());
}

#[cfg(unix)]
#[test]
fn it_can_be_told_to_read_at_once() {
    let server = Server::of(&no("cat"), &["--reload-interval", "1000s"]);
    server.write("policies/team.rego", &no("dog"));
    server.signal("HUP");
    server.until("the other policy", || !server.post(&review(&pod("dog"))).allowed());
}

/// As Kubernetes mounts them: files are links into a folder that a link leads to.
#[cfg(unix)]
#[test]
fn mounted_policies_and_certificates_are_swapped_by_their_link() {
    use std::os::unix::fs::symlink;

    let folder = crate::run::folder(&[]);
    let authority = Authority::new();
    let at = |name: &str| folder.path().join(name);
    let version = |number: u8, policy: &str| {
        let own = at(&format!("mount/..{number}"));
        authority.pair().write(&own);
        std::fs::write(own.join("team.rego"), policy).unwrap();
        symlink(format!("..{number}"), at("mount/..new")).unwrap();
        std::fs::rename(at("mount/..new"), at("mount/..data")).unwrap();
    };
    version(1, &no("cat"));
    for file in ["team.rego", "tls.crt", "tls.key"] {
        symlink(format!("..data/{file}"), at(&format!("mount/{file}"))).unwrap();
    }
    let args = ["-p", "mount", "--tls-cert", "mount/tls.crt", "--tls-key", "mount/tls.key"];
    // The closure is done with the folder before the server owns it.
    let second = |folder: &std::path::Path, authority: &Authority| {
        let own = folder.join("mount/..2");
        authority.pair().write(&own);
        std::fs::write(own.join("team.rego"), no("dog")).unwrap();
        symlink("..2", folder.join("mount/..new")).unwrap();
        std::fs::rename(folder.join("mount/..new"), folder.join("mount/..data")).unwrap();
    };
    let server = Server::start(folder, authority, &args);
    let mut before = server.connect();
    let shown = before.certificate.clone();
    assert!(!before.post("/validate", &review(&pod("cat"))).allowed());
    second(server.folder.path(), &server.authority);
    server.until("the other certificate", || server.connect().certificate != shown);
    server.until("the other policy", || !server.post(&review(&pod("dog"))).allowed());
    // Who was there before stays, and gets the new verdict.
    assert!(!before.post("/validate", &review(&pod("dog"))).allowed());
}

#[test]
fn half_a_pair_of_certificate_and_key_is_not_used() {
    let server = Server::of(&no("cat"), &[]);
    let shown = server.connect().certificate;
    server.write("tls/tls.crt", &server.authority.pair().certificate);
    server
        .until("the failure", || server.told("/readyz").body.contains("newer certificates can't"));
    let ready = server.told("/readyz");
    assert_eq!(ready.status, 200);
    assert_eq!(server.connect().certificate, shown);
    let pair = server.authority.pair();
    pair.write(&server.folder.path().join("tls"));
    server.until("the other certificate", || server.connect().certificate != shown);
    assert!(!server.told("/readyz").body.contains("newer"));
}

#[test]
fn who_has_a_certificate_that_is_over_is_not_ready() {
    let folder = crate::run::folder(&[("policies/team.rego", &no("cat"))]);
    let authority = Authority::new();
    authority.pair_between((2000, 1, 1), (2001, 1, 1)).write(&folder.path().join("tls"));
    let args = ["-p", "policies", "--tls-cert", "tls/tls.crt", "--tls-key", "tls/tls.key"];
    let server = Server::start(folder, authority, &args);
    let ready = server.told("/readyz");
    assert_eq!(ready.status, 503);
    assert!(ready.body.contains("the API server will not talk to it"), "{ready:?}");
    assert!(Connection::tls(server.listen, &server.authority.pem, None).is_err());
}

#[test]
fn only_known_clients_may_ask_where_that_is_wanted() {
    let server =
        Server::with(&[("policies/team.rego", &*no("cat")), ("ca.pem", "")], &["-p", "policies"]);
    let (known, stranger) = (server.authority.pair(), Authority::new().pair());
    let authority = server.authority.pem.clone();
    drop(server);
    let folder = crate::run::folder(&[("policies/team.rego", &*no("cat")), ("ca.pem", &authority)]);
    let own = Authority::new();
    own.pair().write(&folder.path().join("tls"));
    let args = [
        "-p",
        "policies",
        "--tls-cert",
        "tls/tls.crt",
        "--tls-key",
        "tls/tls.key",
        "--client-ca",
        "ca.pem",
    ];
    let server = Server::start(folder, own, &args);
    let allowed = |pair| {
        let asked = review(&pod("dog"));
        let request = format!(
            "POST /validate HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{asked}",
            asked.len()
        );
        let mut connection = Connection::tls(server.listen, &server.authority.pem, pair)?;
        connection.send(request.as_bytes())?;
        connection.answer()
    };
    assert!(allowed(Some(&known)).unwrap().allowed());
    assert!(allowed(Some(&stranger)).is_err());
    assert!(allowed(None).is_err());
}
