package io.pharos.cli.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Lines of a Loki, of which a stub gives one answer after the other.
class LogsCommandTest {
  private static final long SECOND = 1_700_000_000L;

  private final Deque<String> answers = new ArrayDeque<>();
  private final List<String> asked = new ArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private HttpServer server;
  private long now = SECOND;

  @BeforeEach
  void open() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(
              URLDecoder.decode(exchange.getRequestURI().getRawQuery(), StandardCharsets.UTF_8)
                  + exchange.getRequestHeaders().getOrDefault("Authorization", List.of()));
          String answer = answers.removeFirst();
          byte[] body = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(
              answer.startsWith("{") ? 200 : Integer.parseInt(answer.substring(0, 3)), body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  private int run(int polls, String... words) {
    var left = new int[] {polls};
    var command =
        new LogsCommand(
            Map.of(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            new InstantSource() {
              @Override
              public Instant instant() {
                return Instant.ofEpochSecond(now);
              }
            },
            length -> {
              now += length.toSeconds();
              return left[0]-- > 0;
            });
    var all = new ArrayList<>(List.of(words));
    all.add("--loki=http://127.0.0.1:" + server.getAddress().getPort());
    return command.run(all);
  }

  /// Entries as `second:line`.
  private static String streams(String... entries) {
    var values = new StringBuilder();
    for (String entry : entries) {
      String[] parts = entry.split(":");
      values.append(values.isEmpty() ? "" : ",");
      values.append(
          "[\"%d000000000\",\"%s\"]".formatted(SECOND + Long.parseLong(parts[0]), parts[1]));
    }
    return "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":{\"job\":\"x\"},\"values\":[%s]}]}}"
        .formatted(values);
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void lines_arePrintedTheOldestFirst() {
    answers.add(streams("-1:newer", "-2:older"));
    assertThat(run(0, "{job=\"x\"}", "--since=5m", "--limit=2")).isZero();
    assertThat(printed()).isEqualTo("older\nnewer\n");
    assertThat(asked)
        .singleElement()
        .asString()
        .contains("query={job=\"x\"}", "limit=2", "start=" + (SECOND - 300) + "000000000");
  }

  @Test
  void labels_areBeforeTheLineWhereAskedFor() {
    answers.add(streams("-1:a"));
    assertThat(run(0, "{job=\"x\"}", "--labels")).isZero();
    assertThat(printed()).isEqualTo("2023-11-14T22:13:19Z {job=\"x\"} a\n");
  }

  @Test
  void follow_printsEachLineOnce_alsoThoseThatComeLate() {
    answers.add(streams("-1:a"));
    answers.add(streams("1:c", "-1:a"));
    answers.add(streams("1:c", "0:b", "-1:a", "-5:before"));
    assertThat(run(2, "{job=\"x\"}", "--follow")).isZero();
    assertThat(printed()).isEqualTo("a\nc\nb\n");
  }

  @Test
  void follow_ofALokiThatIsAway_saysSoOnce_andGoesOn() {
    answers.addAll(
        List.of(streams(), "503 not ready", "503 not ready", streams("2:a"), streams("2:a")));
    assertThat(run(4, "{job=\"x\"}", "--follow")).isZero();
    assertThat(printed()).isEqualTo("a\n");
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .hasSize(2)
        .first()
        .asString()
        .contains("answered 503");
  }

  @Test
  void query_thatIsRefused_endsWithLokisWords() {
    answers.add("400 parse error at line 1");
    assertThat(run(0, "{")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("parse error at line 1");
  }

  @Test
  void token_ofTheFile_isSent(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("token"), "secret\n");
    answers.add(streams());
    assertThat(run(0, "{a=\"b\"}", "--loki.token-file=" + folder.resolve("token"))).isZero();
    assertThat(asked.getFirst()).endsWith("[Bearer secret]");
  }

  @Test
  void wrongWords_areRefused(@TempDir Path folder) {
    assertThatThrownBy(() -> run(0)).hasMessageContaining("one query");
    assertThatThrownBy(() -> run(0, "x", "--limit=0")).hasMessageContaining("1 to 5000");
    assertThatThrownBy(() -> run(0, "x", "--loki.token-file=" + folder.resolve("none")))
        .hasMessageContaining("--loki.token-file");
    assertThat(asked).isEmpty();
  }
}
