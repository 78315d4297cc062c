//! Certificates: made here, asked of cert-manager, or brought along.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{Datelike as _, Days, NaiveDate};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use thiserror::Error;

use super::yaml::{Map, list, words};
use super::{Install, object};

/// Where the certificate comes from that API servers trust.
#[derive(Clone, Debug)]
pub enum Certificates {
    /// From an authority that was made for it.
    SelfSigned(SelfSigned),
    /// From cert-manager, which also renews it.
    CertManager {
        /// Who issues it; an issuer of its own, where nobody is named.
        issuer: Option<Issuer>,
        /// For so many days.
        days: u32,
    },
    /// From elsewhere.
    Own {
        /// The certificates of the authorities that API servers trust, as PEM.
        ca: String,
        /// The Secret of the type `kubernetes.io/tls` that holds certificate and key.
        secret: String,
    },
}

/// An issuer of cert-manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// `Issuer` or `ClusterIssuer`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// A certificate and its key, and the certificate of the authority that signed it, as PEM. The key of
/// the authority is thrown away: nothing else is ever signed by it.
#[derive(Clone)]
pub struct SelfSigned {
    ca: String,
    certificate: String,
    key: String,
    until: NaiveDate,
}

impl std::fmt::Debug for SelfSigned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SelfSigned").field("until", &self.until).finish_non_exhaustive()
    }
}

/// Why a certificate can't be made.
#[derive(Debug, Error)]
pub enum SigningError {
    /// There is no such day.
    #[error(
        "a certificate can't be valid for {days} days from {from} on: its years have four digits"
    )]
    Never {
        /// The first day.
        from: NaiveDate,
        /// For so long.
        days: u32,
    },
    /// What was asked for can't be written into one.
    #[error("the certificate can't be made: {0}")]
    Made(#[from] rcgen::Error),
}

impl SelfSigned {
    /// Makes an authority, and a certificate for a service, both valid from a day on. They are other
    /// ones each time.
    ///
    /// # Errors
    ///
    /// If there are no such days, or the names can't stand in a certificate.
    pub fn new(
        service: &str,
        namespace: &str,
        from: NaiveDate,
        days: u32,
    ) -> Result<Self, SigningError> {
        let never = SigningError::Never { from, days };
        let until = from.checked_add_days(Days::new(days.into()));
        let (Some(until), Some(before)) = (until, from.pred_opt()) else { return Err(never) };
        // GeneralizedTime has four digits for the year.
        if until.year() > 9999 {
            return Err(never);
        }
        let midnight = |day: NaiveDate| {
            let [month, of_month] =
                [day.month(), day.day()].map(|part| u8::try_from(part).unwrap_or(1));
            rcgen::date_time_ymd(day.year(), month, of_month)
        };
        let valid = |mut params: CertificateParams, name: &str| {
            // Clocks of nodes differ.
            (params.not_before, params.not_after) = (midnight(before), midnight(until));
            params.distinguished_name.push(DnType::CommonName, name);
            params
        };
        let mut authority = valid(CertificateParams::default(), "manifestly admission authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let names = dns_names(service, namespace);
        let mut params = valid(CertificateParams::new(names)?, "manifestly admission");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &authority)?;
        let (certificate, key) = (certificate.pem(), key.serialize_pem());
        Ok(Self { ca: authority.pem(), certificate, key, until })
    }

    /// The certificate of the authority.
    pub fn ca(&self) -> &str {
        &self.ca
    }

    /// The certificate.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The key of the certificate.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The day on which they end, in its first second.
    pub fn until(&self) -> NaiveDate {
        self.until
    }
}

/// The names by which a service is asked; API servers take the first.
fn dns_names(service: &str, namespace: &str) -> Vec<String> {
    let short = format!("{service}.{namespace}");
    vec![format!("{short}.svc"), format!("{short}.svc.cluster.local"), short]
}

