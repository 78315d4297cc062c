//! Signatures of waivers, held against the real ssh-keygen in both directions.

#![cfg(feature = "signatures")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run::{Ran, folder, manifestly_in, run_in};

const POLICY: &str = "\
# METADATA
# custom: {id: team/root, waiver: {approvers: [bob@example.com]}}
package team

deny contains \"root\" if input.spec.root
";

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {root: true}}\n";

const WAIVER: &str = "\
# Ours, until the vendor moves.
apiVersion: manifestly.dev/v1
kind: Waiver
spec:
  policy: team/root
  match: {names: [web]}
  reason: the vendor's image starts as root
  requestedBy: alice@example.com
  expires: 2026-12-31 # a Thursday
";

/// Kinds of keys, as ssh-keygen is asked for them.
const KEYS: [&[&str]; 5] = [
    &["-t", "ed25519"],
    &["-t", "ecdsa", "-b", "256"],
    &["-t", "ecdsa", "-b", "384"],
    &["-t", "ecdsa", "-b", "521"],
    &["-t", "rsa", "-b", "2048"],
];

struct Scene {
    folder: tempfile::TempDir,
}

/// A repository whose settings want signatures; none without ssh-keygen.
fn scene(key: &[&str], passphrase: &str) -> Option<Scene> {
    if Command::new("ssh-keygen").arg("-?").output().is_err() {
        #[allow(clippy::print_stdout)] // a test that is skipped says so
        {
            println!("skipped: ssh-keygen is not installed");
        }
        return None;
    }
    let folder = folder(&[
        ("policies/root.rego", POLICY),
        ("deploy/web.yaml", POD),
        ("waivers/web.yaml", WAIVER),
        (
            "manifestly.toml",
            "policies = [\"policies\"]\n[waivers]\napproval = \"signed\"\n\
             allowed-signers = \"allowed_signers\"\n",
        ),
    ]);
    let scene = Scene { folder };
    let made = Command::new("ssh-keygen")
        .args(key)
        .args(["-q", "-N", passphrase, "-C", "of a test", "-f", "key"])
        .current_dir(scene.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let public = std::fs::read_to_string(scene.path().join("key.pub")).unwrap();
    scene.write("allowed_signers", &format!("bob@example.com {public}"));
    Some(scene)
}

impl Scene {
    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn waiver(&self) -> String {
        std::fs::read_to_string(self.path().join("waivers/web.yaml")).unwrap()
    }

    fn run(&self, args: &[&str]) -> Ran {
        run_in(self.path(), args)
    }

    fn approve(&self, more: &[&str]) -> Ran {
        let args = ["waiver", "approve", "waivers/web.yaml", "--as-of", "2026-12-01"];
        self.run(&[&args[..], more].concat())
    }

    /// What is waived, and the exit code.
    fn check(&self) -> (u64, i32, Ran) {
        let ran = self.run(&["check", "deploy", "--as-of", "2026-12-01", "-f", "json"]);
        (ran.json()["summary"]["waived"].as_u64().unwrap(), ran.code, ran)
    }

    fn ssh_keygen(&self, args: &[&str], input: &str) -> (bool, String) {
        let mut child = Command::new("ssh-keygen")
            .args(args)
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let told = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(told).unwrap())
    }
}

/// The signature of a waiver, as ssh-keygen wants it.
fn armour(waiver: &str) -> String {
    let (_, armour) = waiver.split_once("signature: |\n").unwrap();
    armour.lines().map(|line| format!("{}\n", line.trim())).collect()
}

/// How `ssh-keygen` is asked whether Bob approved.
const VERIFY: [&str; 10] = [
    "-Y",
    "verify",
    "-n",
    "manifestly-waiver",
    "-f",
    "allowed_signers",
    "-I",
    "bob@example.com",
    "-s",
    "sig",
];

