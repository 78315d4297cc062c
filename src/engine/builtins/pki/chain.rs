//! Chains of certificates, verified up to a root, as Go verifies them.

use std::net::IpAddr;

use super::super::super::value::Value;
use super::super::{BuiltinError, Context};
use super::certificate::Certificate;
use super::der::{self, Reader};
use super::extensions::EXTENDED_NAMES;
use super::signature::{Hash, Padding};

/// How many signatures one chain may cost.
const CHECKS: usize = 100;
/// What one of them counts for.
const STEPS: usize = 20_000;

/// What a chain is verified for.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) host: String,
    /// In nanoseconds since 1970.
    pub(super) time: Option<i64>,
    pub(super) usages: Vec<i64>,
}

impl Options {
    pub(super) fn read(fields: &[(Value, Value)]) -> Result<Self, BuiltinError> {
        let wrong =
            |name: &str, what: &str| BuiltinError::new(format!("'{name}' should be {what}"));
        let mut options = Self::default();
        for (key, value) in fields {
            let Some(name) = key.as_str() else { continue };
            match name {
                "DNSName" => {
                    let host = value.as_str().ok_or_else(|| wrong(name, "a string"))?;
                    host.trim_matches('"').clone_into(&mut options.host);
                }
                "CurrentTime" => {
                    let time = value.as_number().ok_or_else(|| wrong(name, "a number"))?;
                    let time = time.as_i64().ok_or_else(|| wrong(name, "a valid int64 number"))?;
                    options.time = Some(time);
                }
                "MaxConstraintComparisons" => {
                    let count = value.as_number().ok_or_else(|| wrong(name, "a number"))?;
                    count.as_i64().ok_or_else(|| wrong(name, "a valid number"))?;
                }
                "KeyUsages" => {
                    let names = value.items().ok_or_else(|| wrong(name, "an Array or Set"))?;
                    let mut unknown = Vec::new();
                    for name in names.iter().filter_map(Value::as_str) {
                        let name = name.trim_matches('"');
                        match (0..).zip(EXTENDED_NAMES).find(|(_, known)| *known == name) {
                            Some((at, _)) => options.usages.push(at),
                            None => unknown.push(name),
                        }
                    }
                    if !unknown.is_empty() {
                        return Err(BuiltinError::new(format!(
                            "invalid entries for 'KeyUsages' found: [{}]",
                            unknown.join(" ")
                        )));
                    }
                }
                _ => return Err(BuiltinError::new("invalid key option")),
            }
        }
        Ok(options)
    }
}

/// The chain from the last certificate up to the first, through those between; `None` where
/// there is none.
pub(super) fn verify<'c>(
    context: &mut Context<'_>,
    certificates: &'c [Certificate],
    options: &Options,
) -> Result<Option<Vec<&'c Certificate>>, BuiltinError> {
    let [root, between @ .., leaf] = certificates else { return Ok(None) };
    let now = options.time.unwrap_or(context.now_ns);
    let mut search = Search { context, root, between, now, checks: 0, found: Vec::new() };
    if !valid(leaf, now) || (!options.host.is_empty() && !has_host(leaf, &options.host)) {
        return Ok(None);
    }
    if root.raw == leaf.raw {
        search.found.push(vec![leaf]);
    } else {
        search.up(&[leaf])?;
    }
    let usages = if options.usages.is_empty() { vec![1] } else { options.usages.clone() };
    for chain in search.found {
        // What can't be judged is no pass, and no failure either.
        let constrained = |one: &&Certificate| one.extensions.has_name_constraints;
        let policies = |one: &&Certificate| one.has_policy_constraints();
        if chain.iter().skip(1).any(constrained) || chain.iter().any(policies) {
            return Err(BuiltinError {
                message: "chains with constraints on names or policies can't be verified".into(),
                halts: true,
            });
        }
        if usages.contains(&0) || is_for(&chain, &usages) {
            return Ok(Some(chain));
        }
    }
    Ok(None)
}

