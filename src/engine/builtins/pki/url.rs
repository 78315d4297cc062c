//! Addresses in certificates, as Go writes them.

use super::super::super::value::Value;
use super::super::uri::Uri;

/// The fields of an address.
pub(super) fn to_value(uri: &Uri) -> Value {
    let user = if uri.user.is_some() { Value::record([]) } else { Value::NULL };
    let raw_fragment = uri.raw_fragment.clone().unwrap_or_default();
    Value::record([
        ("Scheme", Value::string(uri.scheme.as_str())),
        ("Opaque", Value::string(uri.opaque.as_str())),
        ("User", user),
        ("Host", Value::string(uri.host.as_str())),
        ("Path", Value::string(uri.path.as_str())),
        ("RawPath", Value::from(uri.raw_path.clone().unwrap_or_default())),
        ("OmitHost", Value::bool(uri.omit_host)),
        ("ForceQuery", Value::bool(uri.force_query)),
        ("RawQuery", Value::string(uri.query.as_str())),
        ("Fragment", Value::string(uri.fragment.as_str())),
        ("RawFragment", Value::from(raw_fragment)),
    ])
}