#[test]
fn what_we_sign_ssh_keygen_verifies() {
    for key in KEYS {
        let Some(scene) = scene(key, "") else { return };
        assert_eq!(scene.check().0, 0);
        let ran = scene.approve(&["--key", "key"]);
        assert_eq!(ran.code, 0, "{key:?}: {ran:?}");
        let (waived, code, ran) = scene.check();
        assert_eq!((waived, code), (1, 0), "{key:?}: {ran:?}");
        scene.write("sig", &armour(&scene.waiver()));
        let payload = scene.run(&["waiver", "payload", "waivers/web.yaml"]).out;
        let (good, told) = scene.ssh_keygen(&VERIFY, &payload);
        assert!(good, "{key:?}: {told}");
        let (good, _) = scene.ssh_keygen(&VERIFY, &payload.replace("12-31", "12-30"));
        assert!(!good, "{key:?}");
    }
}

#[test]
fn what_ssh_keygen_signs_we_verify() {
    for key in KEYS {
        for hash in ["sha256", "sha512"] {
            let Some(scene) = scene(key, "") else { return };
            let payload = scene
                .run(&["waiver", "payload", "waivers/web.yaml", "--as", "bob@example.com"])
                .out;
            scene.write("payload", &payload);
            let option = format!("hashalg={hash}");
            let sign =
                ["-Y", "sign", "-n", "manifestly-waiver", "-O", &option, "-f", "key", "payload"];
            let (good, told) = scene.ssh_keygen(&sign, "");
            assert!(good, "{key:?}: {told}");
            let ran = scene.approve(&["--signature", "payload.sig", "--as", "bob@example.com"]);
            assert_eq!(ran.code, 0, "{key:?}: {ran:?}");
            let (waived, code, ran) = scene.check();
            assert_eq!((waived, code), (1, 0), "{key:?}: {ran:?}");
        }
    }
}

#[test]
fn an_approval_is_told_and_changes_nothing_else() {
    let Some(scene) = scene(KEYS[0], "") else { return };
    let ran = scene.approve(&["--key", "key"]);
    let told = ran.shown();
    let fingerprint = told.lines().find_map(|line| line.trim().strip_prefix("key")).unwrap();
    insta::assert_snapshot!(told.replace(fingerprint.trim(), "[fingerprint]"));
    let waiver = scene.waiver();
    let (before, _) = waiver.split_once("signature").unwrap();
    assert_eq!(before, format!("{WAIVER}  approvedBy: bob@example.com\n"));
    // What means the same may change.
    scene.write(
        "waivers/web.yaml",
        &waiver.replace("names: [web]", "names: ['web']").replace("# a Thursday", ""),
    );
    assert_eq!(scene.check().0, 1);
    // What means something else breaks the signature.
    for (from, to) in [
        ("names: [web]", "names: ['we*']"),
        ("team/root", "team/root # but not that\n  ticket: X"),
        ("2026-12-31", "2027-12-31"),
        ("alice", "al"),
        ("starts as root", "starts as root, and more"),
        ("kind: Waiver", "kind: Waiver\nmetadata: {name: x}"),
    ] {
        scene.write("waivers/web.yaml", &waiver.replace(from, to));
        let (waived, code, ran) = scene.check();
        assert_eq!((waived, code), (0, 1), "{from}: {ran:?}");
        assert!(ran.out.contains("the signature does not fit the waiver"), "{from}: {ran:?}");
    }
}