struct Search<'c, 'x, 'a> {
    context: &'x mut Context<'a>,
    root: &'c Certificate,
    between: &'c [Certificate],
    now: i64,
    checks: usize,
    found: Vec<Vec<&'c Certificate>>,
}

impl<'c> Search<'c, '_, '_> {
    fn up(&mut self, chain: &[&'c Certificate]) -> Result<(), BuiltinError> {
        let Some(last) = chain.last().copied() else { return Ok(()) };
        // Those whose key is named come first.
        let mut parents: Vec<&'c Certificate> = self.between.iter().collect();
        parents.sort_by_key(|parent| match (&parent.subject_key, &last.authority_key) {
            (a, b) if a == b => 0,
            (a, b) if a.is_empty() != b.is_empty() => 1,
            _ => 2,
        });
        let root = self.root;
        let candidates =
            std::iter::once((root, true)).chain(parents.into_iter().map(|p| (p, false)));
        for (parent, is_root) in candidates {
            if parent.subject != last.issuer {
                continue;
            }
            self.checks += 1;
            if self.checks > CHECKS {
                return Ok(());
            }
            if chain.iter().any(|one| one.is_same_entity(parent)) {
                continue;
            }
            self.context.tick(STEPS)?;
            let allowed = is_root || matches!(parent.extensions.basic, Some((true, _)));
            let short = match parent.extensions.basic {
                Some((_, most)) if most >= 0 => {
                    i64::try_from(chain.len()).unwrap_or(i64::MAX) - 1 <= most
                }
                _ => true,
            };
            if !signed_by(last, parent) || !valid(parent, self.now) || !allowed || !short {
                continue;
            }
            let longer = [chain, &[parent]].concat();
            if is_root {
                self.found.push(longer);
            } else {
                self.up(&longer)?;
            }
        }
        Ok(())
    }
}

/// Whether all that is critical is known, and the time is one of the certificate's.
fn valid(certificate: &Certificate, now: i64) -> bool {
    let [begin, end] = certificate.validity.map(|seconds| i128::from(seconds) * 1_000_000_000);
    !certificate.extensions.unhandled && i128::from(now) >= begin && i128::from(now) <= end
}

fn signed_by(child: &Certificate, parent: &Certificate) -> bool {
    let may = match parent.extensions.basic {
        Some((issuer, _)) => issuer,
        None => parent.version != 3,
    };
    let usage = parent.extensions.usage;
    if !may || (usage != 0 && usage & 1 << 5 == 0) {
        return false;
    }
    let (message, signature) = (child.signed.as_slice(), child.signature.as_slice());
    let hash = match child.algorithm {
        4 | 10 | 13 => Hash::Sha256,
        5 | 11 | 14 => Hash::Sha384,
        6 | 12 | 15 => Hash::Sha512,
        16 => return parent.key.verify_ed25519(message, signature),
        // SHA-1 and MD5 are not safe.
        _ => return false,
    };
    let digest = hash.of(message);
    match child.algorithm {
        4..=6 => parent.key.verify_rsa(Padding::Pkcs1, hash, &digest, signature),
        10..=12 => points(signature).is_some_and(|[r, s]| parent.key.verify_ec(&digest, r, s)),
        _ => parent.key.verify_rsa(Padding::PssOfHash, hash, &digest, signature),
    }
}

/// The two numbers of an elliptic curve's signature.
fn points(signature: &[u8]) -> Option<[&[u8]; 2]> {
    let mut outer = Reader::new(signature);
    let mut sequence = outer.sequence("signature").ok()?;
    let mut number = || {
        let element = sequence.expect(der::INTEGER, "signature").ok()?;
        let positive = element.integer()?.sign() == num_bigint::Sign::Plus;
        positive.then_some(element.body)
    };
    let numbers = [number()?, number()?];
    (sequence.is_empty() && outer.is_empty()).then_some(numbers)
}

/// Whether the chain is for one of the usages, from its root down.
fn is_for(chain: &[&Certificate], usages: &[i64]) -> bool {
    let mut left = usages.to_vec();
    for certificate in chain.iter().rev() {
        let extended = &certificate.extensions.extended;
        let any = extended.is_empty() && !certificate.extensions.unknown_extended;
        if !any && !extended.contains(&0) {
            left.retain(|usage| extended.contains(usage));
        }
    }
    !left.is_empty()
}

fn has_host(certificate: &Certificate, host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let names = &certificate.extensions.names;
    if let Ok(address) = bare.parse::<IpAddr>() {
        return names.addresses.iter().any(|bytes| {
            let own = match (<[u8; 4]>::try_from(&bytes[..]), <[u8; 16]>::try_from(&bytes[..])) {
                (Ok(bytes), _) => IpAddr::from(bytes),
                (_, Ok(bytes)) => IpAddr::from(bytes),
                _ => return false,
            };
            own.to_canonical() == address.to_canonical()
        });
    }
    let host = host.to_ascii_lowercase();
    let plain = host.strip_suffix('.').unwrap_or(&host);
    names.dns.iter().any(|name| {
        let name = name.to_ascii_lowercase();
        if is_hostname(plain, false) && is_hostname(&name, true) {
            let (pattern, parts): (Vec<_>, Vec<_>) =
                (name.split('.').collect(), plain.split('.').collect());
            pattern.len() == parts.len()
                && pattern
                    .iter()
                    .zip(&parts)
                    .enumerate()
                    .all(|(at, (pattern, part))| (at == 0 && *pattern == "*") || pattern == part)
        } else {
            !host.is_empty() && host != "." && name == host
        }
    })
}

fn is_hostname(host: &str, is_pattern: bool) -> bool {
    !host.is_empty()
        && host != "*"
        && host.split('.').enumerate().all(|(at, part)| {
            let plain = |(at, byte): (usize, u8)| {
                byte.is_ascii_alphanumeric() || (byte == b'-' && at != 0) || byte == b'_'
            };
            (is_pattern && at == 0 && part == "*")
                || (!part.is_empty() && part.bytes().enumerate().all(plain))
        })
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{call, json};
    use super::super::super::{BuiltinError, Value};

    // Made with openssl, for ten years from 2026; what is said of them is OPA's answer.
    const CHAIN: &str = include_str!("../../../../fixtures/opa/certificates/chain.pem");
    const TOO_LONG: &str = include_str!("../../../../fixtures/opa/certificates/too-long.pem");
    const NOT_AN_ISSUER: &str =
        include_str!("../../../../fixtures/opa/certificates/not-an-issuer.pem");
    const CONSTRAINED: &str = include_str!("../../../../fixtures/opa/certificates/constrained.pem");

    /// Whether a chain is verified with options, in 2027.
    fn verified(text: &str, options: &str) -> Result<Value, BuiltinError> {
        let options = options.replacen('{', "{\"CurrentTime\": 1800000000000000000, ", 1);
        let options = json(&options.replace(", }", "}"));
        let name = "crypto.x509.parse_and_verify_certificates_with_options";
        let result = call(name, &[Value::string(text), options])?;
        Ok(result.and_then(|result| result.as_array()?.first().cloned()).expect("a pair"))
    }

    #[test]
    fn chains_are_verified() {
        for (text, options, holds) in [
            (CHAIN, "{}", true),
            (CHAIN, "{\"DNSName\": \"a.example.com\"}", true),
            (CHAIN, "{\"DNSName\": \"x.b.com\"}", true),
            (CHAIN, "{\"DNSName\": \"x.y.b.com\"}", false),
            (CHAIN, "{\"DNSName\": \"10.0.0.1\"}", true),
            (CHAIN, "{\"KeyUsages\": [\"KeyUsageClientAuth\"]}", false),
            (CHAIN, "{\"KeyUsages\": [\"KeyUsageAny\"]}", true),
            (TOO_LONG, "{}", false),
            (NOT_AN_ISSUER, "{}", false),
            ("x", "{}", false),
        ] {
            assert_eq!(verified(text, options), Ok(Value::bool(holds)), "{options}");
        }
    }

    #[test]
    fn what_cant_be_judged_is_an_error_and_no_answer() {
        assert!(verified(CONSTRAINED, "{}").is_err_and(|error| error.halts));
    }
}
