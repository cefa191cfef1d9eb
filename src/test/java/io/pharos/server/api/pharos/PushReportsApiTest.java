package io.pharos.server.api.pharos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.pharos.config.http.HttpOptions;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.http.Clients;
import io.pharos.probe.run.HttpPushSource;
import io.pharos.probe.run.PushLedger;
import io.pharos.probe.run.PushReport;
import io.pharos.probe.run.PushReports;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The exchange of push reports between two Pharos servers.
class PushReportsApiTest {
  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00.123456Z");

  private final PushLedger ledger = new PushLedger("00ab", NOW);
  private final PushReportsResource resource = new PushReportsResource(ledger);
  private final Clients clients = new Clients(InstantSource.system());
  private HttpServer server;
  private HttpPushSource source;
  private int status = 200;
  private @Nullable String body;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        HttpPushSource.PATH,
        exchange -> {
          try (exchange) {
            String query = exchange.getRequestURI().getQuery();
            String id = query.replaceFirst("^ledger=([^&]*)&.*", "$1");
            String after = query.replaceFirst(".*&after=", "");
            byte[] answer =
                body == null
                    ? new ObjectMapper().writeValueAsBytes(resource.get(id, after))
                    : body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
          }
        });
    server.start();
    source =
        new HttpPushSource(
            clients.open(HttpOptions.DEFAULT),
            URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/"));
  }

  @AfterEach
  void stop() {
    server.stop(0);
    clients.close();
  }

  @Test
  void page_isReadAsItWasTold() throws IOException {
    var report =
        new PushReport(PushReport.Kind.FAILURE, 7, "disk \"full\" 磁盘", Duration.ofMillis(1500));
    PushReports.add(ledger, "nightly backup", NOW, report);
    PushReports.add(
        ledger, "b", NOW.plusSeconds(1), new PushReport(PushReport.Kind.START, null, ""));

    assertThat(source.fetch("", 0)).isEqualTo(ledger.after("", 0));
    assertThat(source.fetch("00ab", 1)).isEqualTo(ledger.after("00ab", 1));
    assertThat(source.fetch("00ab", 1).entries()).hasSize(1);
    assertThat(source.fetch("00ab", 2).entries()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          401 | {"error":"no token"}
          200 | <html>please log in</html>
          200 | {}
          200 | []
          200 | {"ledger":"x y","since":"2026-03-01T00:00:00Z","oldest":1,"reports":[],"more":false}
          200 | {"ledger":"00","since":"today","oldest":1,"reports":[],"more":false}
          200 | {"ledger":"00","since":"2026-03-01T00:00:00Z","oldest":1,"reports":[{}],"more":false}
          200 | {"ledger":"00","since":"2026-03-01T00:00:00Z","oldest":1,"reports":[{"number":1,"probe":"x","at":"2026-03-01T00:00:00Z","kind":"MAYBE"}]}
          """)
  void answerThatIsNone_isRefused(int answered, String text) {
    status = answered;
    body = text;
    assertThatThrownBy(() -> source.fetch("", 0)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "x", "1.5", "99999999999999999999"})
  void numberThatIsNone_isRefused(String after) {
    assertThatThrownBy(() -> resource.get("", after)).isInstanceOf(InvalidFieldException.class);
  }
}
