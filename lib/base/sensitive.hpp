#pragma once
// Which names and lines are taken to hold secrets. Errs on the side of hiding.

#include <string>
#include <string_view>

namespace sluice {

/// True for a property like "database.password", "ssl.key.pem" or "sasl.jaas.config": its value is a secret.
bool is_sensitive_key(std::string_view key);

/// True for a text that may hold a secret anywhere: a sensitive word, or a URL with a user in it.
bool may_hold_secret(std::string_view text);

/// Whether Connect returned a value masked (Confluent 7.9.3+ sends bullets, others asterisks or [hidden]).
bool is_masked(std::string_view value);

/// A value as it may be shown: the user info of URLs, and what follows `password=` and its like, masked.
std::string without_embedded_secrets(std::string_view value);

} // namespace sluice
