package kubernetes.lib.lists_test

import data.kubernetes.lib.lists

test_takes_the_list if {
	lists.items({"env": [{"name": "A"}, null]}, "env") == [{"name": "A"}, null]
}

test_takes_anything_else_for_empty if {
	every holder in [{}, {"env": null}, {"env": "A=1"}, {"env": {"A": "1"}}, {"env": false}, null, "env", 1, []] {
		lists.items(holder, "env") == []
	}
}
