package io.pharos.access;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.HttpReader;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An identity provider (OpenID Connect) and the roles of its people.
///
/// @param issuer URL of the provider; required value of the claim `iss`
/// @param clientId name of Pharos at the provider; required value of the claim `aud`
/// @param clientSecret proof of that name; empty if the provider asks for none
/// @param nameClaim claim that is shown as the name
/// @param scopes scopes that are requested besides `openid`
/// @param roles the first rule that matches determines the role
public record OidcSettings(
    String issuer,
    String clientId,
    Optional<SecretSource.FromFile> clientSecret,
    String nameClaim,
    List<String> scopes,
    Set<String> algorithms,
    Duration leeway,
    HttpOptions http,
    List<RoleRule> roles) {
  private static final int MAX_RULES = 200;

  public OidcSettings {
    scopes = List.copyOf(scopes);
    algorithms = Set.copyOf(algorithms);
    roles = List.copyOf(roles);
  }

  /// A role, and what the claims of a person with it are.
  ///
  /// @param claims permitted values of each claim; a list has a claim if it contains a value
  public record RoleRule(Role role, Map<String, Set<String>> claims) {
    public RoleRule {
      claims = Map.copyOf(claims);
      if (claims.isEmpty()) {
        throw new IllegalArgumentException("a rule without claims would match everybody");
      }
    }

    boolean matches(Map<String, ?> token) {
      return claims.entrySet().stream()
          .allMatch(claim -> has(token.get(claim.getKey()), claim.getValue()));
    }

    private static boolean has(@Nullable Object value, Set<String> permitted) {
      return value instanceof Collection<?> list
          ? list.stream().anyMatch(item -> permitted.contains(String.valueOf(item)))
          : value != null && permitted.contains(value.toString());
    }
  }

  /// Returns the role of a person; empty if no rule matches.
  Optional<Role> role(Map<String, ?> claims) {
    return roles.stream().filter(rule -> rule.matches(claims)).map(RoleRule::role).findFirst();
  }

  /// Returns the role of a person whose claims were stored; empty if no rule matches any more.
  ///
  /// @param claims what [#relevant] returned, as JSON
  Optional<Role> roleOf(String claims) {
    try {
      return role(JSON.readValue(claims, new TypeReference<Map<String, Object>>() {}));
    } catch (JsonProcessingException _) { // another version stored it
      return Optional.empty();
    }
  }

  /// Returns the claims that rules name, to determine the role again later.
  Map<String, Object> relevant(Map<String, Object> claims) {
    var relevant = new LinkedHashMap<String, Object>();
    for (RoleRule rule : roles) {
      for (String name : rule.claims().keySet()) {
        if (claims.get(name) != null) {
          relevant.put(name, claims.get(name));
        }
      }
    }
    return relevant;
  }

  /// Reads the section `oidc` of a people file.
  ///
  /// @param folder folder to which relative paths in the file refer
  static OidcSettings read(YamlMap map, Path folder) {
    String issuer = IssuerReader.url(map, "issuer");
    String clientId =
        map.require("client_id")
            .parse("a text of 1 to 200 characters", text -> IssuerReader.bounded(text, 200));
    Optional<SecretSource.FromFile> secret =
        map.get("client_secret_file")
            .map(file -> new SecretSource.FromFile(folder.resolve(file.asString()).normalize()));
    String name = map.string("name", "preferred_username");
    List<String> scopes =
        map.get("scopes").isPresent() ? map.strings("scopes") : List.of("profile");
    Set<String> algorithms = IssuerReader.algorithms(map);
    Duration leeway = map.duration("leeway", "30s", "0s", "5m");
    HttpOptions http =
        new HttpReader(folder, Set.of()).read(map, HttpOptions.DEFAULT).withoutRedirects();
    map.require("roles");
    List<RoleRule> roles = map.list("roles", item -> rule(item.asMap()));
    if (roles.isEmpty() || roles.size() > MAX_RULES) {
      throw map.error("roles: expected 1 to " + MAX_RULES + " rules");
    }
    return map.finished(
        new OidcSettings(issuer, clientId, secret, name, scopes, algorithms, leeway, http, roles));
  }

  private static RoleRule rule(YamlMap map) {
    Role role = map.require("role").parse(Role.WORDS, Role::parse);
    YamlMap section = map.require("claims").asMap();
    var claims = new LinkedHashMap<String, Set<String>>();
    for (String key : section.keys()) {
      YamlValue value = section.require(key);
      var texts = new HashSet<String>();
      if (value.isList()) {
        value.asList().forEach(item -> texts.add(IssuerReader.claim(item)));
      } else {
        texts.add(IssuerReader.claim(value));
      }
      if (texts.isEmpty()) {
        throw value.error("expected a text or a list of texts");
      }
      claims.put(key, texts);
    }
    if (claims.isEmpty()) {
      throw section.error("expected at least one claim, because the rule would match everybody");
    }
    section.finish();
    return map.finished(new RoleRule(role, claims));
  }
}
