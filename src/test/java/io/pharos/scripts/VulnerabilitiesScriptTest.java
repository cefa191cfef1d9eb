package io.pharos.scripts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `scripts/vulnerabilities.sh` with a server that answers as OSV does.
@Tag("slow")
class VulnerabilitiesScriptTest {
  private static final String BOM =
      """
      {"components": [
        {"purl": "pkg:maven/org.example/good@1.0?type=jar"},
        {"purl": "pkg:maven/org.example/bad@2.0?type=jar"}]}
      """;

  @TempDir Path folder;
  private final Map<String, String> answers = new TreeMap<>();
  private HttpServer server;

  private record Ended(int code, String output, String report) {}

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.getRequestBody().readAllBytes();
            String answer = answers.get(exchange.getRequestURI().getPath());
            byte[] bytes = answer == null ? new byte[0] : answer.getBytes(UTF_8);
            exchange.sendResponseHeaders(answer == null ? 500 : 200, bytes.length);
            exchange.getResponseBody().write(bytes);
          }
        });
    server.start();
    // Sorted by their purl, the bad one comes first.
    answers.put("/v1/querybatch", "{\"results\": [{\"vulns\": [{\"id\": \"GHSA-1\"}]}, {}]}");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void severity(String severity) {
    answers.put(
        "/v1/vulns/GHSA-1",
        "{\"summary\": \"Bad | thing\", \"database_specific\": {\"severity\": \""
            + severity
            + "\"}, \"affected\": [{\"ranges\": [{\"events\": [{\"fixed\": \"2.1\"}]}]}]}");
  }

  private Ended run(String allowed, String... arguments) throws Exception {
    for (String tool : List.of("curl", "jq", "bash")) {
      boolean found =
          List.of(System.getenv("PATH").split(":")).stream()
              .anyMatch(place -> Files.isExecutable(Path.of(place, tool)));
      assumeTrue(found, tool + " is not installed");
    }
    Path report = folder.resolve("report.md");
    var words = new java.util.ArrayList<>(List.of("scripts/vulnerabilities.sh"));
    words.addAll(List.of("--bom", Files.writeString(folder.resolve("bom.json"), BOM).toString()));
    words.addAll(List.of("--report", report.toString()));
    words.addAll(List.of(arguments));
    var builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().put("OSV_URL", "http://127.0.0.1:" + server.getAddress().getPort());
    builder.environment().put("TODAY", "2026-11-01");
    builder
        .environment()
        .put("ALLOWED_FILE", Files.writeString(folder.resolve("allowed.tsv"), allowed).toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Ended(
        process.waitFor(), output, Files.exists(report) ? Files.readString(report) : "");
  }

  @ParameterizedTest
  @CsvSource({"LOW,0", "MODERATE,0", "HIGH,1", "CRITICAL,1", "UNKNOWN,1"})
  void knownVulnerability_failsFromHighOn_andStandsInTheReport(String severity, int code)
      throws Exception {
    severity(severity);
    Ended ended = run("");
    assertThat(ended.code()).as(ended.output()).isEqualTo(code);
    assertThat(ended.report())
        .contains(
            "| " + severity + " | GHSA-1 | org.example/bad@2.0 | 2.1 | Bad thing |",
            "checked 2 components with");
  }

  @Test
  void allowedOne_passesUntilItsDay() throws Exception {
    severity("HIGH");
    String entry = "# why\nGHSA-1\torg.example:bad\t%s\tnot reachable here\n";
    assertThat(run(entry.formatted("2026-11-01")).code()).isZero();
    assertThat(run(entry.formatted("2026-11-01")).report())
        .contains("allowed until 2026-11-01: not reachable here");
    Ended late = run(entry.formatted("2026-10-31"));
    assertThat(late.code()).isOne();
    assertThat(late.report()).contains("was allowed until 2026-10-31");
    assertThat(run(entry.formatted("2026-11-01").replace("bad", "other")).code()).isOne();
  }

  @Test
  void brokenListOfWhatIsAllowed_isRefused() throws Exception {
    severity("HIGH");
    Ended ended = run("GHSA-1\torg.example:bad\tsome day\tbecause\n");
    assertThat(ended.code()).isEqualTo(4);
    assertThat(ended.output()).contains("allowed.tsv:1: expected");
  }

  @Test
  void allowanceThatNothingNeeds_isNamed() throws Exception {
    answers.put("/v1/querybatch", "{\"results\": [{}, {}]}");
    Ended ended = run("GHSA-9\torg.example:bad\t2026-12-01\told\n");
    assertThat(ended.code()).isZero();
    assertThat(ended.report()).contains("Not needed any more in allowed.tsv: GHSA-9");
  }

  @Test
  void serverThatDoesNotAnswer_isSaid_andFailsWhereItIsRequired() throws Exception {
    answers.clear();
    Ended ended = run("");
    assertThat(ended.code()).isZero();
    assertThat(ended.output()).contains("NOT CHECKED");
    assertThat(ended.report()).contains("NOT CHECKED");
    assertThat(run("", "--required").code()).isEqualTo(3);
    answers.put("/v1/querybatch", "{\"results\": [{}]}");
    assertThat(run("", "--required").code()).isEqualTo(3);
  }
}
