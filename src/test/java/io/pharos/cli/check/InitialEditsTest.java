package io.pharos.cli.check;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.pharos.cli.Commands;
import io.pharos.lint.rule.ParsedFileCache;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One wrong edit in one random place of the files that `init` writes. Nearly all must be told at
/// their line.
class InitialEditsTest {
  private static final int EDITS = Integer.getInteger("pharos.edits", 75);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"gin.prom, 1001", "exporter-node.prom, 1"})
  void randomEdits_ofInitialFiles_areToldAtTheirLine(String page, int seed) throws IOException {
    CheckedTree tree = initial(page);
    assertThat(tree.check()).isEmpty();
    var result = RandomEdits.of(tree, Integer.getInteger("pharos.seed", seed), EDITS);
    assertThat(result.missed()).hasSizeLessThanOrEqualTo(result.made() * 3 / 100);
  }

  private CheckedTree initial(String page) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    byte[] body = Files.readAllBytes(Path.of("src/test/resources/onboarding/pages", page));
    server.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      var words =
          new ArrayList<>(
              List.of(
                  "--job=shop",
                  "--url=" + url + "/metrics",
                  "--dir=" + folder,
                  "--mail=on-call@example.com",
                  "--smtp=127.0.0.1:25",
                  "--probe=" + url + "/health",
                  "--tests"));
      var said = new ByteArrayOutputStream();
      var stream = new PrintStream(said, true, UTF_8);
      assertThat(new Commands(Map.of(), stream, stream).run("init", words))
          .as(said.toString(UTF_8))
          .isZero();
    } finally {
      server.stop(0);
    }
    return new CheckedTree(folder, new ParsedFileCache());
  }
}
