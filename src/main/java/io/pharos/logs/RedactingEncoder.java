package io.pharos.logs;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;

/// Encodes log lines with another encoder, and redacts the secrets in them.
final class RedactingEncoder extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = {};

  private final Encoder<ILoggingEvent> encoder;

  RedactingEncoder(Encoder<ILoggingEvent> encoder) {
    this.encoder = encoder;
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    return text(event).getBytes(StandardCharsets.UTF_8);
  }

  /// Returns the redacted line of an event, with its line break.
  String text(ILoggingEvent event) {
    return Redaction.redact(new String(encoder.encode(event), StandardCharsets.UTF_8));
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }
}
