package io.pharos.cli.check;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RulesCommandTest {
  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... words) {
    return new RulesCommand(Map.of(), new PrintStream(out, true), new PrintStream(err, true))
        .run(List.of(words));
  }

  @Test
  void explain_aFile_tellsWhichWindowsAreKept() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("r.yml"),
            """
            groups:
            - name: g
              rules:
              - record: kept
                expr: sum by (a) (rate(x_total[5m] offset 1m)) / max_over_time(y[3d])
              - alert: Same
                expr: sum by(a) (rate(x_total[5m] offset 1m)) > 1
              - record: none
                expr: up == 0
              - record: partly
                expr: quantile_over_time(0.9, x[5m]) + rate(x_total[1h])
              - record: whole
                expr: max_over_time(rate(x_total[5m])[1h:1m]) > increase(x_total[1h] @ end())
            """);

    assertThat(run("explain", file.toString())).isZero();

    assertThat(out.toString(UTF_8).lines())
        .containsExactly(
            file + ", group g",
            "  kept: kept",
            "    evaluated once for several rules: sum by (a) (rate(x_total[5m] offset 1m))",
            "  Same: kept",
            "    evaluated once for several rules: sum by (a) (rate(x_total[5m] offset 1m))",
            "  none: no windows",
            "  partly: partly kept",
            "    quantile_over_time(0.9, x[5m]) is read in full: the function must read all samples",
            "  whole: read in full",
            "    max_over_time(rate(x_total[5m])[1h:1m]) is read in full: it is the window of a subquery",
            "    rate(x_total[5m]) is read in full: it is evaluated at the steps of a subquery",
            "    increase(x_total[1h] @ end()) is read in full: @ fixes its time");
  }

  @Test
  void explain_aFileThatIsNone_isAnError() throws IOException {
    Path file = Files.writeString(folder.resolve("r.yml"), "groups: 1");

    assertThat(run("explain", file.toString())).isEqualTo(1);

    assertThat(err.toString(UTF_8)).contains("r.yml:1");
  }

  @Test
  void explain_aRunningServer_tellsWhatRulesCost() throws IOException {
    var asked = new AtomicReference<>("");
    String answer =
        """
        {"status": "success", "data": {"groups": [
          {"name": "g", "file": "r.yml", "evaluationTime": 0.0123, "rules": [
            {"name": "A", "evaluationTime": 0.0021, "stats": {"samples": 1234, "windows": [
              {"call": "rate(x_total[5m])", "kept": true},
              {"call": "rate(y[5m])", "kept": false, "reason": "a series has native histograms"}]}},
            {"name": "B", "evaluationTime": 0.001, "lastError": "twice", "warnings": ["1 alerts wait"], "stats": {"samples": 7, "windows": [], "shared": ["sum(x)"]}},
            {"name": "D", "evaluationTime": 0.001, "hysteresis": {"atLeast": 3, "of": 5, "continues": "x > 80"}, "stats": {"samples": 7, "windows": []}},
            {"name": "C", "evaluationTime": 0.001}]}]}}
        """;
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.set(exchange.getRequestURI().toString());
          exchange.sendResponseHeaders(200, answer.getBytes(UTF_8).length);
          exchange.getResponseBody().write(answer.getBytes(UTF_8));
          exchange.close();
        });
    server.start();
    try {
      assertThat(run("explain", "--url=http://127.0.0.1:" + server.getAddress().getPort()))
          .isZero();
    } finally {
      server.stop(0);
    }
    assertThat(asked).hasValue("/api/v1/rules?stats=all&exclude_alerts=true");
    assertThat(out.toString(UTF_8).lines())
        .containsExactly(
            "r.yml, group g: 12.30 ms",
            "  A: partly kept, 1,234 samples, 2.10 ms",
            "    rate(y[5m]) is read in full: a series has native histograms",
            "  B: no windows, 7 samples, 1.00 ms",
            "    reused from an earlier rule: sum(x)",
            "    last error: twice",
            "    1 alerts wait",
            "  D: no windows, 7 samples, 1.00 ms",
            "    its condition holds if true in at least 3 of the last 5 evaluations",
            "    once it fires, it goes on while x > 80",
            "  C: no figures from the server");
  }

  @Test
  void explain_aServerThatIsAway_saysSo() {
    assertThat(run("explain", "--url=http://127.0.0.1:1")).isEqualTo(1);

    assertThat(err.toString(UTF_8))
        .startsWith("pharos rules: http://127.0.0.1:1 does not answer: ");
  }
}
