//! Certificates and requests for them.

use base64::Engine as _;
use num_bigint::{BigInt, Sign};

use super::super::super::value::Value;
use super::super::BuiltinError;
use super::super::encoding::STANDARD;
use super::der::{self, Element, Reader, context, malformed};
use super::extensions::{Extension, Extensions, Names};
use super::key::{PublicKey, big};
use super::name::{dotted, error, list, name, oid};

type Result<T> = std::result::Result<T, BuiltinError>;

pub(super) fn base64(bytes: &[u8]) -> Value {
    Value::from(STANDARD.encode(bytes))
}

/// What Go's fields hold where a certificate says nothing.
const NULLS: [&str; 26] = [
    "Extensions",
    "ExtraExtensions",
    "UnhandledCriticalExtensions",
    "ExtKeyUsage",
    "UnknownExtKeyUsage",
    "SubjectKeyId",
    "AuthorityKeyId",
    "OCSPServer",
    "IssuingCertificateURL",
    "DNSNames",
    "EmailAddresses",
    "IPAddresses",
    "URIs",
    "PermittedDNSDomains",
    "ExcludedDNSDomains",
    "PermittedIPRanges",
    "ExcludedIPRanges",
    "PermittedEmailAddresses",
    "ExcludedEmailAddresses",
    "PermittedURIDomains",
    "ExcludedURIDomains",
    "CRLDistributionPoints",
    "PolicyIdentifiers",
    "Policies",
    "PolicyMappings",
    "PublicKey",
];
const ZEROS: [&str; 5] =
    ["KeyUsage", "MaxPathLen", "InhibitAnyPolicy", "InhibitPolicyMapping", "RequireExplicitPolicy"];
const FALSES: [&str; 7] = [
    "BasicConstraintsValid",
    "IsCA",
    "MaxPathLenZero",
    "PermittedDNSDomainsCritical",
    "InhibitAnyPolicyZero",
    "InhibitPolicyMappingZero",
    "RequireExplicitPolicyZero",
];

/// A certificate.
#[derive(Clone, Debug)]
pub(in crate::engine::builtins) struct Certificate {
    pub(in crate::engine::builtins) key: PublicKey,
    pub(super) raw: Vec<u8>,
    pub(super) version: i64,
    /// What the signature is of.
    pub(super) signed: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) algorithm: i64,
    pub(super) subject: Vec<u8>,
    pub(super) issuer: Vec<u8>,
    /// The key as it stands in the certificate.
    pub(super) info: Vec<u8>,
    /// The first and the last second.
    pub(super) validity: [i64; 2],
    pub(super) subject_key: Vec<u8>,
    pub(super) authority_key: Vec<u8>,
    /// The other names of the subject, as they stand there.
    alternatives: Option<Vec<u8>>,
    ids: Vec<Vec<u64>>,
    pub(super) extensions: Extensions,
    /// As Go writes it.
    pub(super) value: Value,
    pub(super) uri_texts: Value,
}

impl Certificate {
    pub(in crate::engine::builtins) fn parse(bytes: &[u8]) -> Result<Self> {
        let (certificate, rest) = Self::first(bytes)?;
        if rest.is_empty() { Ok(certificate) } else { Err(error("trailing data")) }
    }

    /// Certificates one after another.
    pub(super) fn parse_all(mut bytes: &[u8]) -> Result<Vec<Self>> {
        let mut certificates = Vec::new();
        while !bytes.is_empty() {
            let (certificate, rest) = Self::first(bytes)?;
            certificates.push(certificate);
            bytes = rest;
        }
        Ok(certificates)
    }

