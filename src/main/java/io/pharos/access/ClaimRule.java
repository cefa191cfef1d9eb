package io.pharos.access;

import static java.util.Objects.requireNonNull;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which signed tokens of an issuer may do what: those whose claims say all of this.
///
/// @param name as it stands in logs and records, behind the issuer's
/// @param claims each claim that a token must have, and the texts of which its value is one
/// @param services the only services it may touch; never empty
/// @param envs the only environments it may touch; never empty
record ClaimRule(
    String name,
    Map<String, Set<String>> claims,
    Set<String> services,
    Set<String> envs,
    Set<Scope> scopes) {
  ClaimRule {
    requireNonNull(name, "name is null");
    claims = Map.copyOf(claims);
    services = Set.copyOf(services);
    envs = Set.copyOf(envs);
    scopes = Set.copyOf(scopes);
    if (claims.isEmpty() || services.isEmpty() || envs.isEmpty() || scopes.isEmpty()) {
      throw new IllegalArgumentException("a rule without claims or limits is one for everybody");
    }
  }

  /// The first claim, in the order of names, in which a token differs; empty where it fits.
  Optional<String> mismatch(Map<String, Object> token) {
    return claims.entrySet().stream()
        .filter(claim -> !claim.getValue().contains(text(token.get(claim.getKey()))))
        .map(Map.Entry::getKey)
        .sorted()
        .findFirst();
  }

  /* A list or an object is no value that a rule can name, so it equals none. */
  private static String text(@Nullable Object value) {
    return value == null || value instanceof Collection || value instanceof Map
        ? ""
        : value.toString();
  }

  /// What a token's claims say of those that rules of this kind name, for people.
  static Map<String, String> shown(Map<String, Object> token, Collection<String> names) {
    var shown = new LinkedHashMap<String, String>();
    for (String name : names) {
      Object value = token.get(name);
      if (value != null) {
        String text = value.toString();
        shown.put(name, text.length() <= 200 ? text : text.substring(0, 200) + "…");
      }
    }
    return shown;
  }
}
