package io.pharos.logs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class TextLinesTest {
  private static LoggingEvent event(Level level, String message) {
    var event = new LoggingEvent();
    event.setLevel(level);
    event.setLoggerName("io.pharos.x");
    event.setInstant(Instant.parse("2026-03-01T10:20:30.456Z"));
    event.setMessage(message);
    return event;
  }

  private static String line(LoggingEvent event) {
    return new String(new TextLines(ZoneOffset.UTC, false).encode(event), UTF_8);
  }

  @Test
  void encode_anEvent_isTimeLevelUnlessInfoAndMessage() {
    assertThat(line(event(Level.INFO, "Ready: http://x"))).isEqualTo("10:20:30 Ready: http://x\n");
    assertThat(line(event(Level.WARN, "slow"))).isEqualTo("10:20:30 WARN slow\n");
    assertThat(
            new String(
                new TextLines(ZoneOffset.UTC, true).encode(event(Level.WARN, "slow")), UTF_8))
        .isEqualTo("\u001b[2m10:20:30\u001b[0m \u001b[33mWARN\u001b[0m slow\n");
  }

  @Test
  void encode_longLabelsAndMessages_areCut() {
    String labels = "{job=\"shop\", path=\"" + "x".repeat(100) + "\"}";
    assertThat(line(event(Level.INFO, "a " + labels + " b {c=\"d\"} e")))
        .isEqualTo("10:20:30 a " + labels.substring(0, 60) + "…} b {c=\"d\"} e\n");
    assertThat(line(event(Level.INFO, "y".repeat(2_000)))).hasSize(9 + 110 + 2);
    assertThat(line(event(Level.WARN, "y".repeat(2_000)))).hasSize(14 + 240 + 2);
  }

  @Test
  void encode_exceptionSecretAndControlCharacter_areShownSafely() {
    LoggingEvent failed = event(Level.ERROR, "push to http://h/?token=abc \u001b[2J failed");
    failed.setThrowableProxy(new ThrowableProxy(new IOException("status 503")));
    assertThat(line(failed))
        .isEqualTo(
            "10:20:30 ERROR push to http://h/?token=***  [2J failed: status 503"
                + " (--log.format=json shows more)\n");
  }

  @Test
  void encode_quarkusOwnStart_isLeftOut() {
    LoggingEvent started = event(Level.INFO, "Installed features: [cdi]");
    started.setLoggerName("io.quarkus");
    assertThat(line(started)).isEmpty();
  }
}