    fn first(bytes: &[u8]) -> Result<(Self, &[u8])> {
        let mut reader = Reader::new(bytes);
        let whole = reader.expect(der::SEQUENCE, "certificate")?;
        let mut outer = whole.reader();
        let signed = outer.expect(der::SEQUENCE, "tbs certificate")?;
        let mut body = signed.reader();
        let version = match body.optional(context(0, true), "version")? {
            Some(version) => version.reader().integer("version")?,
            None => BigInt::ZERO,
        };
        let version = i64::try_from(version).ok().filter(|version| (0..3).contains(version));
        let version = version.ok_or_else(|| error("invalid version"))? + 1;
        let serial = body.integer("serial number")?;
        if serial.sign() == Sign::Minus {
            return Err(error("negative serial number"));
        }
        let algorithm = body.expect(der::SEQUENCE, "signature algorithm identifier")?;
        if outer.expect(der::SEQUENCE, "algorithm identifier")?.body != algorithm.body {
            return Err(error("inner and outer signature algorithm identifiers don't match"));
        }
        let issuer = body.expect(der::SEQUENCE, "issuer")?.whole;
        let mut validity = body.sequence("validity")?;
        let dates = [time(validity.any("validity")?)?, time(validity.any("validity")?)?];
        let issuer_name = name(issuer)?;
        let subject = body.expect(der::SEQUENCE, "issuer")?.whole;
        let subject_name = name(subject)?;
        let info = body.expect(der::SEQUENCE, "spki")?.whole;
        let key = PublicKey::from_spki(info)?;
        let (listed, read) = if version == 3 { extensions(&mut body)? } else { Default::default() };
        let signature = right_aligned(outer.expect(der::BIT_STRING, "signature")?)?;
        let algorithm = signature_algorithm(algorithm)?;
        let [before, after] = dates.map(|date| date.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        let mut fields: Vec<(&str, Value)> = vec![
            ("Raw", base64(whole.whole)),
            ("RawTBSCertificate", base64(signed.whole)),
            ("RawSubjectPublicKeyInfo", base64(info)),
            ("RawSubject", base64(subject)),
            ("RawIssuer", base64(issuer)),
            ("Signature", base64(&signature)),
            ("SignatureAlgorithm", Value::from(algorithm)),
            ("PublicKeyAlgorithm", Value::from(key.algorithm())),
            ("PublicKey", key.to_value()),
            ("Version", Value::from(version)),
            ("SerialNumber", big(serial)),
            ("Issuer", issuer_name),
            ("Subject", subject_name),
            ("NotBefore", Value::from(before)),
            ("NotAfter", Value::from(after)),
            ("Extensions", list(listed.iter().map(Extension::to_value).collect())),
        ];
        fields.extend(read.names.fields());
        fields.extend(read.fields.iter().cloned());
        let uris = read.names.uris.iter().map(|uri| Value::from(uri.to_text())).collect();
        let certificate = Self {
            key,
            raw: whole.whole.to_vec(),
            version,
            signed: signed.whole.to_vec(),
            signature,
            algorithm,
            subject: subject.to_vec(),
            issuer: issuer.to_vec(),
            info: info.to_vec(),
            validity: dates.map(|date| date.and_utc().timestamp()),
            subject_key: read.subject_key.clone(),
            authority_key: read.authority_key.clone(),
            alternatives: listed
                .iter()
                .find(|one| one.id == [2, 5, 29, 17])
                .map(|one| one.value.clone()),
            ids: listed.into_iter().map(|one| one.id).collect(),
            extensions: read,
            value: with_defaults(fields),
            uri_texts: list(uris),
        };
        Ok((certificate, reader.rest()))
    }

    /// Whether two certificates are of the same subject with the same key.
    pub(super) fn is_same_entity(&self, other: &Self) -> bool {
        self.subject == other.subject
            && self.info == other.info
            && self.alternatives == other.alternatives
    }

    /// Whether it says which policies must hold, or how they are called elsewhere.
    pub(super) fn has_policy_constraints(&self) -> bool {
        self.ids.iter().any(|id| matches!(id.as_slice(), [2, 5, 29, 33 | 36]))
    }

    /// As OPA adds to what Go writes.
    pub(super) fn extended(&self) -> Value {
        let mut fields = self.value.as_object().map(<[_]>::to_vec).unwrap_or_default();
        fields.push((Value::string("URIStrings"), self.uri_texts.clone()));
        Value::object_of_last(fields)
    }
}

fn with_defaults(fields: Vec<(&str, Value)>) -> Value {
    let defaults = NULLS
        .into_iter()
        .map(|name| (name, Value::NULL))
        .chain(ZEROS.into_iter().map(|name| (name, Value::from(0_i64))))
        .chain(FALSES.into_iter().map(|name| (name, Value::bool(false))));
    let all = defaults.chain(fields).map(|(name, value)| (Value::string(name), value));
    Value::object_of_last(all.collect())
}

fn extensions(body: &mut Reader<'_>) -> Result<(Vec<Extension>, Extensions)> {
    body.optional(context(1, false), "issuerUniqueID")?;
    body.optional(context(2, false), "subjectUniqueID")?;
    let Some(part) = body.optional(context(3, true), "extensions")? else {
        return Ok(Default::default());
    };
    let mut sequence = part.reader().sequence("extensions")?;
    let mut listed: Vec<Extension> = Vec::new();
    while !sequence.is_empty() {
        let extension = Extension::read(&mut sequence)?;
        if listed.iter().any(|other| other.id == extension.id) {
            let id = dotted(&extension.id);
            return Err(error(format!("certificate contains duplicate extension with OID {id:?}")));
        }
        listed.push(extension);
    }
    let read = Extensions::read(&listed)?;
    Ok((listed, read))
}

/// The bytes of a bit string whose last bit is the last one that counts.
fn right_aligned(element: Element<'_>) -> Result<Vec<u8>> {
    let (bytes, unused) = element.bits().ok_or_else(|| malformed("signature"))?;
    if unused == 0 {
        return Ok(bytes.to_vec());
    }
    let number = BigInt::from_bytes_be(Sign::Plus, bytes) >> usize::from(unused);
    let (_, digits) = number.to_bytes_be();
    Ok(super::signature::fixed(&digits, bytes.len()).unwrap_or_default())
}

/// The number that Go has for an algorithm.
fn signature_algorithm(identifier: Element<'_>) -> Result<i64> {
    let mut reader = identifier.reader();
    let id = reader.oid("algorithm identifier")?;
    Ok(match id.as_slice() {
        [1, 2, 840, 113_549, 1, 1, 4] => 2,
        [1, 2, 840, 113_549, 1, 1, 5] | [1, 3, 14, 3, 2, 29] => 3,
        [1, 2, 840, 113_549, 1, 1, 11] => 4,
        [1, 2, 840, 113_549, 1, 1, 12] => 5,
        [1, 2, 840, 113_549, 1, 1, 13] => 6,
        [1, 2, 840, 10040, 4, 3] => 7,
        [2, 16, 840, 1, 101, 3, 4, 3, 2] => 8,
        [1, 2, 840, 10045, 4, 1] => 9,
        [1, 2, 840, 10045, 4, 3, 2] => 10,
        [1, 2, 840, 10045, 4, 3, 3] => 11,
        [1, 2, 840, 10045, 4, 3, 4] => 12,
        [1, 2, 840, 113_549, 1, 1, 10] => pss_algorithm(reader.rest()),
        [1, 3, 101, 112] if reader.is_empty() => 16,
        _ => 0,
    })
}

/// PSS says by parameters which hash it has; only the usual ones are known.
fn pss_algorithm(parameters: &[u8]) -> i64 {
    let known = |hash: u8, salt: u8| {
        let hash =
            [0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash, 0x05, 0];
        let masks = [0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
        [
            &[0x30, 0x34, 0xa0, 0x0f][..],
            &hash,
            &[0xa1, 0x1c],
            &masks,
            &hash,
            &[0xa2, 0x03, 0x02, 0x01, salt],
        ]
        .concat()
    };
    let hashes = [(1, 0x20, 13), (2, 0x30, 14), (3, 0x40, 15)];
    let found = hashes.iter().find(|(hash, salt, _)| known(*hash, *salt) == parameters);
    found.map_or(0, |(.., algorithm)| *algorithm)
}

/// A time.
fn time(element: Element<'_>) -> Result<chrono::NaiveDateTime> {
    let text = std::str::from_utf8(element.body).unwrap_or_default();
    let parsed = match element.tag {
        0x17 => {
            let text = if text.len() == 11 { text.replace('Z', "00Z") } else { text.to_owned() };
            let century = if text.as_str() < "50" { "20" } else { "19" };
            chrono::NaiveDateTime::parse_from_str(&format!("{century}{text}"), "%Y%m%d%H%M%SZ")
        }
        0x18 => chrono::NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%SZ"),
        _ => return Err(error("unsupported time format")),
    };
    parsed.map_err(|_| malformed("time"))
}

/// A request for a certificate, as Go writes it.
pub(super) fn request(bytes: &[u8]) -> Result<Value> {
    let mut reader = Reader::new(bytes);
    let whole = reader
        .expect(der::SEQUENCE, "certificate request")
        .map_err(|_| BuiltinError::new("asn1: structure error: no certificate request"))?;
    if !reader.is_empty() {
        return Err(BuiltinError::new("asn1: syntax error: trailing data"));
    }
    let mut outer = whole.reader();
    let signed = outer.expect(der::SEQUENCE, "certificate request")?;
    let mut body = signed.reader();
    let version = i64::try_from(body.integer("version")?).map_err(|_| malformed("version"))?;
    let subject = body.expect(der::SEQUENCE, "subject")?.whole;
    let info = body.expect(der::SEQUENCE, "spki")?.whole;
    let key = PublicKey::from_spki(info)?;
    let algorithm = outer.expect(der::SEQUENCE, "algorithm identifier")?;
    let signature = outer.expect(der::BIT_STRING, "signature")?;
    let mut attributes = Vec::new();
    let mut wanted: Vec<Extension> = Vec::new();
    if let Some(part) = body.optional(context(0, true), "attributes")? {
        let mut part = part.reader();
        while !part.is_empty() {
            let mut attribute = part.sequence("attribute")?;
            let id = attribute.oid("attribute")?;
            let values = attribute.expect(der::SET, "attribute")?;
            if id == [1, 2, 840, 113_549, 1, 9, 14] {
                let mut sequence = values.reader().sequence("extensions")?;
                while !sequence.is_empty() {
                    wanted.push(Extension::read(&mut sequence)?);
                }
            }
            if let Some(values) = attribute_values(values) {
                attributes.push(Value::record([("Type", oid(&id)), ("Value", values)]));
            }
        }
    }
    let mut names = Names::default();
    for extension in &wanted {
        if extension.id == [2, 5, 29, 17] {
            names = Names::read(&extension.value)?;
        }
    }
    let mut fields = vec![
        ("Raw", base64(whole.whole)),
        ("RawTBSCertificateRequest", base64(signed.whole)),
        ("RawSubjectPublicKeyInfo", base64(info)),
        ("RawSubject", base64(subject)),
        ("Version", Value::from(version)),
        ("Signature", base64(&right_aligned(signature)?)),
        ("SignatureAlgorithm", Value::from(signature_algorithm(algorithm)?)),
        ("PublicKeyAlgorithm", Value::from(key.algorithm())),
        ("PublicKey", key.to_value()),
        ("Subject", name(subject)?),
        ("Attributes", list(attributes)),
        ("Extensions", list(wanted.iter().map(Extension::to_value).collect())),
        ("ExtraExtensions", Value::NULL),
    ];
    fields.extend(names.fields());
    let entries = fields.into_iter().map(|(name, value)| (Value::string(name), value));
    Ok(Value::object_of_last(entries.collect()))
}

/// Attributes that hold pairs. Others are passed over, as Go does.
fn attribute_values(set: Element<'_>) -> Option<Value> {
    let mut sets = set.reader();
    let mut values = Vec::new();
    while !sets.is_empty() {
        let mut sequence = sets.sequence("attribute").ok()?;
        let mut pairs = Vec::new();
        while !sequence.is_empty() {
            let mut pair = sequence.sequence("attribute").ok()?;
            let id = pair.oid("attribute").ok()?;
            let value = pair.any("attribute").ok()?;
            let value = match value.tag {
                der::BOOLEAN => Value::bool(value.boolean()?),
                der::INTEGER => big(value.integer()?),
                der::OCTET_STRING => base64(value.body),
                0x0c | 0x13 | 0x16 => Value::from(String::from_utf8_lossy(value.body).into_owned()),
                _ => return None,
            };
            pairs.push(Value::record([("Type", oid(&id)), ("Value", value)]));
        }
        values.push(Value::array(pairs));
    }
    Some(Value::array(values))
}
