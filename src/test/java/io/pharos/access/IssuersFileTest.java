package io.pharos.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.yaml.ConfigException;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Valid and invalid issuers in a tokens file.
class IssuersFileTest {
  private static final String FILE =
      """
      issuers:
        - name: github
          issuer: https://token.actions.githubusercontent.com
          jwks: https://token.actions.githubusercontent.com/.well-known/jwks
          audience: https://pharos.example.org
          allow:
            - name: shop
              claims: {repository: acme/shop, environment: production}
              services: [shop]
              envs: [production]
              scopes: [gate:create, gate:read]
      """;

  @Test
  void file_withAnIssuer_isReadWithItsDefaults() {
    var tokens = Tokens.parse("tokens.yml", FILE);
    assertThat(tokens.configured()).isTrue();
    assertThat(tokens.issuers())
        .singleElement()
        .matches(issuer -> issuer.algorithms().equals(Set.of("RS256")))
        .matches(issuer -> issuer.leeway().equals(Duration.ofSeconds(30)))
        .matches(issuer -> !issuer.http().followRedirects());
    assertThat(tokens.remarks(Instant.EPOCH))
        .contains(
            "Tokens signed by https://token.actions.githubusercontent.com for"
                + " \"https://pharos.example.org\" are accepted by 1 rule.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "scopes: [gate:create, gate:read] | scopes: [gate:override] | expected one of deployment:write, gate:create, gate:read, rollout:write, found \"gate:override\"",
        "scopes: [gate:create, gate:read] | scopes: [rollout:approve] | expected one of deployment:write",
        "scopes: [gate:create, gate:read] | scopes: [admin] | expected one of deployment:write",
        "scopes: [gate:create, gate:read] | scopes: [read] | expected one of deployment:write",
        "scopes: [gate:create, gate:read] | scopes: [] | expected at least one of",
        "services: [shop] | services: [] | services: expected at least one name",
        "envs: [production] | | the key \"envs\" is missing",
        "audience: https://pharos.example.org | | the key \"audience\" is missing",
        "audience: https://pharos.example.org | audience: '' | expected a text of 1 to 200 characters",
        "{repository: acme/shop, environment: production} | {environment: production} | the rule does not name the token's owner; expected one of the claims project_id, project_path, repository",
        "{repository: acme/shop, environment: production} | {repository: acme/shop} | the rule would match the pipeline of every branch; expected also one of the claims",
        "{repository: acme/shop, environment: production} | {} | does not name the token's owner",
        "acme/shop | acme/* | expected the claim's whole value, without a *",
        "acme/shop | [] | expected a text or a list of texts",
        "audience: | algorithms: [HS256]~    audience: | expected a signature with a public key, one of ES256",
        "audience: | algorithms: [none]~    audience: | expected a signature with a public key",
        "audience: | algorithms: []~    audience: | expected at least one algorithm",
        "audience: | leeway: 6m~    audience: | leeway: expected at most 5m",
        "jwks: https | jwks: http | expected an https URL without a password; http is permitted only for loopback addresses",
        "issuer: https://token | issuer: https://u:p@token | expected an https URL without a password",
        "issuer: https | issuer: ftp | unsupported scheme",
        "audience: | audiance: x~    audience: | unknown key \"audiance\"",
        "scopes: | expires: x~        scopes: | unknown key \"expires\"",
      })
  void file_thatWouldLetInMore_isRefused(String from, String to, String expected) {
    String text = FILE.replace(from, to == null ? "" : to.replace('~', '\n'));
    assertThat(text).isNotEqualTo(FILE);
    assertThatThrownBy(() -> Tokens.parse("tokens.yml", text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("tokens.yml:")
        .hasMessageContaining(expected);
  }

  @Test
  void file_withTheSameIssuerOrRuleTwice_isRefused() {
    String issuer = FILE.substring(FILE.indexOf('\n') + 1);
    assertThatThrownBy(() -> Tokens.parse("tokens.yml", FILE + issuer))
        .hasMessageContaining("the issuer \"github\" is given twice");
    String rule = FILE.substring(FILE.indexOf("      - name: shop"));
    assertThatThrownBy(() -> Tokens.parse("tokens.yml", FILE + rule))
        .hasMessageContaining("two rules have the name \"shop\"");
  }

  @Test
  void file_withAProxy_asksThroughIt() {
    var tokens =
        Tokens.parse(
            "tokens.yml",
            FILE.replace(
                "    audience:",
                "    http_config: {proxy_url: 'http://proxy.example.org:3128'}\n    audience:"));
    assertThat(tokens.issuers().getFirst().http().proxy()).isNotNull();
    assertThat(tokens.issuers().getFirst().http().followRedirects()).isFalse();
  }
}
