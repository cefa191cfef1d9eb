package io.pharos.adopt.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.yaml.ConfigException;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImportsTest {
  private static final Path FILES = Path.of("src/test/resources/imports");

  private static String text(String name) throws IOException {
    return Files.readString(FILES.resolve(name));
  }

  /// What came of an import, as the golden file has it; the probes are read again.
  private static void assertGolden(String name, Imports imports) throws IOException {
    String found =
        imports.yaml()
            + String.join("", imports.losses().stream().map(loss -> "# " + loss + "\n").toList());
    Path golden = FILES.resolve(name);
    if (System.getProperty("pharos.write") != null) {
      Files.writeString(golden, found);
    }
    assertThat(found).isEqualTo(Files.readString(golden));
    List<ProbeConfig> probes = ProbeFile.parse(name, imports.yaml(), FILES);
    assertThat(probes).hasSize(imports.size()).isNotEmpty();
  }

  @Test
  void gatus_endpoints_becomeProbes() throws IOException {
    assertGolden("gatus.golden.yml", GatusImport.of("gatus.yaml", text("gatus.yaml")));
  }

  @Test
  void blackbox_modulesWithTargets_becomeProbes() throws IOException {
    assertGolden(
        "blackbox.golden.yml",
        BlackboxImport.of("blackbox.yml", text("blackbox.yml"), text("prometheus.yml")));
  }

  @Test
  void uptimeKuma_backup_becomesProbesWithoutSecrets() throws IOException {
    Imports imports = UptimeKumaImport.of(text("kuma.json"), null);

    assertGolden("kuma.golden.yml", imports);
    assertThat(imports.yaml() + imports.losses()).doesNotContain("hunter2", "Bearer abc", "t0ken");
  }

  @Test
  void uptimeKuma_pushMonitor_keepsItsToken_inAFileAlone() throws IOException {
    Path folder = Path.of("/etc/pharos/secrets");
    Imports imports = UptimeKumaImport.of(text("kuma.json"), folder);

    assertThat(imports.secrets())
        .containsExactly(Map.entry(folder.resolve("kuma-push-10"), "t0ken-of-backup"));
    assertThat(imports.yaml()).contains("token_file: \"/etc/pharos/secrets/kuma-push-10\"");
    assertThat(imports.notes()).singleElement().asString().startsWith("Backup: ");
    assertThat(imports.yaml() + imports.losses() + imports.notes()).doesNotContain("t0ken");
  }

  @ParameterizedTest
  @CsvSource({
    "'', 10, it has no push token",
    "a b, 10, it has no push token",
    "abc, ../../etc/x, it has no push token"
  })
  void uptimeKuma_pushMonitorWithoutAUsableToken_isTold(String token, String id, String remark)
      throws IOException {
    String rows =
        "[{\"id\":\"%s\",\"name\":\"B\",\"type\":\"push\",\"push_token\":\"%s\",\"interval\":60}]"
            .formatted(id, token);
    Imports imports = UptimeKumaImport.of(rows, Path.of("/secrets"));

    assertThat(imports.secrets()).isEmpty();
    assertThat(imports.losses()).singleElement().asString().startsWith("B: " + remark);
  }

  @Test
  void uptimeKuma_rowsOfTheTable_becomeProbes() throws IOException {
    assertGolden("kuma-rows.golden.yml", UptimeKumaImport.of(text("kuma-rows.json"), null));
  }

  /// Rows that a real Uptime Kuma 2 wrote.
  @Test
  void uptimeKuma_rowsOfVersion2_becomeProbes() throws IOException {
    Imports imports = UptimeKumaImport.of(text("kuma-2.json"), null);

    assertGolden("kuma-2.golden.yml", imports);
    assertThat(imports.yaml() + imports.losses())
        .doesNotContain("hunter2", "Bearer abc", "aBcDeFgHiJ");
  }

  /// The column is a DOUBLE.
  @ParameterizedTest
  @CsvSource({
    "10.0, 10s",
    "7.5, 7500ms",
    "0.0, 16s",
    "0, 16s",
    "0.2, 1s",
    "90.0, 20s",
    "soon, 16s"
  })
  void uptimeKuma_timeout_isKept(String timeout, String expected) {
    String rows =
        "[{\"id\":1,\"name\":\"A\",\"type\":\"http\",\"url\":\"http://a/\",\"interval\":20,\"timeout\":\"%s\"}]"
            .formatted(timeout);
    assertThat(UptimeKumaImport.of(rows, null).yaml()).contains("timeout: \"" + expected + "\"");
  }

  /// What is down after 100 seconds there is not to be so after 25 minutes here.
  @ParameterizedTest
  @CsvSource({
    "300, 5, 20, 2, the monitor is retried every 20 s up to 5 times; the probe is down after 300 s",
    "60, 3, 60, 4, ''",
    "60, 3, 0, 4, ''",
    "20, 2, 60, 7, the monitor is retried every 60 s up to 2 times; the probe is down after 120 s",
    "20, 9, 60, 20, the monitor is retried every 60 s up to 9 times; the probe is down after 380 s"
  })
  void uptimeKuma_retries_takeAboutAsLong(
      int interval, int retries, int every, int downAfter, String remark) {
    String rows =
        "[{\"id\":1,\"name\":\"A\",\"type\":\"ping\",\"hostname\":\"a\",\"interval\":%d,\"maxretries\":%d,\"retry_interval\":%d}]"
            .formatted(interval, retries, every);
    Imports imports = UptimeKumaImport.of(rows, null);

    assertThat(imports.yaml()).contains("down_after: " + downAfter + "\n");
    assertThat(imports.losses()).isEqualTo(remark.isEmpty() ? List.of() : List.of("A: " + remark));
  }

  /// The table has them as active, a backup has not.
  @Test
  void uptimeKuma_membersOfAPausedGroup_arePaused() {
    String rows =
        """
        [{"id":1,"name":"Outer","type":"group","active":0,"parent":null},
         {"id":2,"name":"Inner","type":"group","active":1,"parent":1},
         {"id":3,"name":"A","type":"ping","hostname":"a","active":1,"parent":2},
         {"id":4,"name":"Own parent","type":"ping","hostname":"a","active":1,"parent":4}]
        """;
    assertThat(UptimeKumaImport.of(rows, null).yaml().split("  - name: "))
        .satisfiesExactly(
            head -> assertThat(head).isEqualTo("probes:\n"),
            member -> assertThat(member).contains("enabled: false"),
            other -> assertThat(other).doesNotContain("enabled"));
  }

  @ParameterizedTest
  @CsvSource({
    "json, '', application/json",
    "'', '', application/json",
    "xml, '', text/xml; charset=utf-8",
    "form, '', application/x-www-form-urlencoded",
    "json, content-type, text/plain"
  })
  void uptimeKuma_body_saysWhatItIs(String encoding, String header, String expected) {
    String headers = header.isEmpty() ? "" : "{'%s': 'text/plain'}".formatted(header);
    String rows =
        "[{\"id\":1,\"name\":\"A\",\"type\":\"http\",\"url\":\"http://a/\",\"method\":\"POST\",\"body\":\"x\",\"http_body_encoding\":\"%s\",\"headers\":\"%s\"}]"
            .formatted(encoding, headers.replace("'", "\\\""));
    assertThat(UptimeKumaImport.of(rows, null).yaml())
        .containsIgnoringCase("\"content-type\": \"" + expected + "\"")
        .containsOnlyOnce(": \"" + expected);
  }

  @Test
  void gatus_optionsThatFewHave_areKeptOrNamed() throws IOException {
    assertGolden(
        "gatus-rest.golden.yml", GatusImport.of("gatus-rest.yaml", text("gatus-rest.yaml")));
  }

  @Test
  void blackbox_optionsThatFewHave_areKeptOrNamed() throws IOException {
    assertGolden(
        "blackbox-rest.golden.yml",
        BlackboxImport.of(
            "blackbox-rest.yml", text("blackbox-rest.yml"), text("prometheus-rest.yml")));
  }

  @Test
  void uptimeKuma_optionsThatFewHave_areKeptOrNamed() throws IOException {
    Imports imports = UptimeKumaImport.of(text("kuma-rest.json"), null);

    assertGolden("kuma-rest.golden.yml", imports);
    assertThat(imports.yaml() + imports.losses()).doesNotContain("hunter2");
  }

  @ParameterizedTest
  @CsvSource({"'{\"a\": 1}'", "'no json'", "3"})
  void uptimeKuma_anythingElse_isRefused(String text) {
    assertThatThrownBy(() -> UptimeKumaImport.of(text, null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void gatus_noYaml_isRefused() {
    assertThatThrownBy(() -> GatusImport.of("g.yml", "a: [")).isInstanceOf(ConfigException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[STATUS] == 200 | http | status == 200",
        "[STATUS] < 300 | http | status < 300",
        "[STATUS] == any(200, 201) | http | status in [200, 201]",
        "[STATUS] != any(500) | http | !(status in [500])",
        "[BODY].a.b[0] == x y | http | body.a.b[0] == \"x y\"",
        "[BODY].a == true | http | body.a == true",
        "[BODY] == pat(*ok.*) | http | text matches \"^.*ok\\\\..*$\"",
        "[BODY] != pat(*ok*) | http | !(text matches \"^.*ok.*$\")",
        "has([BODY].a) != true | http | !has(body.a)",
        "[RESPONSE_TIME] <= 250 | tcp | duration <= 250ms",
        "[DNS_RCODE] != NXDOMAIN | dns | rcode != \"NXDOMAIN\"",
        "[CONNECTED] == true | tcp | true",
        "[CONNECTED] == false | tcp | none",
        "[STATUS] == [BODY].x | http | none",
        "[BODY].a-b == 1 | http | none",
        "[IP] == 1.2.3.4 | http | none",
        "[CONNECTED] != true | tcp | none",
        "[STATUS] == 200 | tcp | none",
        "[STATUS] == any(200, [BODY].x) | http | none",
        "[STATUS] == pat(2*) | http | none",
        "[STATUS] < any(200) | http | none",
        "'[STATUS] ==  ' | http | none",
        "[RESPONSE_TIME] < fast | http | none",
        "[CERTIFICATE_EXPIRATION] > 48h | tls | certificate.expires_in > 48h",
        "[CERTIFICATE_EXPIRATION] > 1.5h | http | certificate.expires_in > 1.5h",
        "[CERTIFICATE_EXPIRATION] > 48h | tcp | none",
        "[CERTIFICATE_EXPIRATION] > 2 weeks | http | none",
        "[DNS_RCODE] == NOERROR | http | none",
        "[BODY] == 192.0.2.1 | dns | answers contains \"192.0.2.1\"",
        "[BODY] != 192.0.2.1 | dns | none",
        "[BODY] == pat(192.*) | dns | none",
        "[BODY].a == 1 | dns | none",
        "has([BODY].a) == true | http | has(body.a)",
        "has([BODY].a) != false | http | has(body.a)",
        "has([BODY].a) == false | http | !has(body.a)",
        "has([BODY].a-b) == true | http | none",
        "has([BODY].a == true | http | none",
        "len([BODY].a) >= 2 | http | size(body.a) >= 2",
        "len([BODY]) < 1024 | http | size(text) < 1024",
        "len([BODY].a) == [BODY].b | http | none",
        "len([BODY].a == 2 | http | none",
        "[BODY].a == pat(x?) | http | body.a matches \"^x.$\"",
        "[BODY].a == pat(a-b c→d) | http | body.a matches \"^a\\\\-b c→d$\"",
        "[BODY].a > pat(x*) | http | none",
        "[BODY].a == pat(x | http | none",
        "[BODY].a == any(x, 2, true) | http | body.a in [\"x\", 2, true]",
        "[BODY] == any(x, 2) | http | text in [\"x\", \"2\"]",
        "[BODY].a == any(x, pat(y)) | http | none",
        "[BODY].a == any() | http | none",
        "[BODY].a == any(x | http | none",
        "[BODY] < 5 | http | none",
        "[BODY] != ok | http | text != \"ok\"",
        "[BODY] == 5 | http | text == \"5\"",
        "[BODY].a == false | http | body.a == false",
        "[BODY].a > 1.5 | http | body.a > 1.5",
        "nonsense | http | none",
      })
  void condition_ofGatus_isAnExpressionOrNone(String condition, String type, String expected) {
    assertThat(GatusConditions.expression(condition, type).orElse("none")).isEqualTo(expected);
  }
}
