package kubernetes.plain_secrets_test

import data.kubernetes.plain_secrets

pod(env) := {"kind": "Pod", "spec": {"containers": [{"name": "web", "env": env}]}}

reported(name, value) if {
	found := plain_secrets.deny with input as pod([{"name": name, "value": value}])
	count(found) == 1
}

accepted(name, value) if {
	found := plain_secrets.deny with input as pod([{"name": name, "value": value}])
	found == set()
}

test_reports_a_secret if {
	found := plain_secrets.deny with input as pod([
		{"name": "LOG_LEVEL", "value": "info"},
		{"name": "DB_PASSWORD", "value": "hunter2"},
	])
	found == {{
		"msg": `container "web" has the secret DB_PASSWORD in plain text`,
		"path": ["spec", "containers", 0, "env", 1, "value"],
	}}
}

test_knows_names_of_secrets if {
	every name in [
		"PASSWORD",
		"PGPASSWORD",
		"dbPassword",
		"spring.datasource.password",
		"SMTP_PASS",
		"MYSQL_PWD",
		"KEY_PASSPHRASE",
		"CLIENT_SECRET",
		"TOKEN",
		"GITHUB_TOKEN",
		"accessToken",
		"API_KEY",
		"STRIPE_APIKEY",
		"AWS_SECRET_ACCESS_KEY",
		"JWT_SIGNING_KEY",
		"SSH_PRIVATE_KEY",
		"SECRET_KEY_BASE",
		"BASIC_AUTH_CREDENTIALS",
		"REPLICA_PASSWORD_2",
	] {
		reported(name, "hunter2")
	}
}

test_knows_names_of_other_things if {
	every name in [
		"PASSWORD_FILE",
		"TOKEN_PATH",
		"TOKEN_TTL",
		"TOKEN_URL",
		"API_KEY_HEADER",
		"SECRET_NAME",
		"PASSWORD_MIN_LENGTH",
		"MAX_TOKENS",
		"TOKENIZER",
		"BYPASS",
		"COMPASS",
		"PWD",
		"PUBLIC_KEY",
		"CACHE_KEY",
		"MONKEY",
		"NEXT_PUBLIC_MAPS_API_KEY",
		"IMAGE_PULL_SECRET",
		"AWS_ACCESS_KEY_ID",
	] {
		accepted(name, "hunter2")
	}
}

test_knows_values_that_tell_nothing if {
	every value in [
		"",
		"true",
		"False",
		"no",
		"$(OTHER_PASSWORD)",
		"${DB_PASSWORD}",
		"/var/run/secrets/db/password",
		"vault:shop/db#password",
		"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
	] {
		accepted("DB_PASSWORD", value)
	}
	every value in ["/", "true story", "$HOME", "vault", "12345", "dHJ1ZQ=="] {
		reported("DB_PASSWORD", value)
	}
}

test_accepts_values_from_elsewhere if {
	found := plain_secrets.deny with input as pod([
		{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
		{"name": "API_TOKEN", "value": "", "valueFrom": {"secretKeyRef": {"name": "api", "key": "token"}}},
	])
	found == set()
}

test_reports_a_password_inside_a_url if {
	found := plain_secrets.deny with input as pod([{"name": "DATABASE_URL", "value": "postgres://shop:hunter2@db:5432/shop"}])
	found == {{
		"msg": `container "web" has a password in plain text inside DATABASE_URL`,
		"path": ["spec", "containers", 0, "env", 0, "value"],
	}}
}

test_reports_other_passwords_inside if {
	every value in [
		"redis://:hunter2@cache:6379/0",
		"amqp://guest:guest@queue",
		"Server=db;User Id=shop;Password=hunter2;",
		"host=db user=shop password=hunter2",
		"jdbc:postgresql://db/shop?user=shop&password=hunter2",
	] {
		reported("CONNECTION", value)
	}
}

test_accepts_addresses_without_a_password if {
	every value in [
		"postgres://shop@db:5432/shop",
		"postgres://shop:$(DB_PASSWORD)@db:5432/shop",
		"host=db user=shop password=$(DB_PASSWORD)",
		"https://example.com:8443/users/@me",
		"http://a:1,http://b:2",
		"someone@example.com",
	] {
		accepted("CONNECTION", value)
	}
}

test_reports_a_secret_once if {
	reported("CONNECTION_SECRET", "redis://:hunter2@cache:6379/0")
}

test_bears_odd_shapes if {
	reported("PIN_TOKEN", 123456)
	accepted("PIN_TOKEN", null)
	accepted("ALLOW_EMPTY_PASSWORD", true)
	every env in [null, [], {}, "", [null, "DB_PASSWORD=hunter2", {}, {"value": "hunter2"}, {"name": 5, "value": "hunter2"}]] {
		found := plain_secrets.deny with input as pod(env)
		found == set()
	}
}

test_looks_at_every_container if {
	env := [{"name": "API_KEY", "value": "hunter2"}]
	spec := {
		"containers": [{"name": "web"}, {"name": "proxy", "env": env}],
		"initContainers": [{"name": "migrate", "env": env}],
		"ephemeralContainers": [{"name": "debug", "env": env}],
	}
	found := {violation.path | some violation in plain_secrets.deny} with input as {"spec": spec}
	found == {
		["spec", "containers", 1, "env", 0, "value"],
		["spec", "initContainers", 0, "env", 0, "value"],
		["spec", "ephemeralContainers", 0, "env", 0, "value"],
	}
}