#[test]
fn keys_of_others_do_not_approve() {
    let Some(scene) = scene(KEYS[0], "") else { return };
    let bobs = std::fs::read_to_string(scene.path().join("allowed_signers")).unwrap();
    let made = scene.ssh_keygen(&["-q", "-t", "ed25519", "-N", "", "-f", "other"], "");
    assert!(made.0, "{made:?}");
    // One whom nobody knows has to say who it is, and it does not help.
    let ran = scene.approve(&["--key", "other"]);
    assert!(ran.code == 2 && ran.err.contains("does not name the one who approves"), "{ran:?}");
    let ran = scene.approve(&["--key", "other", "--as", "bob@example.com"]);
    assert!(ran.code == 1 && ran.err.contains("`allowed_signers` does not list"), "{ran:?}");
    assert_eq!(scene.check().0, 0);
    // One who may not approve is told at once.
    let others = std::fs::read_to_string(scene.path().join("other.pub")).unwrap();
    scene.write("allowed_signers", &format!("{bobs}eve@example.com {others}"));
    scene.write("waivers/web.yaml", WAIVER);
    let ran = scene.approve(&["--key", "other"]);
    assert!(ran.code == 1 && ran.err.contains("`eve@example.com` may not approve"), "{ran:?}");
    assert_eq!(scene.check().0, 0);
    // Nor does one who asked.
    scene.write("waivers/web.yaml", &WAIVER.replace("alice", "bob"));
    let ran = scene.approve(&["--key", "key"]);
    assert!(ran.code == 1 && ran.err.contains("can't approve what they asked for"), "{ran:?}");
}

