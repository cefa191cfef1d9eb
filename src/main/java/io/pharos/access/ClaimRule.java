package io.pharos.access;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The permissions of an issuer's signed tokens with certain claims.
///
/// @param name name in logs and records, after the issuer's
/// @param claims required claims with their permitted values
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
      throw new IllegalArgumentException("a rule without claims or limits would permit everybody");
    }
  }

  /// The first claim, by name, that a token does not satisfy; empty if it satisfies all.
  Optional<String> mismatch(Map<String, Object> token) {
    return claims.entrySet().stream()
        .filter(claim -> !claim.getValue().contains(text(token.get(claim.getKey()))))
        .map(Map.Entry::getKey)
        .sorted()
        .findFirst();
  }

  /* Rules compare only scalars, so a list or an object never matches. */
  private static String text(@Nullable Object value) {
    return value == null || value instanceof Collection || value instanceof Map
        ? ""
        : value.toString();
  }

  /// The values of the named claims, truncated for messages.
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
