package platform.owner_label_test

import data.platform.owner_label

test_a_team_label_is_enough if {
	count(owner_label.deny) == 0 with input as {"metadata": {"labels": {"team": "shop"}}}
}

test_a_missing_label_is_denied if {
	some violation in owner_label.deny with input as {"metadata": {"name": "web"}}
	violation.path == ["metadata", "labels", "team"]
}

test_an_empty_label_is_denied if {
	count(owner_label.deny) == 1 with input as {"metadata": {"labels": {"team": ""}}}
}
