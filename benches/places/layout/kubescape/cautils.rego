# What rules use of Kubescape's library of this name.
package cautils

import rego.v1

list_contains(list, member) if member in list

# Whether the bits of a file's permissions are among those that are allowed.
unix_permissions_allow(allowed, actual) if {
	refused := bits.xor(bits.and(allowed, 4095), 4095)
	bits.and(actual, refused) == 0
}
