//! What the extensions of certificates say.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::super::value::Value;
use super::super::BuiltinError;
use super::super::uri::Uri;
use super::certificate::base64;
use super::der::{self, Element, Reader, context};
use super::name::{dotted, error, list, oid};
use super::url;

type Result<T> = std::result::Result<T, BuiltinError>;

/// An extension as it stands in a certificate.
#[derive(Clone, Debug)]
pub(super) struct Extension {
    pub(super) id: Vec<u64>,
    pub(super) critical: bool,
    pub(super) value: Vec<u8>,
}

impl Extension {
    pub(super) fn read(sequence: &mut Reader<'_>) -> Result<Self> {
        let mut extension = sequence.sequence("extension")?;
        let id = extension.oid("extension OID field")?;
        let critical = match extension.optional(der::BOOLEAN, "extension critical field")? {
            Some(flag) => {
                flag.boolean().ok_or_else(|| error("malformed extension critical field"))?
            }
            None => false,
        };
        let value = extension.expect(der::OCTET_STRING, "extension value field")?.body.to_vec();
        Ok(Self { id, critical, value })
    }

    pub(super) fn to_value(&self) -> Value {
        Value::record([
            ("Id", oid(&self.id)),
            ("Critical", Value::bool(self.critical)),
            ("Value", base64(&self.value)),
        ])
    }
}

/// The other names of a subject.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) dns: Vec<String>,
    pub(super) emails: Vec<String>,
    pub(super) addresses: Vec<Vec<u8>>,
    pub(super) uris: Vec<Uri>,
}

impl Names {
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let mut names = Self::default();
        let mut reader = Reader::new(bytes)
            .sequence("names")
            .map_err(|_| error("invalid subject alternative names"))?;
        while !reader.is_empty() {
            let name = reader.any("subject alternative name")?;
            match name.tag & !0x20 {
                0x81 => names.emails.push(ascii(&name, "SAN rfc822Name is malformed")?),
                0x82 => names.dns.push(ascii(&name, "SAN dNSName is malformed")?),
                0x86 => {
                    let text = ascii(&name, "SAN uniformResourceIdentifier is malformed")?;
                    let uri = Uri::parse(&text).map_err(|reason| {
                        error(format!("cannot parse URI {text:?}: parse {text:?}: {reason}"))
                    })?;
                    if !uri.host.is_empty() && !is_domain(&uri.host, false) {
                        return Err(error(format!("cannot parse URI {text:?}: invalid domain")));
                    }
                    names.uris.push(uri);
                }
                0x87 if matches!(name.body.len(), 4 | 16) => {
                    names.addresses.push(name.body.to_vec());
                }
                0x87 => {
                    let length = name.body.len();
                    return Err(error(format!("cannot parse IP address of length {length}")));
                }
                _ => {}
            }
        }
        Ok(names)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.dns.is_empty()
            && self.emails.is_empty()
            && self.addresses.is_empty()
            && self.uris.is_empty()
    }

    pub(super) fn fields(&self) -> Vec<(&'static str, Value)> {
        let addresses = self.addresses.iter().map(|bytes| address(bytes)).collect();
        vec![
            ("DNSNames", texts(&self.dns)),
            ("EmailAddresses", texts(&self.emails)),
            ("IPAddresses", list(addresses)),
            ("URIs", list(self.uris.iter().map(url::to_value).collect())),
        ]
    }
}

fn ascii(element: &Element<'_>, wrong: &str) -> Result<String> {
    match std::str::from_utf8(element.body) {
        Ok(text) if text.is_ascii() => Ok(text.to_owned()),
        _ => Err(error(wrong)),
    }
}

fn texts(texts: &[String]) -> Value {
    list(texts.iter().map(|text| Value::string(text.as_str())).collect())
}

fn address(bytes: &[u8]) -> Value {
    let address = match (<[u8; 4]>::try_from(bytes), <[u8; 16]>::try_from(bytes)) {
        (Ok(bytes), _) => IpAddr::V4(Ipv4Addr::from(bytes)),
        (_, Ok(bytes)) => IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical(),
        _ => return Value::NULL,
    };
    Value::from(address.to_string())
}