/// The objects that hold a certificate, or ask for one.
pub(super) fn objects(install: &Install) -> Vec<Map> {
    match &install.certificates {
        Certificates::SelfSigned(made) => vec![secret(install, made)],
        Certificates::CertManager { issuer, days } => {
            let own = Issuer { kind: "Issuer".to_owned(), name: install.name.clone() };
            let mut objects = Vec::new();
            if issuer.is_none() {
                objects.push(
                    object("cert-manager.io/v1", "Issuer", install.metadata(&own.name))
                        .with("spec", Map::new().with("selfSigned", Map::new())),
                );
            }
            objects.push(certificate(install, issuer.as_ref().unwrap_or(&own), *days));
            objects
        }
        Certificates::Own { .. } => Vec::new(),
    }
}

fn secret(install: &Install, made: &SelfSigned) -> Map {
    let data = Map::new()
        .with("tls.crt", STANDARD.encode(&made.certificate))
        .with("tls.key", STANDARD.encode(&made.key));
    object("v1", "Secret", install.metadata(&install.secret()))
        .with("type", "kubernetes.io/tls")
        .noted(
            format!("ends on {}: print anew before, and apply all of it", made.until),
            "data",
            data,
        )
}

fn certificate(install: &Install, issuer: &Issuer, days: u32) -> Map {
    let hours = u64::from(days) * 24;
    let spec = Map::new()
        .with("secretName", install.secret())
        .with("commonName", "manifestly admission")
        .with("dnsNames", list(dns_names(&install.name, &install.namespace)))
        .with("duration", format!("{hours}h"))
        .with("renewBefore", format!("{}h", hours / 3))
        .with("usages", words(["digital signature", "server auth"]))
        .with(
            "privateKey",
            Map::new()
                .with("algorithm", "ECDSA")
                .with("size", 256_u32)
                .with("rotationPolicy", "Always"),
        )
        .with(
            "issuerRef",
            Map::new()
                .with("group", "cert-manager.io")
                .with("kind", issuer.kind.as_str())
                .with("name", issuer.name.as_str()),
        );
    object("cert-manager.io/v1", "Certificate", install.metadata(&install.name)).with("spec", spec)
}

impl Install {
    /// What makes API servers trust the certificate, and those before it: base64, as JSON has bytes.
    pub(super) fn ca_bundle(&self) -> Option<String> {
        let ca = match &self.certificates {
            Certificates::SelfSigned(made) => &made.ca,
            Certificates::Own { ca, .. } => ca,
            // cert-manager puts its own there.
            Certificates::CertManager { .. } => return None,
        };
        let all = [ca].into_iter().chain(&self.also_trusted);
        let lines: Vec<_> = all.map(|pem| pem.trim_end()).collect();
        Some(STANDARD.encode(lines.join("\n") + "\n"))
    }
}

impl Certificates {
    /// What asks cert-manager to put the bundle there.
    pub(super) fn annotations(&self, install: &Install) -> Option<Map> {
        let Self::CertManager { .. } = self else { return None };
        let certificate = format!("{}/{}", install.namespace, install.name);
        Some(Map::new().with("cert-manager.io/inject-ca-from", certificate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_other_ones_each_time() {
        let from = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap();
        let made = || SelfSigned::new("manifestly", "policies", from, 365).unwrap();
        let (one, other) = (made(), made());
        assert_eq!(one.until().to_string(), "2027-11-30");
        for pem in [SelfSigned::ca, SelfSigned::certificate, SelfSigned::key] {
            assert_ne!(pem(&one), pem(&other));
            assert!(pem(&one).starts_with("-----BEGIN "));
        }
        assert!(!format!("{one:?}").contains("BEGIN"), "keys are not for logs");
    }

    #[test]
    fn what_can_never_be_is_refused() {
        let from = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap();
        let error = SelfSigned::new("manifestly", "policies", from, u32::MAX).unwrap_err();
        assert!(matches!(error, SigningError::Never { .. }), "{error}");
    }
}
