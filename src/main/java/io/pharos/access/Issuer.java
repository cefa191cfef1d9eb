package io.pharos.access;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// A CI provider whose signed tokens (OpenID Connect) are taken.
///
/// @param name as it stands in logs and records
/// @param issuer the claim `iss`, to the letter
/// @param jwks where its public keys are
/// @param audience what the claim `aud` must name
/// @param algorithms the only signatures taken, all with public keys
/// @param leeway by how much the clocks may differ
/// @param http how the keys are asked for
/// @param rules in order; the first that a token fits counts
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
    requireNonNull(name, "name is null");
    requireNonNull(issuer, "issuer is null");
    requireNonNull(jwks, "jwks is null");
    requireNonNull(audience, "audience is null");
    requireNonNull(leeway, "leeway is null");
    requireNonNull(http, "http is null");
    algorithms = Set.copyOf(algorithms);
    rules = List.copyOf(rules);
  }
}
