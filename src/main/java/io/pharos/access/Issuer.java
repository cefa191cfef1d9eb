package io.pharos.access;

import io.pharos.config.http.HttpOptions;
import io.pharos.model.Quoted;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A CI provider that signs tokens (OpenID Connect) which Pharos accepts.
///
/// @param name name in logs and records
/// @param issuer required value of the claim `iss`
/// @param jwks URL of the provider's public keys
/// @param audience required value of the claim `aud`
/// @param algorithms accepted signature algorithms, all asymmetric
/// @param leeway maximum difference between the clocks
/// @param http options for fetching the keys
/// @param rules the first rule that matches a token determines its permissions
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

  /// The permissions of a token whose claims have certain values.
  ///
  /// @param name name in logs and records, after the name of the issuer
  /// @param claims permitted values of each required claim
  /// @param services permitted services; never empty
  /// @param envs permitted environments; never empty
  record ClaimRule(
      String name,
      Map<String, Set<String>> claims,
      Set<String> services,
      Set<String> envs,
      Set<Scope> scopes) {
    ClaimRule {
      claims = Map.copyOf(claims);
      services = Set.copyOf(services);
      envs = Set.copyOf(envs);
      scopes = Set.copyOf(scopes);
      if (claims.isEmpty() || services.isEmpty() || envs.isEmpty() || scopes.isEmpty()) {
        throw new IllegalArgumentException(
            "a rule without claims or limits would permit everybody");
      }
    }

    /// Returns the first claim, in the order of names, that does not have a permitted value; empty
    /// if all claims have one.
    Optional<String> mismatch(Map<String, Object> token) {
      return claims.entrySet().stream()
          .filter(claim -> !claim.getValue().contains(text(token.get(claim.getKey()))))
          .map(Map.Entry::getKey)
          .sorted()
          .findFirst();
    }

    /* A list or an object as a claim's value never matches, because rules contain only single
     * values. */
    private static String text(@Nullable Object value) {
      return value == null || value instanceof Collection || value instanceof Map
          ? ""
          : value.toString();
    }

    /// Returns the values of the named claims, truncated for messages.
    static Map<String, String> shown(Map<String, Object> token, Collection<String> names) {
      var shown = new LinkedHashMap<String, String>();
      for (String name : names) {
        Object value = token.get(name);
        if (value != null) {
          shown.put(name, Quoted.cut(value.toString(), 200));
        }
      }
      return shown;
    }
  }
}
