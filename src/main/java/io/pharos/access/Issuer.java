package io.pharos.access;

import io.pharos.config.http.HttpOptions;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// A CI provider whose signed tokens (OpenID Connect) are accepted.
///
/// @param name name in logs and records
/// @param issuer exact value of the claim `iss`
/// @param jwks URL of its public keys
/// @param audience required value of the claim `aud`
/// @param algorithms accepted signature algorithms, all asymmetric
/// @param leeway maximum clock difference
/// @param http options for fetching the keys
/// @param rules in order; the first that matches a token applies
record Issuer(
    String name,
    String issuer,
    URI jwks,
    String audience,
    Set<String> algorithms,
    Duration leeway,
    HttpOptions http,
    List<ClaimRule> rules) {
  Issuer {
    algorithms = Set.copyOf(algorithms);
    rules = List.copyOf(rules);
  }
}
