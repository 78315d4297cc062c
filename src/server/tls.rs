//! Certificates, and how they are used.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use thiserror::Error;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::TlsFiles;

/// Why certificates can't be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("`{}` can't be read: {reason}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
    /// A file holds something else.
    #[error("`{}` holds no {wanted} in PEM: {reason}", .file.display())]
    Pem {
        /// The file.
        file: PathBuf,
        /// What it should hold.
        wanted: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Certificate and key don't belong together, or are of a kind that is not known.
    #[error("`{}` and `{}` can't be used together: {reason}", .certificate.display(), .key.display())]
    Together {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The authorities of clients can't be used.
    #[error("the authorities of clients in `{}` can't be used: {reason}", .file.display())]
    Authorities {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// Certificates as they were read last.
#[derive(Debug)]
pub(super) struct Certificates {
    files: TlsFiles,
    texts: Texts,
    config: Arc<ServerConfig>,
    validity: Validity,
}

/// What the files hold. A link that leads elsewhere is seen as well as a file that is written.
#[derive(PartialEq, Eq)]
struct Texts {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_authorities: Option<Vec<u8>>,
}

/// A key is shown to nobody.
impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Texts")
    }
}

/// When a certificate is valid, in seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) from: i64,
    pub(super) until: i64,
}

impl Validity {
    /// Whether it is valid now.
    pub(super) fn holds(self) -> bool {
        let now = i64::try_from(UnixTime::now().as_secs()).unwrap_or(i64::MAX);
        (self.from..=self.until).contains(&now)
    }
}

impl Certificates {
    pub(super) fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let texts = Texts::read(&files)?;
        let (config, validity) = texts.config(&files)?;
        Ok(Self { files, texts, config, validity })
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    pub(super) fn validity(&self) -> Validity {
        self.validity
    }

    /// Reads the files again. Tells whether they hold something else now; if that can't be used,
    /// what was read before stays.
    pub(super) fn renew(&mut self) -> Result<bool, TlsError> {
        let texts = Texts::read(&self.files)?;
        if texts == self.texts {
            return Ok(false);
        }
        let (config, validity) = texts.config(&self.files)?;
        (self.texts, self.config, self.validity) = (texts, config, validity);
        Ok(true)
    }
}

impl Texts {
    fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let read = |file: &Path| {
            let file = file.to_owned();
            std::fs::read(&file).map_err(|reason| TlsError::Unreadable { file, reason })
        };
        let client_authorities = files.client_authorities.as_deref().map(read).transpose()?;
        Ok(Self {
            certificate: read(&files.certificate)?,
            key: read(&files.key)?,
            client_authorities,
        })
    }

    fn config(&self, files: &TlsFiles) -> Result<(Arc<ServerConfig>, Validity), TlsError> {
        let chain = certificates(&self.certificate, &files.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| TlsError::Pem {
            file: files.key.clone(),
            wanted: "private key",
            reason: error.to_string(),
        })?;
        let together = |reason: String| TlsError::Together {
            certificate: files.certificate.clone(),
            key: files.key.clone(),
            reason,
        };
        let validity = chain.first().and_then(validity_of).ok_or_else(|| TlsError::Pem {
            file: files.certificate.clone(),
            wanted: "certificate",
            reason: "it can't be read".to_owned(),
        })?;
        let provider = Arc::new(ring::default_provider());
        let own = CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider);
        own.and_then(|own| own.keys_match()).map_err(|error| together(error.to_string()))?;
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| together(error.to_string()))?;
        let builder = match (&self.client_authorities, &files.client_authorities) {
            (Some(text), Some(file)) => {
                let wrong = |reason: String| TlsError::Authorities { file: file.clone(), reason };
                let mut roots = RootCertStore::empty();
                for authority in certificates(text, file)? {
                    roots.add(authority).map_err(|error| wrong(error.to_string()))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
                builder.with_client_cert_verifier(
                    verifier.build().map_err(|error| wrong(error.to_string()))?,
                )
            }
            _ => builder.with_no_client_auth(),
        };
        let config = builder.with_single_cert(chain, key);
        let mut config = config.map_err(|error| together(error.to_string()))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok((Arc::new(config), validity))
    }
}

fn certificates(text: &[u8], file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong =
        |reason: String| TlsError::Pem { file: file.to_owned(), wanted: "certificate", reason };
    let all = CertificateDer::pem_slice_iter(text).collect::<Result<Vec<_>, _>>();
    let all = all.map_err(|error| wrong(error.to_string()))?;
    if all.is_empty() { Err(wrong("there is none".to_owned())) } else { Ok(all) }
}

fn validity_of(certificate: &CertificateDer<'_>) -> Option<Validity> {
    let (_, read) = X509Certificate::from_der(certificate).ok()?;
    let validity = read.validity();
    Some(Validity { from: validity.not_before.timestamp(), until: validity.not_after.timestamp() })
}