#[test]
fn keys_with_a_passphrase_are_used_by_ssh_keygen() {
    let Some(scene) = scene(KEYS[0], "open sesame") else { return };
    let asks = scene.write("askpass", "#!/bin/sh\necho open sesame\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&asks, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let ran: Ran = manifestly_in(scene.path())
        .args(["waiver", "approve", "waivers/web.yaml", "--key", "key", "--as-of", "2026-12-01"])
        .env("SSH_ASKPASS", &asks)
        .env("SSH_ASKPASS_REQUIRE", "force")
        .env("DISPLAY", ":0")
        .output()
        .unwrap()
        .into();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(scene.check().0, 1);
    // Without anybody to ask, nothing is signed.
    scene.write("waivers/web.yaml", WAIVER);
    let ran: Ran = manifestly_in(scene.path())
        .args(["waiver", "approve", "waivers/web.yaml", "--key", "key"])
        .env("SSH_ASKPASS_REQUIRE", "force")
        .env("SSH_ASKPASS", "/bin/false")
        .output()
        .unwrap()
        .into();
    assert!(ran.code == 2 && ran.err.contains("ssh-keygen did not sign"), "{ran:?}");
    assert_eq!(scene.waiver(), WAIVER);
}

#[test]
fn keys_of_an_agent_are_used_by_ssh_keygen() {
    let Some(scene) = scene(KEYS[0], "") else { return };
    let Ok(agent) = Command::new("ssh-agent")
        .args(["-D", "-a", "agent"])
        .current_dir(scene.path())
        .stdout(Stdio::null())
        .spawn()
    else {
        println!("skipped: ssh-agent is not installed");
        return;
    };
    let mut agent = Stopped(agent);
    let socket = scene.path().join("agent");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !socket.exists() && std::time::Instant::now() < until {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let added = Command::new("ssh-add")
        .args(["-q", "key"])
        .current_dir(scene.path())
        .env("SSH_AUTH_SOCK", &socket)
        .output()
        .unwrap();
    assert!(added.status.success(), "{added:?}");
    std::fs::remove_file(scene.path().join("key")).unwrap();
    let ran: Ran = manifestly_in(scene.path())
        .args([
            "waiver",
            "approve",
            "waivers/web.yaml",
            "--key",
            "key.pub",
            "--as-of",
            "2026-12-01",
        ])
        .env("SSH_AUTH_SOCK", &socket)
        .output()
        .unwrap()
        .into();
    let _ = agent.0.kill();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(scene.check().0, 1);
}

/// A program that ends with the test, however that ends.
struct Stopped(std::process::Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn bad_keys_files_and_signatures_are_told() {
    let Some(scene) = scene(KEYS[0], "") else { return };
    let mut shown = String::new();
    let mut tell = |what: &str, ran: Ran| {
        assert_eq!(ran.code, 2, "{what}: {ran:?}");
        shown.push_str(&format!("{what}\n{}\n", ran.shown()));
    };
    tell("no such key", scene.approve(&["--key", "nowhere"]));
    scene.write(
        "broken",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
    );
    tell("a broken key", scene.approve(&["--key", "broken", "--as", "bob@example.com"]));
    scene.write("sig", "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n");
    let by = ["--as", "bob@example.com", "--signature", "sig"];
    tell("a broken signature", scene.approve(&by));
    let other = scene.ssh_keygen(&["-Y", "sign", "-q", "-n", "git", "-f", "key"], "x").1;
    scene.write("sig", &other);
    tell("a signature for something else", scene.approve(&by));
    let other =
        scene.ssh_keygen(&["-Y", "sign", "-q", "-n", "manifestly-waiver", "-f", "key"], "x").1;
    scene.write("sig", &other);
    tell("a signature of something else", scene.approve(&by));
    scene.write("waivers/two.yaml", &format!("{WAIVER}---\n{WAIVER}"));
    tell("two waivers", scene.run(&["waiver", "approve", "waivers/two.yaml", "--key", "key"]));
    tell("no waiver", scene.run(&["waiver", "approve", "deploy/web.yaml", "--key", "key"]));
    tell("no document", scene.run(&["waiver", "payload", "waivers/two.yaml", "--document", "3"]));
    scene.write("allowed_signers", "bob@example.com\n");
    tell("broken signers", scene.approve(&["--key", "key", "--as", "bob@example.com"]));
    tell("broken signers, when judging", scene.run(&["check", "deploy", "--as-of", "2026-12-01"]));
    insta::assert_snapshot!(shown);
    assert_eq!(scene.waiver(), WAIVER);
}

/// Hardware keys can't be had in a test, but what they sign can be made: see PROTOCOL.u2f of OpenSSH.
#[cfg(feature = "crypto")]
#[test]
fn signatures_of_hardware_keys_are_verified() {
    use ed25519_dalek::{Signer as _, SigningKey};
    use sha2::{Digest as _, Sha256};
    use ssh_key::public::{Ed25519PublicKey, KeyData, SkEd25519};
    use ssh_key::{Algorithm, HashAlg, LineEnding, PublicKey, Signature, SshSig};

    let Some(scene) = scene(KEYS[0], "") else { return };
    let own = SigningKey::from_bytes(&[7; 32]);
    let public = Ed25519PublicKey(own.verifying_key().to_bytes());
    let hardware = KeyData::SkEd25519(SkEd25519::new(public, "ssh:"));
    let public = PublicKey::new(hardware.clone(), "").to_openssh().unwrap();
    scene.write("allowed_signers", &format!("bob@example.com {public}\n"));
    let payload =
        scene.run(&["waiver", "payload", "waivers/web.yaml", "--as", "bob@example.com"]).out;

    let message = SshSig::signed_data("manifestly-waiver", HashAlg::Sha512, payload.as_bytes());
    // What is signed: the application, that somebody was there, a counter, and the message.
    let trailer = [1, 0, 0, 0, 9];
    let signed =
        [&Sha256::digest("ssh:")[..], &trailer, &Sha256::digest(message.unwrap())[..]].concat();
    let signature = [&own.sign(&signed).to_bytes()[..], &trailer].concat();
    let signature = Signature::new(Algorithm::SkEd25519, signature).unwrap();
    let armour = SshSig::new(hardware, "manifestly-waiver", HashAlg::Sha512, signature).unwrap();
    scene.write("sig", &armour.to_pem(LineEnding::LF).unwrap());

    let (good, told) = scene.ssh_keygen(&VERIFY, &payload);
    assert!(good, "{told}");
    let ran = scene.approve(&["--signature", "sig", "--as", "bob@example.com"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(scene.check().0, 1);
}
