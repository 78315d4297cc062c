//! A client that says what it is told to say, right or wrong.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::certificates::Pair;

/// How long an answer may take: long, as tests run beside each other.
const PATIENCE: Duration = Duration::from_secs(60);

trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

/// An open connection.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    /// What the server showed.
    pub(crate) certificate: Option<CertificateDer<'static>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub(crate) fn allowed(&self) -> bool {
        self.json()["response"]["allowed"].as_bool().unwrap_or_else(|| panic!("{self:?}"))
    }

    pub(crate) fn message(&self) -> String {
        self.json()["response"]["status"]["message"].as_str().unwrap_or_default().to_owned()
    }
}

pub(crate) fn tcp(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

impl Connection {
    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self { stream: Box::new(tcp(address)), certificate: None }
    }

    /// Fails where the server's certificate is not of the authority, or ours is not wanted.
    pub(crate) fn tls(
        address: SocketAddr,
        authority: &str,
        own: Option<&Pair>,
    ) -> std::io::Result<Self> {
        Self::to("localhost", address, authority, own)
    }

    /// The same with a server that has to go by a name.
    pub(crate) fn to(
        name: &str,
        address: SocketAddr,
        authority: &str,
        own: Option<&Pair>,
    ) -> std::io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for authority in CertificateDer::pem_slice_iter(authority.as_bytes()) {
            roots.add(authority.unwrap()).unwrap();
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = builder.with_root_certificates(roots);
        let config = match own {
            None => builder.with_no_client_auth(),
            Some(Pair { certificate, key }) => {
                let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let name = name.to_owned().try_into().unwrap();
        let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut tcp = tcp(address);
        while connection.is_handshaking() {
            connection.complete_io(&mut tcp)?;
        }
        let certificate = connection.peer_certificates().map(|chain| chain[0].clone().into_owned());
        Ok(Self { stream: Box::new(StreamOwned::new(connection, tcp)), certificate })
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Reads one answer.
    pub(crate) fn answer(&mut self) -> std::io::Result<Answer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
        });
        let mut body = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { status, head, body: String::from_utf8(body).unwrap() })
    }

    pub(crate) fn post(&mut self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, "Content-Type: application/json\r\n", body)
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, "", "")
    }

    pub(crate) fn ask(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        );
        self.send(request.as_bytes()).unwrap();
        self.answer().unwrap()
    }
}