/// Names that Go takes for a host's. A constraint may begin with a dot, or be empty.
pub(super) fn is_domain(name: &str, constraint: bool) -> bool {
    if name.is_empty() {
        return constraint;
    }
    if name.ends_with('.') || name.len() > 253 {
        return false;
    }
    let name = if constraint { name.strip_prefix('.').unwrap_or(name) } else { name };
    name.split('.').all(|label| {
        !label.is_empty() && label.len() <= 63 && label.bytes().all(|b| b.is_ascii_graphic())
    })
}

/// What the extensions of a certificate say.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    /// The fields that they give, in Go's names. Those that are missing say nothing.
    pub(super) fields: Vec<(&'static str, Value)>,
    pub(super) names: Names,
    pub(super) usage: i64,
    pub(super) extended: Vec<i64>,
    pub(super) unknown_extended: bool,
    /// Whether there are basic constraints; whether they allow to issue; how many may follow.
    pub(super) basic: Option<(bool, i64)>,
    pub(super) has_name_constraints: bool,
    pub(super) subject_key: Vec<u8>,
    pub(super) authority_key: Vec<u8>,
    pub(super) unhandled: bool,
}

/// What OPA calls each kind of use, from 0.
pub(super) const EXTENDED_NAMES: [&str; 14] = [
    "KeyUsageAny",
    "KeyUsageServerAuth",
    "KeyUsageClientAuth",
    "KeyUsageCodeSigning",
    "KeyUsageEmailProtection",
    "KeyUsageIPSECEndSystem",
    "KeyUsageIPSECTunnel",
    "KeyUsageIPSECUser",
    "KeyUsageTimeStamping",
    "KeyUsageOCSPSigning",
    "KeyUsageMicrosoftServerGatedCrypto",
    "KeyUsageNetscapeServerGatedCrypto",
    "KeyUsageMicrosoftCommercialCodeSigning",
    "KeyUsageMicrosoftKernelCodeSigning",
];

/// What each kind of use is numbered as in Go, from 0.
const EXTENDED: [&[u64]; 14] = [
    &[2, 5, 29, 37, 0],
    &[1, 3, 6, 1, 5, 5, 7, 3, 1],
    &[1, 3, 6, 1, 5, 5, 7, 3, 2],
    &[1, 3, 6, 1, 5, 5, 7, 3, 3],
    &[1, 3, 6, 1, 5, 5, 7, 3, 4],
    &[1, 3, 6, 1, 5, 5, 7, 3, 5],
    &[1, 3, 6, 1, 5, 5, 7, 3, 6],
    &[1, 3, 6, 1, 5, 5, 7, 3, 7],
    &[1, 3, 6, 1, 5, 5, 7, 3, 8],
    &[1, 3, 6, 1, 5, 5, 7, 3, 9],
    &[1, 3, 6, 1, 4, 1, 311, 10, 3, 3],
    &[2, 16, 840, 1, 113_730, 4, 1],
    &[1, 3, 6, 1, 4, 1, 311, 2, 1, 22],
    &[1, 3, 6, 1, 4, 1, 311, 61, 1, 1],
];

impl Extensions {
    pub(super) fn read(extensions: &[Extension]) -> Result<Self> {
        let mut read = Self::default();
        let mut unhandled = Vec::new();
        for extension in extensions {
            if !read.one(extension)? && extension.critical {
                unhandled.push(oid(&extension.id));
            }
        }
        read.unhandled = !unhandled.is_empty();
        read.fields.push(("UnhandledCriticalExtensions", list(unhandled)));
        Ok(read)
    }

