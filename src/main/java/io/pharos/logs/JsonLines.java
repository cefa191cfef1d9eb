package io.pharos.logs;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.LayoutBase;
import net.logstash.logback.encoder.LogstashEncoder;
import net.logstash.logback.fieldnames.LogstashCommonFieldNames;
import net.logstash.logback.fieldnames.LogstashFieldNames;
import net.logstash.logback.stacktrace.ShortenedThrowableConverter;

/// Creates the encoders of log lines. Lines for the standard output have all fields. Lines for Loki
/// lack the fields that are labels in Loki, because the names would clash in queries with `| json`.
final class JsonLines {
  private static final int MAX_STACK_TRACE = 16_384;

  private JsonLines() {}

  /// Creates the encoder for the standard output. A line has the fields `timestamp`, `level`,
  /// `logger`, `thread`, `message`, `stack_trace`, `app`, `env` and the fields of the MDC.
  static RedactingEncoder forStandardOutput(LoggerContext context, LogSettings settings) {
    LogstashEncoder encoder = encoder(context, "level");
    encoder.setCustomFields(
        "{\"app\":\"%s\",\"env\":\"%s\"}".formatted(settings.app(), settings.env()));
    return started(context, encoder);
  }

  /// Creates the encoder for Loki, with the same fields except `level`, `app` and `env`.
  static LayoutBase<ILoggingEvent> forLoki(LoggerContext context) {
    RedactingEncoder encoder =
        started(context, encoder(context, LogstashCommonFieldNames.IGNORE_FIELD_INDICATOR));
    return new LayoutBase<>() {
      @Override
      public String doLayout(ILoggingEvent event) {
        return encoder.text(event).stripTrailing();
      }
    };
  }

  private static LogstashEncoder encoder(LoggerContext context, String levelField) {
    var names = new LogstashFieldNames();
    names.setTimestamp("timestamp");
    names.setLogger("logger");
    names.setThread("thread");
    names.setLevel(levelField);
    names.setLevelValue(LogstashCommonFieldNames.IGNORE_FIELD_INDICATOR);
    names.setVersion(LogstashCommonFieldNames.IGNORE_FIELD_INDICATOR);
    var stackTraces = new ShortenedThrowableConverter();
    stackTraces.setMaxLength(MAX_STACK_TRACE);
    var encoder = new LogstashEncoder();
    encoder.setContext(context);
    encoder.setFieldNames(names);
    encoder.setTimeZone("UTC");
    encoder.setIncludeContext(false);
    encoder.setThrowableConverter(stackTraces);
    return encoder;
  }

  private static RedactingEncoder started(LoggerContext context, LogstashEncoder encoder) {
    encoder.start();
    var redacting = new RedactingEncoder(encoder);
    redacting.setContext(context);
    redacting.start();
    return redacting;
  }
}
