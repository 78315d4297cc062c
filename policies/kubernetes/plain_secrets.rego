# METADATA
# scope: package
# title: Secrets must not be written into environment variables
# description: >-
#   Reports environment variables whose value is in the manifest and whose name says it is a
#   secret, and those whose value holds a password, such as the address of a database.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/configuration/secret/
#   description: Secrets, and how to hand them to a container
# custom:
#   id: kubernetes/plain-secrets
#   severity: critical
#   owner: platform-security
#   contact: "#ask-platform"
#   why: >-
#     Whoever can read this file, or list pods in the cluster, can read the secret. It also stays in
#     the history of the repository after it is removed from the file.
#   help: |-
#     Put the value in a Secret, refer to it, and replace the secret that was written here:
#
#         - name: DB_PASSWORD
#           valueFrom:
#             secretKeyRef: {name: shop-db, key: password}
#
#     In the address of a database, refer to such a variable: `postgres://shop:$(DB_PASSWORD)@db`.
#   since: "0.1.0"
#   kinds: [Pod]
package kubernetes.plain_secrets

import data.kubernetes.lib.containers
import data.kubernetes.lib.lists

# The name has to end in such a word: a TOKEN_TTL or a PASSWORD_FILE is no secret.
words := concat("|", [
	`PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|SECRET_KEY_BASE`,
	`(^|[_.-])PASS|[_.-]PWD`,
	`(ACCESS|ACCOUNT|API|AUTH|ENCRYPTION|MASTER|PRIVATE|SECRET|SHARED|SIGNING)[_.-]?KEY`,
])

secret_name := sprintf(`(?i)(%s)([_.-]?[0-9]+)?$`, [words])

# Keys made to be seen, and the name of a Secret.
harmless_name := `(?i)(^|[_.-])(PUBLIC|PUBLISHABLE|PULL[_.-]?SECRET)([_.-]|$)`

# In order: nothing, a switch, another variable, a file, and where a secret store keeps the secret.
harmless_value := `^(|(?i:true|false|yes|no|on|off)|\$[({][^)}]+[)}]|(/[\w.-]+)+|(vault:|op://|ref\+|arn:aws:secretsmanager:).+)$`

# A password in a URL or in a connection string, unless it is another variable.
password_inside := concat("|", [
	`://[^/?#\s:@]*:[^/?#\s:@$][^/?#\s@]*@`,
	`(?i:(^|[;&?\s])(password|pwd|accountkey|sharedaccesskey)\s*=\s*[^;&$\s])`,
])

deny contains {"msg": msg, "path": variable.path} if {
	some variable in variables
	named_secret(variable.name)
	not regex.match(harmless_value, variable.value)
	msg := sprintf("%s has the secret %s in plain text", [variable.owner, variable.name])
}

deny contains {"msg": msg, "path": variable.path} if {
	some variable in variables
	not named_secret(variable.name)
	regex.match(password_inside, variable.value)
	msg := sprintf("%s has a password in plain text inside %s", [variable.owner, variable.name])
}

named_secret(name) if {
	regex.match(secret_name, name)
	not regex.match(harmless_name, name)
}

variables contains variable if {
	some entry in containers.entries
	some i, env in lists.items(entry.container, "env")
	is_string(env.name)
	variable := {
		"name": env.name,
		"value": text(env.value),
		"owner": entry.label,
		"path": array.concat(entry.path, ["env", i, "value"]),
	}
}

# A value should be a string, but a number without quotes is an easy mistake.
text(value) := value if is_string(value)

text(value) := sprintf("%v", [value]) if is_number(value)
