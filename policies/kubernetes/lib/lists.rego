# METADATA
# scope: package
# title: Lists that may be missing
# description: Takes a list out of an object. Whatever is there instead of a list counts as an empty one.
package kubernetes.lib.lists

items(holder, field) := holder[field] if {
	is_array(holder[field])
} else := []
