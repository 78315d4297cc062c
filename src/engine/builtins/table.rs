//! All builtins.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::State::{Evaluator, Refused, Unsupported};
#[cfg(feature = "crypto")]
use super::pki;
use super::{
    Builtin, aggregates, arithmetic, arrays, aws, bits, comparison, conversions, crypto, encoding,
    glob, graph, json, jwt, net, numbers, objects, operand, places, regex, schema, semver, sets,
    sprintf, strings, syntax, template, time, types, units, uri, uuid, yaml,
};

const NO_IO: &str = "a policy evaluation does no I/O";
#[cfg(not(feature = "crypto"))]
const KEYS: &str = "this build is without the feature `crypto`";
const GRAPHQL: &str = "GraphQL is not parsed yet";

/// What is no function of its arguments alone, or not there.
const OTHERS: &[Builtin] = &[
    Builtin::without("assign", 2, Evaluator),
    Builtin::without("internal.print", 1, Evaluator).noting("what `print` becomes"),
    Builtin::without("internal.template_string", 1, Evaluator),
    Builtin::without("internal.test_case", 1, Evaluator),
    Builtin::without("print", 0, Evaluator).noting("on standard error, with its place"),
    Builtin::without("rego.metadata.chain", 0, Evaluator),
    Builtin::without("rego.metadata.rule", 0, Evaluator),
    // Without someone who asks for notes there are none.
    Builtin::supported("trace", 1, |_, args| operand::string(args, 0).map(|_| Some(true.into()))),
    Builtin::without("walk", 1, Evaluator),
    Builtin::without("http.send", 1, Refused(NO_IO)),
    Builtin::without("net.lookup_ip_addr", 1, Refused(NO_IO)),
    Builtin::without("opa.runtime", 0, Refused(NO_IO)),
    Builtin::without("graphql.is_valid", 2, Unsupported(GRAPHQL)),
    Builtin::without("graphql.parse", 2, Unsupported(GRAPHQL)),
    Builtin::without("graphql.parse_and_verify", 2, Unsupported(GRAPHQL)),
    Builtin::without("graphql.parse_query", 1, Unsupported(GRAPHQL)),
    Builtin::without("graphql.parse_schema", 1, Unsupported(GRAPHQL)),
    Builtin::without("graphql.schema_is_valid", 1, Unsupported(GRAPHQL)),
];

/// What needs keys, in a build that reads none.
#[cfg(not(feature = "crypto"))]
const KEYLESS: &[Builtin] = &[
    Builtin::without("crypto.parse_private_keys", 1, Unsupported(KEYS)),
    Builtin::without("crypto.x509.parse_and_verify_certificates", 1, Unsupported(KEYS)),
    Builtin::without(
        "crypto.x509.parse_and_verify_certificates_with_options",
        2,
        Unsupported(KEYS),
    ),
    Builtin::without("crypto.x509.parse_certificate_request", 1, Unsupported(KEYS)),
    Builtin::without("crypto.x509.parse_certificates", 1, Unsupported(KEYS)),
    Builtin::without("crypto.x509.parse_keypair", 2, Unsupported(KEYS)),
    Builtin::without("crypto.x509.parse_rsa_private_key", 1, Unsupported(KEYS)),
    Builtin::without("io.jwt.decode_verify", 2, Unsupported(KEYS)),
    Builtin::without("io.jwt.encode_sign", 3, Unsupported(KEYS)),
    Builtin::without("io.jwt.encode_sign_raw", 3, Unsupported(KEYS)),
    Builtin::without("io.jwt.verify_eddsa", 2, Unsupported(KEYS)),
    Builtin::without("io.jwt.verify_es256", 2, Unsupported(KEYS)),
    Builtin::without("io.jwt.verify_es384", 2, Unsupported(KEYS)),
    Builtin::without("io.jwt.verify_es512", 2, Unsupported(KEYS)),
    Builtin::without("io.jwt.verify_ps256", 2, Unsupported(KEYS)),
    Builtin::without("io.jwt.verify_ps384", 2, Unsupported(KEYS)),
    Builtin::without("io.jwt.verify_ps512", 2, Unsupported(KEYS)),
    Builtin::without("io.jwt.verify_rs256", 2, Unsupported(KEYS)),
    Builtin::without("io.jwt.verify_rs384", 2, Unsupported(KEYS)),
    Builtin::without("io.jwt.verify_rs512", 2, Unsupported(KEYS)),
];

const FAMILIES: &[&[Builtin]] = &[
    aggregates::BUILTINS,
    arithmetic::BUILTINS,
    arrays::BUILTINS,
    aws::BUILTINS,
    bits::BUILTINS,
    comparison::BUILTINS,
    conversions::BUILTINS,
    crypto::BUILTINS,
    encoding::BUILTINS,
    glob::BUILTINS,
    graph::BUILTINS,
    json::BUILTINS,
    jwt::BUILTINS,
    net::BUILTINS,
    numbers::BUILTINS,
    objects::BUILTINS,
    regex::BUILTINS,
    schema::BUILTINS,
    semver::BUILTINS,
    sets::BUILTINS,
    sprintf::BUILTINS,
    strings::BUILTINS,
    syntax::BUILTINS,
    template::BUILTINS,
    time::BUILTINS,
    types::BUILTINS,
    units::BUILTINS,
    uri::BUILTINS,
    uuid::BUILTINS,
    yaml::BUILTINS,
    #[cfg(feature = "crypto")]
    jwt::WITH_KEYS,
    #[cfg(feature = "crypto")]
    pki::BUILTINS,
    #[cfg(not(feature = "crypto"))]
    KEYLESS,
    OTHERS,
];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Builtin>> =
    LazyLock::new(|| all().chain(extensions()).map(|builtin| (builtin.name, builtin)).collect());

/// The builtin of that name.
pub fn lookup(name: &str) -> Option<&'static Builtin> {
    BY_NAME.get(name).copied()
}

/// Every builtin that OPA has, family by family.
pub fn all() -> impl Iterator<Item = &'static Builtin> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// Those that OPA does not have.
pub fn extensions() -> impl Iterator<Item = &'static Builtin> {
    places::BUILTINS.iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        assert_eq!(all().count() + extensions().count(), BY_NAME.len());
    }

    #[test]
    fn what_is_not_supported_fails() {
        for builtin in all().filter(|builtin| builtin.state != super::super::State::Supported) {
            let result = super::super::testing::call(builtin.name, &[]);
            assert!(result.is_err(), "{}", builtin.name);
        }
    }
}
