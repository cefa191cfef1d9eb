package io.pharos.logs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import net.logstash.logback.argument.StructuredArguments;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

@Tag("slow")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LogbackBridgeTest {
  private static final LogSettings SETTINGS = new LogSettings("pharos", "test", null);

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private LogbackBridge bridge;

  @AfterEach
  void close() {
    if (bridge != null) {
      bridge.close();
    }
  }

  /// Installs the bridge only for records of this thread, because the service of another test may
  /// still be running.
  private void install(LogSettings settings) {
    bridge = LogbackBridge.install(settings, LogSettings.Format.JSON, out);
    Thread test = Thread.currentThread();
    handler().setFilter(_ -> Thread.currentThread() == test);
  }

  private static LogSettings pushingTo(URI url, long queueBytes) {
    return pushingTo(new LogSettings.Loki(url, queueBytes, Duration.ofSeconds(20)));
  }

  private static LogSettings pushingTo(LogSettings.Loki loki) {
    return new LogSettings(SETTINGS.app(), SETTINGS.env(), loki);
  }

  @Test
  void line_hasTheNamedFieldsAndNoOthers() throws IOException {
    install(SETTINGS);
    Instant before = Instant.now().minusMillis(1);
    MDC.put("trace_id", "abc123");
    try {
      LoggerFactory.getLogger("io.pharos.Test").warn("{} of {}", 1, "two {}");
    } finally {
      MDC.remove("trace_id");
    }
    JsonNode line = only();
    assertThat(line.propertyStream().map(Map.Entry::getKey))
        .containsExactlyInAnyOrder(
            "timestamp", "level", "logger", "thread", "message", "app", "env", "trace_id");
    assertThat(Instant.parse(line.path("timestamp").asText())).isAfter(before);
    assertThat(line.path("level").asText()).isEqualTo("WARN");
    assertThat(line.path("logger").asText()).isEqualTo("io.pharos.Test");
    assertThat(line.path("thread").asText()).isEqualTo(Thread.currentThread().getName());
    assertThat(line.path("message").asText()).isEqualTo("1 of two {}");
    assertThat(line.path("app").asText()).isEqualTo("pharos");
    assertThat(line.path("env").asText()).isEqualTo("test");
    assertThat(line.path("trace_id").asText()).isEqualTo("abc123");
  }

  @Test
  void exception_isAStackTrace() throws IOException {
    install(SETTINGS);
    LoggerFactory.getLogger("a").error("failed", new IOException("disk token=abc full"));
    assertThat(only().path("stack_trace").asText())
        .startsWith("java.io.IOException: disk token=*** full")
        .contains("LogbackBridgeTest");
  }

  @Test
  void structuredArguments_areFields() throws IOException {
    install(SETTINGS);
    LoggerFactory.getLogger("a")
        .info(
            "sent {} {}",
            StructuredArguments.kv("receiver", "ops"),
            StructuredArguments.kv("token", "abc"));
    JsonNode line = only();
    assertThat(line.path("message").asText()).isEqualTo("sent receiver=ops token=***");
    assertThat(line.path("receiver").asText()).isEqualTo("ops");
    assertThat(line.path("token").asText()).isEqualTo("***");
  }

  @Test
  void secrets_areBlottedOut() throws IOException {
    install(SETTINGS);
    LoggerFactory.getLogger("a")
        .info("GET /stream?token=eyJhbGci.x.y&page=1 with Authorization: Bearer eyJhbGci.x.y");
    assertThat(only().path("message").asText())
        .isEqualTo("GET /stream?token=***&page=1 with Authorization: Bearer ***");
  }

  @Test
  void levels_areThoseOfTheLogManager() throws IOException {
    install(SETTINGS);
    Handler handler = handler();
    Logger root = Logger.getLogger("");
    Level before = root.getLevel();
    root.setLevel(Level.INFO);
    for (Level level :
        List.of(Level.SEVERE, Level.WARNING, Level.INFO, Level.CONFIG, Level.FINE, Level.FINEST)) {
      handler.publish(new LogRecord(level, level.getName()));
    }
    root.setLevel(before);
    assertThat(lines().stream().map(line -> line.path("level").asText()))
        .containsExactly("ERROR", "WARN", "INFO", "DEBUG", "DEBUG", "TRACE");
  }

  @Test
  void debug_beforeTheLevelsAreSet_isHeldBack() throws IOException {
    install(SETTINGS);
    Logger root = Logger.getLogger("");
    Level before = root.getLevel();
    try {
      root.setLevel(Level.ALL);
      handler().publish(new LogRecord(Level.FINE, "chatter"));
      handler().publish(new LogRecord(Level.INFO, "news"));
      root.setLevel(Level.FINE);
      handler().publish(new LogRecord(Level.FINE, "wanted"));
    } finally {
      root.setLevel(before);
    }
    assertThat(lines().stream().map(line -> line.path("message").asText()))
        .containsExactly("news", "wanted");
  }

  @Test
  void record_withoutMessageOrLogger_isALineAllTheSame() throws IOException {
    install(SETTINGS);
    var record = new ExtLogRecord(Level.INFO, null, "x");
    record.setThreadName(null);
    handler().publish(record);
    assertThat(only().path("message").asText()).isEmpty();
  }

  @Test
  void longMessage_isCut() throws IOException {
    install(SETTINGS);
    handler().publish(new LogRecord(Level.INFO, "x".repeat(100_000)));
    assertThat(only().path("message").asText())
        .hasSizeLessThan(33_000)
        .endsWith("… (67232 more characters)");
  }

  @Test
  void install_again_replacesTheFirst() throws IOException {
    var first = new ByteArrayOutputStream();
    try (var _ = LogbackBridge.install(SETTINGS, LogSettings.Format.JSON, first)) {
      install(SETTINGS);
      LoggerFactory.getLogger("a").warn("once");
    }
    assertThat(first.size()).isZero();
    only();
  }

  @Test
  void close_takesTheBridgeAway() {
    install(SETTINGS);
    bridge.close();
    LoggerFactory.getLogger("a").warn("later");
    assertThat(out.size()).isZero();
    assertThat(bridge.lokiDroppedLines()).isZero();
    assertThat(bridge.lokiSendErrors()).isZero();
    assertThat(bridge.lokiLostBatches()).isZero();
  }

  @Test
  void loki_getsLabelsMetadataAndTheLineWithoutThem() throws IOException {
    try (var loki = new LokiStub()) {
      install(pushingTo(loki.url(), LogSettings.Loki.DEFAULT_QUEUE_BYTES));
      MDC.put("trace_id", "abc123");
      LoggerFactory.getLogger("io.pharos.Test").warn("hello token=abc");
      MDC.remove("trace_id");
      await(() -> loki.lines().size() == 1);
      LokiStub.Pushed pushed = loki.lines().getFirst();
      assertThat(pushed.labels().toString())
          .isEqualTo("{\"app\":\"pharos\",\"job\":\"pharos\",\"env\":\"test\",\"level\":\"WARN\"}");
      assertThat(pushed.metadata().path("trace_id").asText()).isEqualTo("abc123");
      assertThat(pushed.metadata().path("logger").asText()).isEqualTo("io.pharos.Test");
      JsonNode line = new ObjectMapper().readTree(pushed.line());
      assertThat(line.path("message").asText()).isEqualTo("hello token=***");
      assertThat(line.has("level") || line.has("app") || line.has("env")).isFalse();
      assertThat(bridge.lokiSendErrors()).isZero();
    }
  }

  @Test
  void loki_answering500Then429_getsEveryLineInTheEnd() throws IOException {
    try (var loki = new LokiStub()) {
      install(pushingTo(loki.url(), LogSettings.Loki.DEFAULT_QUEUE_BYTES));
      loki.answer(500);
      LoggerFactory.getLogger("a").warn("one");
      await(() -> loki.pushes() >= 2);
      loki.answer(429);
      int before = loki.pushes();
      await(() -> loki.pushes() > before);
      loki.answer(204);
      await(() -> loki.lines().size() == 1);
      assertThat(bridge.lokiSendErrors()).isGreaterThanOrEqualTo(3);
      assertThat(bridge.lokiLostBatches()).isZero();
      assertThat(bridge.lokiDroppedLines()).isZero();
      assertThat(out.toString(StandardCharsets.UTF_8).lines().count())
          .as("the line, and one about the trouble")
          .isEqualTo(2);
    }
  }

  @Test
  void loki_hangingOrNotListening_getsEveryLineInTheEnd() throws IOException {
    int port;
    try (var hanging = new LokiStub()) {
      port = hanging.port();
      hanging.hang();
      install(pushingTo(new LogSettings.Loki(hanging.url(), 5L << 20, Duration.ofMillis(300))));
      LoggerFactory.getLogger("a").warn("one");
      await(() -> hanging.pushes() >= 2);
    }
    long errors = bridge.lokiSendErrors();
    await(() -> bridge.lokiSendErrors() > errors);
    try (var revived = new LokiStub(port)) {
      await(() -> revived.lines().size() == 1);
    }
  }

  @Test
  void loki_refusingForGood_losesTheBatchAndCountsIt() throws IOException {
    try (var loki = new LokiStub()) {
      loki.answer(400);
      install(pushingTo(loki.url(), LogSettings.Loki.DEFAULT_QUEUE_BYTES));
      LoggerFactory.getLogger("a").warn("one");
      await(() -> bridge.lokiLostBatches() == 1);
      assertThat(loki.pushes()).isEqualTo(1);
      assertThat(bridge.lokiSendErrors()).isEqualTo(1);
    }
  }

  /// Lines are dropped instead of waiting for room.
  @Test
  void loki_dead_holdsNoMoreThanItsQueue_andNeverBlocks() throws IOException {
    install(pushingTo(URI.create("http://127.0.0.1:" + closedPort()), 5L << 20));
    Handler handler = handler();
    String text = "x".repeat(10_000);
    int lines = 3000;
    for (int i = 0; i < lines; i++) {
      handler.publish(new LogRecord(Level.INFO, text));
    }
    long dropped = bridge.lokiDroppedLines();
    assertThat((lines - dropped) * 10_000)
        .as("bytes kept: the queue, and the two batches under way")
        .isLessThan(8L << 20);
    assertThat(out.toString(StandardCharsets.UTF_8).lines().count())
        .as("the standard output has them all")
        .isGreaterThanOrEqualTo(lines);
    long began = System.nanoTime();
    bridge.stopLoki();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    handler.publish(new LogRecord(Level.INFO, "after the stop"));
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("after the stop");
  }

  @Test
  void stop_withAHealthyLoki_sendsWhatWaits() throws IOException {
    try (var loki = new LokiStub()) {
      install(pushingTo(loki.url(), LogSettings.Loki.DEFAULT_QUEUE_BYTES));
      LoggerFactory.getLogger("a").warn("last words");
      bridge.stopLoki();
      assertThat(loki.lines()).hasSize(1);
    }
  }

  private static int closedPort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static Handler handler() {
    return Arrays.asList(Logger.getLogger("").getHandlers()).getLast();
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      assertThat(Thread.interrupted()).as("timed out").isFalse();
      LockSupport.parkNanos(10_000_000);
    }
  }

  private JsonNode only() throws IOException {
    List<JsonNode> lines = lines();
    assertThat(lines).hasSize(1);
    return lines.getFirst();
  }

  private List<JsonNode> lines() throws IOException {
    var reader = new ObjectMapper().readerFor(JsonNode.class);
    return reader.<JsonNode>readValues(out.toByteArray()).readAll();
  }
}