    /// Tells whether it knows the extension.
    fn one(&mut self, extension: &Extension) -> Result<bool> {
        let mut value = Reader::new(&extension.value);
        let never_critical = |what: &str| {
            if extension.critical {
                Err(error(format!("{what} incorrectly marked critical")))
            } else {
                Ok(())
            }
        };
        match extension.id.as_slice() {
            [2, 5, 29, 14] => {
                never_critical("subject key identifier")?;
                let id = value.expect(der::OCTET_STRING, "subject key identifier")?;
                self.subject_key = id.body.to_vec();
                self.fields.push(("SubjectKeyId", base64(id.body)));
            }
            [2, 5, 29, 15] => {
                let usage = value.expect(der::BIT_STRING, "key usage")?;
                let (bytes, _) = usage.bits().ok_or_else(|| error("invalid key usage"))?;
                let bit = |at: usize| bytes.get(at / 8).is_some_and(|b| b >> (7 - at % 8) & 1 == 1);
                self.usage = (0..9).filter(|at| bit(*at)).map(|at| 1 << at).sum();
                self.fields.push(("KeyUsage", Value::from(self.usage)));
            }
            [2, 5, 29, 17] => {
                self.names = Names::read(&extension.value)?;
                return Ok(!self.names.is_empty());
            }
            [2, 5, 29, 19] => self.basic_constraints(value)?,
            [2, 5, 29, 30] => return self.name_constraints(extension),
            [2, 5, 29, 31] => self.distribution_points(value)?,
            [2, 5, 29, 32] => self.policies(value)?,
            [2, 5, 29, 33] => self.policy_mappings(value)?,
            [2, 5, 29, 35] => {
                never_critical("authority key identifier")?;
                let mut id =
                    value.sequence("id").map_err(|_| error("invalid authority key identifier"))?;
                if let Some(id) = id.optional(context(0, false), "authority key identifier")? {
                    self.authority_key = id.body.to_vec();
                    self.fields.push(("AuthorityKeyId", base64(id.body)));
                }
            }
            [2, 5, 29, 36] => self.policy_constraints(value)?,
            [2, 5, 29, 37] => self.extended_usage(value)?,
            [2, 5, 29, 54] => {
                let skip = number(value.any("inhibit any policy extension")?)?;
                self.fields.push(("InhibitAnyPolicy", Value::from(skip)));
                self.fields.push(("InhibitAnyPolicyZero", Value::bool(skip == 0)));
            }
            [1, 3, 6, 1, 5, 5, 7, 1, 1] => {
                never_critical("authority info access")?;
                self.authority_access(value)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn basic_constraints(&mut self, mut value: Reader<'_>) -> Result<()> {
        let invalid = || error("invalid basic constraints");
        let mut sequence = value.sequence("basic constraints").map_err(|_| invalid())?;
        let issuer = match sequence.optional(der::BOOLEAN, "basic constraints")? {
            Some(flag) => flag.boolean().ok_or_else(invalid)?,
            None => false,
        };
        let length = match sequence.optional(der::INTEGER, "basic constraints")? {
            Some(length) => number(length).ok().filter(|n| *n >= 0).ok_or_else(invalid)?,
            None => -1,
        };
        self.basic = Some((issuer, length));
        self.fields.push(("BasicConstraintsValid", Value::bool(true)));
        self.fields.push(("IsCA", Value::bool(issuer)));
        self.fields.push(("MaxPathLen", Value::from(length)));
        self.fields.push(("MaxPathLenZero", Value::bool(length == 0)));
        Ok(())
    }

    fn distribution_points(&mut self, mut value: Reader<'_>) -> Result<()> {
        let invalid = |_| error("invalid CRL distribution point");
        let mut points = value.sequence("points").map_err(invalid)?;
        let mut found = Vec::new();
        while !points.is_empty() {
            let mut point = points.sequence("point").map_err(invalid)?;
            let Some(name) = point.optional(context(0, true), "point").map_err(invalid)? else {
                continue;
            };
            let mut names =
                name.reader().expect(context(0, true), "point").map_err(invalid)?.reader();
            while let Some(uri) = names.optional(context(6, false), "point").map_err(invalid)? {
                found.push(Value::from(String::from_utf8_lossy(uri.body).into_owned()));
            }
        }
        self.fields.push(("CRLDistributionPoints", list(found)));
        Ok(())
    }

    fn policies(&mut self, mut value: Reader<'_>) -> Result<()> {
        let invalid = |_| error("invalid certificate policies");
        let mut sequence = value.sequence("policies").map_err(invalid)?;
        let (mut texts, mut ids) = (Vec::new(), Vec::new());
        while !sequence.is_empty() {
            let id =
                sequence.sequence("policy").and_then(|mut p| p.oid("policy")).map_err(invalid)?;
            if ids.contains(&oid(&id)) {
                return Err(error("invalid certificate policies"));
            }
            texts.push(Value::from(dotted(&id)));
            ids.push(oid(&id));
        }
        self.fields.push(("Policies", list(texts)));
        self.fields.push(("PolicyIdentifiers", Value::array(ids)));
        Ok(())
    }

    fn policy_mappings(&mut self, mut value: Reader<'_>) -> Result<()> {
        let invalid = |_| error("invalid policy mappings extension");
        let mut sequence = value.sequence("mappings").map_err(invalid)?;
        let mut mappings = Vec::new();
        while !sequence.is_empty() {
            let mut mapping = sequence.sequence("mapping").map_err(invalid)?;
            let issuer = mapping.oid("mapping").map_err(invalid)?;
            let subject = mapping.oid("mapping").map_err(invalid)?;
            mappings.push(Value::record([
                ("IssuerDomainPolicy", Value::from(dotted(&issuer))),
                ("SubjectDomainPolicy", Value::from(dotted(&subject))),
            ]));
        }
        self.fields.push(("PolicyMappings", list(mappings)));
        Ok(())
    }

    fn policy_constraints(&mut self, mut value: Reader<'_>) -> Result<()> {
        const FIELDS: [(&str, &str); 2] = [
            ("RequireExplicitPolicy", "RequireExplicitPolicyZero"),
            ("InhibitPolicyMapping", "InhibitPolicyMappingZero"),
        ];
        let mut sequence = value
            .sequence("constraints")
            .map_err(|_| error("invalid policy constraints extension"))?;
        for (tag, (name, zero)) in (0..).zip(FIELDS) {
            if let Some(skip) = sequence.optional(context(tag, false), "policy constraints")? {
                let skip = number(skip)?;
                self.fields.push((name, Value::from(skip)));
                self.fields.push((zero, Value::bool(skip == 0)));
            }
        }
        Ok(())
    }

    fn extended_usage(&mut self, mut value: Reader<'_>) -> Result<()> {
        let invalid = |_| error("invalid extended key usages");
        let mut sequence = value.sequence("usages").map_err(invalid)?;
        let mut unknown = Vec::new();
        while !sequence.is_empty() {
            let id = sequence.oid("usage").map_err(invalid)?;
            match (0..).zip(EXTENDED).find(|(_, known)| *known == id.as_slice()) {
                Some((at, _)) => self.extended.push(at),
                None => unknown.push(oid(&id)),
            }
        }
        let known = self.extended.iter().map(|usage| Value::from(*usage)).collect();
        self.unknown_extended = !unknown.is_empty();
        self.fields.push(("ExtKeyUsage", list(known)));
        self.fields.push(("UnknownExtKeyUsage", list(unknown)));
        Ok(())
    }

    fn authority_access(&mut self, mut value: Reader<'_>) -> Result<()> {
        let invalid = |_| error("invalid authority info access");
        let mut sequence = value.sequence("access").map_err(invalid)?;
        let (mut ocsp, mut issuers) = (Vec::new(), Vec::new());
        while !sequence.is_empty() {
            let mut access = sequence.sequence("access").map_err(invalid)?;
            let method = access.oid("access").map_err(invalid)?;
            let Some(uri) = access.optional(context(6, false), "access").map_err(invalid)? else {
                continue;
            };
            let uri = Value::from(String::from_utf8_lossy(uri.body).into_owned());
            match method.as_slice() {
                [1, 3, 6, 1, 5, 5, 7, 48, 1] => ocsp.push(uri),
                [1, 3, 6, 1, 5, 5, 7, 48, 2] => issuers.push(uri),
                _ => {}
            }
        }
        self.fields.push(("OCSPServer", list(ocsp)));
        self.fields.push(("IssuingCertificateURL", list(issuers)));
        Ok(())
    }

    /// Which names an issuer may give. Tells whether it knows all kinds of them.
    fn name_constraints(&mut self, extension: &Extension) -> Result<bool> {
        let invalid = |_| error("invalid NameConstraints extension");
        let mut sequence =
            Reader::new(&extension.value).sequence("constraints").map_err(invalid)?;
        let permitted = sequence.optional(context(0, true), "constraints").map_err(invalid)?;
        let excluded = sequence.optional(context(1, true), "constraints").map_err(invalid)?;
        let is_empty = |part: &Option<Element<'_>>| part.is_none_or(|part| part.body.is_empty());
        if is_empty(&permitted) && is_empty(&excluded) {
            return Err(error("empty name constraints extension"));
        }
        const FIELDS: [[&str; 4]; 2] = [
            [
                "PermittedDNSDomains",
                "PermittedIPRanges",
                "PermittedEmailAddresses",
                "PermittedURIDomains",
            ],
            [
                "ExcludedDNSDomains",
                "ExcludedIPRanges",
                "ExcludedEmailAddresses",
                "ExcludedURIDomains",
            ],
        ];
        let mut known = true;
        for (part, fields) in [permitted, excluded].into_iter().zip(FIELDS) {
            let (lists, all) = subtrees(part)?;
            known &= all;
            self.fields.extend(fields.into_iter().zip(lists.map(list)));
        }
        self.has_name_constraints = true;
        self.fields.push(("PermittedDNSDomainsCritical", Value::bool(extension.critical)));
        Ok(known)
    }
}

fn number(element: Element<'_>) -> Result<i64> {
    let number = element.integer().and_then(|number| i64::try_from(number).ok());
    number.ok_or_else(|| error("invalid number in an extension"))
}

/// Constraints on hosts, addresses, mailboxes and URIs, and whether these were all.
fn subtrees(part: Option<Element<'_>>) -> Result<([Vec<Value>; 4], bool)> {
    let mut lists: [Vec<Value>; 4] = Default::default();
    let mut known = true;
    let mut reader = part.map_or(Reader::new(&[]), |part| part.reader());
    while !reader.is_empty() {
        let base = reader.sequence("constraint").and_then(|mut base| base.any("constraint"));
        let base = base.map_err(|_| error("invalid NameConstraints extension"))?;
        let domain = |what: &str| {
            let text = ascii(&base, "invalid constraint value: not ASCII")?;
            let mailbox = what == "rfc822Name" && text.contains('@');
            let address = what == "URI" && text.parse::<IpAddr>().is_ok();
            if !mailbox && (address || !is_domain(&text, true)) {
                return Err(error(format!("failed to parse {what} constraint {text:?}")));
            }
            Ok(Value::from(text))
        };
        let (at, constraint) = match base.tag {
            0x82 => (0, domain("dnsName")?),
            0x81 => (2, domain("rfc822Name")?),
            0x86 => (3, domain("URI")?),
            0x87 => (1, network(base.body)?),
            _ => {
                known = false;
                continue;
            }
        };
        if let Some(list) = lists.get_mut(at) {
            list.push(constraint);
        }
    }
    Ok((lists, known))
}

fn network(bytes: &[u8]) -> Result<Value> {
    if !matches!(bytes.len(), 8 | 32) {
        return Err(error(format!("IP constraint contained value of length {}", bytes.len())));
    }
    let (base, mask) = bytes.split_at(bytes.len() / 2);
    // Ones first, then zeros.
    let ones: u32 = mask.iter().map(|byte| byte.leading_ones()).take_while(|ones| *ones == 8).sum();
    let first = mask.iter().find(|byte| **byte != 0xff).map_or(0, |byte| byte.leading_ones());
    if mask.iter().map(|byte| byte.count_ones()).sum::<u32>() != ones + first {
        return Err(error("IP constraint contained invalid mask"));
    }
    Ok(Value::record([("IP", address(base)), ("Mask", base64(mask))]))
}
