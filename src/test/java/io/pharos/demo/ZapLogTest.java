package io.pharos.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZapLogTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.250Z");

  @TempDir Path directory;

  @Test
  void access_hasZapsKeys() throws Exception {
    var out = new ByteArrayOutputStream();
    try (var log = new ZapLog(null, out)) {
      log.access(NOON, 200, "GET", "/a\"b", "token=x", "10.0.0.1", "curl", 0.25);
    }
    JsonNode line = new ObjectMapper().readTree(out.toByteArray());
    assertThat(line.propertyStream().map(java.util.Map.Entry::getKey))
        .containsExactly(
            "level",
            "ts",
            "caller",
            "msg",
            "status",
            "method",
            "path",
            "query",
            "ip",
            "user-agent",
            "errors",
            "cost");
    assertThat(line.path("ts").decimalValue()).isEqualByComparingTo("1772366400.250");
    assertThat(line.path("msg").asText()).isEqualTo("/a\"b");
    assertThat(line.path("cost").doubleValue()).isEqualTo(0.25);
  }

  @Test
  void error_hasAStackTrace() throws Exception {
    var out = new ByteArrayOutputStream();
    try (var log = new ZapLog(null, out)) {
      log.error(NOON, "service/x.go:1", "request failed", "/a", "cause");
    }
    JsonNode line = new ObjectMapper().readTree(out.toByteArray());
    assertThat(line.path("level").asText()).isEqualTo("error");
    assertThat(line.path("stacktrace").asText()).contains("service/x.go:1");
  }

  @Test
  void file_grownTooLarge_isBegunAgain() throws Exception {
    Path file = directory.resolve("log");
    Files.writeString(file, "x".repeat(16 << 20), StandardCharsets.UTF_8);
    try (var log = new ZapLog(file, System.out)) {
      log.info(NOON, "a.go:1", "first");
      log.info(NOON, "a.go:1", "second");
    }
    assertThat(Files.readAllLines(file)).hasSize(2).first().asString().contains("first");
    assertThat(Files.size(directory.resolve("log.1"))).isEqualTo(16 << 20);
  }
}
