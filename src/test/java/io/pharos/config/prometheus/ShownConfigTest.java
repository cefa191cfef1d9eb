package io.pharos.config.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// No spelling of a secret remains visible.
class ShownConfigTest {
  private static final String BASIC = "scrape_configs:\n  - job_name: a\n    basic_auth:\n";

  static Stream<String> spellings() {
    return Stream.of(
        "password: hunter2",
        "password: \"hunter2\"",
        "password: 'hunter2'",
        "\"password\": hunter2",
        "'password' : hunter2",
        "? password\n: hunter2",
        "password:\n  hunter2",
        "password: |\n  hunter2",
        "password: |-\n  hunter2",
        "password: |2\n    hunter2",
        "password: >\n  hunter2",
        "password: >-\n  pre hunter2\n  post",
        "password: \"a,hunter2\"",
        "password: 'a}hunter2'",
        "password: a, hunter2",
        "password: \"a\\\"hunter2\"",
        "password: 'a''hunter2'",
        "password: \"a\n  hunter2\"",
        "password: 'a\n  hunter2'",
        "password: a\n  hunter2",
        "password: \"\\x68unter2\"",
        "\"pass\\u0077ord\": hunter2",
        "password: !!str hunter2",
        "password: hunter2 # hunter2",
        "# password: hunter2\npassword: other",
        "x: &p hunter2\npassword: *p",
        "password: &p hunter2\nx: *p",
        "base: &b {password: hunter2}\nbasic_auth: {<<: *b}",
        "basic_auth: {username: u, password: hunter2}",
        "basic_auth: {\"username\":\"u\",\"password\":\"hunter2\"}",
        "basic_auth: {password: 'hunter2', username: u}",
        BASIC + "      password: hunter2",
        BASIC + "      username: u\n      password: [hunter2]",
        "authorization: {type: Bearer, credentials: hunter2}",
        "authorization:\n  credentials: >-\n    hunter2",
        "bearer_token: hunter2",
        "oauth2: {client_id: a, client_secret: hunter2}",
        "tls_config: {key: \"-----BEGIN PRIVATE KEY-----\\nhunter2\"}",
        "http_headers:\n  X-Any:\n    secrets: [hunter2]",
        "http_headers: {X-Any: {secrets: ['hunter2', \"hunter2b\"]}}",
        "http_headers:\n  Authorization:\n    values: [Bearer hunter2]",
        "http_headers:\n  X-API-Key:\n    values:\n    - hunter2",
        "remote_write: [{url: 'http://a', headers: {Authorization: Bearer hunter2}}]",
        "proxy_connect_header:\n  Proxy-Authorization: [Basic hunter2]",
        "proxy_url: http://user:hunter2@proxy:3128",
        "remote_write: [{url: \"https://user:hunter2@example.org/write\"}]",
        "remote_write: [{url: 'https://example.org/write?a=b&token=hunter2'}]",
        "static_configs: [{targets: ['http://u:p@hunter2@host/x']}]",
        "params: {token: [hunter2], module: [http]}",
        "params:\n  api_key:\n  - hunter2",
        "sigv4: {access_key: hunter2, secret_key: hunter2}",
        "PASSWORD: hunter2");
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void secret_inAnySpelling_isMasked(String text) {
    String shown = ShownConfig.of(text);
    assertThat(shown).doesNotContain("hunter2").containsAnyOf("<secret>", "%3Csecret%3E");
    assertThat(spellings().count()).isGreaterThanOrEqualTo(30);
  }

  @Test
  void everythingElse_isShown() {
    String text =
        """
        global: {scrape_interval: 15s, external_labels: {cluster: demo}}
        scrape_configs:
          - job_name: a
            scheme: https
            authorization: {type: Bearer, credentials_file: token}
            tls_config: {key_file: key.pem, ca_file: ca.pem}
            relabel_configs: &r
              - {source_labels: [__address__], regex: '(.*):\\d+', target_label: host}
          - job_name: b
            relabel_configs: *r
            metrics_path: /m?x=1
        """;
    assertThat(ShownConfig.of(text))
        .contains("scrape_interval: 15s", "job_name: a", "credentials_file: token")
        .contains("key_file: key.pem", "type: Bearer", "regex: '(.*):\\d+'", "/m?x=1")
        .doesNotContain("<secret>");
  }

  @Test
  void shippedFile_isShownAsItIs() throws Exception {
    Path file = Path.of("prometheus/prometheus.yml");
    String shown = ShownConfig.of(Files.readString(file));
    assertThat(shown).contains("job_name: remotegpu-backend").doesNotContain("<secret>");
    Path copy = Files.writeString(Files.createTempFile("shown", ".yml"), shown);
    assertThat(PrometheusConfig.read(copy).scrapeConfigs())
        .hasSameSizeAs(PrometheusConfig.read(file).scrapeConfigs());
  }

  @Test
  void manyAliases_areLookedAtOnce() {
    var text = new StringBuilder("a0: &a0 {password: hunter2}\n");
    for (int i = 1; i < 40; i++) {
      text.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    assertThat(ShownConfig.of(text.toString())).doesNotContain("hunter2").hasSizeLessThan(10_000);
  }
}
