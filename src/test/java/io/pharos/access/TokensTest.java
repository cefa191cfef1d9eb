package io.pharos.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.yaml.ConfigException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokensTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  static String sha256(String token) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
  }

  static Tokens tokens() throws Exception {
    return Tokens.parse(
        "tokens.yml",
        """
        tokens:
          - name: pipeline
            sha256: %s
            scopes: [deployment:write, gate:create, gate:read]
            expires: 2026-03-10T00:00:00Z
            services: [backend]
            envs: [staging, production]
          - name: old
            sha256: %s
            scopes: [gate:read]
            expires: 2026-03-01T12:00:00Z
          - name: root
            sha256: %s
            scopes: [admin]
        """
            .formatted(sha256("s3cret"), sha256("former"), sha256("master")));
  }

  @Test
  void remarks_tokensNearTheirEnd_areNamed() throws Exception {
    assertThat(tokens().remarks(NOW))
        .containsExactly(
            "3 access tokens are configured.",
            "The token of \"pipeline\" expires at 2026-03-10T00:00:00Z.",
            "The token of \"old\" expired at 2026-03-01T12:00:00Z.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tokens: [{name: a, sha256: abc, scopes: [admin]}] | 1:28: tokens[0].sha256: expected the SHA-256 of the token as 64 lower-case hex digits, found \"abc\"",
        "tokens: [{name: a, sha256: H, scopes: [all]}] | tokens[0].scopes[0]: expected one of read, deployment:write, gate:create, gate:read, gate:override, rollout:write, rollout:act, rollout:approve, silence:write, alert:write, sample:write, heartbeat:write, reload, admin, found \"all\"",
        "tokens: [{name: a, sha256: H, scopes: []}] | tokens[0].scopes: expected at least one scope",
        "tokens: [{name: a, sha256: H, scopes: [gate:override, gate:create]}] | tokens[0].scopes: gate:override is combined with gate:create or deployment:write, so a pipeline could override its own gate: expected a separate token",
        "tokens: [{name: a, sha256: H, scopes: [deployment:write, gate:override]}] | gate:override is combined with",
        "tokens: [{name: a, sha256: H, scopes: [rollout:approve, deployment:write]}] | rollout:approve is combined with",
        "tokens: [{name: a, sha256: H, scopes: [rollout:act, rollout:approve]}] | rollout:approve is combined with",
        "tokens: [{name: a, sha256: H}] | the key \"scopes\" is missing",
        "tokens: [{name: '', sha256: H, scopes: [admin]}] | tokens[0].name: expected a name of 1 to 100 characters",
        "tokens: [{name: a, sha256: H, scopes: [admin], expires: soon}] | tokens[0].expires: expected a time such as 2026-12-31T00:00:00Z, found \"soon\"",
        "tokens: [{name: a, sha256: H, scopes: [admin], scope: x}] | unknown key \"scope\"",
        "tokens: [{name: a, sha256: H, scopes: [admin]}, {name: b, sha256: H, scopes: [admin]}] | the sha256 of \"b\" equals that of another token",
        "token: [] | unknown key \"token\": did you mean \"tokens\"?",
      })
  void parse_badFile_saysWhereAndWhat(String text, String expected) throws Exception {
    String hash = sha256("x");
    assertThatThrownBy(() -> Tokens.parse("tokens.yml", text.replace(": H", ": " + hash)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("tokens.yml:1")
        .hasMessageContaining(expected);
  }

  @Test
  void read_file_countsItsTokens(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("tokens.yml");
    Files.writeString(
        file, "tokens: [{name: a, sha256: %s, scopes: [admin]}]".formatted(sha256("x")));
    assertThat(Tokens.read(file).size()).isEqualTo(1);
    assertThatThrownBy(() -> Tokens.read(folder.resolve("absent.yml")))
        .isInstanceOf(ConfigException.class);
  }
}
